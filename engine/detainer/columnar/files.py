"""Tables in files: Parquet, CSV, JSONL and Arrow, read in parts that fit in memory and written whole or not at all.

Text formats are read as text (`lines`); `cells` says what it means. A line that is no row of the table is a `Bad` one.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Sequence
from glob import glob
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from detainer.columnar import arrow, lines
from detainer.columnar.facts import ROW
from detainer.columnar.lines import Bad
from detainer.errors import DetainerError

INPUTS = (".parquet", ".csv", ".jsonl", ".ndjson", ".arrow", ".feather")
DATABASES = (".duckdb", ".db")
"""Files of DuckDB, in which a table of cases is called `cases`."""
OUTPUTS = (*INPUTS, *DATABASES)
_AT_ONCE = 100_000
"""How many rows of a table of DuckDB are fetched at once."""


class Part(NamedTuple):
    """Some rows of a file, and those between them that cannot be read. `table` has the column `row`; it is None for a Parquet
    file, of which engines read the rows from `first` (counted from 0) on themselves.
    """

    path: Path
    first: int
    rows: int
    table: pa.Table | None
    bad: Sequence[Bad] = ()


def find(paths: Sequence[str], suffixes: Sequence[str] = INPUTS, also: Sequence[str] = ()) -> list[Path]:
    """The files that paths, folders and globs name, in order. `also`: what is read where it is named, and left in a folder.
    Raises `DetainerError` for a name of none.
    """
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
        suffix_of(each, (*suffixes, *also))
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
                yield from _of_parquet(path, size, skip)
            case ".arrow" | ".feather":
                with pa.memory_map(str(path)) as source:
                    reader = pa.ipc.open_file(source)
                    lines.check_names(reader.schema.names)
                    batches = (reader.get_batch(n) for n in range(reader.num_record_batches))
                    yield from _numbered(path, _of_batches(batches, size), size, skip)
            case ".duckdb" | ".db":
                with duckdb.connect(str(path), read_only=True) as con:
                    rows: Any = con.execute("FROM cases")
                    batches = rows.to_arrow_reader(_AT_ONCE)
                    yield from _numbered(path, _of_batches(batches, size), size, skip)
            case ".csv":
                with path.open(encoding="utf-8-sig", newline="") as file:
                    rows = lines.csv_rows(csv.reader(file, strict=True))
                    yield from _of_rows(path, rows, size, skip, text=True)
            case _:
                with path.open(encoding="utf-8") as file:
                    yield from _of_rows(path, lines.json_rows(file), size, skip, text=False)
    except (OSError, pa.ArrowException, UnicodeDecodeError, csv.Error, duckdb.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error).splitlines()[0]
        raise DetainerError(f"{path}: cannot be read: {reason}") from None
    except DetainerError as error:
        raise DetainerError(f"{path}: {error}") from None


def _of_parquet(path: Path, size: int, skip: int) -> Iterator[Part]:
    file = pq.ParquetFile(path)
    lines.check_names(file.schema_arrow.names)
    names = columns_of(path)
    if any(arrow.says_nothing(file.schema_arrow.field(name).type) for name in names):
        yield from _numbered(path, _of_batches(file.iter_batches(columns=names), size), size, skip)
        return
    rows = file.metadata.num_rows
    for first in range(size * skip, rows, size):
        yield Part(path, first, min(size, rows - first), None)


def columns_of(path: Path) -> list[str]:
    """The columns of a Parquet file that are read."""
    return arrow.wanted(pq.ParquetFile(path).schema_arrow.names)


def rows_of(path: Path) -> int | None:
    """How many rows a file says that it has; None where it does not say."""
    try:
        return pq.ParquetFile(path).metadata.num_rows if path.suffix == ".parquet" else None
    except (OSError, pa.ArrowException):
        return None  # what is wrong with it is said when it is read


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
            first = number * size + 1
            numbers = pa.array(range(first, first + table.num_rows), pa.int64())
            yield Part(path, number * size, table.num_rows, arrow.plain(table).add_column(0, ROW, numbers))


def _of_rows(path: Path, rows: Iterator[lines.Row], size: int, skip: int, *, text: bool) -> Iterator[Part]:
    for number in count():
        chunk = list(islice(rows, size))
        if not chunk:
            return
        if number >= skip:
            table, bad = lines.table_of(chunk, number * size + 1, text=text)
            yield Part(path, number * size, len(chunk), table, bad)


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
            rows = _lists_as_json(rows, sources[0]) if suffix == ".csv" else rows
            con.raw_sql(f"COPY ({rows}) TO {target} (FORMAT {kind})")
    temporary.replace(out)


def _lists_as_json(rows: str, source: str) -> str:
    """As `bulk` reads lists in CSV, and as others do."""
    lists = [field.name for field in pq.ParquetFile(source).schema_arrow if pa.types.is_nested(field.type)]
    names = ", ".join(f'to_json("{name}") AS "{name}"' for name in lists)
    return f"SELECT * REPLACE ({names}) FROM ({rows})" if lists else rows  # noqa: S608  # names of columns, quoted


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def quoted(path: Path | str) -> str:
    """A path in SQL."""
    return "'" + str(path).replace("'", "''") + "'"
