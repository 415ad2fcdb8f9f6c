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
from detainer.columnar.instants import INSTANTS, Dialect, Instants
from detainer.columnar.situate import NOWHERE, moment_of, situated


@dataclass(frozen=True)
class Timetable:
    """The clocks and calendars of places, in the order of their numbers, and how long limits let a hold last."""

    clocks: tuple[Clock, ...]
    spans: tuple[Span, ...]
    dialect: Dialect = "duckdb"

    @property
    def instants(self) -> Instants:
        """How the engine reckons with instants."""
        return INSTANTS[self.dialect]

    @cached_property
    def excluding(self) -> tuple[Span, ...]:
        """Those of `spans` that leave out days."""
        return tuple(span for span in self.spans if span.excluding)

    @property
    def _turns(self) -> list[str]:
        return [each for number in range(len(self.excluding)) for each in calendars.span_columns(number)]

    @property
    def columns(self) -> dict[str, str]:
        """The columns of the calendar, and their types."""
        columns = dict(calendars.COLUMNS)
        for number in range(len(self.excluding)):
            columns |= calendars.span_columns(number)
        return {name: self.instants.type if type_ == calendars.MOMENT else type_ for name, type_ in columns.items()}

    def rows(self, first: date, last: date) -> list[list[Any]]:
        """The rows of the calendar for the days between (local and of UTC), a day more on either side."""
        first, last = max(FIRST, first - timedelta(days=1)), min(LAST, last + timedelta(days=1))
        plain = self.instants.plain
        return [
            [plain(value) if isinstance(value, datetime) else value for value in row]
            for row in calendars.days(self.clocks, self.excluding, first, last)
        ]

    def calendar(self, first: date = FIRST, last: date = LAST) -> Any:
        """The table of clocks and calendars."""
        rows = self.rows(first, last)
        return small([*rows, [NOWHERE, FIRST, *rows[0][2:]]], self.columns)

    def situate(self, table: Any, calendar: Any) -> Any:
        """A table that was read (`reading.read`) and has the column `clock`, with what is known of its moments, and of where the
        ends of limits lie.
        """
        asks = "asked_at_raw" in table.columns
        for name in (*MOMENTS, *moments()):
            if f"{name}_raw" in table.columns:
                moment = moment_of(table[f"{name}_raw"], days=name in moments())
                with_turns = name == "release_at" and moment.instant is None
                table = situated(table, name, moment, calendar, self.instants, self._turns if with_turns else ())
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
        if self._turns and self._turns[0] not in table.columns:
            right = calendar.select("clock", "day", *self._turns).rename(of_clock="clock", of_day="day")
            table = table.left_join(right, [table.clock == right.of_clock, table.release_at_day == right.of_day])
            table = table.drop("of_clock", "of_day")
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


def small(rows: Sequence[Sequence[Any]], types: Mapping[str, Any]) -> Any:
    """A table of few rows, such as all rows are joined to. Through Arrow: Ibis takes the way over pandas else, which is long."""
    schema = ibis.schema(types).to_pyarrow()
    columns = zip(*rows, strict=True) if rows else [() for _ in types]
    arrays = [pa.array(each, field.type) for each, field in zip(columns, schema, strict=True)]
    return ibis.memtable(pa.table(arrays, schema=schema))
