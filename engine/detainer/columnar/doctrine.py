"""Which rule controls, as expressions over the truths of the rules in force: what `precedence` says, of every row at once.

Conditions are three-valued, so that an answer is known where no unknown fact can turn it (Kleene). Reads no facts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import ibis

from detainer.columnar.calendar import FAR
from detainer.columnar.facts import Column, every
from detainer.columnar.trees import some
from detainer.language import Node
from detainer.library import Law
from detainer.provision import Provision

Truths = Callable[[Node], Column]
"""What a condition is, row by row."""

Ends = Callable[[Provision], Column]
"""When a limit ends a hold that began at scheduled release."""

Code = Callable[[Provision], int]
"""The number of a rule."""

_NEVER = ibis.literal(FAR, "timestamp")


class Controls(NamedTuple):
    """What controls under one law. `ruling`, `basis` and `limit` are numbers of rules; `limit` and `until` are NULL where no limit
    applies. `exact`: no other way of filling in the unknown facts could give another ruling, outcome or end.
    """

    hold: Column
    settled: Column
    exact: Column
    ruling: Column
    basis: Column
    limit: Column
    until: Column


def controls(law: Law, truth: Truths, end: Ends, asked: Column, code: Code) -> Controls:
    """What controls where this law is in force, asked about at an instant (UTC)."""
    kleene = _Doctrine(law, truth, end, asked, code)
    certain = _Doctrine(law, lambda node: truth(node).fill_null(False), end, asked, code)
    hold = kleene.hold
    released = kleene.release_ruling
    exact_hold = kleene.limits_known & every(
        [
            ibis.cases((certain.best_basis != basis, kleene.known(basis)), else_=True)
            for basis in kleene.bases
            if len(kleene.bases) > 1
        ]
    )
    return Controls(
        hold=hold.fill_null(False),
        settled=hold.notnull(),
        exact=ibis.cases((hold.isnull(), False), (hold, exact_hold), else_=released.notnull()),
        ruling=ibis.cases((hold, certain.ground), else_=released.fill_null(code(law.default))),
        basis=certain.ground,
        limit=kleene.limit_of(certain),
        until=ibis.cases((hold, kleene.end_of(certain))),
    )


class _Doctrine:
    """The doctrine over one reading of the truths."""

    def __init__(self, law: Law, truth: Truths, end: Ends, asked: Column, code: Code) -> None:
        self._law, self._code, self._end = law, code, end
        rules = [rule for rule in law.rules if rule.effect in ("requires", "permits", "prohibits", "limits")]
        self._truth: dict[Provision, Column] = {}
        for rule in rules:
            beaten = [truth(other.when) for other in law.rules if rule.id in other.overrides]
            self._truth[rule] = truth(rule.when) & ~some(beaten) if beaten else truth(rule.when)
        ranks = sorted({rule.rank for rule in rules if rule.effect in ("requires", "prohibits")})
        self._speaks: dict[Provision, Column] = {}
        refusals: list[tuple[Provision, Column]] = []
        above: list[Column] = []  # whether no rank above binds
        for rank in ranks:
            refusing = self._at(rank, "prohibits")
            duties = self._at(rank, "requires")
            refusals += [(rule, every([*above, self._truth[rule]])) for rule in refusing]
            refused = [self._truth[rule] for rule in refusing]
            for rule in duties:
                self._speaks[rule] = every([*above, self._truth[rule], *[~each for each in refused]])
            binding = [*refused, *[self._truth[rule] for rule in duties]]
            above.append(~some(binding))
        for rule in rules:
            if rule.effect == "permits":
                self._speaks[rule] = every([*above, self._truth[rule]])
        self._refusals = refusals
        self._grounds = sorted(self._speaks, key=lambda rule: (-rule.rank, law.rules.index(rule)))
        self.bases = sorted({rule.rule.basis for rule in self._grounds})
        self._limits = {
            basis: [rule for rule in rules if rule.effect == "limits" and rule.rule.basis == basis]
            for basis in self.bases
        }
        self._ends = {basis: self._earliest(limits) for basis, limits in self._limits.items()}
        self._asked = asked

    def _at(self, rank: int, effect: str) -> list[Provision]:
        return [rule for rule in self._truth if rule.rank == rank and rule.effect == effect]

    def _earliest(self, limits: Sequence[Provision]) -> Column:
        """The end of what rests on a basis; of limits of which it is not known whether they apply, the earlier counts."""
        if not limits:
            return _NEVER
        return ibis.least(*(ibis.cases((self._applies(rule), self._end(rule)), else_=_NEVER) for rule in limits))

    def _applies(self, limit: Provision) -> Column:
        return self._truth[limit].fill_null(True)

    def speaks(self, basis: str) -> Column:
        """Whether a rule speaks for a hold on a basis."""
        return some([self._speaks[rule] for rule in self._grounds if rule.rule.basis == basis])

    def known(self, basis: str) -> Column:
        """Whether it is known of each rule whether it speaks for a hold on a basis."""
        return every([self._speaks[rule].notnull() for rule in self._grounds if rule.rule.basis == basis])

    @property
    def limits_known(self) -> Column:
        """Whether it is known of every limit whether it applies."""
        return every([self._truth[limit].notnull() for limits in self._limits.values() for limit in limits])

    @property
    def hold(self) -> Column:
        """Whether some rule speaks for a hold that has not ended."""
        return some([self.speaks(basis) & (self._asked < self._ends[basis]) for basis in self.bases])

    def _best(self) -> list[tuple[Provision, Column]]:
        """The rules that may be named, each with whether it is: the first of those whose hold lasts longest."""
        if len(self.bases) < 2:
            return [(rule, self._speaks[rule]) for rule in self._grounds]
        latest = ibis.greatest(
            *(ibis.cases((self.speaks(basis), self._ends[basis]), else_=ibis.literal(_EVER, "timestamp")) for basis in self.bases)
        )  # fmt: skip
        return [(rule, self._speaks[rule] & (self._ends[rule.rule.basis] == latest)) for rule in self._grounds]

    @property
    def ground(self) -> Column:
        """The rule that speaks for the hold that lasts longest, whether or not its time is over."""
        return _first([(named, self._code(rule)) for rule, named in self._best()], ibis.null("int64"))

    @property
    def best_basis(self) -> Column:
        """What that hold rests on."""
        return _first([(named, rule.rule.basis) for rule, named in self._best()], ibis.null("string"))

    @property
    def release_ruling(self) -> Column:
        """The rule that a release rests on, NULL where that is not known."""
        chain: list[tuple[Column, Any]] = []
        for rule, named in self._refusals:
            chain += [(named.isnull(), ibis.null("int64")), (named, self._code(rule))]
        if len(self.bases) > 1:
            chain.append((~every([self.known(basis) for basis in self.bases]), ibis.null("int64")))
        for rule, named in self._best():
            chain.append((named.isnull() | (named & ~self.limits_known), ibis.null("int64")))
            for limit in self._limits[rule.rule.basis]:
                chain.append((named & self._ends_it(limit), self._code(limit)))
        return _first(chain, ibis.literal(self._code(self._law.default), "int64"))

    def _ends_it(self, limit: Provision) -> Column:
        """Whether a limit is the one that ends what rests on its basis."""
        return self._applies(limit) & (self._end(limit) == self._ends[limit.rule.basis])

    def limit_of(self, certain: _Doctrine) -> Column:
        """The limit on the hold that lasts longest, by the truths that are certain."""
        chain = [
            (named & self._ends_it(limit), self._code(limit))
            for rule, named in certain._best()
            for limit in self._limits[rule.rule.basis]
        ]
        return _first(chain, ibis.null("int64"))

    def end_of(self, certain: _Doctrine) -> Column:
        """When that hold ends; NULL where it does not."""
        ends = _first(
            [(certain.best_basis == basis, self._ends[basis]) for basis in self.bases if self._limits[basis]],
            ibis.null("timestamp"),
        )
        return ends.nullif(_NEVER)


_EVER = datetime(1, 1, 1)
"""An instant before all others."""


def _first(chain: Sequence[tuple[Column, Any]], otherwise: Column) -> Column:
    return ibis.cases(*chain, else_=otherwise) if chain else otherwise
