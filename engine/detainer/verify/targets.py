"""What some scenario ought to show of a law: each rule driving a decision, and both sides of each line. Looks for no case.

A line is drawn by a rule's first and last day, a birthday, the first day of a lookback and the end of a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any, cast

from detainer import clock
from detainer.case import UNKNOWN
from detainer.decision import Decision
from detainer.engines import decide_under, load
from detainer.language import Node, Test
from detainer.language.terms import Age, DayOf
from detainer.language.tree import Compare, Count, Defined, Joined, Not, WithinYears
from detainer.library import Law, Library
from detainer.provision import Provision
from detainer.resolve import limit_end
from detainer.verify.logic import Formula, both, equal, every, implies, opposite, some
from detainer.verify.prove import span
from detainer.verify.study import Inquiry
from detainer.verify.symbols import Entries, Leaf, Part
from detainer.verify.versions import Wanted, kind_of

_DAY = timedelta(days=1)
_MINUTE = 60
_ALWAYS = (None, None)
_ANY = Wanted()


@dataclass(frozen=True, slots=True)
class Way:
    """A law, the days of it that are meant, and one that has to decide otherwise, if any."""

    law: Law
    other: Law | None = None
    days: tuple[date | None, date | None] = _ALWAYS


@dataclass(frozen=True, slots=True)
class Target:
    """What some case has to show, in one of several ways."""

    says: str
    ways: tuple[Way, ...]
    wanted: Wanted = _ANY

    def met_by(self, decision: Decision) -> bool:
        """Whether a decision shows it."""
        return any(self._met(way, decision) for way in self.ways)

    def _met(self, way: Way, decision: Decision) -> bool:
        first, last = way.days
        day = decision.law_as_of
        if way.law is not decision.law or (first and day < first) or (last and day >= last):
            return False
        if not self.wanted.shown(decision):
            return False
        return (
            way.other is None or kind_of(decision, decide_under(way.other, decision.case, load("direct"))) is not None
        )


def targets(library: Library, place: str) -> Iterator[Target]:
    """Everything that some case ought to show of the law of a place."""
    laws = [law for law in library.history(place) if span(law)]
    rules = dict.fromkeys(rule for law in reversed(laws) for rule in law.rules if rule.effect != "cautions")
    for rule in rules:
        inside = [law for law in reversed(laws) if rule in law.rules]
        yield Target(f"{rule.id} drives the decision", tuple(map(Way, inside)), _driven_by(rule))
    for rule in rules:
        if rule.effect != "default":
            yield from _dates(laws, rule)
        if rule.effect == "limits":
            yield from _deadline(rule, tuple(Way(law) for law in reversed(laws) if rule in law.rules))
    yield from _lines(laws)


def _driven_by(rule: Provision) -> Wanted:
    return Wanted(
        lambda asked: equal(asked.ruling, asked.law.rules.index(rule)),
        lambda decision: decision.resolution.control.ruling is rule,
    )


def _dates(laws: Sequence[Law], rule: Provision) -> Iterator[Target]:
    """The days on both sides of the first and the last day of a rule, where the rule matters, or would."""
    from_, until = rule.rule.from_, rule.rule.until
    if from_:
        yield from _day(laws, rule, from_ - _DAY, "the day before the first day of")
        yield from _day(laws, rule, from_, "the first day of")
    if until:
        yield from _day(laws, rule, until - _DAY, "the last day of")
        yield from _day(laws, rule, until, "the day after the last day of")


def _day(laws: Sequence[Law], rule: Provision, day: date, which: str) -> Iterator[Target]:
    law = next((each for each in laws if each.in_force(day)), None)
    if law is not None:
        others = [each for each in law.rules if each is not rule]
        rules = others if rule in law.rules else sorted([*others, rule], key=lambda each: each.precedence)
        yield Target(f"{which} {rule.id}", (Way(law, _with(law, rules), (day, day + _DAY)),))


def _with(law: Law, rules: Sequence[Provision]) -> Law:
    return replace(law, rules=tuple(rules), kept={})


def _deadline(rule: Provision, ways: tuple[Way, ...]) -> Iterator[Target]:
    """The last minute of a hold that a limit ends, and the moment at which it ends."""

    def last_minute(asked: Inquiry) -> Formula:
        number = asked.law.rules.index(rule)
        ends = asked.ends[number]
        met = asked.truths[number][0]
        return both(asked.hold, asked.timed, met, equal(asked.end, ends), asked.asked_at == ends - _MINUTE)

    def at_the_end(asked: Inquiry) -> Formula:
        number = asked.law.rules.index(rule)
        return both(equal(asked.ruling, number), asked.asked_at == asked.ends[number])

    def left(decision: Decision) -> timedelta:
        return limit_end(decision.law, decision.situation, rule) - decision.situation.asked_at

    yield Target(
        f"the last minute of the hours of {rule.id}",
        ways,
        Wanted(
            last_minute,
            lambda decision: (
                decision.outcome == "hold"
                and decision.resolution.control.limit is rule
                and left(decision) == timedelta(minutes=1)
            ),
        ),
    )
    yield Target(
        f"the end of the hours of {rule.id}",
        ways,
        Wanted(
            at_the_end,
            lambda decision: decision.resolution.control.ruling is rule and left(decision) == timedelta(),
        ),
    )


def _lines(laws: Sequence[Law]) -> Iterator[Target]:
    """Both sides of each line that a test draws through the days, where being on the other side turns the decision."""
    tests: dict[Test, tuple[str, ...]] = {}
    for law in reversed(laws):
        for test in law.tests:
            for each in test.asked():
                tests.setdefault(each, test.paths()[0].names)
    for test, owner in tests.items():
        ways = tuple(
            Way(law, _with(law, [_turned(rule, test) for rule in law.rules]))
            for law in reversed(laws)
            if any(test in each.asked() for each in law.tests)
        )
        for says, wanted in _sides(test, owner):
            yield Target(f"{says} of `{test.text}`", ways, wanted)


def _sides(test: Test, owner: tuple[str, ...]) -> Iterator[tuple[str, Wanted]]:
    match test:
        case Compare(left=Age(on=on), op=op, right=int() as years):
            for birthday in {">=": (years,), "<": (years,), ">": (years + 1,), "<=": (years + 1,)}.get(
                op, (years, years + 1)
            ):
                yield from _birthday(on, birthday)
        case WithinYears(days=days, years=years):
            yield "the first day", _on(days, owner, _lookback(years), 0)
            yield "the day before the first", _on(days, owner, _lookback(years), -1)
        case Compare(left=DayOf() as left, right=date() as line):
            fixed = _Day(lambda asked: line.toordinal(), lambda decision: line)
            yield "the day", _on((left,), owner, fixed, 0)
            yield "the day before", _on((left,), owner, fixed, -1)
        case _:
            pass


def _birthday(on: DayOf, years: int) -> Iterator[tuple[str, Wanted]]:
    """Someone who comes to an age on the day, and someone who does on the next."""
    of_release = on.path.names[0] == "release_at"

    def born(by: int) -> Wanted:
        def said(asked: Inquiry) -> Formula:
            person = asked.symbols.get("person")
            if not isinstance(person, Part):
                return False
            leaf = person.facts["date_of_birth"]
            first = asked.moments.back(None if of_release else asked.question, years)
            return both(leaf.known, equal(cast("Any", leaf.value), first + by))

        def shown(decision: Decision) -> bool:
            situation = decision.situation
            day = situation.release_day if of_release else situation.asked_day
            return decision.case.person.date_of_birth == clock.years_before(day, years)[0] + by * _DAY

        return Wanted(said, shown)

    yield f"the birthday that makes {years}, for one side", born(0)
    yield f"the day before the birthday that makes {years}, for the other side", born(1)


@dataclass(frozen=True, slots=True)
class _Day:
    """A day that a line is drawn at: for the solver, and for a decision."""

    said: Callable[[Inquiry], Any]
    shown: Callable[[Decision], date]


def _lookback(years: int) -> _Day:
    return _Day(
        lambda asked: asked.moments.back(None, years),
        lambda decision: clock.years_before(decision.situation.release_day, years)[0],
    )


def _on(days: Sequence[DayOf], owner: tuple[str, ...], line: _Day, by: int) -> Wanted:
    """That the latest of several days is near a line: of the case, or of each entry of a list that has one."""

    def said(asked: Inquiry) -> Formula:
        number = line.said(asked) + by
        rows = list(_leaves(asked, days, owner))
        return both(
            some(there for there, _ in rows),
            every(implies(there, _latest_is(leaves, number)) for there, leaves in rows),
        )

    def shown(decision: Decision) -> bool:
        situation = decision.situation
        entries: Any = getattr(decision.case, owner[0]) if days[0].path.of_item else (None,)
        if entries is UNKNOWN:
            return False
        stated = [[v for day in days if isinstance(v := day.value(situation, entry), date)] for entry in entries]
        return bool(stated) and all(each and max(each) == line.shown(decision) + by * _DAY for each in stated)

    return Wanted(said, shown)


def _latest_is(leaves: Sequence[Leaf], number: Any) -> Formula:
    stated = [(both(leaf.known, opposite(leaf.none)), cast("Any", leaf.value)) for leaf in leaves]
    return both(
        some(both(there, equal(value, number)) for there, value in stated),
        every(implies(there, value <= number) for there, value in stated),
    )


def _leaves(asked: Inquiry, days: Sequence[DayOf], owner: tuple[str, ...]) -> Iterator[tuple[Formula, list[Leaf]]]:
    """For the part of the case, or each entry of the list: whether it is there, and the days that are asked for."""
    part = asked.symbols.get(owner[0])
    names = [day.path.names[-1] for day in days]
    if isinstance(part, Entries):
        for item, there in zip(part.items, part.there(), strict=True):
            yield both(part.known, there), [item.facts[name] for name in names]
    elif part is not None:
        yield both(part.known, part.there), [part.facts[name] for name in names]


def _turned(rule: Provision, test: Test) -> Provision:
    """A rule with the opposite of one test in its condition."""
    when = _flipped(rule.when, test)
    return rule if when == rule.when else replace(rule, when=when)


def _flipped(node: Node, test: Test) -> Node:
    """A condition with the opposite of one test in its place."""

    @cache  # a definition is worked out once, however often it is named
    def flipped(node: Node) -> Node:
        if node == test:
            return Not(node, text=f"not ({node.text})")
        match node:
            case Joined(parts=parts):
                return replace(node, parts=tuple(map(flipped, parts)))
            case Not(part=part) | Defined(part=part):
                return replace(node, part=flipped(part))
            case Count(each=each):
                return replace(node, each=flipped(each))
            case _:
                return node

    return flipped(node)
