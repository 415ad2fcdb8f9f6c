"""Tables written: the rows of parts, which are Parquet, as one file of the format that its name says; whole or not at all."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from detainer import outputs
from detainer.columnar.files import OUTPUTS, exactly, quoted, suffix_of
from detainer.errors import DetainerError
from detainer.safe import FORMULAS

DATABASES = (".duckdb", ".db")
_FORMULAS = ", ".join(f"chr({ord(sign)})" for sign in FORMULAS)
"""In the SQL of DuckDB."""


def in_parts(parts: Sequence[Path]) -> list[str]:
    """The Parquet files of parts, each of which is a file or a folder of files."""
    return [str(file) for part in parts for file in (sorted(part.glob("*.parquet")) if part.is_dir() else [part])]


def rows_in(parts: Sequence[Path]) -> int:
    """How many rows parts have; none, where they are not there."""
    return sum(pq.ParquetFile(file).metadata.num_rows for file in in_parts([each for each in parts if each.exists()]))


def scan(parts: Sequence[Path]) -> str:
    """The rows of parts in the SQL of DuckDB."""
    return f"read_parquet([{', '.join(map(exactly, in_parts(parts)))}], hive_partitioning = false)"


def check_output(out: Path) -> None:
    """Raises `DetainerError` for what cannot be written to: a file of no known format, a folder that has something in it."""
    if out.suffix:
        suffix_of(out, OUTPUTS)
        if out.is_dir():
            raise DetainerError(f"`{out}` is a folder; name a file, or a folder without a suffix")
        if out.suffix in DATABASES and "?" in str(out.absolute()):
            message = "DuckDB cannot write a database where there is a `?` in the path; name another, or another format"
            raise DetainerError(f"`{out}`: {message}")
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DetainerError(f"`{out}` is there already; delete it, or name another folder")


def parts_of(out: Path) -> Path:
    """Where the parts of what is to be written lie: a folder beside it."""
    return out.with_name(f".{out.name}.parts")


def write_alone(table: str, out: Path, con: Any, name: str, rows: int, options: str = "") -> None:
    """Write the `rows` rows of a table in the SQL of DuckDB, as `write` does parts. `options` are more of those of Parquet.

    For one run at a time: see `outputs.alone`. Raises like `write`.
    """
    folder = parts_of(out)
    outputs.delete(folder)
    folder.mkdir(parents=True)
    try:
        part = folder / "all.parquet"
        con.raw_sql(f"COPY ({table}) TO {quoted(part)} (FORMAT PARQUET{options})")
        with outputs.whole(out) as temporary:
            write([part], temporary, out.suffix, con, name, rows)
    finally:
        outputs.delete(folder)


def write(
    parts: Sequence[Path], out: Path, suffix: str, con: Any, name: str, rows: int, *, spreadsheet: bool = False
) -> None:
    """Write the `rows` rows of parts to `out` in the format of a suffix, without one as a folder of Parquet; then count them.

    `name` is that of the table in a DuckDB file; `spreadsheet`: no cell of CSV is one that a spreadsheet takes for a formula.
    Raises `DetainerError` where other than `rows` were written, OSError, and what DuckDB and Arrow raise: see `failures`.
    """
    sources = in_parts(parts)
    everything = f"FROM {scan(parts)}"
    match suffix:
        case "":
            out.mkdir()
            for number, each in enumerate(sources):
                Path(each).replace(out / f"{number:06d}.parquet")
        case ".parquet" if len(sources) == 1:
            Path(sources[0]).replace(out)
        case ".duckdb" | ".db":
            con.raw_sql(f"ATTACH {quoted(out)} AS whole")
            try:
                con.raw_sql(f"CREATE TABLE whole.{name} AS {everything}")
            finally:
                con.raw_sql("DETACH whole")
                out.with_name(f"{out.name}.wal").unlink(missing_ok=True)
        case ".arrow" | ".feather":
            schema = pq.ParquetFile(sources[0]).schema_arrow
            with pa.OSFile(str(out), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
                for each in sources:
                    for batch in pq.ParquetFile(each).iter_batches():
                        writer.write_batch(batch)
        case _:
            kind = {".parquet": "PARQUET", ".csv": "CSV, HEADER"}.get(suffix, "JSON")
            if suffix == ".csv":
                everything = _cells(everything, sources[0], spreadsheet=spreadsheet)
            con.raw_sql(f"COPY ({everything}) TO {quoted(out)} (FORMAT {kind})")
    found = _written(out, suffix, con, name, f"DESCRIBE {everything}")
    if found != rows:
        raise DetainerError(
            f"{rows:,} rows were decided and {found:,} written, so nothing is put in place; run it again"
        )


def _cells(rows: str, source: str, *, spreadsheet: bool) -> str:
    """The rows with cells as CSV has them: lists as JSON, as `bulk` and others read them."""
    cells: dict[str, str] = {}
    for field in pq.ParquetFile(source).schema_arrow:
        if pa.types.is_nested(field.type):
            cells[field.name] = f'to_json("{field.name}")'
        elif spreadsheet and pa.types.is_string(field.type):
            formula = f'left("{field.name}", 1) IN ({_FORMULAS})'
            cells[field.name] = f'if({formula}, concat(chr(39), "{field.name}"), "{field.name}")'
    replaced = ", ".join(f'{cell} AS "{name}"' for name, cell in cells.items())
    return f"SELECT * REPLACE ({replaced}) FROM ({rows})" if cells else rows  # noqa: S608  # names of columns, quoted


def _written(out: Path, suffix: str, con: Any, name: str, described: str) -> int:
    """How many rows stand in a file or a folder."""
    match suffix:
        case "":
            return rows_in([out])
        case ".parquet":
            return rows_in([out])
        case ".arrow" | ".feather":
            with pa.memory_map(str(out)) as source:
                reader = pa.ipc.open_file(source)
                return sum(reader.get_batch(n).num_rows for n in range(reader.num_record_batches))
        case ".duckdb" | ".db":
            con.raw_sql(f"ATTACH {quoted(out)} AS written (READ_ONLY)")
            (found,) = con.raw_sql(f"SELECT count(*) FROM written.{name}").fetchone()  # noqa: S608  # a name of ours
            con.raw_sql("DETACH written")
            return int(found)
        case ".csv":
            columns = ", ".join(f"'{each}': 'VARCHAR'" for each, *_ in con.raw_sql(described).fetchall())
            how = (
                f"auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', columns = {{{columns}}}"
            )
            (found,) = con.raw_sql(f"SELECT count(*) FROM read_csv({exactly(out)}, {how})").fetchone()  # noqa: S608
            return int(found)
        case _:
            with out.open("rb") as lines:
                return sum(block.count(b"\n") for block in iter(lambda: lines.read(1 << 20), b""))


@contextmanager
def alone(out: Path) -> Generator[None]:
    """`outputs.alone`, in a folder that is made if need be; what goes wrong is told of `out`. Raises `DetainerError`."""
    with failures(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        with outputs.alone(out):
            yield


@contextmanager
def failures(of: Path | str) -> Generator[None]:
    """What goes wrong in DuckDB, Arrow or the operating system within it as one line about a file. Raises `DetainerError`."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        about = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
        line = next(iter(said.strip().splitlines()), type(error).__name__)
        raise DetainerError(f"{of}: {line}{about}") from None
