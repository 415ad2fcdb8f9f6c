"""Which rule of one law controls, as columns of SQL over the truths of its conditions: what `precedence` says, of every row.

An answer is known where no unknown fact can turn it, each rule looked at by itself (Kleene's logic). Where unknown facts hang
together, `resolve` can know more; `exact` says where the two agree for certain. Reads no facts.

Of each law, told apart by a number behind the names: `said` of a rule is whether it speaks (of a limit: applies), `surely`
whether it does where all unknowns are no; `until` of a basis is when what rests on it ends, limits that are open counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

from detainer.law import Basis, Effect
from detainer.library import Law
from detainer.provision import Provision
from detainer.sql.calendar import NEVER
from detainer.sql.logic import (
    Column,
    Condition,
    coalesce,
    column,
    compare,
    every,
    first,
    flag,
    known,
    least,
    literal,
    met,
    opposite,
    possibly,
    some,
    truth,
    unknown,
)

BASES: tuple[Basis, ...] = get_args(Basis)
_OPEN, _NONE = "?", "-"
"""Stand for a rule that is not known, and for no rule."""

Step = Mapping[str, Column]
"""Columns that are worked out together, from those of the steps before."""


@dataclass(frozen=True)
class Doctrine:
    """A law, and where a row has what it hangs on: the truth of each rule's condition, the instants at which limits would end a
    hold, and the instant asked about. `number` tells laws apart that are asked one after the other.
    """

    law: Law
    number: int
    condition: Mapping[Provision, str]
    ends: Mapping[Provision, str]
    asked: Column

    # -- names ---------------------------------------------------------------------------------------------------------

    def name(self, what: str, of: Provision | Basis | None = None) -> str:
        """What a column of this law is called."""
        if isinstance(of, Provision):
            what = f"{what}_{self.law.rules.index(of)}"
        elif of is not None:
            what = f"{what}_{BASES.index(of)}"
        return f"{what}_of_{self.number}"

    def says(self, what: str, of: Provision | Basis | None = None) -> Column:
        """A column of this law."""
        return column(self.name(what, of))

    # -- rules ---------------------------------------------------------------------------------------------------------

    def of(self, *effects: Effect) -> list[Provision]:
        """The rules with these effects, in precedence order."""
        return [rule for rule in self.law.rules if rule.effect in effects]

    @cached_property
    def grounds(self) -> list[Provision]:
        """The rules that can speak for a hold: the lowest rank first, then the closest to the jail."""
        return sorted(self.of("requires", "permits"), key=lambda rule: -rule.rank)

    @cached_property
    def bases(self) -> list[Basis]:
        """What a hold can rest on."""
        return [basis for basis in BASES if self.on(basis)]

    def on(self, basis: Basis) -> list[Provision]:
        """Those of `grounds` that rest on a basis."""
        return [rule for rule in self.grounds if rule.rule.basis == basis]

    def limits(self, basis: Basis) -> list[Provision]:
        """The limits on what rests on a basis."""
        return [rule for rule in self.of("limits") if rule.rule.basis == basis]

    # -- steps ---------------------------------------------------------------------------------------------------------

    def steps(self) -> Iterator[Step]:
        """The columns, step by step. The last are `hold` (a truth), `ends` (`NEVER`: nothing ends it), `limit`, `ruling`,
        `hold_exact` and `release_exact` (1 or 0): whether these are what `resolve` says, where the outcome is that one.
        """
        known_truths = self._voices(lambda rule: column(self.condition[rule]))
        sure_truths = self._voices(lambda rule: coalesce(column(self.condition[rule]), 0))
        yield {
            **{self.name("said", rule): truth(each) for rule, each in known_truths.items()},
            **{self.name("surely", rule): flag(each) for rule, each in sure_truths.items() if rule in self.grounds},
        }
        yield {
            **{self.name("until", basis): self._until(basis, possibly) for basis in self.bases},
            **{self.name("most", basis): self._until(basis, flag) for basis in self.bases},
        }
        yield self._who_speaks()
        yield self._what_controls()
        yield self._outcome()

    def _voices(self, value: Callable[[Provision], Column]) -> dict[Provision, Condition]:
        """Of each rule, whether it refuses, or speaks for a hold; of a limit, whether it applies."""

        def applies(rule: Provision) -> Condition:
            beaten_by = [opposite(met(value(other))) for other in self.law.rules if rule.id in other.overrides]
            return every([met(value(rule)), *beaten_by])

        found = {rule: applies(rule) for rule in self.of("limits")}
        binding = self.of("requires", "prohibits")
        above: list[Condition] = []  # that no rank above binds
        for rank in sorted({rule.rank for rule in binding}):
            here = [rule for rule in binding if rule.rank == rank]
            refused = [applies(rule) for rule in here if rule.effect == "prohibits"]
            for rule in here:
                unless = [opposite(each) for each in refused] if rule.effect == "requires" else []
                found[rule] = every([*above, applies(rule), *unless])
            above += [opposite(applies(rule)) for rule in here]
        return found | {rule: every([*above, applies(rule)]) for rule in self.of("permits")}

    def _until(self, basis: Basis, counts: Callable[[Condition], Column]) -> Column:
        """When what rests on a basis ends. `counts`: whether a limit counts of which it is not known whether it applies."""
        ends = [
            first([(compare(counts(met(self.says("said", limit))), "==", 1), column(self.ends[limit]))], NEVER)
            for limit in self.limits(basis)
        ]
        return least(ends) if ends else literal(NEVER)

    def _who_speaks(self) -> Step:
        """Whether there is a hold, and the latest end of what surely speaks for one."""
        holds: list[Condition] = []
        for basis in self.bases:
            until, most = self.says("until", basis), self.says("most", basis)
            lasts = first([(compare(self.asked, "<", until), 1), (compare(self.asked, ">=", most), 0)])
            holds.append(every([some(met(self.says("said", rule)) for rule in self.on(basis)), met(lasts)]))
        sure = {
            basis: first(
                [(some(met(self.says("surely", rule)) for rule in self.on(basis)), self.says("until", basis))], 0
            )
            for basis in self.bases
        }
        latest = [
            (every(compare(other, "<=", each) for other in sure.values()), each) for each in list(sure.values())[:-1]
        ]
        return {
            self.name("hold"): truth(some(holds)),
            self.name("latest"): first(latest, list(sure.values())[-1]) if sure else literal(0),
        }

    def _what_controls(self) -> Step:
        """The ground of a hold, what it rests on, and the refusal of one."""
        chain = [
            (
                every(
                    [
                        met(self.says("surely", rule)),
                        compare(self.says("until", rule.rule.basis), "==", self.says("latest")),
                    ]
                ),
                rule,
            )
            for rule in self.grounds
        ]
        refusals: list[tuple[Condition, str]] = []
        for rule in self.of("prohibits"):
            said = self.says("said", rule)
            refusals += [(unknown(said), _OPEN), (met(said), rule.id)]
        return {
            self.name("ground"): first([(condition, rule.id) for condition, rule in chain], _NONE),
            self.name("rests"): first([(condition, BASES.index(rule.rule.basis)) for condition, rule in chain], -1),
            self.name("refusal"): first(refusals, _NONE),
        }

    def _outcome(self) -> Step:
        hold, rests, ground = self.says("hold"), self.says("rests"), self.says("ground")

        def on(basis: Basis) -> Condition:
            return compare(rests, "==", BASES.index(basis))

        all_known: dict[Basis, Condition] = {
            basis: every(known(self.says("said", rule)) for rule in self.on(basis)) for basis in self.bases
        }
        limits_known = every(known(self.says("said", each)) for basis in self.bases for each in self.limits(basis))
        limit = first(
            [
                (
                    every(
                        [
                            on(basis),
                            compare(possibly(met(self.says("said", each))), "==", 1),
                            compare(column(self.ends[each]), "==", self.says("until", basis)),
                        ]
                    ),
                    each.id,
                )
                for basis in self.bases
                for each in self.limits(basis)
            ],
            _NONE,
        )
        refusal = self.says("refusal")
        released: Sequence[tuple[Condition, Column | str]] = [
            (compare(refusal, "==", _OPEN), _NONE),
            (_named(refusal), refusal),
            (opposite(every(all_known.values())), _NONE),
            (compare(ground, "==", _NONE), self.law.default.id),
            (limits_known, limit),
        ]
        name = first(released, _NONE)
        settled_hold = [limits_known, *(some([on(basis), condition]) for basis, condition in all_known.items())]
        return {
            self.name("ends"): first([(on(basis), self.says("until", basis)) for basis in self.bases], NEVER),
            self.name("limit"): limit,
            self.name("ruling"): first([(met(hold), ground), (_named(name), name)], self.law.default.id),
            self.name("hold_exact"): flag(every(settled_hold)),
            self.name("release_exact"): flag(every([known(hold), _named(name)])),
        }


def _named(rule: Column) -> Condition:
    return opposite(compare(rule, "==", _NONE))
