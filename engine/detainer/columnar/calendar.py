"""Clocks and calendars as a table with a row for each local day, so that a column engine joins what Python would work out.

A row says how far local time is ahead of UTC on that day, when the clocks change on it, and, for each limit that leaves out days,
where the hours that it counts begin and how long they stand still. All of it comes from `detainer.clock`. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from detainer import clock
from detainer.clock import Excluding

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
TURNS = 2
"""How often, at most, the end of a limit leaps over days left out while its beginning moves through one local day: between
two such leaps lies a whole day that counts.
"""


class Clock(NamedTuple):
    """What the days of a place hang on: its time zone, and its calendar of holidays."""

    timezone: str
    calendar: str | None

    @property
    def where(self) -> tzinfo:
        """The time zone."""
        return clock.zone(self.timezone)


class Span(NamedTuple):
    """So many hours, some days left out: a limit, apart from the rule that sets it."""

    hours: int
    excluding: Excluding


@dataclass(frozen=True, slots=True)
class Turns:
    """Where the hours of a span begin and stand still, for a beginning on one local day; instants in UTC.

    A beginning before `start` counts from `start`. The end lies `hours` later, and `still[n]` (seconds) on top of that for a
    beginning after the first n of `after`.
    """

    start: datetime
    after: tuple[datetime, ...]
    still: tuple[int, ...]


def turns(day: date, span: Span, where: Clock) -> Turns:
    """The turns of a span on a local day, such that the end is that of `clock.limit_end`."""
    zone = where.where
    start = clock.midnight(day, zone)
    tomorrow = clock.midnight(day + _DAY, zone)
    hours = timedelta(hours=span.hours)
    if clock.excluded(day, span.excluding, where.calendar):
        start = tomorrow
        while clock.excluded(day, span.excluding, where.calendar):
            day += _DAY
            start = clock.midnight(day, zone)
        still = clock.limit_end(start, span.hours, span.excluding, zone, where.calendar) - start - hours
        return Turns(start, (), (still // _SECOND,))
    after: list[datetime] = []
    found = [_still(start, span, where)]
    last = _still(tomorrow - timedelta(microseconds=1), span, where)
    while found[-1] != last:
        # the end that was reached without standing still any longer is the midnight at which the clock stops
        begin = after[-1] + timedelta(microseconds=1) if after else start
        end = begin + hours + found[-1]
        local = end.astimezone(zone).date()
        stop = clock.midnight(local, zone)
        while stop < end or not clock.excluded(local, span.excluding, where.calendar):
            local += _DAY
            stop = clock.midnight(local, zone)
        after.append(stop - hours - found[-1])
        found.append(_still(after[-1] + timedelta(microseconds=1), span, where))
    return Turns(start, tuple(after), tuple(each // _SECOND for each in found))


def _still(start: datetime, span: Span, where: Clock) -> timedelta:
    """How long the clock of a span that begins at an instant stands still."""
    end = clock.limit_end(start, span.hours, span.excluding, where.where, where.calendar)
    return end - start - timedelta(hours=span.hours)


FAR = datetime(9999, 12, 31)
"""A local time or an instant that nothing comes after."""

MOMENT = "moment"
"""The type of a column of instants or local times; an engine has its own (see `instants`)."""

COLUMNS = {
    "clock": "int64", "day": "date", "ahead": "int64", "change_from": MOMENT, "change_to": MOMENT, "ahead_then": "int64",
    "change_at": MOMENT, "ahead_before": "int64", "ahead_after": "int64",
}  # fmt: skip
"""The columns of `days` but those of spans.

`ahead` (seconds, of UTC) holds on the local day up to `change_from`, `ahead_then` from `change_to`; local times between are none
or two. On the day of UTC `ahead_before` holds up to the instant `change_at` and `ahead_after` from then on.
"""


def since_column(years: int) -> str:
    """The column of the day so many years before."""
    return f"since_{years}"


def span_columns(number: int) -> dict[str, str]:
    """The columns of the span of that number: see `Turns`."""
    return {
        f"start_{number}": MOMENT,
        **{f"after_{number}_{turn}": MOMENT for turn in range(TURNS)},
        **{f"still_{number}_{turn}": "int64" for turn in range(TURNS + 1)},
    }


def days(
    clocks: Sequence[Clock], spans: Sequence[Span], first: date, last: date, years: Sequence[int] = ()
) -> Iterator[tuple[Any, ...]]:
    """The rows of the table, for the local days from `first` to `last`: instants without an offset are in UTC. For each of
    `years` comes the day so many years before.
    """
    for number, each in enumerate(clocks):
        day = first
        while day <= last:
            row: list[Any] = [number, day, *_changes(day, each.where)]
            for span in spans:
                row += _turns_row(day, span, each)
            yield (*row, *(clock.years_before(day, back)[0] for back in years))
            day += _DAY


def _turns_row(day: date, span: Span, where: Clock) -> Iterable[Any]:
    if where.calendar is None and "holidays" in span.excluding:  # no law of such a place has that limit
        return [FAR, *[FAR] * TURNS, *[0] * (TURNS + 1)]
    found = turns(day, span, where)
    if len(found.after) > TURNS:
        raise RuntimeError(f"the clock of {where} turns more than {TURNS} times after {day} within {span}")
    missing = TURNS - len(found.after)
    after = [plain(each) for each in found.after] + [FAR] * missing
    return [plain(found.start), *after, *found.still, *[found.still[-1]] * missing]


def plain(instant: datetime) -> datetime:
    """An instant in UTC, without saying so: how column engines compare it soonest."""
    return instant.astimezone(UTC).replace(tzinfo=None)


def _ahead(instant: datetime, where: tzinfo) -> int:
    return (instant.astimezone(where).utcoffset() or timedelta()) // _SECOND


_HALF_DAY = timedelta(hours=12)


def _changes(day: date, where: tzinfo) -> tuple[Any, ...]:
    """How the clocks stand on a local day, and on the day of UTC."""
    offset = clock.offset_all_day(day, where)
    if offset is not None and abs(offset) <= _HALF_DAY:  # the day of UTC lies within those hours, too
        ahead = offset // _SECOND
        return ahead, FAR, FAR, ahead, FAR, ahead, ahead
    return *_change(day, where), *_change_of_utc(day, where)


def _change(day: date, where: tzinfo) -> tuple[int, datetime, datetime, int]:
    """How far local time is ahead on a local day, the local times between which the clocks change, and how far after that."""
    start, end = clock.midnight(day, where), clock.midnight(day + _DAY, where)
    before, after = _ahead(start, where), _ahead(end, where)
    # a change at midnight itself touches the local times of both days
    earlier, later = _ahead(start - _SECOND, where), _ahead(end - _SECOND, where)
    if before == later == earlier == after:
        return before, FAR, FAR, before
    if before != later:
        at = _instant_of_change(start, end, where)
        return before, *_between(at, before, later), later
    if earlier != before:
        return earlier, *_between(start, earlier, before), before
    return before, *_between(end, before, after), after


def _change_of_utc(day: date, where: tzinfo) -> tuple[datetime, int, int]:
    """The instant on a day of UTC from which local time is ahead by another amount, and both amounts."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = start + _DAY
    before, after = _ahead(start, where), _ahead(end - _SECOND, where)
    if before == after:
        return FAR, before, before
    return plain(_instant_of_change(start, end, where)), before, after


def _instant_of_change(start: datetime, end: datetime, where: tzinfo) -> datetime:
    """The first second after `start` at which local time is ahead by another amount."""
    before = _ahead(start, where)
    low, high = 0, (end - start) // _SECOND
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _ahead(start + middle * _SECOND, where) == before else (low, middle)
    return start + high * _SECOND


def _between(at: datetime, before: int, after: int) -> tuple[datetime, datetime]:
    """The local times that a change of the clocks skips or repeats."""
    one, other = plain(at) + before * _SECOND, plain(at) + after * _SECOND
    return min(one, other), max(one, other)
