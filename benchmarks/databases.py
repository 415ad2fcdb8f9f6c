"""The law as SQL on databases, against `direct`: so many cases of every shipped law, or of every so manieth.

python benchmarks/databases.py postgres 1000 [STEP]      also: python benchmarks/databases.py --duckdb-2 1000 [STEP]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from detainer.sql.dialects import DIALECTS
from test_sql import EVERY, LAWS, agreed, answers, asked

import databases

ASK = """
import duckdb, json, sys
for line in sys.stdin:
    asked = json.loads(line)
    con = duckdb.connect()
    for each in asked["ddl"]:
        con.execute(each)
    for name, path in asked["files"].items():
        con.execute(f"INSERT INTO {name} SELECT * FROM read_parquet('{path}')")
    found = con.execute(asked["query"])
    names = [each[0] for each in found.description]
    print(json.dumps([dict(zip(names, row)) for row in found.fetchall()], default=str), flush=True)
"""


class DuckDB2(databases.Here):
    """DuckDB 2 in an environment of its own, because Ibis 12 needs DuckDB 1."""

    dialect = "duckdb"

    def __enter__(self) -> DuckDB2:
        self._folder = tempfile.TemporaryDirectory()
        subprocess.run([sys.executable, "-m", "venv", self._folder.name], check=True)
        python = Path(self._folder.name, "bin/python")
        subprocess.run([python, "-m", "pip", "install", "-q", "duckdb==2.0.1"], check=True)
        self._process = subprocess.Popen([python, "-c", ASK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        self._folder.cleanup()

    def ask(self, ddl: Sequence[str], tables: databases.Tables, query: str) -> list[databases.Row]:
        import duckdb
        import pyarrow as pa
        import pyarrow.parquet as pq

        files: dict[str, str] = {}
        with duckdb.connect() as con:
            for each in ddl:
                con.execute(each)
            for name, rows in tables.items():
                files[name] = str(Path(self._folder.name, f"{name}.parquet"))
                pq.write_table(pa.Table.from_pylist(list(rows), con.table(name).to_arrow_table().schema), files[name])
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"ddl": list(ddl), "files": files, "query": query}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def spark() -> Any:
    """Spark with ANSI off, as many clusters have it."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.shuffle.partitions", "2").config("spark.driver.memory", "2g").getOrCreate()
    return databases.Spark(session, ansi=False)


def main() -> None:
    name, count, step = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1
    kinds: dict[str, Any] = {**EVERY, "clickhouse": databases.ClickHouse, "spark": spark, "--duckdb-2": DuckDB2}
    total = exact = laws = 0
    seconds = 0.0
    with kinds[name]() as database:
        ways = DIALECTS[database.dialect].lists
        for number in range(0, len(LAWS), step):
            select, cases, decisions = asked(number, count)
            asked.cache_clear()
            start = time.perf_counter()
            found = answers(database, select, cases, ways[laws % len(ways)])
            seconds += time.perf_counter() - start
            exact += agreed(found, cases, decisions)
            total, laws = total + len(cases), laws + 1
    print(f"{name}: {laws} laws, {total} cases, {exact} exact, none differs; {seconds:.0f} s in the database")


if __name__ == "__main__":
    main()
