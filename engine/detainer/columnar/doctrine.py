"""Which rule of one law controls, as expressions over the truths of its rules: what `precedence` says, of every row at once.

Truths are three-valued: an answer is known where no unknown fact can turn it, each rule looked at by itself (Kleene's logic).
Where unknown facts hang together, `resolve` can know more; `exact` says where the two agree for certain. Reads no facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, get_args

import ibis

from detainer.columnar.facts import Column, every
from detainer.columnar.trees import some, unknown
from detainer.law import Basis, Effect
from detainer.library import Law
from detainer.provision import Provision

BASES: tuple[Basis, ...] = get_args(Basis)
NEVER = datetime(9999, 12, 31)
"""Stands for the end of a hold that no limit ends."""

_EVER = datetime(1, 1, 1)
_OPEN = "?"
"""Stands for a rule that is not known."""


@dataclass(frozen=True)
class Doctrine:
    """A law, the truth of each of its rules, and the instants at which its limits would end a hold."""

    law: Law
    truths: Mapping[Provision, Column]
    ends: Mapping[Provision, Column]

    def of(self, *effects: Effect) -> list[Provision]:
        """The rules with these effects, in precedence order."""
        return [rule for rule in self.law.rules if rule.effect in effects]

    @cached_property
    def grounds(self) -> list[Provision]:
        """The rules that can speak for a hold: the lowest rank first, then the closest to the jail."""
        return sorted(self.of("requires", "permits"), key=lambda rule: -rule.rank)

    def on(self, basis: Basis) -> list[Provision]:
        """Those of `grounds` that rest on a basis."""
        return [rule for rule in self.grounds if rule.rule.basis == basis]

    def limits(self, basis: Basis) -> list[Provision]:
        """The limits on what rests on a basis."""
        return [rule for rule in self.of("limits") if rule.rule.basis == basis]

    def voices(self, truths: Mapping[Provision, Column]) -> dict[Provision, Column]:
        """Of each rule, whether it refuses, or speaks for a hold; of a limit, whether it applies."""

        def met(rule: Provision) -> Column:
            beaten_by = [truths[other] for other in self.law.rules if rule.id in other.overrides]
            return truths[rule] & ~some(beaten_by) if beaten_by else truths[rule]

        found = {rule: met(rule) for rule in self.of("limits")}
        binding = self.of("requires", "prohibits")
        above: list[Column] = []  # whether no rank above binds
        for rank in sorted({rule.rank for rule in binding}):
            here = [rule for rule in binding if rule.rank == rank]
            refused = [met(rule) for rule in here if rule.effect == "prohibits"]
            for rule in here:
                unless = [~each for each in refused] if rule.effect == "requires" else []
                found[rule] = every([*above, met(rule), *unless])
            above.append(~some([met(rule) for rule in here]))
        return found | {rule: every([*above, met(rule)]) for rule in self.of("permits")}

    def until(self, voice: Mapping[Provision, Column], basis: Basis, *, open_: bool) -> Column:
        """When what rests on a basis ends; `open_`: limits of which it is not known whether they apply count as if they did."""
        never = ibis.literal(NEVER)
        each = [
            ibis.cases((voice[limit].fill_null(open_), self.ends[limit]), else_=never) for limit in self.limits(basis)
        ]
        return ibis.least(never, *each) if each else never


def first(chain: Sequence[tuple[Column, Any]], type_: str = "string") -> Column:
    """The value of the first condition that is true, NULL where none is."""
    return ibis.cases(*chain, else_=ibis.null(type_)) if chain else ibis.null(type_)


def controlled(table: Any, law: Law, truth: Mapping[Provision, str], end: Mapping[Provision, str], asked: str) -> Any:
    """The table with `outcome`, `hold_until`, `ruling`, `settled` and `exact`. `truth` and `end` are the names of columns: the
    truth of each rule, and the instant at which each limit would end a hold; `asked` that of the moment asked about.
    """
    said = {rule: f"says {rule.id}" for rule in law.rules if rule.effect not in ("default", "cautions")}
    surely = {rule: f"surely {rule.id}" for rule in said}

    def doctrine() -> Doctrine:
        truths = {rule: table[name] for rule, name in truth.items()}
        return Doctrine(law, truths, {limit: table[name] for limit, name in end.items()})

    def columns(names: Mapping[Provision, str]) -> dict[Provision, Column]:
        return {rule: table[name] for rule, name in names.items()}

    given = doctrine()
    sure = {rule: each.fill_null(False) for rule, each in given.truths.items()}
    for names, voices in ((said, given.voices(given.truths)), (surely, given.voices(sure))):
        table = table.mutate(**{names[rule]: each for rule, each in voices.items()})
    given, voice = doctrine(), columns(said)
    table = table.mutate(
        **{f"until {basis}": given.until(voice, basis, open_=True) for basis in BASES},
        **{f"at most {basis}": given.until(voice, basis, open_=False) for basis in BASES},
    )
    given, voice, sure = doctrine(), columns(said), columns(surely)
    until = {basis: table[f"until {basis}"] for basis in BASES}
    lasts = {
        basis: ibis.cases((table[asked] < until[basis], True), (table[asked] >= table[f"at most {basis}"], False))
        for basis in BASES
    }
    speak = {basis: some([voice[rule] for rule in given.on(basis)]) for basis in BASES}
    ever = ibis.literal(_EVER)
    each = [ibis.cases((some([sure[rule] for rule in given.on(basis)]), until[basis]), else_=ever) for basis in BASES]
    table = table.mutate(hold=some([speak[basis] & lasts[basis] for basis in BASES]), latest=ibis.greatest(*each))
    given, voice, sure = doctrine(), columns(said), columns(surely)
    chain = [(sure[rule] & (table[f"until {rule.rule.basis}"] == table.latest), rule) for rule in given.grounds]
    table = table.mutate(
        ground=first([(condition, rule.id) for condition, rule in chain]),
        rests_on=first([(condition, rule.rule.basis) for condition, rule in chain]),
        refusal=first(
            [pair for rule in given.of("prohibits") for pair in ((unknown(voice[rule]), _OPEN), (voice[rule], rule.id))]
        ),
    )
    given, voice = doctrine(), columns(said)
    known = {basis: every([~unknown(voice[rule]) for rule in given.on(basis)]) for basis in BASES}
    limits_known = every([~unknown(voice[limit]) for basis in BASES for limit in given.limits(basis)])
    limit = first(
        [
            (
                (table.rests_on == basis) & voice[each].fill_null(True) & (given.ends[each] == table[f"until {basis}"]),
                each.id,
            )
            for basis in BASES
            for each in given.limits(basis)
        ]
    )
    table = table.mutate(
        released=ibis.cases(
            (table.refusal == _OPEN, ibis.null("string")),
            (table.refusal.notnull(), table.refusal),
            (~every(list(known.values())), ibis.null("string")),
            (table.ground.isnull(), law.default.id),
            (limits_known, limit),
        ),
        sure_hold=limits_known & every([(table.rests_on == basis) | known[basis] for basis in BASES]),
    )
    hold = table.hold
    ends = first([(table.rests_on == basis, table[f"until {basis}"]) for basis in BASES], "timestamp")
    table = table.mutate(
        outcome=ibis.cases((hold, "hold"), else_="release"),
        ruling=ibis.cases((hold, table.ground), else_=ibis.coalesce(table.released, law.default.id)),
        ends=ibis.cases((hold, ends)),
        settled=hold.notnull(),
        exact=ibis.cases(
            (hold.isnull(), False), (hold, table.sure_hold.fill_null(False)), else_=table.released.notnull()
        ),
    )
    return table.mutate(hold_until=ibis.cases((table.ends < ibis.literal(NEVER), table.ends)))
