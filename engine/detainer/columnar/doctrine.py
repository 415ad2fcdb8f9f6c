"""Which rule controls, as expressions over the truths of the rules in force: what `precedence` says, of every row at once.

Rules are known by their place in the law in force, so that laws of one `Form` share their expressions. Truths are three-valued:
an answer is known where no unknown fact can turn it (Kleene). Reads no facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any, NamedTuple, get_args

import ibis

from detainer.columnar.calendar import Span
from detainer.columnar.facts import Column, every
from detainer.columnar.trees import some, unknown
from detainer.law import Basis, Effect
from detainer.library import Law
from detainer.provision import Provision

BASES: tuple[Basis, ...] = get_args(Basis)
NEVER = 1_000_000
"""Stands for the end of a hold that no limit ends: see `when`."""

_EVER = -1


class FormOfRule(NamedTuple):
    """What the doctrine asks of a rule, apart from its condition. `beaten_by`: the places of those that override it."""

    effect: Effect
    rank: int
    basis: Basis
    span: Span | None
    beaten_by: tuple[int, ...]


class Form(NamedTuple):
    """The rules of a law in precedence order, as far as the doctrine tells them apart."""

    rules: tuple[FormOfRule, ...]

    def of(self, *effects: Effect) -> list[int]:
        """The places of the rules with these effects."""
        return [place for place, rule in enumerate(self.rules) if rule.effect in effects]

    @property
    def grounds(self) -> list[int]:
        """The places of the rules that can speak for a hold: the lowest rank first, then the closest to the jail."""
        return sorted(self.of("requires", "permits"), key=lambda place: -self.rules[place].rank)

    def limits(self, basis: Basis) -> list[int]:
        """The places of the limits on what rests on a basis."""
        return [place for place in self.of("limits") if self.rules[place].basis == basis]

    @property
    def default(self) -> int:
        """The place of the default."""
        return self.of("default")[0]


def span_of(limit: Provision) -> Span:
    """How long a limit lets a hold last."""
    return Span(limit.rule.hours or 0, tuple(sorted(limit.rule.excluding)))


def form_of(law: Law) -> Form:
    """The form of a law."""
    return Form(
        tuple(
            FormOfRule(
                rule.effect,
                rule.rank,
                rule.rule.basis,
                span_of(rule) if rule.effect == "limits" else None,
                tuple(place for place, other in enumerate(law.rules) if rule.id in other.overrides),
            )
            for rule in law.rules
        )
    )


def when(ends: Mapping[Span, Column], asked: Column) -> dict[Span, Column]:
    """For each span, where its end stands among the ends of all, as a number: twice how many are earlier, and one more where it
    has passed when asked about. All that the doctrine needs of moments is their order, and few rows differ in it.
    """
    return {
        span: (2 * _count([other < end for each, other in ends.items() if each != span]) + _one(end <= asked)).cast(
            "int64"
        )
        for span, end in ends.items()
    }


def lasts(earliest: Column, latest: Column) -> Column:
    """Whether what ends between two ends (see `when`) had not ended when asked about."""
    return ibis.cases((earliest % 2 == 0, True), (latest % 2 == 1, False))


def _one(condition: Column) -> Column:
    return ibis.cases((condition, 1), else_=0)


def _count(conditions: Sequence[Column]) -> Column:
    return reduce(add, map(_one, conditions), ibis.literal(0))


def voices(form: Form, truths: Mapping[int, Column]) -> dict[int, Column]:
    """Of each rule, by its place: whether it refuses, or speaks for a hold; of a limit, whether it applies."""

    def met(place: int) -> Column:
        beaten_by = form.rules[place].beaten_by
        return truths[place] & ~some([truths[other] for other in beaten_by]) if beaten_by else truths[place]

    found = {place: met(place) for place in form.of("limits")}
    above: list[Column] = []  # whether no rank above binds
    for rank in sorted({form.rules[place].rank for place in form.of("requires", "prohibits")}):
        here = [place for place in form.of("requires", "prohibits") if form.rules[place].rank == rank]
        refused = [met(place) for place in here if form.rules[place].effect == "prohibits"]
        for place in here:
            unless = [~each for each in refused] if form.rules[place].effect == "requires" else []
            found[place] = every([*above, met(place), *unless])
        above.append(~some([met(place) for place in here]))
    for place in form.of("permits"):
        found[place] = every([*above, met(place)])
    return found


def ends(
    form: Form, voice: Mapping[int, Column], end: Mapping[Span, Column], *, open_: bool = True
) -> dict[Basis, Column]:
    """When what rests on each basis ends (see `when`). Limits of which it is not known whether they apply count, so that the
    end is the earliest there can be; without `open_` they do not, so that it is the latest.
    """
    found: dict[Basis, Column] = {}
    for basis in BASES:
        each = [
            ibis.cases((voice[limit].fill_null(open_), _end(form, end, limit)), else_=NEVER)
            for limit in form.limits(basis)
        ]
        found[basis] = ibis.least(NEVER, *each) if each else ibis.literal(NEVER, "int64")  # Spark wants two
    return found


def _applies(voice: Mapping[int, Column], limit: int) -> Column:
    return voice[limit].fill_null(True)


def _end(form: Form, end: Mapping[Span, Column], limit: int) -> Column:
    span = form.rules[limit].span
    assert span is not None
    return end[span]


OPEN = -1
"""Stands for a place that is not known."""


def speakers(form: Form, voice: Mapping[int, Column]) -> dict[Basis, Column]:
    """Whether any rule speaks for a hold, for each basis."""
    return {basis: some([voice[place] for place in _on(form, basis)]) for basis in BASES}


def known(form: Form, voice: Mapping[int, Column]) -> dict[str, Column]:
    """Whether it is known of each rule whether it speaks for a hold, for each basis, and of each limit whether it applies."""
    limits = [limit for basis in BASES for limit in form.limits(basis)]
    return {
        **{basis: every([~unknown(voice[place]) for place in _on(form, basis)]) for basis in BASES},
        "limits": every([~unknown(voice[limit]) for limit in limits]),
    }


def refusal(form: Form, voice: Mapping[int, Column]) -> Column:
    """The place of the rule that refuses, `OPEN` where that is not known, NULL where none does."""
    chain = [pair for place in form.of("prohibits") for pair in ((unknown(voice[place]), OPEN), (voice[place], place))]
    return _first(chain)


def ground(form: Form, voice: Mapping[int, Column], until: Mapping[Basis, Column], latest: Column) -> Column:
    """The place of the rule that is named for a hold: the first of those whose hold lasts longest."""
    return _first([(voice[place] & (until[form.rules[place].basis] == latest), place) for place in form.grounds])


def rests_on(form: Form, found: Column) -> Column:
    """The basis of the rule that is named for a hold."""
    return _first([(found.isin(places), basis) for basis in BASES if (places := _on(form, basis))], "string")


def limiting(
    form: Form, voice: Mapping[int, Column], until: Mapping[Basis, Column], end: Mapping[Span, Column], rests: Column
) -> Column:
    """The place of the limit that ends what rests on a basis."""
    return _first(
        [
            ((rests == basis) & _applies(voice, limit) & (_end(form, end, limit) == until[basis]), limit)
            for basis in BASES
            for limit in form.limits(basis)
        ]
    )


def latest(speaks: Mapping[Basis, Column], until: Mapping[Basis, Column]) -> Column:
    """When the hold ends that lasts longest of those that some rule speaks for."""
    return ibis.greatest(*(ibis.cases((speaks[basis], until[basis]), else_=_EVER) for basis in BASES))


def _on(form: Form, basis: Basis) -> list[int]:
    return [place for place in form.grounds if form.rules[place].basis == basis]


def _first(chain: Sequence[tuple[Column, Any]], type_: str = "int64") -> Column:
    """The value of the first condition that is true, NULL where none is."""
    return ibis.cases(*chain, else_=ibis.null(type_)) if chain else ibis.null(type_)
