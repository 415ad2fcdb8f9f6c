"""Tables decided on an engine of Ibis, by the steps of `plan`: DuckDB in this process, or Spark on a cluster.

What was decided of a kind of rows is remembered, so that the next table asks only for kinds that were not met before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import ibis
import pyarrow as pa

from detainer.case import FIRST, LAST
from detainer.columnar import reading
from detainer.columnar.database import connect, query
from detainer.columnar.decisions import WORDS, decisions
from detainer.columnar.facts import MOMENTS, ROW, moments
from detainer.columnar.files import Part, columns_of, exactly, quoted
from detainer.columnar.plan import MORE, Plan
from detainer.columnar.timetable import Days

_AT_ONCE = 20_000
"""How many rows are decided one by one before they are put away."""

_MOST_KNOWN = 200_000
"""With more kinds than that, what was decided of them is forgotten: they are then not met again and again."""

_REFUSED, _SEEN, _ASKED, _OWN = "refused", "looked_at", "asked", "of_their_own"
"""The names of tables of rows: those that are refused for what lies in their lists, those that are looked at closely, those that
are decided one by one, and those that are of kinds of their own. A query names a table, so that it is the same for each part.
"""

_NONE = pa.table(
    {ROW: pa.array([], pa.int64()), "column": pa.array([], pa.string()), "reason": pa.array([], pa.string())}
)


class Decided(NamedTuple):
    """What became of a table: an expression for the rows that were decided, and those that cannot be (see `Plan.rejected`)."""

    decisions: Any
    rejected: pa.Table


class _Steps:
    """What is asked of tables of one shape. Worked out once: each part of a file has the shape of the one before."""

    def __init__(self, plan: Plan, read: Any, days: Days) -> None:
        self._plan, self._read, self._days = plan, read, days
        self.suspects = plan.suspects(read)
        self.kinds = plan.kinds(read.anti_join(_rows_named(_REFUSED), ROW), days)

    @cached_property
    def rejected(self) -> Any:
        return self._plan.rejected(self._read.semi_join(_rows_named(_SEEN), ROW), self._days)


def _rows_named(name: str) -> Any:
    return ibis.table({ROW: "int64"}, name=name)


@dataclass
class Decider:
    """An engine of Ibis with a plan. `con` is its connection."""

    plan: Plan
    con: Any

    def __post_init__(self) -> None:
        self._days: Days | None = None
        self._steps: dict[Any, _Steps] = {}
        self._known: set[tuple[Any, ...]] = set()
        self._said: list[pa.Table] = []

    def decide(self, given: Any) -> Decided:
        """Decide a table with a row a case, numbered in the column `row`. Its expressions hold until the next table is decided.

        Raises `DetainerError` for a table without the columns that every row needs.
        """
        read = reading.read(given)
        days = self._days_for(given)
        shape = given.op(), days
        if shape not in self._steps:
            self._steps[shape] = _Steps(self.plan, read, days)
        steps = self._steps[shape]
        found = [self.fetched(self.keep("suspects", each)) for each in steps.suspects]
        of_entries = self._rejected(steps, pa.concat_tables([_NONE.select([ROW]), *found]))
        self.put(_REFUSED, of_entries.select([ROW]))
        rows = self.keep("kinds", steps.kinds)
        of_kinds = self._decisions(given, rows)
        said = self.keep_words("decisions", of_kinds)
        if any(of_kinds["apart"].to_pylist()):
            rows, said = self._apart(given, rows, said, of_kinds)
        others = self._rejected(steps, self.fetched(rows.filter(rows.key_0.isnull()).select(ROW)))
        return Decided(self.plan.joined(rows, said), pa.concat_tables([of_entries, others]))

    def _rejected(self, steps: _Steps, suspects: pa.Table) -> pa.Table:
        """Those of the rows that cannot be, and why."""
        if not suspects.num_rows:
            return _NONE
        self.put(_SEEN, suspects)
        return self.fetched(steps.rejected).cast(_NONE.schema)

    def whole(self, path: Path) -> bool:
        """Whether it takes a file at once, and care itself that all fits in memory."""
        return False

    def given(self, part: Part) -> Any:
        """Part of a file as a table."""
        raise NotImplementedError  # pragma: no cover

    def put(self, name: str, table: pa.Table) -> Any:
        """A table from here, under a name."""
        raise NotImplementedError  # pragma: no cover

    def keep(self, name: str, table: Any) -> Any:
        """A table worked out, under a name."""
        raise NotImplementedError  # pragma: no cover

    def fetched(self, table: Any) -> pa.Table:
        """A table worked out and brought here."""
        raise NotImplementedError  # pragma: no cover

    def write(self, table: Any, path: Path) -> None:
        """Write a table as Parquet. Raises OSError."""
        raise NotImplementedError  # pragma: no cover

    def keep_words(self, name: str, table: pa.Table) -> Any:
        """A small table, of whose columns those of `decisions.WORDS` have few different words."""
        return self.put(name, table)

    def _days_for(self, given: Any) -> Days:
        """The days of the table, and of those before; the engine has the tables of them then."""
        days = Days.around(*self._days_of(given))
        if self._days is None or days not in self._days:
            self._days = days if self._days is None else days | self._days
            for name, table in self.plan.tables(self._days).items():
                self.keep(name, table)
        return self._days

    def _days_of(self, given: Any) -> tuple[date, date]:
        """The days between which all moments of a table lie, as far as they can be read."""
        ends: dict[str, Any] = {}
        for name in (*MOMENTS, *moments()):
            if name in given.columns:
                column = given[name]
                day = (column.left(10) if column.type().is_string() else column).try_cast("date")
                days = ibis.cases((day.between(ibis.literal(FIRST), ibis.literal(LAST)), day))
                ends |= {f"{name}_first": days.min(), f"{name}_last": days.max()}
        values = self.fetched(given.aggregate(**ends)).to_pylist()[0].values()
        found = [date.fromisoformat(str(value)[:10]) for value in values if value is not None]
        return (min(found), max(found)) if found else (FIRST, FIRST)

    def _decisions(self, given: Any, rows: Any) -> pa.Table:
        """What is decided of every kind of rows."""
        names = list(self.plan.key_columns)
        met = self.fetched(rows.filter(rows.key_0.notnull()).group_by(names).agg(**{ROW: rows[ROW].min()}))
        if len(self._known) > _MOST_KNOWN:
            self._known, self._said = set(), []
        new: dict[int, tuple[Any, ...]] = {}
        for row, *key in _tuples(met.select([ROW, *names])):
            if tuple(key) not in self._known:
                new[row] = tuple(key)
        for batch in self._rows(given, list(new)):
            self._said.append(decisions(self.plan, [(new[row[ROW]], row) for row in batch]))
        self._known |= set(new.values())
        self._said = [pa.concat_tables([*self._said, decisions(self.plan, [])])]
        return self._said[0]

    def _apart(self, given: Any, rows: Any, said: Any, of_kinds: pa.Table) -> tuple[Any, Any]:
        """The kinds of rows and what is decided of them, where the holds of one kind end each when it does: rows that are not
        equal are of kinds of their own then.
        """
        keys = {row: key for row, *key in _tuples(self.fetched(self.plan.apart(rows, said)))}
        first: dict[str, int] = {}
        own: dict[int, int] = {}
        found: list[pa.Table] = []
        for batch in self._rows(given, sorted(keys)):
            new: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
            for row in batch:
                number = row.pop(ROW)
                same = repr({name: value for name, value in row.items() if name != "id"}) + repr(keys[number])
                own[number] = first.setdefault(same, number)
                if own[number] == number:
                    new.append(((*keys[number][:-1], _own(number)), row))
            found.append(decisions(self.plan, new))
        if not own:
            return rows, said
        names = pa.array(map(_own, own.values()), pa.string())
        more = self.put(_OWN, pa.table({"of_row": pa.array(list(own), pa.int64()), "own": names}))
        table = rows.left_join(more, rows[ROW] == more.of_row)
        table = table.mutate(**{MORE: ibis.coalesce(table.own, table[MORE])}).drop("of_row", "own").order_by(ROW)
        return self.keep("kinds_apart", table), self.keep_words("decisions", pa.concat_tables([of_kinds, *found]))

    def _rows(self, given: Any, numbers: list[int]) -> Iterator[list[dict[str, Any]]]:
        """Some rows of a table as `reading.read` gives them, so many at once as can be held in memory."""
        for first in range(0, len(numbers), _AT_ONCE):
            some = self.put(_ASKED, pa.table({ROW: pa.array(numbers[first : first + _AT_ONCE], pa.int64())}))
            yield self.fetched(reading.read(given.semi_join(some, ROW))).to_pylist()


class DuckDB(Decider):
    """DuckDB, in this process."""

    def __init__(self, plan: Plan) -> None:
        con = connect()
        # every join of the plan has the small table on its right, and rows keep their order only so
        con.raw_sql("SET disabled_optimizers = 'join_order,build_side_probe_side'")
        super().__init__(plan, con)
        self._sql: dict[Any, str] = {}

    def given(self, part: Part) -> Any:
        if part.table is not None:
            self.con.con.register("given", part.table)
            return self.con.table("given")
        names = ", ".join(f'"{name}"' for name in columns_of(part.path))
        self.con.raw_sql(
            f"CREATE OR REPLACE TEMP VIEW given_rows AS SELECT file_row_number + 1 AS {ROW}, {names} "  # noqa: S608
            f"FROM read_parquet({exactly(part.path)}, file_row_number = true, hive_partitioning = false) "
            f"WHERE file_row_number BETWEEN {part.first} AND {part.first + part.rows - 1}"
        )
        return self.con.table("given_rows")

    def put(self, name: str, table: pa.Table) -> Any:
        self.con.con.register(name, table)
        return self.con.table(name)

    def keep(self, name: str, table: Any) -> Any:
        self.con.raw_sql(f"CREATE OR REPLACE TEMP TABLE {name} AS {self._text(table)}")
        return self.con.table(name)

    def fetched(self, table: Any) -> pa.Table:
        return self.con.con.sql(self._text(table)).to_arrow_table().cast(table.schema().to_pyarrow())

    def write(self, table: Any, path: Path) -> None:
        self.con.raw_sql(f"COPY ({self._text(table)}) TO {quoted(path)} (FORMAT PARQUET)")

    def _text(self, table: Any) -> str:
        """A table as a query."""
        if table.op() not in self._sql:
            self.con._run_pre_execute_hooks(table)
            self._sql[table.op()] = query(self.con, table)
        return self._sql[table.op()]

    def keep_words(self, name: str, table: pa.Table) -> Any:
        """As enumerations, which DuckDB writes in half the time."""
        self.put("said", table)
        words = {each: sorted({word or "" for word in table[each].to_pylist()}) for each in WORDS}
        columns = [
            f'"{each}"::ENUM({", ".join(map(_text, words[each]))}) AS "{each}"'
            if each in WORDS and table.num_rows
            else f'"{each}"'
            for each in table.column_names
        ]
        self.con.raw_sql(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {', '.join(columns)} FROM said")  # noqa: S608
        return self.con.table(name)


def _own(row: int) -> str:
    """What tells apart a row that is of a kind of its own."""
    return f"row {row}"


def _tuples(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    """The rows of a table."""
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _text(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"
