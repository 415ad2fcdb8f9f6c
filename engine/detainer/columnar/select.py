"""The law of one place and day as one SELECT, for people with a warehouse of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import sqlglot
from ibis.common.exceptions import IbisError
from sqlglot import exp

from detainer.case import FIRST, LAST
from detainer.columnar import kinds, problems, reading
from detainer.columnar.calendar import Clock
from detainer.columnar.doctrine import controlled
from detainer.columnar.facts import MOMENTS, PLACE, Facts, entry_columns, fact_columns, has, schema
from detainer.columnar.plan import span_of, spans_of
from detainer.columnar.situate import Lookup
from detainer.columnar.timetable import Timetable
from detainer.columnar.trees import joined, truth
from detainer.errors import DetainerError
from detainer.language.fields import Records
from detainer.language.tree import Count
from detainer.library import Law

DIALECTS = {
    name: {"spark": "pyspark"}.get(name, name)
    for name in (
        "bigquery", "clickhouse", "databricks", "duckdb", "mssql", "mysql", "oracle", "postgres", "snowflake", "spark", "sqlite",
        "trino",
    )
}  # fmt: skip
"""The dialects of SQL, and what Ibis calls them."""

_DAY = timedelta(days=1)
CASES, CALENDAR = "cases", "calendar"


@dataclass(frozen=True)
class Select:
    """A law, asked of scheduled releases on local days from `first` to `last`."""

    law: Law
    first: date
    last: date

    @cached_property
    def timetable(self) -> Timetable:
        """The clock and calendar of the place."""
        assert self.law.timezone is not None
        return Timetable((Clock(self.law.timezone, self.law.calendar),), tuple(spans_of(self.law)), "any")

    @cached_property
    def days(self) -> tuple[date, date]:
        """The first and the last day of the calendar, local or of UTC."""
        return max(FIRST, self.first - _DAY), min(LAST, self.last + _DAY)

    @cached_property
    def columns(self) -> dict[str, dt.DataType]:
        """The columns that the law reads, and what they hold; `id` is handed on."""
        read = {name for test in self.law.tests for name in kinds.read_by(test)}
        if "person_date_of_birth" in read:
            read.add("person_age")
        found = {"id": dt.string} | {name: schema()[name] for name in MOMENTS}
        for column in fact_columns():
            if column.name in read:
                found[column.name] = schema()[column.name]
                if isinstance(column.type, Records):
                    found[column.name] = dt.Array(dt.Struct(self._fields(column.name, column.type)))
        return found

    def _fields(self, name: str, records: Records) -> dict[str, dt.DataType]:
        asked = {
            path.names[0].rstrip("_")
            for test in self.law.tests
            if isinstance(test, Count) and test.items.names[0] == name
            for each in test.each.tests()
            for path in each.paths()
            if path.of_item
        } or {"offense"}
        given: Any = schema()[name]
        return {
            field: given.value_type.fields[field]
            for field in entry_columns(records)
            if field in asked or any(field == has(each) for each in asked)
        }

    def expression(self, cases: Any, calendar: Any) -> Any:
        """The decisions of a table with `columns`: `id`, `release_at`, `outcome`, `hold_until` (UTC), `ruling`, `settled`,
        `exact`, and `problem`, the column that cannot be. The others are NULL then.
        """
        table = reading.read(cases.mutate(**{PLACE: ibis.literal(self.law.place)}))
        table = self.timetable.situate(table.mutate(clock=ibis.literal(0, "int64")), _lookup(calendar))
        ends = self.timetable.ends(table)
        table = table.mutate(
            **{f"{limit.id} ends": ends[span_of(limit)] for limit in self.law.rules if limit.effect == "limits"}
        )
        facts = Facts(table, {name: table[f"{name}_day"] for name in MOMENTS})
        answers = {test: f"test {number}" for number, test in enumerate(self.law.tests)}
        table = table.mutate(**{name: truth(test, facts) for test, name in answers.items()})
        table = table.mutate(
            problem=ibis.cases(*self._problems(table)),
            **{rule.id: joined(rule.when, lambda test: table[answers[test]]) for rule in self.law.rules},
        )
        table = controlled(
            table,
            self.law,
            {rule: rule.id for rule in self.law.rules},
            {rule: f"{rule.id} ends" for rule in self.law.rules if rule.effect == "limits"},
            "asked_at_utc",
        )
        fine = table.problem.isnull()
        decided = ("outcome", "hold_until", "ruling", "settled", "exact")
        return table.select(
            "id",
            release_at=table.release_at_raw,
            **{name: ibis.cases((fine, table[name])) for name in decided},
            problem=table.problem,
        )

    def _problems(self, table: Any) -> Iterator[tuple[Any, str]]:
        day = table.asked_at_day
        yield table.release_at_utc.isnull(), "release_at"  # none, or on no day of the calendar
        yield table.asked_at_utc.isnull(), "asked_at"
        if self.law.since:
            yield day < ibis.literal(self.law.since), "asked_at"
        if self.law.until:
            yield day >= ibis.literal(self.law.until), "asked_at"
        for each in (*reading.untimely(table), *reading.unlike(table)):
            yield each.wrong, each.column
        for name, entries in problems.wrong_entries(table, day).items():
            yield entries.length() > 0, name.removesuffix("_wrong")

    def sql(self, dialect: str, table: str = CASES) -> str:
        """The SELECT. `table` is what the table is called there. Raises `DetainerError` where the dialect cannot say it."""
        types = {name: "timestamp" if name in MOMENTS else type_ for name, type_ in self.columns.items()}
        cases, calendar = ibis.table(types, name=CASES), ibis.table(self.timetable.columns, name=CALENDAR)
        try:
            text = str(ibis.to_sql(self.expression(cases, calendar), dialect=DIALECTS[dialect]))
        except IbisError as error:
            raise DetainerError(f"this law cannot be said in the SQL of {dialect}: {error}") from None
        name = {"mssql": "tsql", "pyspark": "spark"}.get(DIALECTS[dialect], DIALECTS[dialect])
        query: Any = sqlglot.parse_one(text, dialect=name)
        for each in query.find_all(exp.Table):
            if each.name == CASES and table != CASES:
                each.replace(exp.to_table(table, dialect=name, alias=each.alias))
        main = query.sql(dialect=name, pretty=True)
        quoted = exp.to_identifier(CALENDAR, quoted=True).sql(dialect=name)
        rows = self._calendar().sql(dialect=name)
        for between in ("), (", "), STRUCT(", "UNION ALL SELECT "):  # a line for each day
            rows = rows.replace(between, f"{between.rstrip('(').rstrip()}\n{'(' if between.endswith('(') else ''}")
        joined_to = f", {main.removeprefix('WITH ')}" if main.startswith("WITH ") else f"\n{main}"
        return f"WITH {quoted} AS (\n{rows}\n){joined_to}"

    def _calendar(self) -> Any:
        """The calendar as a table of values."""
        columns = list(self.timetable.columns)
        rows = self.timetable.rows(*self.days)
        values = exp.values([tuple(map(_plain, row)) for row in rows], alias="days", columns=columns)
        types = {"int64": "BIGINT", "date": "DATE", "timestamp": "TIMESTAMP"}
        casts = [
            exp.alias_(exp.cast(exp.column(name, "days"), types[type_]), name, quoted=True)
            for name, type_ in self.timetable.columns.items()
        ]
        return exp.select(*casts).from_(values)


def _lookup(calendar: Any) -> Lookup:
    def lookup(table: Any, clock: Any, day: Any, names: Sequence[str]) -> Any:
        right = calendar.select(of_clock="clock", of_day="day", **{name: name for name in names})
        return table.left_join(right, [clock == right.of_clock, day == right.of_day]).drop("of_clock", "of_day")

    return lookup


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, date | datetime) else value


def year_of(day: date) -> tuple[date, date]:
    """The first and the last day of its year."""
    return date(day.year, 1, 1), date(day.year + 1, 1, 1) - _DAY
