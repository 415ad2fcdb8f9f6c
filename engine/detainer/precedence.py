"""Which of the rules that are met controls. One pure function that every engine shares; it reads no facts.

The doctrine (law/README.md, section 5): walk the ranks downwards, the first rank with a duty or a prohibition controls; at
one rank a prohibition beats a duty, unless overridden; where no rank binds, the permission of the lowest rank that speaks is
named; where nothing permits, release. A hold ends at the earliest limit on what it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from detainer.provision import Provision

Outcome = Literal["hold", "release"]
End = Callable[[Provision], datetime]
"""When a limit ends a hold that began at scheduled release, in UTC."""


_BINDING = frozenset(("prohibits", "requires"))


class Control(NamedTuple):
    """What controls. `ruling` drove the outcome; `hold_until` (UTC) and `limit` are set where a limit applies.

    `basis` is the rule that speaks for a hold, also where its time is over and the ruling is therefore the limit.
    """

    outcome: Outcome
    ruling: Provision
    hold_until: datetime | None = None
    limit: Provision | None = None
    basis: Provision | None = None


def control(met: Sequence[Provision], end: End, asked_at: datetime, default: Provision) -> Control:
    """The control over rules that are met, given in precedence order.

    `end` is asked only for limits that matter. `asked_at` is an instant; a hold is lawful before its end, not at it.
    """
    met = not_overridden(met)
    binding = [rule for rule in met if rule.effect in _BINDING]
    if binding:
        highest = [rule for rule in binding if rule.rank == binding[0].rank]
        refusal = next((rule for rule in highest if rule.effect == "prohibits"), None)
        return Control("release", refusal) if refusal else _held(highest, met, end, asked_at)
    permits = [rule for rule in met if rule.effect == "permits"]
    return _held(permits, met, end, asked_at) if permits else Control("release", default)


def not_overridden(met: Sequence[Provision]) -> Sequence[Provision]:
    """The rules that no other rule met overrides. Only rules of one rank can: files are checked for it."""
    overriding = [rule for rule in met if rule.overrides]
    if not overriding:
        return met
    beaten = {name for rule in overriding for name in rule.overrides}
    return [rule for rule in met if rule.id not in beaten]


def _held(grounds: Sequence[Provision], met: Sequence[Provision], end: End, asked_at: datetime) -> Control:
    """A hold on the ground that lasts longest; among grounds that last as long, the lowest rank, then the closest."""
    best: Control | None = None
    ends: dict[str, tuple[datetime, Provision] | None] = {}
    for ground in sorted(grounds, key=lambda rule: -rule.rank):
        basis = ground.rule.basis
        if basis not in ends:
            limits = [rule for rule in met if rule.effect == "limits" and rule.rule.basis == basis]
            ends[basis] = min(((end(rule), rule) for rule in limits), key=lambda each: each[0], default=None)
        last = ends[basis]
        if last is None:
            return Control("hold", ground, basis=ground)
        if best is None or best.hold_until is None or last[0] > best.hold_until:
            best = Control("hold", ground, last[0], last[1], ground)
    assert best is not None and best.hold_until is not None and best.limit is not None
    if asked_at < best.hold_until:
        return best
    return Control("release", best.limit, None, best.limit, best.basis)
