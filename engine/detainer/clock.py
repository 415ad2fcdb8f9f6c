"""When things happen where the jail stands: local times, excluded days, the end of a limit, anniversaries. Pure.

Hours are elapsed hours, counted in UTC. Days and birthdays are local.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
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
    early, late = moment.replace(tzinfo=where, fold=0), moment.replace(tzinfo=where, fold=1)
    first, second = early.utcoffset(), late.utcoffset()
    if first == second:
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
    clocks change; only elapsed hours count.

    >>> start = datetime(2014, 3, 7, 18, tzinfo=UTC)  # a Friday
    >>> limit_end(start, 48, ("saturdays", "sundays"), zone("UTC")).isoformat()
    '2014-03-11T18:00:00+00:00'
    """
    left = timedelta(hours=hours)
    now = start
    day = start.astimezone(where).date()
    reach = timedelta(days=hours // 24 + 2)  # the clock cannot run further without a day that stands still
    while excluding:
        end = now + left
        last = day + reach
        while day <= last and not excluded(day, excluding, calendar):
            day += _DAY
        stop = _midnight(day, where)
        if end <= stop:
            return end
        if stop > now:
            left -= stop - now
        while excluded(day, excluding, calendar):
            day += _DAY
        now = _midnight(day, where)
    return now + left


@lru_cache(maxsize=4096)
def _midnight(day: date, where: tzinfo) -> datetime:
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
