"""When a hold ends: the first moment at which the same facts give release. And the moments at which an answer could turn.

Between these moments nothing turns, however long one waits: the ends of limits, the midnights at which the law changes, and the
days that a rule asks about. So the end of a hold is found by going from one to the next. Pure; every engine's decision asks it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple, cast

from detainer import clock
from detainer.case import LAST, UNKNOWN
from detainer.fillings import stated
from detainer.language.terms import Age, DayOf
from detainer.language.tree import Compare, Truth
from detainer.library import Law
from detainer.provision import Provision
from detainer.resolve import limit_end, resolve
from detainer.situation import Situation

_DAY = timedelta(days=1)


class Ending(NamedTuple):
    """The first moment (UTC) at which a hold is no longer lawful, and the rule that ends it: a limit, or what forbids it from
    then on, or the default where nothing allows it any more.
    """

    at: datetime
    rule: Provision


def ending(law: Law, situation: Situation, truths: Sequence[Truth]) -> Ending | None:
    """When a hold ends that there is now, if nothing more happens; None where nothing on record ends it."""
    at = next_change(law, situation, truths)
    while at is not None:
        situation = later(situation, at)
        while law.after is not None and law.until is not None and law.until <= situation.asked_day:
            law = law.after
        truths = law.truths(situation)
        control = resolve(law, situation, truths).control
        if control.outcome == "release":
            return Ending(at, control.ruling)
        at = next_change(law, situation, truths)
    return None


def later(situation: Situation, at: datetime) -> Situation:
    """The same facts, asked about at a later instant."""
    return situation._replace(asked_at=at, asked_day=at.astimezone(situation.where).date(), known={})


def next_change(law: Law, situation: Situation, truths: Sequence[Truth]) -> datetime | None:
    """The next instant (UTC) at which another answer is possible although nothing happens; None where there is none."""
    now = situation.asked_at
    changes = [
        limit_end(law, situation, rule)
        for rule, truth in zip(law.rules, truths, strict=True)
        if rule.effect == "limits" and truth is not False
    ]
    if law.until is not None:
        changes.append(clock.midnight(law.until, situation.where))
    changes += [clock.midnight(day, situation.where) for day in _days_ahead(law, situation)]
    return min((each for each in changes if each > now), default=None)


def _days_ahead(law: Law, situation: Situation) -> Iterator[date]:
    """Days after the one asked about on which a test could begin to answer otherwise, all facts being the same."""
    today = situation.asked_day
    for test in _of_the_day(law):
        for line in _lines(test, situation):
            yield from (day for day in (line, line + _DAY) if day > today)


def _of_the_day(law: Law) -> tuple[Compare, ...]:
    """The tests of the law in force whose answer can hang on the day asked about: worked out once."""
    found = law.kept.get("of the day")
    if not isinstance(found, tuple):
        tests = [each for test in law.tests for each in test.asked()]
        found = law.kept["of the day"] = tuple(
            test
            for test in tests
            if isinstance(test, Compare)
            and (isinstance(test.left, DayOf) or (isinstance(test.left, Age) and _is_asked_at(test.left.on)))
        )
    return cast("tuple[Compare, ...]", found)


def _lines(test: Compare, situation: Situation) -> Iterator[date]:
    """The days at which a comparison can turn: a day that it names, a birthday, an anniversary where none is known."""
    if isinstance(test.left, Age):
        born = situation.case.person.date_of_birth
        for age in (test.right, test.right + 1):
            if isinstance(born, date):
                yield _anniversary(born, age)
        if born is UNKNOWN:
            released = situation.release_day
            yield from (_anniversary(released, situation.asked_day.year - released.year + more) for more in (0, 1))
        return
    for side in (test.left, test.right):
        if isinstance(side, date):
            yield side
        elif isinstance(side, DayOf) and not _is_asked_at(side):
            yield from stated(side, situation, None)


def _is_asked_at(day: DayOf) -> bool:
    return day.path.names[0] == "asked_at"


def _anniversary(day: date, years: int) -> date:
    """The same day of a later year; 28 February for a 29th that is not there, so that the 1st of March comes after it."""
    year = min(day.year + years, LAST.year)
    return day.replace(year=year, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=year)
