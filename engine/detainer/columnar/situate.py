"""Moments of a table as instants and local days, by joining the table of clocks and calendars. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import ibis

from detainer.case import FIRST, LAST
from detainer.columnar.facts import Column
from detainer.columnar.instants import Instants

_WRITTEN = "(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}"  # of the years from `FIRST` to `LAST`
DAY = rf"^{_WRITTEN}\z"
"""How `case` has days written. Regular expressions here mean the same to every engine that reads text."""
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?|24:00(:00(\.0+)?)?"
_ZONE = r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
_OFFSET = rf"{_ZONE}\z"
_MOMENT = rf"^{_WRITTEN}[T ]({_TIME}){_ZONE}?\z"


@dataclass(frozen=True, slots=True)
class Moment:
    """A column of moments: `at`, local times where `local` is true and instants (UTC) elsewhere, and bare days. NULL where it is
    none of the kind, None where the column cannot be one.
    """

    at: Column | None
    local: Column | bool
    day: Column | None


def moment_of(column: Column, *, days: bool) -> Moment:
    """A column as moments: a timestamp with or without a time zone, a date, or text. `days`: a bare day will do."""
    type_ = column.type()
    if type_.is_date():
        return Moment(None, True, _bearable(column, FIRST, LAST + _DAY) if days else None)
    if type_.is_timestamp():
        if type_.timezone is None:
            return Moment(_bearable(column, _FIRST, _END).cast("timestamp"), True, None)
        first, end = ((each + days).replace(tzinfo=UTC) for each, days in ((_FIRST, -_DAY), (_END, _DAY)))
        instant = _bearable(column, first, end).cast("timestamp('UTC')").cast("timestamp")
        return Moment(instant, False, None)  # its year is that at the place
    text = column.cast("string")
    timed, zoned, midnight = text.re_search(_MOMENT), text.re_search(_OFFSET), text.substr(11, 2) == "24"
    next_day = _bearable(text.left(10).try_cast("timestamp") + ibis.interval(days=1), _FIRST, _END)
    alone, before_offset = (
        ibis.cases((midnight, next_day), else_=each.try_cast("timestamp"))
        for each in (text, text.re_replace(_OFFSET, ""))
    )
    offset = text.re_extract(_OFFSET, 1)
    hours, minutes = (offset.substr(at, 2).try_cast("int64") for at in (1, 4))
    ahead = (hours * 3600 + minutes * 60) * ibis.cases((offset.substr(0, 1) == "-", -1), else_=1)
    instant = before_offset - ibis.cases((offset == "Z", 0), else_=ahead).cast("int64").as_interval("s")
    day = ibis.cases((text.re_search(DAY), text.try_cast("date"))) if days else None
    return Moment(ibis.cases((timed & ~zoned, alone), (timed, instant)), ~zoned, day)


def _bearable(written: Column, first: date, end: date) -> Column:
    """A moment or day as it is written, of the years that a record of a jail can bear; NULL for others, infinity among them.
    Asked before any cast, which fails far from our time.
    """
    return ibis.cases(((written >= ibis.literal(first)) & (written < ibis.literal(end)), written))


_DAY = timedelta(days=1)
_FIRST, _END = (datetime.combine(day, time()) for day in (FIRST, LAST + _DAY))


Lookup = Callable[[Any, Column, Column, Sequence[str]], Any]
"""Adds columns of the calendar to a table, for clocks and days of its rows."""


def situated(
    table: Any, name: str, moment: Moment, lookup: Lookup, instants: Instants, also: Sequence[str] = ()
) -> Any:
    """The table with `<name>_day`, `<name>_utc` (NULL for a bare day), `<name>_gap` (no single instant) and `<name>_wrong` (no
    moment at all). `also`: columns of the calendar to add, of the local day where the moment is given as local.

    The table has the column `clock`.
    """
    raw, at = table[f"{name}_raw"], moment.at
    wrong = f"{name}_wrong"
    if at is None:
        day = ibis.null("date") if moment.day is None else moment.day
        table = table.mutate(**{f"{name}_day": day, f"{name}_utc": ibis.null(instants.type), f"{name}_gap": False})
        return table.mutate(**{wrong: raw.notnull() & table[f"{name}_day"].isnull()})
    held = {_AT: at, _LOCAL: moment.local, _BARE: moment.day}
    held = {column: value for column, value in held.items() if value is not None and not isinstance(value, bool)}
    table = table.mutate(**held)
    table = lookup(table, table.clock, table[_AT].date(), [*_CHANGES, *also])
    day, moment_at = table[_AT].date(), instants.of(table[_AT])
    ahead = ibis.cases((moment_at < table.change_to, table.ahead), else_=table.ahead_then)
    gap = (moment_at >= table.change_from) & (moment_at < table.change_to)
    of_utc = ibis.cases((moment_at < table.change_at, table.ahead_before), else_=table.ahead_after)
    as_local = day, instants.later(moment_at, -ahead), gap
    as_instant = instants.at(instants.later(moment_at, of_utc)).date(), moment_at, ibis.literal(False)
    if isinstance(moment.local, bool):
        day, utc, gap = as_local if moment.local else as_instant
    else:
        each = zip(as_local, as_instant, strict=True)
        day, utc, gap = (ibis.cases((table[_LOCAL], one), else_=other) for one, other in each)
    none = table[_AT].isnull()
    if moment.day is not None:
        day, none = ibis.coalesce(day, table[_BARE]), none & table[_BARE].isnull()
    table = table.mutate(
        **{f"{name}_day": day, f"{name}_utc": utc, f"{name}_gap": gap.fill_null(False), wrong: raw.notnull() & none}
    )
    return table.drop(*held, *_CHANGES)


_AT, _LOCAL, _BARE = "at", "is_local", "bare"
_CHANGES = ("ahead", "change_from", "change_to", "ahead_then", "change_at", "ahead_before", "ahead_after")
