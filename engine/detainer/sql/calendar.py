"""Days, clocks and limits of one place, so that an engine reckons in whole seconds and looks up the rest. Decides nothing.

Seconds count from `Calendar.origin`, UTC, and are never negative. Local time is told as if it were UTC, and brought
to UTC by what it is ahead then. All of it comes from `detainer.clock`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from sqlglot import exp

from detainer import clock
from detainer.columnar import calendar as calendars
from detainer.columnar.calendar import FAR, Clock, Span
from detainer.sql.logic import (
    Column,
    column,
    compare,
    first,
    joined_text,
    literal,
    minus,
    plus,
    rest,
    share,
    two_digits,
)

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
DAY = 86_400
"""Seconds of a day of UTC."""

NEVER = 999_999_999_999
"""Stands for the end of a hold that nothing ends, in seconds."""


@dataclass(frozen=True)
class Calendar:
    """The local days from `first` to `last` on which moments lie, and those after them until which `spans` can last."""

    where: Clock
    spans: tuple[Span, ...]
    first: date
    last: date

    @cached_property
    def origin(self) -> datetime:
        """The midnight (UTC) that seconds count from."""
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC) - 2 * _DAY

    def seconds(self, instant: datetime) -> int:
        """An instant, or a local time without an offset, as a number."""
        return (instant.replace(tzinfo=instant.tzinfo or UTC) - self.origin) // _SECOND

    def instant(self, seconds: int) -> datetime:
        """A number as an instant."""
        return self.origin + seconds * _SECOND

    # -- the table -----------------------------------------------------------------------------------------------------

    @cached_property
    def _end(self) -> date:
        """The last day on which a limit can end."""
        begin = clock.midnight(self.last + _DAY, self.where.where)
        ends = [
            clock.limit_end(begin, each.hours, each.excluding, self.where.where, self.where.calendar)
            for each in self.spans
        ]
        return max(ends, default=begin).date() + _DAY

    @cached_property
    def _turns(self) -> dict[str, list[int | None]]:
        """For each span that leaves out days the columns of its `calendar.Turns`, without those that nothing comes after."""
        days = [self.first + number * _DAY for number in range((self.last - self.first).days + 1)]
        found: dict[str, list[int | None]] = {}
        for number, span in enumerate(self.spans):
            if not span.excluding:
                continue
            turns = [calendars.turns(day, span, self.where) for day in days]
            found[f"start_{number}"] = [self.seconds(each.start) for each in turns]
            for turn in range(max(len(each.still) for each in turns)):
                found[f"still_{number}_{turn}"] = [each.still[min(turn, len(each.still) - 1)] for each in turns]
                after = [each.after[turn] if turn < len(each.after) else None for each in turns]
                if any(after):
                    found[f"until_{number}_{turn}"] = [self.seconds(each) if each else NEVER for each in after]
        return found

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns: a local day as a number and as text, its midnight as if it were UTC, and what spans hang on."""
        return ("day", "said", "midnight", *self._turns)

    @property
    def rows(self) -> Sequence[Sequence[int | str]]:
        """A row for each day; beyond `last` no hold begins, so what spans hang on is 0 there."""
        found: list[Sequence[int | str]] = []
        turns = list(self._turns.values())
        for number in range((self._end - self.first).days + 2):
            day = self.first + (number - 1) * _DAY
            at = number - 1
            asked = [each[at] or 0 if 0 <= at < len(each) else 0 for each in turns]
            found.append((number_of(day), day.isoformat(), (number + 1) * DAY, *asked))
        return found

    # -- what it says --------------------------------------------------------------------------------------------------

    def utc(self, local: Column) -> Column:
        """A local time as an instant; NULL where the clocks skip or repeat it."""
        return minus(local, self._ahead(local))

    @cached_property
    def _changes(self) -> list[tuple[int, int, int, int]]:
        """Between which local times the clocks change, and how far they are ahead before and after that."""
        found: dict[tuple[int, int], tuple[int, int]] = {}
        for row in calendars.days([self.where], [], self.first - _DAY, self.last + 2 * _DAY):
            _, _, ahead, start, end, then, *_ = row
            if start < FAR:
                known = found.get((self.seconds(start), self.seconds(end)))
                found[self.seconds(start), self.seconds(end)] = (known[0] if known else ahead, then)
        return [(*times, *both) for times, both in sorted(found.items())]

    def at_the_earliest(self, local: Column) -> Column:
        """The first instant that a local time can be."""
        return minus(
            local, max((each for *_, before, after in self._changes for each in (before, after)), default=self._usual)
        )

    @cached_property
    def _usual(self) -> int:
        return next(iter(calendars.days([self.where], [], self.first, self.first)))[2]

    def _ahead(self, local: Column) -> Column:
        if not self._changes:
            return literal(self._usual)
        chain: list[tuple[Column, Column | int]] = []
        for start, end, before, _ in self._changes:
            chain += [(compare(local, "<", start), before), (compare(local, "<", end), exp.null())]
        return first(chain, self._changes[-1][3])

    def end(self, span: Span, release: Column) -> Column:
        """When a limit ends a hold that begins at scheduled release, an instant; the row has the columns of its day."""
        number = self.spans.index(span)
        hours = span.hours * 3600
        if not span.excluding:
            return plus(release, hours)
        start = column(f"release_start_{number}")
        begin = first([(compare(release, "<", start), start)], release)
        stills = [name for name in self._turns if name.startswith(f"still_{number}_")]
        chain = [
            (compare(begin, "<=", column(f"release_{until}")), column(f"release_{name}"))
            for name in stills
            if (until := name.replace("still", "until")) in self._turns
        ]
        return plus(plus(begin, first(chain, column(f"release_{stills[-1]}"))), hours)

    def midnight(self, day: date) -> int:
        """The instant at which a local day begins, as a number."""
        return self.seconds(clock.midnight(day, self.where.where))


def number_of(day: date) -> int:
    """A day as a number whose differences, in ten thousands, are whole years.

    >>> number_of(date(2014, 3, 3))
    20140303
    """
    return day.year * 10_000 + day.month * 100 + day.day


def years_before(days: Sequence[date], day: Column, years: int) -> Column:
    """The day so many years before one of several, all as numbers."""
    usual = minus(day, years * 10_000)
    moved = [
        (each, before)
        for each in days
        if (before := number_of(clock.years_before(each, years)[0])) != number_of(each) - years * 10_000
    ]
    return first([(compare(day, "==", number_of(each)), before) for each, before in moved], usual)


def said(day: Column, time: Column) -> Column:
    """An instant as text, such as 2014-03-05T18:00:00Z: the text of its day of UTC, and the seconds since it began."""
    hour = share(minus(time, rest(time, 3600)), 3600)
    minute = share(minus(rest(time, 3600), rest(time, 60)), 60)
    pieces = (day, literal("T"), two_digits(hour), literal(":"), two_digits(minute), literal(":"))
    return joined_text(*pieces, two_digits(rest(time, 60)), literal("Z"))


def time_of(instant: Column) -> Column:
    """The seconds of an instant since its day of UTC began."""
    return rest(instant, DAY)


def day_of(instant: Column) -> Column:
    """The midnight of UTC before an instant."""
    return minus(instant, rest(instant, DAY))


def told(instant: datetime) -> str:
    """An instant as `said` has it."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
