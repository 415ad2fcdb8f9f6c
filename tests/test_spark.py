"""The law over tables on Spark: row by row it agrees with `direct`, whatever is set in the session, and whichever way its moments
are written. One Spark serves all tests, by Spark Connect, too.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql.connect.session import SparkSession as Remote

from detainer import Case, DetainerError, Library, clock, testing
from detainer.columnar.bulk import Bulk
from detainer.columnar.files import Part
from detainer.columnar.plan import Plan
from detainer.columnar.rows import row_of
from detainer.columnar.spark import Spark
from detainer.columnar.sparktypes import reads, rows_of
from test_columnar import MIXED, SLOW, agreed, arrow_schema, expected, many, written

pytestmark = pytest.mark.xdist_group("spark")

LAW = {
    "jurisdiction": "us",
    "name": "Somewhere",
    "timezone": "America/Los_Angeles",
    "holidays": "US",
    "authorities": {
        "act": {"kind": "state_statute", "cite": "An act", "confidence": "A", "source": "made up"},
        "policy": {"kind": "agency_policy", "cite": "A policy", "confidence": "B", "source": "made up"},
    },
    "rules": [
        {
            "id": "shown",
            "authority": "act",
            "effect": "permits",
            "when": 'detainer.form != "I-247N" and age_on(release_at) >= 18 and '
            'any(c.offense == "homicide" and within_years(c.latest, 10) for c in convictions)',
            "because": "a conviction of homicide",
        },
        {
            "id": "charged",
            "authority": "act",
            "effect": "permits",
            "when": 'charges or (detainer.issued_at >= "2014-03-01" and "affidavit" in detainer.probable_cause)',
            "because": "charges, or a cause",
        },
        {
            "id": "no-cause",
            "authority": "policy",
            "effect": "prohibits",
            "when": "not detainer.probable_cause and not judicial_warrant.issued_at < release_at",
            "because": "no cause is stated",
        },
        {
            "id": "two-days",
            "authority": "act",
            "effect": "limits",
            "hours": 48,
            "excluding": ["saturdays", "sundays", "holidays"],
            "because": "two days",
        },
        {"id": "nothing", "authority": "policy", "effect": "default", "because": "nothing permits it"},
    ],
}

CLUSTER = {
    "spark.sql.ansi.enabled": "false",
    "spark.sql.session.timeZone": "America/New_York",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.legacy.sizeOfNull": "true",
    "spark.sql.legacy.timeParserPolicy": "LEGACY",
    "spark.sql.legacy.interval.enabled": "true",
    "spark.sql.parser.quotedRegexColumnNames": "true",
    "spark.sql.parser.escapedStringLiterals": "true",
    "spark.sql.groupByOrdinal": "false",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
    "spark.sql.parquet.outputTimestampType": "INT96",
    "spark.sql.execution.arrow.useLargeVarTypes": "true",
}
"""What older and other clusters have set."""
STRICT = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.ansi.enforceReservedKeywords": "true",
    "spark.sql.session.timeZone": "Asia/Kolkata",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.caseSensitive": "true",
    "spark.sql.legacy.castComplexTypesToString.enabled": "true",
}


@pytest.fixture(scope="module")
def sessions(spark: Any) -> dict[str, Callable[[], Any]]:
    """Ways to a new session."""
    service = getattr(spark._jvm, "org.apache.spark.sql.connect.service.SparkConnectService$")
    port = getattr(service, "MODULE$").localPort()
    return {"in this process": spark.newSession, "Connect": lambda: Remote(f"sc://localhost:{port}")}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("law")
    (folder / "us.yaml").write_text(json.dumps(LAW))
    return Library(folder)


@settings(SLOW, max_examples=2)
@given(testing.libraries(), st.randoms(use_true_random=False), st.data())
def test_every_row_agrees_with_direct(spark: Any, library: Library, choose: random.Random, data: st.DataObject) -> None:
    cases = data.draw(st.lists(testing.cases(library=library), min_size=10, max_size=20))
    agreed(Spark(Plan(library, engine="spark"), spark), many(cases, choose, 60))


# -- settings ------------------------------------------------------------------------------------------------------------------

ZONE = clock.zone("America/Los_Angeles")
WAYS: list[dict[str, Callable[[datetime], Any]]] = [
    {"release_at": lambda moment: moment.replace(tzinfo=None), "asked_at": lambda moment: moment.astimezone(UTC)},
    {"release_at": lambda moment: moment.astimezone(UTC), "asked_at": lambda moment: moment.replace(tzinfo=None)},
]
"""How the moments of a table are written, which else are text."""


def moments(cases: Sequence[Case], ways: dict[str, Callable[[datetime], Any]]) -> pa.Table:
    """The rows of cases, their moments written in these ways."""
    table = pa.Table.from_pylist([{"row": n, **row_of(case)} for n, case in enumerate(cases)], arrow_schema([]))
    for name, way in ways.items():
        given = (getattr(case, name) for case in cases)
        local = [
            None if each is None else each.astimezone(ZONE) if each.tzinfo else each.replace(tzinfo=ZONE)
            for each in given
        ]
        column = pa.array([None if each is None else way(each) for each in local])
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table


@pytest.mark.filterwarnings("ignore:The SQL config")  # some that clusters have set are no longer wanted
@pytest.mark.parametrize(
    ("way", "set_", "ways"),
    [
        pytest.param("in this process", CLUSTER, WAYS[0], id="in this process, release local"),
        pytest.param("in this process", STRICT, WAYS[1], id="in this process, strict, release with its zone"),
        pytest.param("Connect", STRICT, WAYS[0], id="Connect, strict, release local"),
        pytest.param("Connect", CLUSTER, WAYS[1], id="Connect, release with its zone"),
    ],
)
def test_no_setting_moves_a_decision(
    sessions: Any, library: Library, way: str, set_: dict[str, str], ways: Any
) -> None:
    @settings(SLOW, max_examples=1)
    @given(st.lists(testing.cases(library=library), min_size=40, max_size=40))
    def check(cases: list[Case]) -> None:
        session = sessions[way]()
        for name, value in set_.items():
            session.conf.set(name, value)
        session.sql("SELECT 'mine' AS row").createOrReplaceTempView("given")
        engine = Spark(Plan(library, engine="spark"), session)
        table = moments(cases, ways)
        found = engine.decide(engine.given(Part(Path("given"), 0, len(cases), table)))
        rows = sorted(engine.fetched(found.decisions).to_pylist(), key=lambda row: row["row"])
        for row, case in zip(rows, cases, strict=True):
            want = expected(case, library)
            assert {name: row[name] for name in want} == want, case
        assert {name: session.conf.get(name) for name in set_} == set_, "the session of a user is theirs"
        assert session.table("given").collect()[0].row == "mine"

    check()


# -- files -------------------------------------------------------------------------------------------------------------------

MOMENT = datetime(2014, 3, 3, 10)
ENTRIES = pa.list_(pa.struct([("offense", pa.string()), ("convicted_on", pa.date32())]))
ODD_ENTRIES = pa.list_(pa.struct([("offense", pa.dictionary(pa.int8(), pa.string())), ("convicted_on", pa.date64())]))
CHARGES = pa.list_(pa.struct([("offense", pa.string())]))
ENTRY = {"offense": "homicide", "convicted_on": date(2010, 1, 1)}


def columns(
    moments: Any = "us", age: Any = "int64", entries: Any = ENTRIES, none: Any = CHARGES, **more: Any
) -> pa.Table:
    """Three rows of which little is known, with columns of these types."""
    given = [MOMENT, MOMENT, datetime(2014, 3, 9, 2, 30)]
    rows = {
        "release_at": pa.array(given, moments if isinstance(moments, pa.DataType) else pa.timestamp(moments)),
        "detainer_form": pa.array(["I-247", "I-247N", None]),
        "judicial_warrant": pa.array([False, None, True]),
        "person_age": pa.array([17, 18, None], age),
        "convictions": pa.array([[ENTRY], [], None]).cast(entries),
        "charges": pa.array([[], [], None], none),
    }
    return pa.table(rows | more)


TABLES = {
    "strange ${name}#%20:`.parquet": columns(),
    "zoned.parquet": columns(pa.timestamp("ms", "America/New_York")),
    "_in[1]{a}*.parquet": columns(),
    "odd.parquet": columns(
        "ns", pa.uint8(), ODD_ENTRIES, pa.list_(pa.null()), elsewhere=pa.array([1, 2, 3], pa.duration("ns"))
    ),
    "odd.arrow": columns(pa.timestamp("s", "UTC"), pa.uint64(), ODD_ENTRIES, pa.list_(pa.null())),
}
"""What pandas, Polars, Arrow and Spark write, under names that a shell or Spark would take for something else."""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("tables")
    for name, table in TABLES.items():
        if name.endswith(".parquet"):
            pq.write_table(table, folder / name, row_group_size=1)
        else:
            with pa.OSFile(str(folder / name), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
    return [
        *(folder / name for name in TABLES),
        written(folder / "rows.jsonl", [row | {"jurisdiction": "us"} for row in MIXED]),
    ]


def same(one: Path, two: Path) -> None:
    """That two runs wrote the same, in whichever order."""
    first, second = (
        sorted(pq.read_table(each).to_pylist(), key=lambda row: (row.get("file", ""), row["row"]))
        for each in (one, two)
    )
    assert first == second
    files = [file for out in (one, two) for file in ([out] if out.is_file() else sorted(out.iterdir()))]
    assert {str(pq.read_schema(file).field("hold_until").type) for file in files} == {"timestamp[us, tz=UTC]"}
    rejected = (each.with_name(f"{each.name}.rejected").read_text() for each in (one, two))
    assert next(rejected) == next(rejected)


def test_a_file_that_spark_does_not_read_comes_part_by_part(tmp_path: Path) -> None:
    file = tmp_path / "odd.parquet"
    pq.write_table(TABLES[file.name], file, row_group_size=2)
    assert not reads(file)
    for first in range(3):
        for rows in range(1, 4 - first):
            found = rows_of(Part(file, first, rows, None))
            assert found["row"].to_pylist() == [*range(first + 1, first + rows + 1)]
            assert found["person_age"].to_pylist() == [17, 18, None][first : first + rows]


def test_bulk_on_spark_writes_what_duckdb_writes(
    spark: Any, library: Library, tables: list[Path], tmp_path: Path
) -> None:
    one, two = (Bulk(tables, tmp_path / engine, library, "us", engine=engine).run() for engine in ("duckdb", "spark"))
    assert one == two
    assert (one.rows + one.rejected, bool(one.rejected)) == (3 * len(TABLES) + len(MIXED), True)
    same(tmp_path / "duckdb", tmp_path / "spark")


# -- the command -------------------------------------------------------------------------------------------------------------


def run_bulk(*args: Any, **env: str) -> subprocess.CompletedProcess[str]:
    """`detainer bulk --engine spark`, in a process of its own."""
    call = [sys.executable, "-m", "detainer", "bulk", *map(str, args), "--engine", "spark"]
    return subprocess.run(call, capture_output=True, text=True, env=os.environ | env)


def test_the_command_starts_spark_under_any_settings_and_tells_nothing_of_it(library: Library, tmp_path: Path) -> None:
    rows = written(tmp_path / "rows.jsonl", [row | {"jurisdiction": "us"} for row in MIXED])
    small = {"codegen.wholeStage": "false", "codegen.factoryMode": "NO_CODEGEN", "shuffle.partitions": "1"}
    set_ = "".join(
        f"{name} {value}\n"
        for name, value in (CLUSTER | {f"spark.sql.{name}": to for name, to in small.items()}).items()
    )
    (tmp_path / "spark-defaults.conf").write_text(set_)
    done = run_bulk(rows, tmp_path / "spark.parquet", "--rulesets", library.root, SPARK_CONF_DIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    Bulk([rows], tmp_path / "duckdb.parquet", library).run()
    same(tmp_path / "duckdb.parquet", tmp_path / "spark.parquet")


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"JAVA_HOME": "/nowhere"}, "Spark does not start: "),
        ({"SPARK_REMOTE": "sc://127.0.0.1:1"}, "Spark Connect does not answer at 127.0.0.1:1 (SPARK_REMOTE): "),
    ],
)
def test_a_spark_that_does_not_start_is_told_in_one_line(tmp_path: Path, env: dict[str, str], message: str) -> None:
    done = run_bulk(written(tmp_path / "rows.jsonl", MIXED), tmp_path / "out.parquet", **env)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"detainer: {message}" in done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["rows.jsonl"]


def test_what_spark_cannot_read_is_told_in_one_line(spark: Any, library: Library, tmp_path: Path) -> None:
    file = tmp_path / "cases.parquet"
    pq.write_table(columns(), file, compression="none", use_dictionary=False)
    whole = file.read_bytes()
    file.write_bytes(whole[:4] + bytes(255 - byte for byte in whole[4:400]) + whole[400:])
    with pytest.raises(DetainerError, match=r"^[^\n]*Spark (fails|does not read)[^\n]*: [^\n]+$"):
        Bulk([file], tmp_path / "out.parquet", library, "us", engine="spark").run()
    assert not (tmp_path / "out.parquet").exists()
