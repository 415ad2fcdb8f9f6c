"""Which rule controls, as expressions over the truths of the rules in force: what `precedence` says, of every row at once.

Rules are known by their place in the law in force, so that laws of one `Form` share their expressions. Truths are three-valued:
an answer is known where no unknown fact can turn it (Kleene). Reads no facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, get_args

import ibis

from detainer.columnar.calendar import FAR, Span
from detainer.columnar.facts import Column, every
from detainer.columnar.trees import some, unknown
from detainer.law import Basis, Effect
from detainer.library import Law
from detainer.provision import Provision

BASES: tuple[Basis, ...] = get_args(Basis)
_EVER, _NEVER = ibis.literal(datetime(1, 1, 1), "timestamp"), ibis.literal(FAR, "timestamp")


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

    @property
    def bases(self) -> list[Basis]:
        """What holds can rest on."""
        return [basis for basis in BASES if any(self.rules[place].basis == basis for place in self.grounds)]

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


def voices(form: Form, truths: Sequence[Column]) -> dict[int, Column]:
    """Of each rule that binds or permits, by its place: whether it is the one that refuses, or one that speaks for a hold; of each
    limit whether it applies.
    """

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


def ends(form: Form, voice: Mapping[int, Column], end: Mapping[Span, Column]) -> dict[Basis, Column]:
    """When what rests on each basis ends; of limits of which it is not known whether they apply, the earlier end counts."""
    found: dict[Basis, Column] = {}
    for basis in BASES:
        each = [
            ibis.cases((_applies(voice, limit), _end(form, end, limit)), else_=_NEVER) for limit in form.limits(basis)
        ]
        found[basis] = ibis.least(*each) if each else _NEVER
    return found


def _applies(voice: Mapping[int, Column], limit: int) -> Column:
    return voice[limit].fill_null(True)


def _end(form: Form, end: Mapping[Span, Column], limit: int) -> Column:
    span = form.rules[limit].span
    assert span is not None
    return end[span]


def controls(
    form: Form,
    voice: Mapping[int, Column],
    sure: Mapping[int, Column],
    until: Mapping[Basis, Column],
    end: Mapping[Span, Column],
    asked: Column,
) -> dict[str, Column]:
    """What controls, asked about at an instant (UTC).

    `hold` is NULL where it is not known. `ground` is the place of the rule that speaks for the hold that lasts longest, its time over
    or not; `basis` what it rests on; `limit` the place of the limit that ends it. `released` is the place of the rule that a release
    rests on, NULL where that is not known. `exact`: no way of filling in the unknown facts gives another ground or end of a hold.
    `voice` is what `voices` says, `sure` the same of truths that are certain, `until` what `ends` says.
    """
    speaks = {
        basis: some([voice[place] for place in form.grounds if form.rules[place].basis == basis]) for basis in BASES
    }
    best = _best(form, sure, until)
    basis = _first([(named, form.rules[place].basis) for named, place in best], ibis.null("string"))
    known = {
        each: every([~unknown(voice[place]) for place in form.grounds if form.rules[place].basis == each])
        for each in form.bases
    }
    limits_known = every([~unknown(voice[limit]) for each in form.bases for limit in form.limits(each)])
    several = len(form.bases) > 1
    others_known = (
        every([ibis.cases((basis != each, known[each]), else_=True) for each in form.bases]) if several else None
    )
    return {
        "hold": some([speaks[each] & (asked < until[each]) for each in form.bases]),
        "ground": _first(best, ibis.null("int64")),
        "basis": basis,
        "limit": _first(
            [
                (named & is_it, limit)
                for named, place in best
                for limit, is_it in _limiting(form, voice, until, end, place)
            ],
            ibis.null("int64"),
        ),
        "released": _released(form, voice, until, end, known, limits_known),
        "exact": limits_known if others_known is None else limits_known & others_known,
    }


def _best(form: Form, voice: Mapping[int, Column], until: Mapping[Basis, Column]) -> list[tuple[Column, int]]:
    """The rules that may be named for a hold, each with whether it is, in the order of asking: that whose hold lasts longest."""
    if len(form.bases) < 2:
        return [(voice[place], place) for place in form.grounds]
    latest = ibis.greatest(
        *(
            ibis.cases(
                (some([voice[place] for place in form.grounds if form.rules[place].basis == basis]), until[basis]),
                else_=_EVER,
            )
            for basis in form.bases
        )
    )
    return [(voice[place] & (until[form.rules[place].basis] == latest), place) for place in form.grounds]


def _limiting(
    form: Form, voice: Mapping[int, Column], until: Mapping[Basis, Column], end: Mapping[Span, Column], ground: int
) -> list[tuple[int, Column]]:
    """The limits on what a ground rests on, each with whether it is the one that ends it."""
    basis = form.rules[ground].basis
    return [(limit, _applies(voice, limit) & (_end(form, end, limit) == until[basis])) for limit in form.limits(basis)]


def _released(
    form: Form,
    voice: Mapping[int, Column],
    until: Mapping[Basis, Column],
    end: Mapping[Span, Column],
    known: Mapping[Basis, Column],
    limits_known: Column,
) -> Column:
    not_known = ibis.null("int64")
    chain: list[tuple[Column, Any]] = []
    for place in form.of("prohibits"):
        chain += [(unknown(voice[place]), not_known), (voice[place], place)]
    if len(form.bases) > 1:
        chain.append((~every([known[basis] for basis in form.bases]), not_known))
    for named, place in _best(form, voice, until):
        chain.append((unknown(named) | (named & ~limits_known), not_known))
        chain += [(named & is_it, limit) for limit, is_it in _limiting(form, voice, until, end, place)]
    return (
        ibis.cases(*chain, else_=ibis.literal(form.default, "int64")) if chain else ibis.literal(form.default, "int64")
    )


def _first(chain: Sequence[tuple[Column, Any]], otherwise: Column) -> Column:
    """The value of the first condition that is true."""
    return ibis.cases(*chain, else_=otherwise) if chain else otherwise
