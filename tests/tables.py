"""Small tables in files of every format, and the command run on them."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from detainer.cli import main

HEAD = "jurisdiction,release_at,detainer"
ROW = "us/wa/king,2014-03-03T10:00,false"
DECOY = "us/or/clackamas,2014-03-03T10:00,false"
MAPPING = """about: x
columns: [at]
needed: [at]
place: us/wa/king
release_at: {column: at}
"""


def detainer(*arguments: object) -> int:
    sys.argv = ["detainer", *map(str, arguments)]
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def table_of(path: Path, row: str = ROW) -> Path:
    """A table of one row, in the format of its name."""
    columns = {name: [value] for name, value in zip(HEAD.split(","), row.split(","), strict=True)}
    return written(path, columns)


def written(path: Path, columns: dict[str, list[str]]) -> Path:
    table = pa.table(columns)
    match path.suffix:
        case ".parquet":
            pq.write_table(table, path)
        case ".csv":
            pyarrow.csv.write_csv(table, path)
        case ".gz":
            plain = path.with_suffix("")
            pyarrow.csv.write_csv(table, plain)
            path.write_bytes(gzip.compress(plain.read_bytes()))
            plain.unlink()
        case ".xlsx":
            book = Workbook()
            assert book.active is not None
            for line in (list(columns), *zip(*columns.values(), strict=True)):
                book.active.append(line)
            book.save(path)
        case ".jsonl":
            rows = ({name: {"false": False}.get(each, each) for name, each in row.items()} for row in table.to_pylist())
            path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        case _:
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
    return path


def places_of(path: Path) -> list[Any]:
    """The places of what was decided or imported."""
    match path.suffix:
        case ".duckdb":
            with duckdb.connect(str(path), read_only=True) as con:
                return [row[0] for row in con.execute("SELECT jurisdiction FROM decisions").fetchall()]
        case ".csv":
            return pyarrow.csv.read_csv(path)["jurisdiction"].to_pylist()
        case ".arrow":
            with pa.OSFile(str(path)) as source:
                return pa.ipc.open_file(source).read_all()["jurisdiction"].to_pylist()
        case ".jsonl":
            return pyarrow.json.read_json(path)["jurisdiction"].to_pylist()
        case "":
            (file,) = path.glob("*.parquet")
            return pq.ParquetFile(file).read()["jurisdiction"].to_pylist()
        case _:
            return pq.ParquetFile(path).read()["jurisdiction"].to_pylist()
