"""When things happen where the jail stands: local times, excluded days, the end of a limit, anniversaries. Pure.

Hours are elapsed hours, counted in UTC. Days and birthdays are local.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_LONGEST = timedelta(days=368)
"""Longer than any limit, which has at most the hours of 366 days."""
_NAMES = {5: "saturdays", 6: "sundays"}


Excluding = tuple[str, ...] | frozenset[str]
"""Days on which a clock stands still: ``saturdays``, ``sundays``, ``holidays``."""


class LocalTimeError(ValueError):
    """A local time that does not exist or exists twice, because the clocks change there. Says what to write instead."""


@cache
def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name. Raises `zoneinfo.ZoneInfoNotFoundError`."""
    return ZoneInfo(name)


def instant(moment: datetime, where: tzinfo) -> datetime:
    """The moment in UTC. A moment without an offset is local to `where`. Raises `LocalTimeError`."""
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    offset = offset_all_day(moment.date(), where)
    if offset is not None:
        return (moment - offset).replace(tzinfo=UTC, fold=0)
    early = moment.replace(tzinfo=where, fold=0)
    late = early.replace(fold=1)
    if early.utcoffset() == late.utcoffset():
        return early.astimezone(UTC)
    written = moment.isoformat(timespec="minutes")
    choices = " or ".join(f"{written}{each.strftime('%z')[:3]}:{each.strftime('%z')[3:]}" for each in (early, late))
    if early.astimezone(UTC).astimezone(where).replace(tzinfo=None) == moment:
        raise LocalTimeError(f"{written} happens twice there, as the clocks go back; write {choices}")
    moved = " or ".join(
        each.astimezone(UTC).astimezone(where).replace(tzinfo=None).isoformat(timespec="minutes")
        for each in (late, early)
    )
    raise LocalTimeError(
        f"{written} does not exist there: the clocks skip it; write {moved}, or give the offset: {choices}"
    )


def local(moment: datetime, where: tzinfo) -> datetime:
    """An instant as the clocks of a place show it. Its offset is a fixed one, so that differences of two are elapsed time.

    >>> str(local(datetime(2018, 11, 4, 8, 30, tzinfo=UTC), zone("America/Los_Angeles")))
    '2018-11-04 01:30:00-07:00'
    """
    shown = moment.astimezone(where)
    return shown.replace(tzinfo=timezone(shown.utcoffset() or timedelta()), fold=0)


def written(moment: datetime, where: tzinfo) -> str:
    """An instant as a scenario file has it: local, with its offset where the clocks make it two.

    >>> written(datetime(2018, 11, 4, 8, 30, tzinfo=UTC), zone("America/Los_Angeles"))
    '2018-11-04T01:30-07:00'
    """
    local = moment.astimezone(where)
    plain = local.replace(tzinfo=None, fold=0)
    try:
        alone = instant(plain, where) == moment
    except LocalTimeError:
        alone = False
    return (plain if alone else local).isoformat(timespec="seconds" if local.second else "minutes")


def told(name: str, moment: datetime | None, where: tzinfo) -> dict[str, str | None]:
    """An instant as every output has it: under `name` local with its offset, and in UTC beside it; None where there is none.

    >>> told("hold_until", datetime(2014, 9, 15, 7, tzinfo=UTC), zone("America/Los_Angeles"))
    {'hold_until': '2014-09-15T00:00:00-07:00', 'hold_until_utc': '2014-09-15T07:00:00Z'}
    """
    if moment is None:
        return {name: None, f"{name}_utc": None}
    return {
        name: moment.astimezone(where).isoformat(),
        f"{name}_utc": f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat()}Z",
    }


@lru_cache(maxsize=4096)
def offset_all_day(day: date, where: tzinfo) -> timedelta | None:
    """What local time is ahead of UTC on a whole local day and the hours around it; None where the clocks change then."""
    noon = datetime.combine(day, time(12), where)
    offsets = {(noon + timedelta(hours=hours)).utcoffset() for hours in (-24, 0, 24)}
    return offsets.pop() if len(offsets) == 1 else None


def is_calendar(name: str) -> bool:
    """Whether the `holidays` package knows a country's calendar by that name."""
    from holidays.registry import EntityLoader  # `list_supported_countries` would load every country's module

    return name in EntityLoader.get_country_codes()


@lru_cache(maxsize=512)
def public_holidays(calendar: str, year: int) -> frozenset[date]:
    """The days of one year that are holidays in a calendar of the `holidays` package, observed days included.

    For the calendar of the United States these are the days of 5 USC 6103; tests compare the two.
    """
    import holidays

    return frozenset(
        day for day in holidays.country_holidays(calendar, years=[year - 1, year, year + 1]) if day.year == year
    )


@lru_cache(maxsize=4096)
def excluded(day: date, excluding: Excluding, calendar: str | None) -> str | None:
    """Why the clock stands still on that local day (``saturdays``, ``sundays`` or ``holidays``), or None."""
    name = _NAMES.get(day.weekday())
    if name in excluding:
        return name
    if "holidays" in excluding and calendar is not None and day in public_holidays(calendar, day.year):
        return "holidays"
    return None


def limit_end(
    start: datetime, hours: float, excluding: Excluding, where: tzinfo, calendar: str | None = None
) -> datetime:
    """The instant (UTC) at which `hours` have been counted from `start` (an instant).

    The clock stands still on whole local days, 00:00 to 00:00, that are excluded. Such a day has 23 or 25 hours when the
    clocks change; only elapsed hours count. Raises ValueError where holidays are left out and no calendar is given.

    >>> start = datetime(2014, 3, 7, 18, tzinfo=UTC)  # a Friday
    >>> limit_end(start, 48, ("saturdays", "sundays"), zone("UTC")).isoformat()
    '2014-03-11T18:00:00+00:00'
    """
    left = timedelta(hours=hours)
    if not excluding:
        return start + left
    now = start
    day = start.astimezone(where).date()
    while True:
        stop, again = _standstill(day, excluding, calendar, where)
        if now + left <= stop:
            return now + left
        if stop > now:
            left -= stop - now
        day = again
        now = midnight(day, where)


class CountedDay(NamedTuple):
    """One local day of a count: the part of it (instants, UTC) that was looked at, and why none of it counts, if so."""

    day: date
    start: datetime
    end: datetime
    excluded: str | None

    @property
    def hours(self) -> float:
        """The elapsed hours that count."""
        return 0.0 if self.excluded else (self.end - self.start) / timedelta(hours=1)


def count_days(
    start: datetime, hours: float, excluding: Excluding, where: tzinfo, calendar: str | None = None
) -> Iterator[CountedDay]:
    """How `limit_end` comes to its end, local day by local day: the hours that count add up to `hours`."""
    end = limit_end(start, hours, excluding, where, calendar)
    now = start
    while now < end:
        day = now.astimezone(where).date()
        tomorrow = midnight(day + _DAY, where)
        yield CountedDay(day, now, min(tomorrow, end), excluded(day, excluding, calendar))
        now = tomorrow


@lru_cache(maxsize=4096)
def holiday_name(calendar: str, day: date) -> str:
    """What a holiday is called in a calendar, such as ``Labor Day``. Raises KeyError for another day."""
    import holidays

    return holidays.country_holidays(calendar, years=[day.year - 1, day.year, day.year + 1])[day]


@lru_cache(maxsize=4096)
def _standstill(day: date, excluding: Excluding, calendar: str | None, where: tzinfo) -> tuple[datetime, date]:
    """The instant at which the clock, running on `day`, next stands still, and the day on which it runs again.

    Where no day is left out for longer than any limit lasts, it is the end of that time.
    """
    if calendar is None and "holidays" in excluding:
        raise ValueError("leaving out holidays needs a calendar of holidays")
    last = day + _LONGEST
    while not excluded(day, excluding, calendar) and day < last:
        day += _DAY
    stop = midnight(day, where)
    while excluded(day, excluding, calendar):
        day += _DAY
    return stop, day


@lru_cache(maxsize=4096)
def midnight(day: date, where: tzinfo) -> datetime:
    """The instant at which a local day begins."""
    return datetime.combine(day, time(), where).astimezone(UTC)


def years_before(day: date, years: int) -> tuple[date, bool]:
    """The same calendar day `years` earlier, and whether it had to move from 29 to 28 February.

    The wider reading: a window that starts on a day which does not exist starts a day earlier, not later.
    """
    try:
        return day.replace(year=day.year - years), False
    except ValueError:
        return day.replace(year=day.year - years, day=28), True


def age_on(born: date, day: date) -> int:
    """Age in whole years on a local day. Someone born on 29 February turns on 1 March in common years.

    >>> age_on(date(2000, 2, 29), date(2018, 2, 28)), age_on(date(2000, 2, 29), date(2018, 3, 1))
    (17, 18)
    """
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def birthday(born: date, years: int) -> date:
    """The day on which someone reaches an age: the first on which `age_on` is `years`.

    >>> birthday(date(2000, 2, 29), 18)
    datetime.date(2018, 3, 1)
    """
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return born.replace(year=born.year + years, month=3, day=1)
