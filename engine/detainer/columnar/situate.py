"""Moments of a table as instants and local days, by joining the table of clocks and calendars. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from detainer.columnar.facts import Column
from detainer.columnar.instants import Instants

_OFFSET = r"(Z|[+-]\d{2}:\d{2})$"
_MOMENT = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$"
_DAY = r"^\d{4}-\d{2}-\d{2}$"


@dataclass(frozen=True, slots=True)
class Moment:
    """A column of moments: local times, instants (UTC) and bare days, each NULL where it is none of the kind; None where the
    column cannot be one. `wrong`: it is none of them.
    """

    local: Column | None
    instant: Column | None
    day: Column | None
    wrong: Column


def moment_of(column: Column, *, days: bool) -> Moment:
    """A column as moments: a timestamp with or without a time zone, a date, or text. `days`: a bare day will do."""
    type_ = column.type()
    never = ibis.literal(False)
    if type_.is_date():
        return Moment(None, None, column, never if days else column.notnull())
    if type_.is_timestamp():
        if type_.timezone is None:
            return Moment(column.cast("timestamp"), None, None, never)
        return Moment(None, column.cast("timestamp('UTC')").cast("timestamp"), None, never)
    text = column.cast("string")
    timed, zoned = text.re_search(_MOMENT), text.re_search(_OFFSET)
    written = ibis.cases((timed, text.re_replace(_OFFSET, ""))).try_cast("timestamp")
    local = ibis.cases((~zoned, written))
    offset = ibis.cases((zoned, text.re_extract(_OFFSET, 1)))
    hours, minutes = (offset.substr(at, 2).try_cast("int64") for at in (1, 4))
    ahead = (hours * 3600 + minutes * 60) * ibis.cases((offset.substr(0, 1) == "-", -1), else_=1)
    instant = written - ibis.cases((offset == "Z", 0), else_=ahead).cast("int64").as_interval("s")
    day = ibis.cases((text.re_search(_DAY), text)).try_cast("date") if days else None
    found = [local, instant, *([day] if day is not None else [])]
    return Moment(
        local, instant, day, text.notnull() & ibis.coalesce(*(each.cast("string") for each in found)).isnull()
    )


Lookup = Callable[[Any, Column, Column, Sequence[str]], Any]
"""Adds columns of the calendar to a table, for clocks and days of its rows."""


def situated(
    table: Any, name: str, moment: Moment, lookup: Lookup, instants: Instants, also: Sequence[str] = ()
) -> Any:
    """The table with `<name>_day`, `<name>_utc` (NULL for a bare day), `<name>_gap` (no single instant) and `<name>_wrong` (no
    moment at all). `also`: columns of the calendar to add, of the local day where the moment is given as local.

    The table has the column `clock`.
    """
    bare = moment.day
    local, given = moment.local, [each for each in (moment.local, moment.instant) if each is not None]
    if not given:
        return table.mutate(
            **{
                f"{name}_day": bare,
                f"{name}_utc": ibis.null(instants.type),
                f"{name}_gap": False,
                f"{name}_wrong": moment.wrong,
            }
        )
    at, wrong = f"{name}_at", f"{name}_wrong"
    held = {at: _first_known(given), wrong: moment.wrong}
    if bare is not None:
        held["bare"] = bare
    if local is not None:
        held["local"] = local.notnull()
    table = table.mutate(**held)
    table = lookup(table, table.clock, table[at].date(), [*_CHANGES, *also])
    day, moment_at = table[at].date(), instants.of(table[at])
    ahead = ibis.cases((moment_at < table.change_to, table.ahead), else_=table.ahead_then)
    gap = (moment_at >= table.change_from) & (moment_at < table.change_to)
    of_utc = ibis.cases((moment_at < table.change_at, table.ahead_before), else_=table.ahead_after)
    as_local = day, instants.later(moment_at, -ahead), gap
    as_instant = instants.at(instants.later(moment_at, of_utc)).date(), moment_at, ibis.literal(False)
    if len(given) == 2:
        found = [
            ibis.cases((table["local"], one), else_=other) for one, other in zip(as_local, as_instant, strict=True)
        ]
    else:
        found = as_instant if local is None else as_local
    day, utc, gap = found
    if bare is not None:
        day = ibis.coalesce(day, table["bare"])
    table = table.mutate(**{f"{name}_day": day, f"{name}_utc": utc, f"{name}_gap": gap.fill_null(False)})
    return table.drop(at, *_CHANGES, *(each for each in held if each in ("bare", "local")))


_CHANGES = ("ahead", "change_from", "change_to", "ahead_then", "change_at", "ahead_before", "ahead_after")


def _first_known(columns: Sequence[Column]) -> Column:
    return columns[0] if len(columns) == 1 else ibis.coalesce(*columns)
