"""The dialects of SQL: what each calls the types, and the few things that each says in a way of its own. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlglot import exp

from detainer.sql import logic
from detainer.sql.columns import WORD
from detainer.sql.logic import Column

Lists = Literal["arrays", "tables"]


@dataclass(frozen=True)
class Dialect:
    """A dialect. `writes`: what sqlglot calls it. `runs`: whether the tests run it, and on what.

    The types hold text, yes or no (`truth`), a whole number, a day, and a local time without a zone (`moment`). `entries` makes
    rows of the arrays of a table (see `unnest`), `field` is a fact of such a row, `word` the row itself; where it is
    empty there are no arrays of structs. `nullable`: an array may be NULL. `values`: how a table of constants is written.
    """

    name: str
    writes: str
    runs: str = ""
    text: str = "VARCHAR(255)"
    truth: str = "BOOLEAN"
    number: str = "INT"
    day: str = "DATE"
    moment: str = "TIMESTAMP"
    entries: str = ""
    field: str = "u.entry.{field}"
    word: str = "u.entry"
    nullable: bool = True
    values: Literal["values", "row", "derived", "structs", "function", "dual"] = "values"
    engine: str = ""
    fence: Literal["", "materialized", "limit", "hint"] = ""
    struct: str = ""
    words: str = ""
    composite: bool = False
    key: str = "NOT NULL PRIMARY KEY"

    @property
    def lists(self) -> tuple[Lists, ...]:
        """How lists can be held, the usual way first."""
        return ("arrays", "tables") if self.entries else ("tables",)

    @property
    def booleans(self) -> bool:
        """Whether there are values that are true or false."""
        return self.truth.upper() in ("BOOLEAN", "BOOL", "NULLABLE(BOOL)") and self.writes not in ("mysql", "sqlite")

    @property
    def typed(self) -> bool:
        """Whether a column holds only what its type says. SQLite holds anything, and has days and times as text."""
        return self.writes != "sqlite"

    @property
    def key_type(self) -> str:
        """The type of an id."""
        return self.text.removeprefix("Nullable(").removesuffix(")") if self.writes == "clickhouse" else self.text

    def array_of(self, fields: Sequence[tuple[str, str]], named: str) -> str:
        """The type of an array of structs of these fields; `named`: the struct as a type of its own."""
        between = ": " if "<" in self.struct and self.writes != "bigquery" else " "
        return self.struct.format(fields=", ".join(f"{name}{between}{type_}" for name, type_ in fields), named=named)

    # -- what a column holds, as a number ------------------------------------------------------------------------------

    def number_of_truth(self, column: Column) -> Column:
        """Yes or no as 1 or 0."""
        return logic.truth(column) if self.booleans else column

    def number_of_day(self, column: Column) -> Column:
        """A day as a number such as 20140303; 0 for what is none."""
        if self.typed:
            return self._number(column)
        is_day = exp.EQ(this=_again("%Y-%m-%d", column), expression=column)
        return logic.first([(is_day, self._number(column)), (logic.known(column), 0)])

    def number_of_moment(self, column: Column) -> Column:
        """The day of a local time as a number such as 20140303; NULL for what is none."""
        return self._number(column) if self.typed else logic.first([(self._is_moment(column), self._number(column))])

    def _number(self, column: Column) -> Column:
        if not self.typed:
            return exp.cast(exp.func("REPLACE", _piece(column, 1, 10), logic.literal("-"), logic.literal("")), "BIGINT")
        year, month, day = (self._field(each, column) for each in ("YEAR", "MONTH", "DAY"))
        return logic.plus(logic.plus(logic.times(year, 10_000), logic.times(month, 100)), day)

    def second_of_day(self, column: Column) -> Column:
        """How many whole seconds after midnight a local time is."""
        if not self.typed:
            hour, minute, second = (exp.cast(_piece(column, at, 2), "BIGINT") for at in (12, 15, 18))
        else:
            hour, minute, second = (self._field(each, column) for each in ("HOUR", "MINUTE", "SECOND"))
        return logic.plus(logic.plus(logic.times(hour, 3600), logic.times(minute, 60)), second)

    def _field(self, name: str, column: Column) -> Column:
        """A field of a day or a time. Its fraction goes first, because some engines round when they make whole numbers."""
        value: Column = exp.Extract(this=exp.var(name), expression=self._timed(name, column))
        return exp.cast(exp.Floor(this=value), "BIGINT")

    def _timed(self, name: str, column: Column) -> Column:
        within_a_day = name in ("HOUR", "MINUTE", "SECOND")
        return exp.cast(column, "TIMESTAMP") if within_a_day and self.writes == "oracle" else column

    def _is_moment(self, column: Column) -> Column:
        """Whether text is a local time such as ``2014-03-03 10:00`` or ``2014-03-03T10:00:00``."""
        spaced = exp.func("REPLACE", column, logic.literal("T"), logic.literal(" "))
        whole = _piece(logic.joined_text(spaced, logic.literal(":00")), 1, 19)
        again = _again("%Y-%m-%d %H:%M:%S", whole)
        return logic.every([exp.EQ(this=again, expression=whole), logic.one_of(exp.Length(this=column), (16, 19))])

    # -- what comes out ------------------------------------------------------------------------------------------------

    def truth_of_number(self, column: Column) -> Column:
        """1 or 0 as yes or no."""
        return exp.cast(column, "INT" if self.values == "dual" else "BOOLEAN")

    def fenced(self, whole: Any) -> Any:
        """Steps that the engine keeps apart. Some write every step into the next, until what was to be worked out once is worked
        out a million times over.
        """
        step = whole.args["with_"].expressions[-1]
        match self.fence:
            case "materialized":
                step.set("materialized", True)
            case "limit":
                step.set("this", step.this.limit(2**63 - 1, copy=False))
            case "hint":
                step.this.set("hint", exp.Hint(expressions=[exp.Var(this="MATERIALIZE")]))
            case "":
                pass
        return whole

    def constants(self, name: str, columns: Sequence[str], rows: Sequence[Sequence[int | str]]) -> str:
        """A table of constants, as what stands between WITH and the next comma. Texts hold no quotes."""
        names = ", ".join(columns)
        lines = [", ".join(f"'{each}'" if isinstance(each, str) else str(each) for each in row) for row in rows]
        listed = ",\n".join(f"({each})" for each in lines)
        named = ", ".join(f"{value} AS {column}" for column, value in zip(columns, lines[0].split(", "), strict=True))
        match self.values:
            case "values":
                return f"{name}({names}) AS (\nVALUES\n{listed}\n)"
            case "row":
                rows_ = listed.replace("\n(", "\nROW(")
                return f"{name}({names}) AS (\nVALUES\nROW{rows_}\n)"
            case "derived":
                return f"{name} AS (\nSELECT {names} FROM (VALUES\n{listed}\n) AS v({names})\n)"
            case "structs":
                return f"{name} AS (\nSELECT * FROM UNNEST([STRUCT({named}),{listed.partition(',' + chr(10))[2]}])\n)"
            case "function":
                types = ("String" if isinstance(each, str) else "Int64" for each in rows[0])
                shape = ", ".join(f"{column} {type_}" for column, type_ in zip(columns, types, strict=True))
                return f"{name} AS (\nSELECT * FROM values('{shape}',\n{listed})\n)"
            case "dual":
                selects = "\nUNION ALL ".join(f"SELECT {each} FROM DUAL" for each in (named, *lines[1:]))
                return f"{name} AS (\n{selects}\n)"

    def unnest(self, table: str, list_: str, fields: Sequence[tuple[str, str]], case: str) -> str:
        """A list as a table, a row an entry: as `case` the id of the case, and `fields` with their types. A list of words has the
        one field that is called as the words' own tables call it.
        """
        template = self.word if [name for name, _ in fields] == [WORD] else self.field
        shown = [f"{template.format(field=name, type=type_)} AS {name}" for name, type_ in fields]
        names = ", ".join(name for name, _ in fields)
        return self.entries.format(
            selected=", ".join([f"c.id AS {case}", *shown]), table=table, list=list_, fields=names
        )


def _again(form: str, text: Column) -> Column:
    """A day or a time read and written again. SQLite takes 30 February as it stands, until it has to add to it."""
    return exp.Anonymous(this="STRFTIME", expressions=[logic.literal(form), text, logic.literal("+0 days")])


def _piece(column: Column, start: int, length: int) -> Column:
    return exp.Substring(this=column.copy(), start=logic.literal(start), length=logic.literal(length))


def _lateral(join: str) -> str:
    """How rows are made of arrays, where the row stands behind a join."""
    return "SELECT {selected} FROM {table} AS c " + join


_SPARK = Dialect(
    "spark", "spark", "Spark 4.0", text="STRING", moment="TIMESTAMP_NTZ", key="", values="derived",
    struct="ARRAY<STRUCT<{fields}>>", words="ARRAY<STRING>", entries=_lateral("LATERAL VIEW EXPLODE(c.{list}) u AS entry"),
)  # fmt: skip
_MARIADB = Dialect(
    "mariadb",
    "mysql",
    "MariaDB 10.11",
    text="VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    moment="DATETIME",
    fence="limit",
)
_ALL = (
    Dialect(
        "bigquery", "bigquery", text="STRING", truth="BOOL", number="INT64", moment="DATETIME", key="NOT NULL",
        values="structs", nullable=False, struct="ARRAY<STRUCT<{fields}>>", words="ARRAY<STRING>",
        entries=_lateral("CROSS JOIN UNNEST(c.{list}) AS entry"), field="entry.{field}", word="entry",
    ),
    Dialect(
        "clickhouse", "clickhouse", "chdb 4.4 (ClickHouse 26.9)", text="Nullable(String)", truth="Nullable(Bool)",
        number="Nullable(Int32)", day="Nullable(Date32)", moment="Nullable(DateTime64(0, 'UTC'))", key="",
        values="function", nullable=False, engine=" ENGINE = Memory", struct="Array(Tuple({fields}))",
        words="Array(String)", entries=_lateral("ARRAY JOIN c.{list} AS entry"), field="entry.{field}", word="entry",
    ),
    replace(_SPARK, name="databricks", writes="databricks", runs=""),
    Dialect(
        "datafusion", "postgres", "DataFusion 55", text="VARCHAR", key="NOT NULL",
        entries="SELECT {selected} FROM (SELECT id, UNNEST({list}) AS entry FROM {table}) AS c",
        struct="STRUCT<{fields}>[]", words="VARCHAR[]", field="c.entry['{field}']", word="c.entry",
    ),
    Dialect(
        "duckdb", "duckdb", "DuckDB 1.5", text="VARCHAR", struct="STRUCT({fields})[]", words="VARCHAR[]",
        entries=_lateral("CROSS JOIN UNNEST(c.{list}) AS u(entry)"),
    ),
    _MARIADB,
    Dialect(
        "mssql", "tsql", text="VARCHAR(255) COLLATE Latin1_General_BIN2", truth="BIT", moment="DATETIME2(0)",
        values="derived", fence="limit",
    ),
    replace(_MARIADB, name="mysql", runs="", values="row"),
    Dialect("oracle", "oracle", text="VARCHAR2(255)", truth="NUMBER(1)", number="NUMBER(10)", values="dual", fence="hint"),
    Dialect(
        "postgres", "postgres", "PostgreSQL 15", text="TEXT", composite=True, fence="materialized", struct="{named}[]",
        words="TEXT[]", entries=_lateral("CROSS JOIN LATERAL UNNEST(c.{list}) AS u"), field="u.{field}", word="u",
    ),
    Dialect(
        "snowflake", "snowflake", text="VARCHAR", moment="TIMESTAMP_NTZ", values="derived", struct="ARRAY", words="ARRAY",
        entries=_lateral("CROSS JOIN LATERAL FLATTEN(INPUT => c.{list}) AS u"), field="u.value:{field}::{type}",
        word="u.value::{type}",
    ),
    _SPARK,
    Dialect("sqlite", "sqlite", "SQLite 3", text="TEXT", truth="INTEGER", number="INTEGER", day="TEXT", moment="TEXT",
            fence="materialized"),
    Dialect(
        "trino", "trino", text="VARCHAR", moment="TIMESTAMP(0)", key="NOT NULL", struct="ARRAY(ROW({fields}))",
        words="ARRAY(VARCHAR)", entries=_lateral("CROSS JOIN UNNEST(c.{list}) AS u({fields})"), field="u.{field}",
        word="u.word",
    ),
)  # fmt: skip
DIALECTS = {each.name: each for each in _ALL}
"""The dialects by name."""
