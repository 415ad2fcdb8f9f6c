"""Tables in files: Parquet, CSV, JSONL and Arrow, read in parts that fit in memory and written whole or not at all.

Text formats are read as text (`lines`); `cells` says what it means. A line that is no row of the table is a `Bad` one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from glob import glob
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from detainer import bounds
from detainer.columnar import arrow, lines
from detainer.columnar.facts import ROW
from detainer.columnar.lines import Bad
from detainer.errors import DetainerError
from detainer.interrupts import stoppable

OF_OBJECTS = (".jsonl", ".ndjson")
"""Where each row says which columns it has."""

INPUTS = (".parquet", ".csv", *OF_OBJECTS, ".arrow", ".feather")
DATABASES = (".duckdb", ".db")
"""Files of DuckDB, in which a table of cases is called `cases`."""
OUTPUTS = (*INPUTS, *DATABASES)
_OF_PATTERNS = "*?[{"
"""What makes a pattern of a path."""
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
            files = sorted(each for each in place.rglob("*") if each.suffix in suffixes and _told(each, place))
        elif place.is_file():
            files = [place]
        else:
            named = map(Path, glob(path, recursive=True))  # noqa: PTH207  # absolute ones, too
            files = sorted(each for each in named if each.is_file())
        if not files:
            raise DetainerError(f"`{path}` names no table; give a file, folder or glob of {', '.join(suffixes)}")
        found += files
    for each in found:
        suffix_of(each, (*suffixes, *also))
    return list(dict.fromkeys(found))


def _told(file: Path, folder: Path) -> bool:
    """Whether it is a file, and in no hidden folder, such as the parts of a run."""
    return file.is_file() and not any(each.startswith(".") for each in file.relative_to(folder).parts)


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
                with duckdb.connect(str(path.absolute()), read_only=True) as con:
                    stoppable(con)
                    rows: Any = con.execute("FROM cases")
                    batches = rows.to_arrow_reader(_AT_ONCE)
                    yield from _numbered(path, _of_batches(batches, size), size, skip)
            case ".csv":
                with path.open(encoding="utf-8-sig", newline="") as file:
                    rows = lines.csv_rows(csv.reader(bounds.csv_lines(file), strict=True))
                    yield from _of_rows(path, rows, size, skip, text=True)
            case _:
                with path.open(encoding="utf-8") as file:
                    yield from _of_rows(path, lines.json_rows(bounds.lines_of(file)), size, skip, text=False)
    except (OSError, pa.ArrowException, UnicodeDecodeError, csv.Error, duckdb.Error) as error:
        said = bounds.of_csv(error) if isinstance(error, csv.Error) else str(error)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else said.splitlines()[0]
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
    rows = bounds.check_parquet(file.metadata)
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
    held: list[Part] = []  # parts of which no line is a row, until one is: what has none is no table
    readable = skip > 0
    for number in count():
        chunk = list(islice(rows, size))
        if not chunk:
            break
        readable = readable or not all(isinstance(row, Bad) and not row.column for row in chunk)
        if number >= skip:
            table, bad = lines.table_of(chunk, number * size + 1, text=text)
            held.append(Part(path, number * size, len(chunk), table, bad))
        if readable:
            yield from held
            held.clear()
    if held:
        raise DetainerError(f"is no table, for none of its lines is a row: row 1 {held[0].bad[0].reason}")


def as_view(con: Any, paths: Sequence[Path], name: str) -> str:
    """A view of DuckDB of tables that were written, DuckDB files among them; its name. Raises `DetainerError`."""
    scans: list[str] = []
    for number, path in enumerate(paths):
        try:
            scans.append(_scan(con, path, number, name))
            con.raw_sql(f"DESCRIBE FROM {scans[-1]}")
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            raise DetainerError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from None
    con.raw_sql(f"CREATE VIEW {name} AS {' UNION ALL BY NAME '.join(f'FROM {each}' for each in scans)}")
    return name


def _scan(con: Any, path: Path, number: int, name: str) -> str:
    match path.suffix:
        case ".duckdb" | ".db":
            con.raw_sql(f"ATTACH {quoted(path)} AS given_{number} (READ_ONLY)")
            return f"given_{number}.{name}"
        case ".arrow" | ".feather":
            with pa.OSFile(str(path)) as source:
                con.con.register(f"given_{number}", pa.ipc.open_file(source).read_all())
            return f"given_{number}"
        case suffix:
            reader = {".parquet": "read_parquet", ".csv": "read_csv"}.get(suffix, "read_json")
            return f"{reader}({exactly(path)}, hive_partitioning = false)"


def exactly(path: Path | str) -> str:
    """A path in SQL, of a file that DuckDB reads, which takes signs such as `*` for a pattern. Raises `DetainerError`."""
    text = str(Path(path).absolute())
    if "\\" in text and any(sign in text for sign in _OF_PATTERNS):
        raise DetainerError(
            f"`{path}`: a name that has a backslash and one of {' '.join(_OF_PATTERNS)} in it cannot be read; rename the file"
        )
    return quoted("".join(f"[{sign}]" if sign in _OF_PATTERNS else sign for sign in text))


def quoted(path: Path | str) -> str:
    """A path in SQL, of a file that is written."""
    return "'" + str(Path(path).absolute()).replace("'", "''") + "'"
