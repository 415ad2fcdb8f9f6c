"""The moments of a table's rows as instants and local days, and when limits would end a hold. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import ibis
import pyarrow as pa

from detainer.case import FIRST, LAST
from detainer.columnar import calendar as calendars
from detainer.columnar.calendar import Clock, Span
from detainer.columnar.facts import MOMENTS, Column, moments
from detainer.columnar.instants import INSTANTS, EngineName, Instants
from detainer.columnar.situate import Lookup, moment_of, situated

SLOT = "slot"


@dataclass(frozen=True)
class Timetable:
    """The clocks and calendars of places, in the order of their numbers, how long limits let a hold last, and how many years back
    laws look.
    """

    clocks: tuple[Clock, ...]
    spans: tuple[Span, ...]
    dialect: EngineName = "duckdb"
    years: tuple[int, ...] = ()

    @property
    def instants(self) -> Instants:
        """How the engine reckons with instants."""
        return INSTANTS[self.dialect]

    @cached_property
    def excluding(self) -> tuple[Span, ...]:
        """Those of `spans` that leave out days."""
        return tuple(span for span in self.spans if span.excluding)

    @property
    def _of_release(self) -> dict[str, str]:
        """Columns that tell of the day of scheduled release."""
        turns = (calendars.span_columns(number) for number in range(len(self.excluding)))
        since = {calendars.since_column(years): "date" for years in self.years}
        return {name: type_ for each in turns for name, type_ in each.items()} | since

    @property
    def columns(self) -> dict[str, str]:
        """The columns of the calendar, and their types."""
        columns = calendars.COLUMNS | self._of_release
        return {name: self.instants.type if type_ == calendars.MOMENT else type_ for name, type_ in columns.items()}

    def rows(self, first: date, last: date) -> list[list[Any]]:
        """The rows of the calendar for the days from `first` to `last`, clock by clock."""
        plain = self.instants.plain
        return [
            [plain(value) if isinstance(value, datetime) else value for value in row]
            for row in calendars.days(self.clocks, self.excluding, first, last, self.years)
        ]

    def calendar(self, days: Days) -> Any:
        """The table of clocks and calendars, each row at its slot (see `Days`)."""
        return days.table([*zip(*self.rows(days.first, days.last), strict=True)], self.columns)

    def situate(self, table: Any, lookup: Lookup) -> Any:
        """A table that was read (`reading.read`) and has the column `clock`, with what is known of its moments, and of where the
        ends of limits lie. `lookup` adds columns of the calendar.
        """
        asks = "asked_at_raw" in table.columns
        of_release = list(self._of_release)
        for name in (*MOMENTS, *moments()):
            if f"{name}_raw" in table.columns:
                moment = moment_of(table[f"{name}_raw"], days=name in moments())
                of_local_day = name == "release_at" and moment.local is True
                table = situated(table, name, moment, lookup, self.instants, of_release if of_local_day else ())
        if asks:
            given = table.asked_at_raw.notnull()
            table = table.mutate(
                asked_at_day=ibis.cases((given, table.asked_at_day), else_=table.release_at_day),
                asked_at_utc=ibis.cases((given, table.asked_at_utc), else_=table.release_at_utc),
            )
        else:
            table = table.mutate(asked_at_day=table.release_at_day, asked_at_utc=table.release_at_utc)
        days = {name: table[f"{name}_day"] for name in moments() if f"{name}_day" in table.columns}
        table = table.mutate(**days)
        if not set(of_release) <= set(table.columns):
            table = lookup(table, table.clock, table.release_at_day, of_release)
        return table

    def ends(self, table: Any) -> dict[Span, Column]:
        """When each limit would end a hold, as an instant."""
        return {span: self._end(table, span) for span in self.spans}

    def _end(self, table: Any, span: Span) -> Column:
        """See `calendar.Turns`."""
        if not span.excluding:
            return self.instants.later(table.release_at_utc, span.hours * 3600)
        start, *others = (table[name] for name in calendars.span_columns(self.excluding.index(span)))
        after, still = others[: calendars.TURNS], others[calendars.TURNS :]
        begin = ibis.greatest(table.release_at_utc, start)
        turned = ibis.cases(*((begin <= each, still[turn]) for turn, each in enumerate(after)), else_=still[-1])
        return self.instants.later(begin, turned + span.hours * 3600)


@dataclass(frozen=True)
class Days:
    """The days from `first` to `last`. A table with a row for each of several numbers (of clocks, of places) on each of these
    days is joined by one number, its slot; slot 0 is for what has no such day. So every row finds one.
    """

    first: date
    last: date

    @classmethod
    def around(cls, first: date, last: date) -> Days:
        """Days on which moments of a table can lie whose days, local or of UTC, are these; whole years, as few change them."""
        start, end = date(first.year, 1, 1) - _DAY, date(last.year, 12, 31) + _DAY
        return cls(max(FIRST - _DAY, start), min(LAST + _DAY, end))

    def __contains__(self, other: Days) -> bool:
        return self.first <= other.first and other.last <= self.last

    def __or__(self, other: Days) -> Days:
        return Days(min(self.first, other.first), max(self.last, other.last))

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def table(self, columns: Sequence[Sequence[Any]], types: Mapping[str, str]) -> Any:
        """Columns with a value for each number and day, number by number, as a table; what stands at slot 0 has no meaning."""
        slots = range(len(columns[0]) + 1)
        return small([slots, *([each[0], *each] for each in columns)], {SLOT: "int64"} | dict(types))

    def slot(self, number: Column, day: Column) -> Column:
        """Where a number and a day find their row."""
        there = number.notnull() & day.between(ibis.literal(self.first), ibis.literal(self.last))
        lies = number * len(self) + day.delta(ibis.literal(self.first), unit="day") + 1
        return ibis.cases((there, lies.cast("int64")), else_=ibis.literal(0, "int64"))

    def lookup(self, days: Any) -> Lookup:
        """How columns of such a table are added to another."""

        def lookup(table: Any, number: Column, day: Column, names: Sequence[str]) -> Any:
            right = days.select(of_slot=SLOT, **{name: name for name in names})
            table = table.mutate(slot=self.slot(number, day))
            return table.inner_join(right, table.slot == right.of_slot).drop("of_slot", "slot")

        return lookup


_DAY = timedelta(days=1)


def small(columns: Sequence[Sequence[Any]], types: Mapping[str, Any]) -> Any:
    """A table of few rows, such as all rows are joined to. Through Arrow: Ibis takes the way over pandas else, which is long."""
    schema = ibis.schema(types).to_pyarrow()
    arrays = [pa.array(each, field.type) for each, field in zip(columns, schema, strict=True)]
    return ibis.memtable(pa.table(arrays, schema=schema))
