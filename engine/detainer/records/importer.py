"""Files of records turned into a table with a row a case, by a mapping; and a report of what became of every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa

from detainer import bounds, outputs
from detainer.columnar import files, writing
from detainer.columnar.database import connect
from detainer.columnar.facts import PLACE, Column, schema
from detainer.columnar.files import exactly
from detainer.columnar.trees import some
from detainer.errors import DetainerError
from detainer.library import Library
from detainer.records.facilities import Facilities
from detainer.records.mapping import Cell, Facility, Mapping

INPUTS = (".parquet", ".csv", ".gz", ".xlsx")
_MOMENT = "release_at"
_MOST = 10
"""How many values of a kind a report lists."""

_FIT = r"^\d{4}-\d{2}-\d{2}"
_ZONED = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})$"
_INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"
"""How a moment with a time zone is written: at UTC, which the connection keeps to."""


@dataclass
class Report:
    """What became of the rows of the files. `left_out` counts rows by reason; `facilities` those of facilities that no table has;
    `odd` counts, by column and value, what the mapping has no meaning for.
    """

    rows: int = 0
    cases: int = 0
    left_out: dict[str, int] = field(default_factory=dict[str, int])
    places: dict[str, int] = field(default_factory=dict[str, int])
    facilities: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])
    odd: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])
    missing: list[str] = field(default_factory=list[str])
    surplus: list[str] = field(default_factory=list[str])
    assumed: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Import:
    """A run of an importer. `facilities`: tables of the user's own, which come before the shipped one."""

    inputs: Sequence[Path]
    mapping: Mapping
    library: Library
    facilities: Facilities
    assume: tuple[str, ...] = ()

    @cached_property
    def _con(self) -> Any:
        return connect()

    @cached_property
    def _mapping(self) -> Mapping:
        return self.mapping.assuming(self.assume)

    def run(self, out: Path) -> Report:
        """Write the cases. Raises `DetainerError` for a file that is none of that shape, `FileError` for a wrong table."""
        writing.check_output(out)
        outputs.refuse_what_is_read(out, [*self.inputs, *self.facilities.tables])
        with writing.alone(out):
            return self._run(out)

    def _run(self, out: Path) -> Report:
        report = Report(assumed=[self._mapping.assumptions[name].about for name in self.assume])
        table = self._read(report)
        table = self._placed(self._cleaned(table))
        table = table.mutate(_left_out=self._left_out(table))
        con = self._con
        with writing.failures(", ".join(map(str, self.inputs))):
            con.raw_sql(f"CREATE TEMP TABLE rows AS {self._sql(table)}")
        rows = con.table("rows")
        self._count(rows, report)
        cases = self._cases(rows.filter(rows["_left_out"].isnull()))
        con.raw_sql(f"CREATE TEMP TABLE cases AS {self._sql(cases)}")
        kept = con.table("cases")
        report.cases = int(kept.count().execute())
        self._count_groups(rows, report)
        writing.write_alone("FROM cases", out, con, "cases", report.cases)
        return report

    def _sql(self, table: Any) -> str:
        self._con._run_pre_execute_hooks(table)
        return str(self._con.compile(table))

    # -- what the files hold ---------------------------------------------------------------------------------------------------

    def _read(self, report: Report) -> Any:
        """All rows, every column as text, numbered in the order of the files."""
        con = self._con
        relations: list[Any] = []
        for number, path in enumerate(self.inputs):
            name = f"source_{number}"
            try:
                _source(con, path, name)
            except Exception as error:
                if isinstance(error, DetainerError):
                    raise
                raise DetainerError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from None
            table = con.table(name)
            found = {column: column.strip() for column in table.columns}
            lacking = [each for each in self._mapping.needed if each not in found.values()]
            if lacking:
                raise DetainerError(f"{path}: the column `{lacking[0]}` is missing; without it there is no case")
            report.missing += [each for each in self._mapping.columns if each not in found.values()]
            report.surplus += [each for each in found.values() if each not in self._mapping.columns]
            given = {each: column for column, each in found.items()}
            read = {
                each: self._text(table[given[each]]) if each in given else ibis.null("string")
                for each in sorted(self._mapping.read())
            }
            row = ibis.row_number() + 1
            name = row.cast("string") if len(self.inputs) == 1 else ibis.literal(f"{path.name}:") + row.cast("string")
            relations.append(table.select(_file=ibis.literal(number, "int64"), _row=row, _id=name, **read))
        report.missing, report.surplus = (list(dict.fromkeys(each)) for each in (report.missing, report.surplus))
        return ibis.union(*relations) if len(relations) > 1 else relations[0]

    def _text(self, column: Column) -> Column:
        """What a cell says; NULL where it says that it is unknown."""
        type_ = column.type()
        zoned = type_.is_timestamp() and type_.timezone is not None
        text = column.strftime(_INSTANT) if zoned else column.cast("string").strip()
        return ibis.cases((~text.isin(self._mapping.unknown), text))

    def _cleaned(self, table: Any) -> Any:
        columns: dict[str, Column] = {_MOMENT: self._cell(table, self._mapping.release_at)}
        columns |= {f"fact_{name}": self._cell(table, cell) for name, cell in self._mapping.facts.items()}
        for name, fields in self._mapping.lists.items():
            columns |= {f"list_{name}.{each}": self._cell(table, cell) for each, cell in fields.items()}
        return table.mutate(**columns)

    def _cell(self, table: Any, cell: Cell) -> Column:
        if cell.always is not None:
            return ibis.literal(_word(cell.always))
        text = table[cell.column]
        if cell.words is not None:
            return text.cases(*((value, _word(word)) for value, word in cell.words.items() if word is not None))
        if cell.contains is not None:
            return ibis.cases(*((text.contains(part), _word(word)) for part, word in cell.contains.items()))
        if cell.day:
            return _day(text)
        if cell.time is not None:
            clock = ibis.cases((text.length() > 10, text.substr(11, 5)), else_=cell.time)
            at = ibis.cases((clock == "00:00", cell.time), else_=clock)  # a day that a spreadsheet took for a moment
            return ibis.cases(
                (text.re_search(_ZONED), text.replace(" ", "T")), else_=_day(text) + ibis.literal("T") + at
            )
        if cell is self._mapping.release_at:
            return text.replace(" ", "T")
        return text

    # -- where -----------------------------------------------------------------------------------------------------------------

    def _placed(self, table: Any) -> Any:
        where = self._mapping.place
        if not isinstance(where, Facility):
            return table.mutate(**{PLACE: ibis.literal(where), "_no_place": ibis.null("string")})
        names = [where.state, where.facility, *([where.code] if where.code else [])]
        seen = self._con.to_pyarrow(table.select(*names).distinct()).to_pylist()
        rows = [(*(row[name] for name in names), *self._place(*(row[name] for name in names))) for row in seen]
        columns = list(zip(*rows, strict=True)) if rows else [() for _ in (*names, 0, 0)]
        given = [f"at_{name}" for name in names]
        placed = ibis.memtable(
            pa.table(
                {
                    name: pa.array(each, pa.string())
                    for name, each in zip([*given, PLACE, "_no_place"], columns, strict=True)
                }
            )
        )
        same = [table[name].identical_to(placed[f"at_{name}"]) for name in names]
        return table.left_join(placed, same).drop(*given)

    def _place(self, state: str | None, facility: str | None, code: str | None = None) -> tuple[str | None, str | None]:
        """The place of a jail, or why there is none."""
        place = self.facilities.place_of(state, facility, code)
        if place is not None:
            return place, None
        if facility is None:
            return None, "the facility is not known"
        if state is None:
            return None, "the state is not known"
        if not self.facilities.has_state(state):
            return None, "no table has facilities of that state"
        return None, "no table has that facility"

    def _left_out(self, table: Any) -> Column:
        """Why a row is no case; NULL where it is one."""
        chain = [(table[each.column].isin(each.is_), each.because) for each in self._mapping.leave_out]
        if self._mapping.group_by:
            chain.append((table[self._mapping.group_by].isnull(), f"`{self._mapping.group_by}` is not known"))
        chain.append(
            (~table[_MOMENT].re_search(_FIT).fill_null(False), f"`{self._mapping.release_at.column}` is not known")
        )
        chain.append((table["_no_place"].notnull(), table["_no_place"]))
        return ibis.cases(*chain)

    # -- cases -----------------------------------------------------------------------------------------------------------------

    def _cases(self, rows: Any) -> Any:
        rows = rows.order_by(["_file", "_row"])
        facts = {name: rows[f"fact_{name}"].try_cast(_type(name)) for name in self._mapping.facts}
        lists = {name: self._entry(rows, name) for name in self._mapping.lists}
        key = self._mapping.group_by
        if key is None:
            entries = {
                name: ibis.cases(
                    (some([rows[f"list_{name}.{each}"].notnull() for each in fields]), ibis.array([lists[name]])),
                    else_=ibis.literal([], dt.Array(lists[name].type())),
                )
                for name, fields in self._mapping.lists.items()
            }
            return rows.select(PLACE, _MOMENT, id=rows["_id"], **facts, **entries)
        grouped = rows.group_by(rows[key].name("id")).agg(
            **{
                PLACE: rows[PLACE].min(),
                _MOMENT: rows[_MOMENT].min(),
                "times": rows[_MOMENT].nunique(),
                "at": (rows["_file"] * 2**40 + rows["_row"]).min(),
            },
            **{name: each.max() for name, each in facts.items()},
            **{name: each.collect(order_by=[rows["_file"], rows["_row"]]) for name, each in lists.items()},
        )
        return grouped.filter(grouped.times == 1).order_by("at").drop("times", "at")

    def _entry(self, rows: Any, name: str) -> Column:
        types: Any = schema()[name]
        return ibis.struct(
            {
                each: rows[f"list_{name}.{each}"].try_cast(types.value_type.fields[each])
                for each in self._mapping.lists[name]
            }
        )

    # -- the report ------------------------------------------------------------------------------------------------------------

    def _count(self, rows: Any, report: Report) -> None:
        report.rows = int(rows.count().execute())
        by_reason = self._counted(rows.filter(rows["_left_out"].notnull()), ["_left_out"])
        report.left_out = {str(reason): count for reason, count in by_reason}
        kept = rows.filter(rows["_left_out"].isnull())
        report.places = {str(place): count for place, count in self._counted(kept, [PLACE])}
        where = self._mapping.place
        if isinstance(where, Facility):
            unknown = rows.filter(rows["_left_out"] == "no table has that facility")
            found = self._counted(unknown, [where.state, where.facility])[:_MOST]
            report.facilities = [(state or "", name or "", count) for state, name, count in found]
        for name, cell in self._named_cells():
            if cell.column is not None:
                known = [value for value, word in (cell.words or {}).items() if word is None]
                strange = kept.filter(
                    kept[cell.column].notnull() & kept[name].isnull() & ~kept[cell.column].isin(known)
                )
                counted = self._counted(strange, [cell.column])[:_MOST]
                report.odd += [(cell.column, str(value), count) for value, count in counted]

    def _count_groups(self, rows: Any, report: Report) -> None:
        """Rows of one case that do not agree about when the person was released."""
        key = self._mapping.group_by
        if key is None:
            return
        kept = rows.filter(rows["_left_out"].isnull())
        grouped = kept.group_by(key).agg(n=kept.count(), times=kept[_MOMENT].nunique())
        differ = grouped.filter(grouped.times > 1)
        lost = self._con.to_pyarrow(differ.aggregate(n=differ.n.sum())).to_pylist()[0]["n"]
        if lost:
            report.left_out[f"rows of one `{key}` differ in `{self._mapping.release_at.column}`"] = int(lost)

    def _named_cells(self) -> list[tuple[str, Cell]]:
        found = [(f"fact_{name}", cell) for name, cell in self._mapping.facts.items()]
        return found + [
            (f"list_{name}.{each}", cell)
            for name, fields in self._mapping.lists.items()
            for each, cell in fields.items()
        ]

    def _counted(self, table: Any, names: list[str]) -> list[tuple[Any, ...]]:
        """How many rows have each value, the most frequent first."""
        counted = table.group_by(names).agg(n=table.count()).order_by([ibis.desc("n"), *names])
        return [tuple(row.values()) for row in self._con.to_pyarrow(counted).to_pylist()]


def _word(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value


def _type(name: str) -> Any:
    """Moments and days stay text: reading a table says what they mean."""
    type_ = schema()[name]
    return dt.string if type_.is_date() else type_


def _day(text: Column) -> Column:
    """A day as text, from any of the ways in which files write one: 2023-01-05, with a time or not, 1/5/2023."""
    iso = ibis.cases((text.re_search(_FIT), text.left(10)))
    american = text.re_extract(r"^(\d{1,2}/\d{1,2}/\d{4})", 1)
    parts = [american.split("/")[place] for place in (2, 0, 1)]
    other = ibis.cases((american.length() > 0, parts[0] + "-" + parts[1].lpad(2, "0") + "-" + parts[2].lpad(2, "0")))
    return ibis.coalesce(iso.try_cast("date"), other.try_cast("date")).cast("string")


def _source(con: Any, path: Path, name: str) -> None:
    """Make a file a view of DuckDB, all text where the format has no types of its own."""
    suffix = path.suffix.lower()
    if suffix not in INPUTS:
        raise DetainerError(
            f"`{path}` is no file of records that is known by its name; give one of {', '.join(INPUTS)}"
        )
    try:
        bounds.check_file(path)
    except DetainerError as error:
        raise DetainerError(f"{path}: {error}") from None
    if suffix == ".xlsx":
        con.con.register(name, _sheets(path))
        return
    parquet = f"read_parquet({exactly(path)}, hive_partitioning = false)"
    how = f"all_varchar = true, header = true, hive_partitioning = false, max_line_size = {bounds.LINE.value}"
    csv = f"read_csv({exactly(path)}, {how})"
    scan = parquet if suffix == ".parquet" else csv
    con.raw_sql(f"CREATE VIEW {name} AS SELECT * FROM {scan}")  # noqa: S608  # the name of a file, quoted


def _sheets(path: Path) -> pa.Table:
    """The sheets of a workbook, one after the other, each with its header."""
    import fastexcel

    try:
        book = fastexcel.read_excel(path)
        tables = [pa.table(book.load_sheet(each, dtypes="string").to_arrow()) for each in book.sheet_names]
    except fastexcel.FastExcelError as error:
        raise DetainerError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from None
    return pa.concat_tables([each for each in tables if each.num_rows], promote_options="default")


def find(paths: Sequence[str]) -> list[Path]:
    """The files of records that paths and folders name. Raises `DetainerError` for one that names none."""
    return files.find(paths, INPUTS)
