"""Moments of a table as instants and local days, by joining the table of clocks and calendars. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from detainer.columnar.facts import Column

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


def situated(table: Any, name: str, moment: Moment, calendar: Any) -> Any:
    """The table with `<name>_day`, `<name>_utc` (NULL for a bare day) and `<name>_gap` (no single instant).

    The table has the column `clock`.
    """
    parts = {"local": moment.local, "instant": moment.instant, "bare": moment.day}
    held = {f"{name}_{part}": each for part, each in parts.items() if each is not None}
    table = table.mutate(**held)
    days: list[Column] = []
    instants: list[Column] = []
    gap: Column = ibis.literal(False)
    if moment.day is not None:
        days.append(table[f"{name}_bare"])
    if moment.instant is not None:
        right = calendar.select("clock", "day", "change_at", "ahead_before", "ahead_after").view()
        at = table[f"{name}_instant"]
        joined = table.left_join(
            right, [table.clock == right.clock, at.date() == right.day], rname=f"{{name}}_u_{name}"
        )
        ahead = ibis.cases(
            (joined[f"{name}_instant"] < joined.change_at, joined.ahead_before), else_=joined.ahead_after
        )
        utc = joined[f"{name}_instant"]
        joined = joined.mutate(**{f"{name}_seen": (utc + ahead.as_interval("s")).date()})
        table = joined.drop(
            *[each for each in joined.columns if each.endswith(f"_u_{name}")],
            "change_at",
            "ahead_before",
            "ahead_after",
        )
        days.append(table[f"{name}_seen"])
        instants.append(table[f"{name}_instant"])
    if moment.local is not None:
        right = calendar.select("clock", "day", "ahead", "change_from", "change_to", "ahead_then").view()
        at = table[f"{name}_local"]
        joined = table.left_join(
            right, [table.clock == right.clock, at.date() == right.day], rname=f"{{name}}_l_{name}"
        )
        at = joined[f"{name}_local"]
        ahead = ibis.cases((at < joined.change_to, joined.ahead), else_=joined.ahead_then)
        table = joined.mutate(
            **{
                f"{name}_fixed": at - ahead.as_interval("s"),
                f"{name}_gap": (at >= joined.change_from) & (at < joined.change_to),
            }
        )
        table = table.drop(
            *[each for each in table.columns if each.endswith(f"_l_{name}")],
            "ahead",
            "change_from",
            "change_to",
            "ahead_then",
        )
        days.append(table[f"{name}_local"].date())
        instants.append(table[f"{name}_fixed"])
        gap = table[f"{name}_gap"].fill_null(False)
    table = table.mutate(
        **{
            f"{name}_day": _first_known(days, "date"),
            f"{name}_utc": _first_known(instants, "timestamp"),
            f"{name}_gap": gap,
        }
    )
    return table.drop(
        *[
            each
            for each in table.columns
            if each.startswith(name) and each.rpartition("_")[2] in ("local", "instant", "bare", "fixed", "seen")
        ]
    )


def _first_known(columns: list[Column], type_: str) -> Column:
    if not columns:
        return ibis.null(type_)
    return columns[0].cast(type_) if len(columns) == 1 else ibis.coalesce(*(each.cast(type_) for each in columns))
