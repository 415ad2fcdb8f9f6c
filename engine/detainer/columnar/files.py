"""Tables in files: Parquet, CSV, JSONL and Arrow, read in parts that fit in memory and written whole or not at all.

Text formats are read as text; `reading` says what it means. A line that is no row of the table is a `Bad` one.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator, Sequence
from functools import cache
from glob import glob
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, cast

import pyarrow as pa
import pyarrow.parquet as pq

from detainer.columnar.facts import PLACE, fact_columns, schema
from detainer.columnar.reading import ROW
from detainer.errors import DetainerError
from detainer.language.fields import Records, Words

INPUTS = (".parquet", ".csv", ".jsonl", ".ndjson", ".arrow", ".feather")
OUTPUTS = (*INPUTS, ".duckdb", ".db")
KEPT = ("id",)
"""Columns that are no facts and are handed on."""


class Bad(NamedTuple):
    """A row that cannot be read: `row` counts from 1 in its file."""

    row: int
    column: str
    reason: str


class Part(NamedTuple):
    """Some rows of a file, and those between them that cannot be read. `table` has the column `row`; it is None for a Parquet
    file, of which engines read the rows from `first` (counted from 0) on themselves.
    """

    path: Path
    first: int
    rows: int
    table: pa.Table | None
    bad: Sequence[Bad] = ()


def find(paths: Sequence[str], suffixes: Sequence[str] = INPUTS) -> list[Path]:
    """The files that paths, folders and globs name, in order. Raises `DetainerError` for one that names none."""
    found: list[Path] = []
    for path in paths:
        place = Path(path)
        if place.is_dir():
            files = sorted(each for each in place.rglob("*") if each.suffix in suffixes and each.is_file())
        elif place.is_file():
            files = [place]
        else:
            files = sorted(map(Path, glob(path, recursive=True)))  # noqa: PTH207  # absolute ones, too
        if not files:
            raise DetainerError(f"`{path}` names no table; give a file, folder or glob of {', '.join(suffixes)}")
        found += files
    for each in found:
        suffix_of(each, suffixes)
    return list(dict.fromkeys(found))


def suffix_of(path: Path, known: Sequence[str]) -> str:
    """The format of a file by its name. Raises `DetainerError`."""
    if path.suffix not in known:
        raise DetainerError(f"`{path}` is no table that is known by its name; name it with one of {', '.join(known)}")
    return path.suffix


def parts(path: Path, size: int, skip: int = 0) -> Iterator[Part]:
    """A file in parts of `size` rows, without the first `skip` parts. Raises `DetainerError` for a file that is no such table."""
    try:
        match path.suffix:
            case ".parquet":
                rows = pq.ParquetFile(path).metadata.num_rows
                for first in range(size * skip, rows, size):
                    yield Part(path, first, min(size, rows - first), None)
            case ".arrow" | ".feather":
                with pa.memory_map(str(path)) as source:
                    reader = pa.ipc.open_file(source)
                    batches = (reader.get_batch(n) for n in range(reader.num_record_batches))
                    yield from _numbered(path, _of_batches(batches, size), size, skip)
            case ".csv":
                with path.open(encoding="utf-8-sig", newline="") as lines:
                    yield from _of_rows(path, _csv_rows(csv.reader(lines, strict=True)), size, skip)
            case _:
                with path.open(encoding="utf-8") as lines:
                    yield from _of_rows(path, map(_json_row, lines), size, skip)
    except (OSError, pa.ArrowException, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error).splitlines()[0]
        raise DetainerError(f"{path}: cannot be read: {reason}") from None


def columns_of(path: Path) -> list[str]:
    """The columns of a Parquet file that are read."""
    return [name for name in pq.ParquetFile(path).schema_arrow.names if name in _wanted()]


def rows_of(path: Path) -> int | None:
    """How many rows a file says that it has; None where it does not say."""
    try:
        return pq.ParquetFile(path).metadata.num_rows if path.suffix == ".parquet" else None
    except (OSError, pa.ArrowException):
        return None  # what is wrong with it is said when it is read


def _wanted() -> set[str]:
    return {*schema(), *KEPT}


def _of_batches(batches: Iterator[pa.RecordBatch], size: int) -> Iterator[pa.Table]:
    """Tables of exactly `size` rows, but for the last."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        while rows >= size:
            whole = pa.Table.from_batches(held)
            yield whole.slice(0, size)
            held = whole.slice(size).to_batches()
            rows -= size
    if rows:
        yield pa.Table.from_batches(held)


def _numbered(path: Path, tables: Iterator[pa.Table], size: int, skip: int) -> Iterator[Part]:
    for number, table in enumerate(tables):
        if number >= skip:
            names = [name for name in table.column_names if name in _wanted()]
            first = number * size + 1
            numbers = pa.array(range(first, first + table.num_rows), pa.int64())
            yield Part(path, number * size, table.num_rows, table.select(names).add_column(0, ROW, numbers))


Row = dict[str, Any] | Bad


def _of_rows(path: Path, rows: Iterator[Row], size: int, skip: int) -> Iterator[Part]:
    part = 0
    while True:
        chunk = list(islice(rows, size))
        if not chunk:
            return
        if part >= skip:
            yield _part(path, chunk, part * size)
        part += 1


def _part(path: Path, chunk: list[Row], first: int) -> Part:
    good: list[dict[str, Any]] = []
    bad: list[Bad] = []
    for number, row in enumerate(chunk, first + 1):
        if isinstance(row, Bad):
            bad.append(row._replace(row=number))
        else:
            try:
                good.append(
                    {ROW: number} | {name: _text(name, value) for name, value in row.items() if name in _text_types()}
                )
            except _NotThat as error:
                bad.append(Bad(number, error.column, str(error)))
    names = dict.fromkeys(name for row in good for name in row)
    types = {ROW: pa.int64()} | {name: type_ for name, type_ in _text_types().items() if name in names}
    return Part(path, first, len(chunk), pa.Table.from_pylist(good, pa.schema(types)), bad)


class _NotThat(Exception):
    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


@cache
def _text_types() -> dict[str, Any]:
    """How a text format is read: all text, lists as lists of it."""
    found: dict[str, Any] = dict.fromkeys([PLACE, *schema(), *KEPT], pa.string())
    for each in fact_columns():
        if isinstance(each.type, Words):
            found[each.name] = pa.list_(pa.string())
        elif isinstance(each.type, Records):
            wanted = cast("Any", schema()[each.name]).value_type.names
            found[each.name] = pa.list_(pa.struct([(name, pa.string()) for name in wanted]))
    return found


def _text(name: str, value: Any) -> Any:
    """A value as text, lists of words and of entries as such. Raises `_NotThat`."""
    type_ = _text_types()[name]
    if value is None or value == "":
        return None
    if not pa.types.is_list(type_):
        return _leaf(name, value)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise _NotThat(name, f"found `{value[:60]}`, expected a list as JSON, such as []") from None
    if value is None:
        return None
    if not isinstance(value, list):
        raise _NotThat(name, f"found `{str(value)[:60]}`, expected a list")
    entries = cast("list[Any]", value)
    if pa.types.is_string(type_.value_type):
        return [_leaf(name, each) for each in entries]
    return [_entry(name, each, type_.value_type) for each in entries]


def _entry(name: str, entry: Any, type_: pa.StructType) -> dict[str, Any] | None:
    if not isinstance(entry, dict):
        raise _NotThat(name, f"found `{str(entry)[:60]}`, expected an entry such as {{...}}")
    facts = cast("dict[str, Any]", entry)
    known = {type_.field(n).name for n in range(type_.num_fields)}
    surplus = [each for each in facts if each not in known]
    if surplus:
        raise _NotThat(name, f"`{surplus[0]}` is no fact of an entry; expected {', '.join(sorted(known))}")
    return {each: _leaf(name, value) for each, value in facts.items()}


def _leaf(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise _NotThat(name, f"found `{str(value)[:60]}`, expected a single value")


def _csv_rows(reader: Any) -> Iterator[Row]:
    header = next(reader, None)
    if header is None:
        return
    for values in reader:
        if len(values) != len(header):
            yield Bad(0, "", f"has {len(values)} columns, expected {len(header)}")
        else:
            yield dict(zip(header, values, strict=True))


def _json_row(line: str) -> Row:
    try:
        row: Any = json.loads(line)
    except ValueError as error:
        return Bad(0, "", f"is no JSON: {error}")
    return cast("dict[str, Any]", row) if isinstance(row, dict) else Bad(0, "", "is no JSON object")


def as_view(con: Any, paths: Sequence[Path], name: str) -> str:
    """A view of DuckDB of tables that were written, DuckDB files among them; its name. Raises `DetainerError`."""
    scans: list[str] = []
    for number, path in enumerate(paths):
        match path.suffix:
            case ".duckdb" | ".db":
                con.raw_sql(f"ATTACH {quoted(path)} AS given_{number} (READ_ONLY)")
                scans.append(f"given_{number}.{name}")
            case ".arrow" | ".feather":
                with pa.OSFile(str(path)) as source:
                    con.con.register(f"given_{number}", pa.ipc.open_file(source).read_all())
                scans.append(f"given_{number}")
            case suffix:
                reader = {".parquet": "read_parquet", ".csv": "read_csv"}.get(suffix, "read_json")
                scans.append(f"{reader}({quoted(path)})")
    try:
        rows = " UNION ALL BY NAME ".join(f"FROM {each}" for each in scans)
        con.raw_sql(f"CREATE VIEW {name} AS {rows}")
    except Exception as error:  # what DuckDB raises is of many kinds
        raise DetainerError(f"{paths[0]}: cannot be read: {str(error).splitlines()[0]}") from None
    return name


def in_parts(parts: Sequence[Path]) -> list[str]:
    """The Parquet files of parts, each of which is a file or a folder of files."""
    return [str(file) for part in parts for file in (sorted(part.glob("*.parquet")) if part.is_dir() else [part])]


def rows_in(parts: Sequence[Path]) -> int:
    """How many rows parts have; none, where they are not there."""
    return sum(pq.ParquetFile(file).metadata.num_rows for file in in_parts([each for each in parts if each.exists()]))


def check_output(out: Path) -> None:
    """Raises `DetainerError` for what cannot be written to: a file of no known format, a folder that has something in it."""
    if out.suffix:
        suffix_of(out, OUTPUTS)
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DetainerError(f"`{out}` is there already; delete it, or name another folder")


def write(parts: Sequence[Path], out: Path, con: Any, name: str) -> None:
    """The rows of Parquet files as one table, or as a folder of Parquet where `out` has no suffix; whole or not at all.

    `name` is that of the table in a DuckDB file. Raises OSError.
    """
    temporary = out.with_name(f".{out.name}.whole")
    _delete(temporary)
    sources = in_parts(parts)
    rows = f"SELECT * FROM read_parquet([{', '.join(map(quoted, sources))}])"  # noqa: S608  # names of files, quoted
    target = quoted(temporary)
    match out.suffix:
        case "":
            temporary.mkdir()
            for number, each in enumerate(sources):
                Path(each).replace(temporary / f"{number:06d}.parquet")
        case ".parquet" if len(sources) == 1:
            Path(sources[0]).replace(temporary)
        case ".duckdb" | ".db":
            con.raw_sql(f"ATTACH {target} AS whole")
            con.raw_sql(f"CREATE TABLE whole.{name} AS {rows}")
            con.raw_sql("DETACH whole")
        case ".arrow" | ".feather":
            schema_ = pq.ParquetFile(sources[0]).schema_arrow
            with pa.OSFile(str(temporary), "wb") as sink, pa.ipc.new_file(sink, schema_) as writer:
                for each in sources:
                    for batch in pq.ParquetFile(each).iter_batches():
                        writer.write_batch(batch)
        case suffix:
            kind = {".parquet": "PARQUET", ".csv": "CSV, HEADER"}.get(suffix, "JSON")
            con.raw_sql(f"COPY ({rows}) TO {target} (FORMAT {kind})")
    temporary.replace(out)


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def quoted(path: Path | str) -> str:
    """A path in SQL."""
    return "'" + str(path).replace("'", "''") + "'"
