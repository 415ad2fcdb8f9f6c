"""Two laws held against each other for every case: equivalent, or a case for each kind of difference. Reads and writes no file.

Both decide the same facts at the same moment, one of the days on which the first law is in force. Where the jails stand in
different time zones, the second law is read where the first jail stands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, get_args

from detainer import clock
from detainer.case import Case
from detainer.decision import Decision
from detainer.engines import decide_under, load, working
from detainer.library import Law
from detainer.provision import Provision
from detainer.verify.logic import Formula, begin, both, either, equal, opposite, some
from detainer.verify.moments import Moments, seconds
from detainer.verify.prove import span
from detainer.verify.search import TIME_LIMIT, Search
from detainer.verify.study import Inquiry, at_one_time, inquire
from detainer.verify.symbols import enough, facts_of_case, named_by
from detainer.verify.witness import Fields

Kind = Literal["gains", "loses", "longer", "shorter", "ruling"]
"""Who is held under the second law and not under the first, the reverse, how long, or only the rule that is named, or whether
it is a permission or a duty."""

KINDS: tuple[Kind, ...] = get_args(Kind)
_OUTCOMES: dict[Kind, tuple[tuple[bool, bool], ...]] = {
    "gains": ((False, True),),
    "loses": ((True, False),),
    "longer": ((True, True),),
    "shorter": ((True, True),),
    "ruling": ((True, True), (False, False)),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One kind of difference, and a case that shows it, as a scenario file has it, with both decisions.

    Without a case it is undecided: the solver did not find out within its time, or the engines do not agree.
    """

    kind: Kind
    fields: Fields
    decisions: tuple[Decision, ...]

    @property
    def decided(self) -> bool:
        """Whether there is a case."""
        return bool(self.decisions)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What has to be so of a case as the first law has it: for the solver, and for a decision to show."""

    said: Callable[[Inquiry], Formula] = lambda asked: True
    shown: Callable[[Decision], bool] = lambda decision: True


Pair = tuple[Law, Law]


def stretches(one: Sequence[Law], other: Sequence[Law]) -> Iterator[Pair]:
    """The laws of two histories that are in force on the same days."""
    for law in one:
        for against in other:
            starts, ends = (law.since, against.since), (law.until, against.until)
            if max(day or date.min for day in starts) < min(day or date.max for day in ends):
                yield law, against


def kind_of(before: Decision, after: Decision) -> Kind | None:
    """How two decisions of the same facts differ, the gravest way; None where they agree."""
    if before.outcome != after.outcome:
        return "gains" if after.outcome == "hold" else "loses"
    change = _change(before.law, after.law)
    ends = before.limit_ends, after.limit_ends
    kinds: tuple[Kind, Kind] = "longer", "shorter"
    for kind, (one, other) in zip(kinds, (ends, ends[::-1]), strict=True):
        if one and (other is None or one < other) and (change is None or one < change):
            return kind
    named = [(each.ruling.id, each.ruling.effect) for each in (before, after)]
    return "ruling" if named[0] != named[1] else None


def _change(one: Law, other: Law) -> datetime | None:
    """When one of two laws changes. What comes after them ends a hold that lasts until then, whatever their limits are."""
    days = [law.until for law in (one, other) if law.until]
    return clock.midnight(min(days), one.where) if days else None


def read_at(law: Law, place: Law) -> Law:
    """A law as if it were in force where another one is: with that place's local time."""
    return law if law.timezone == place.timezone else replace(law, timezone=place.timezone, kept={})


def alike(one: Law, other: Law) -> bool:
    """Whether two laws say the same in the same order, so that no case can tell them apart."""
    return one.calendar == other.calendar and [_says(rule) for rule in one.rules] == [_says(r) for r in other.rules]


def _says(rule: Provision) -> tuple[object, ...]:
    own = rule.rule
    return rule.id, rule.effect, rule.rank, own.basis, own.hours, own.excluding, rule.when, rule.overrides


def differences(
    one: Law,
    other: Law,
    *others: tuple[date | None, date | None],
    wanted: Wanted | None = None,
    time_limit: int = TIME_LIMIT,
) -> Iterator[Difference]:
    """A case for each kind of difference and pair of rulings; none at all means that the two are proven equivalent.

    Moments lie on the days of the first law, and in the `others`, each [first, last) or None for no bound; `wanted` is what else
    has to be so of the case.
    """
    days = span(one, *others)
    other = read_at(other, one)
    if days is None or alike(one, other):
        return
    for kind in KINDS:
        for outcomes in _OUTCOMES[kind]:
            yield from _of_kind(one, other, days, kind, outcomes, time_limit, wanted or Wanted())


def _of_kind(
    one: Law,
    other: Law,
    days: tuple[date, date],
    kind: Kind,
    outcomes: tuple[bool, bool],
    time_limit: int,
    wanted: Wanted,
) -> Iterator[Difference]:
    seen: dict[tuple[str, str], None] = {}
    while True:
        search = _search(one, other, days, kind, outcomes, seen, wanted)
        search.time_limit = time_limit
        found, witness = search.run()
        if found == "none":
            return
        decisions = [decided(witness[0], one, other, engine) for engine in working()] if witness else []
        if not decisions or any(kind_of(*each) != kind for each in decisions):
            yield Difference(kind, {}, ())
            return
        before, after = decisions[-1]
        seen[before.ruling.id, after.ruling.id] = None
        yield Difference(kind, witness[0], (before, after))


def decided(fields: Fields, one: Law, other: Law, engine: str) -> tuple[Decision, Decision]:
    """What each of two laws says of a case. Raises `CaseError`."""
    case = Case.model_validate(fields)
    return decide_under(one, case, load(engine)), decide_under(other, case, load(engine))


def _search(
    one: Law,
    other: Law,
    days: tuple[date, date],
    kind: Kind,
    outcomes: tuple[bool, bool],
    seen: Collection[tuple[str, str]],
    wanted: Wanted,
) -> Search:
    """What to look for: cases of which all is known that the two laws ask for.

    The outcome and the deadline of other cases hang on how those come out that they could turn out to be.
    """
    begin()
    moments = Moments("m", one.where, days[0].toordinal(), days[1].toordinal())
    conditions = [*one.conditions, *other.conditions]
    symbols = facts_of_case("case", named_by(conditions), enough(conditions))
    before, after = (
        inquire(law, moments, name, symbols, outcome=outcome)
        for law, name, outcome in zip((one, other), ("before", "after"), outcomes, strict=True)
    )
    goal = [
        *at_one_time(before, after, waits=False),
        opposite(before.open),
        opposite(after.open),
        _DIFFERS[kind](before, after),
        *(opposite(_ruled(before, after, *names)) for names in seen),
        wanted.said(before),
    ]

    def shown(decisions: Sequence[Decision]) -> bool:
        before, after = decisions
        known = None not in (*before.truths, *after.truths)
        new = (before.ruling.id, after.ruling.id) not in seen
        return known and new and kind_of(before, after) == kind and wanted.shown(before)

    return Search([before, after], goal, shown, load("direct"))


def _ends_later(one: Inquiry, other: Inquiry) -> Formula:
    """Whether the hold that one gives ends after the other's, which ends before the law changes."""
    change = _change(one.law, other.law)
    in_time = change is None or other.end < seconds(change)
    return both(other.timed, either(opposite(one.timed), one.end > other.end), in_time)


def _end_alike(one: Inquiry, other: Inquiry) -> Formula:
    return both(opposite(_ends_later(one, other)), opposite(_ends_later(other, one)))


def _other_ruling(before: Inquiry, after: Inquiry) -> Formula:
    there = {(rule.id, rule.effect) for rule in after.law.rules}
    same_name = some(
        _ruled(before, after, rule.id, rule.id) for rule in before.law.rules if (rule.id, rule.effect) in there
    )
    return both(opposite(same_name), either(opposite(before.hold), _end_alike(before, after)))


def _ruled(before: Inquiry, after: Inquiry, *names: str) -> Formula:
    """Whether the two are ruled by the rules of these names."""
    return both(*(_is(asked, name) for asked, name in zip((before, after), names, strict=True)))


def _is(asked: Inquiry, name: str) -> Formula:
    return some(equal(asked.ruling, number) for number, rule in enumerate(asked.law.rules) if rule.id == name)


def _always(before: Inquiry, after: Inquiry) -> Formula:
    return True


_DIFFERS: dict[Kind, Callable[[Inquiry, Inquiry], Formula]] = {
    "gains": _always,
    "loses": _always,
    "longer": lambda before, after: _ends_later(after, before),
    "shorter": _ends_later,
    "ruling": _other_ruling,
}
