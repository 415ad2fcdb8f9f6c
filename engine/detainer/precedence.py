"""Which of the rules that are met controls. One pure function that every engine shares; it reads no facts.

The doctrine (law/README.md, section 5): walk the ranks downwards, the first rank with a duty or a prohibition controls; at
one rank a prohibition beats a duty, unless overridden; where no rank binds, the permission of the lowest rank that speaks is
named; where nothing permits, release. A hold ends at the earliest limit on what it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Literal, NamedTuple, get_args

from detainer.provision import Provision

Outcome = Literal["hold", "release"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
End = Callable[[Provision], datetime]
"""When a limit ends a hold that began at scheduled release, in UTC."""


Ground = tuple[Provision, tuple[Provision, ...]]
"""A rule that speaks for a hold, and the limits on what it rests on."""

_FIRST = itemgetter(0)


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
    refusal, grounds = _who_speaks(tuple(met))
    if refusal is not None:
        return Control("release", refusal)
    best: Control | None = None
    for ground, limits in grounds:
        if not limits:
            return Control("hold", ground, basis=ground)
        last, limit = min([(end(limit), limit) for limit in limits], key=_FIRST)
        if best is None or best.hold_until is None or last > best.hold_until:
            best = Control("hold", ground, last, limit, ground)
    if best is None or best.hold_until is None or best.limit is None:
        return Control("release", default)
    if asked_at < best.hold_until:
        return best
    return Control("release", best.limit, None, best.limit, best.basis)


@lru_cache(maxsize=4096)
def _who_speaks(met: tuple[Provision, ...]) -> tuple[Provision | None, tuple[Ground, ...]]:
    """The refusal that controls, or else the grounds for a hold. A question of rules alone, so asked once of each set.

    Of grounds that last as long, the one that comes first is named: the lowest rank, then the closest to the jail.
    """
    met = _not_overridden(met)
    binding = [rule for rule in met if rule.effect in ("prohibits", "requires")]
    if binding:
        highest = [rule for rule in binding if rule.rank == binding[0].rank]
        refusal = next((rule for rule in highest if rule.effect == "prohibits"), None)
        if refusal is not None:
            return refusal, ()
        speaking = highest
    else:
        speaking = [rule for rule in met if rule.effect == "permits"]
    limits = [rule for rule in met if rule.effect == "limits"]
    lowest_first = sorted(speaking, key=attrgetter("rank"), reverse=True)  # stable: equals keep their order
    return None, tuple(
        (ground, tuple(r for r in limits if r.rule.basis == ground.rule.basis)) for ground in lowest_first
    )


def _not_overridden(met: tuple[Provision, ...]) -> tuple[Provision, ...]:
    """The rules that no other rule met overrides. Only rules of one rank can: files are checked for it."""
    beaten = {name for rule in met for name in rule.overrides}
    return tuple(rule for rule in met if rule.id not in beaten)
