"""Importers: files of records as tables with a row a case, and the report of what became of every row."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detainer.columnar import files
from detainer.columnar.bulk import Bulk
from detainer.errors import DetainerError, FileError
from detainer.library import library_at
from detainer.records.facilities import Facilities
from detainer.records.facilities import shipped as shipped_table
from detainer.records.importer import Import, Report
from detainer.records.mapping import mapping_at, shipped
from detainer.records.synthetic import write

_KING = "KING COUNTY JAIL"
ROWS: list[dict[str, str]] = [
    {"detainer_prepare_date": "2023-01-05", "facility_state": "WA", "detainer_facility": "KING CO. JAIL",
     "detainer_type": "I-247A", "msc_charge_code": "0907", "msc_conviction_date": "2001-02-03"},
    {"detainer_prepare_date": "1/6/2023", "facility_state": "Washington", "detainer_facility": "Yakima County Jail",
     "detainer_type": "b(6), b(7)c"},
    {"detainer_prepare_date": "2023-01-07 00:00:00", "facility_state": "OR", "detainer_facility": "CLACKAMAS COUNTY JAIL",
     "detainer_type": "Form 9", "msc_charge_code": "5404"},
    {"detainer_prepare_date": "2023-01-08", "facility_state": "NV", "detainer_facility": "CLARK COUNTY DETENTION"},
    {"detainer_prepare_date": "2023-01-09", "facility_state": "WA", "detainer_facility": "KENT CITY JAIL"},
    {"detainer_prepare_date": "b(6), b(7)c", "facility_state": "WA", "detainer_facility": _KING},
    {"detainer_prepare_date": "2023-01-10", "facility_state": "WA", "detainer_facility": _KING, "duplicate_likely": "TRUE"},
    {"detainer_prepare_date": "2023-01-11", "facility_state": "WA", "detainer_facility": "b(6), b(7)c"},
]  # fmt: skip
LEFT_OUT = {
    "no table has facilities of that state": 1,
    "no table has that facility": 1,
    "`detainer_prepare_date` is not known": 1,
    "likely a duplicate of another row": 1,
    "the facility is not known": 1,
}


def columns() -> list[str]:
    return list(mapping_at("ice-detainers").columns)


def national(path: Path, rows: Sequence[dict[str, str]] = ROWS, names: Sequence[str] | None = None) -> Path:
    """Rows as a file of the national shape."""
    names = names or columns()
    cells = [[row.get(name, "") for name in names] for row in rows]
    match path.suffix:
        case ".csv":
            with path.open("w", newline="") as file:
                csv.writer(file).writerows([names, *cells])
        case ".xlsx":
            book = openpyxl.Workbook()
            assert book.active is not None
            for line in [names, *cells]:
                book.active.append(line)
            book.save(path)
        case _:
            pq.write_table(
                pa.table({name: list(each) for name, each in zip(names, zip(*cells, strict=True), strict=True)}), path
            )
    return path


def run(
    paths: Sequence[Path], out: Path, *, tables: Sequence[Path] = (), **options: Any
) -> tuple[Report, list[dict[str, Any]]]:
    mapping = mapping_at(options.pop("mapping", "ice-detainers"))
    library = library_at()
    report = Import(paths, mapping, library, Facilities([*tables, shipped_table()], library), **options).run(out)
    return report, pq.read_table(out).to_pylist()


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".xlsx"])
def test_the_national_file(tmp_path: Path, suffix: str) -> None:
    report, cases = run([national(tmp_path / f"ice{suffix}")], tmp_path / "cases.parquet")
    assert (report.rows, report.cases, report.left_out) == (8, 3, LEFT_OUT)
    assert (report.missing, report.surplus) == ([], [])
    assert report.facilities == [("WA", "KENT CITY JAIL", 1)]
    assert report.odd == [("detainer_type", "Form 9", 1)]
    assert [
        (case["jurisdiction"], case["release_at"], case["detainer_form"], case["detainer_issued_at"]) for case in cases
    ] == [
        ("us/wa/king", "2023-01-05T12:00", "I-247A", "2023-01-05"),
        ("us/wa", "2023-01-06T12:00", None, "2023-01-06"),
        ("us/or/clackamas", "2023-01-07T12:00", None, "2023-01-07"),
    ]
    assert all(case["detainer"] for case in cases)
    assert not {"judicial_warrant", "detainer_served", "convictions", "person_date_of_birth"} & set(cases[0])


def test_several_files_are_one_table(tmp_path: Path) -> None:
    files = [national(tmp_path / "a.csv", ROWS[:2]), national(tmp_path / "b.csv", ROWS[2:3])]
    report, cases = run(files, tmp_path / "cases.parquet")
    assert (report.rows, report.cases) == (3, 3)
    assert [case["id"] for case in cases] == ["a.csv:1", "a.csv:2", "b.csv:1"]


def test_what_the_file_does_not_say_leaves_decisions_unsettled(tmp_path: Path) -> None:
    run([national(tmp_path / "ice.parquet")], tmp_path / "cases.parquet")
    tally = Bulk([tmp_path / "cases.parquet"], tmp_path / "decisions.parquet").run()
    assert (tally.rows, tally.settled, tally.rejected) == (3, 0, 0)
    assert {row["open_questions"] for row in pq.read_table(tmp_path / "decisions.parquet").to_pylist()} == {
        "judicial_warrant"
    }


def test_an_assumption_has_to_be_asked_for(tmp_path: Path) -> None:
    source = national(tmp_path / "ice.parquet")
    report, cases = run([source], tmp_path / "cases.parquet", assume=("most-serious-is-all",))
    assert len(report.assumed) == 1
    assert [case["convictions"] for case in cases] == [
        [{"ncic": "0907", "convicted_on": date(2001, 2, 3)}], [], [{"ncic": "5404", "convicted_on": None}],
    ]  # fmt: skip
    tally = Bulk([tmp_path / "cases.parquet"], tmp_path / "decisions.parquet").run()
    assert tally.rejected == 0
    with pytest.raises(DetainerError, match="no assumption `most`"):
        run([source], tmp_path / "cases.parquet", assume=("most",))


def test_columns_that_are_missing_or_surplus_are_told(tmp_path: Path) -> None:
    names = [name for name in columns() if name != "msc_charge"]
    report, _ = run([national(tmp_path / "ice.csv", names=[*names, "shoe_size"])], tmp_path / "cases.parquet")
    assert (report.missing, report.surplus) == (["msc_charge"], ["shoe_size"])
    with pytest.raises(DetainerError, match="the column `facility_state` is missing"):
        run([national(tmp_path / "bare.csv", names=["detainer_prepare_date"])], tmp_path / "cases.parquet")


def test_a_table_of_ones_own_comes_first(tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text("state,facility,code,place\nNV,CLARK COUNTY,,us/wa/clark\nWA,KENT,,us/wa/king\n,,XYZ,us/or\n")
    rows = [
        *ROWS,
        {
            "detainer_prepare_date": "2023-01-12",
            "facility_state": "ZZ",
            "detainer_facility": "?",
            "detainer_facility_code": "XYZ",
        },
    ]
    report, cases = run([national(tmp_path / "ice.csv", rows)], tmp_path / "cases.parquet", tables=[table])
    assert [case["jurisdiction"] for case in cases] == [
        "us/wa/king",
        "us/wa",
        "us/or/clackamas",
        "us/wa/clark",
        "us/wa/king",
        "us/or",
    ]
    assert not report.facilities


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("state,facility,code\nNV,X,\n", "own.csv:1:1: the column `place` is missing"),
        ("state,facility,code,place\nNV,X,,us/nv\n", "own.csv:2:1: no ruleset for `us/nv`"),
        ("state,facility,code,place\nNV,,,us/wa\n", "own.csv:2:1: a row needs `facility` or `code`"),
    ],
)
def test_a_wrong_table_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    table = tmp_path / "own.csv"
    table.write_text(text)
    with pytest.raises(FileError) as error:
        run([national(tmp_path / "ice.csv")], tmp_path / "cases.parquet", tables=[table])
    assert message in str(error.value)


def test_every_county_of_the_shipped_table_is_there_once() -> None:
    rows = Facilities([shipped_table()], library_at()).rows
    assert len({(row.states, row.words) for row in rows}) == len(rows) == 39 + 36
    own = {row.place for row in rows if row.place.count("/") == 2}
    assert own == {place for place in library_at().places if place.count("/") == 2}


def bookings(path: Path) -> Path:
    path.write_text(
        "booking,released_at,charge_class,charge_type,immigration_hold\n"
        "1,2017-02-23 08:00,class A felony,sex,1\n"
        "1,2017-02-23 08:00,misdemeanor,violent,1\n"
        "2,2017-02-24 09:30,other,drug,0\n"
        "3,2017-02-25 10:00,other,other,\n"
        "3,2017-02-25 11:00,other,other,\n"
        ",2017-02-25 11:00,other,other,\n"
    )
    return path


def test_bookings_by_a_mapping(tmp_path: Path) -> None:
    report, cases = run([bookings(tmp_path / "b.csv")], tmp_path / "cases.parquet", mapping="pierce-bookings")
    assert (report.rows, report.cases) == (6, 2)
    assert report.left_out == {"`booking` is not known": 1, "rows of one `booking` differ in `released_at`": 2}
    assert [(case["id"], case["release_at"], case["detainer"], case["charges"]) for case in cases] == [
        (
            "1",
            "2017-02-23T08:00",
            True,
            [{"class": "felony", "offense": "sex"}, {"class": "misdemeanor", "offense": None}],
        ),
        ("2", "2017-02-24T09:30", None, [{"class": None, "offense": "drug"}]),
    ]


@pytest.mark.parametrize("name", ["csv", "jsonl", "parquet", "arrow", "duckdb", ""])
def test_what_import_writes_bulk_reads(tmp_path: Path, name: str) -> None:
    """In every format: a file of each kind, and a folder."""
    source, out = bookings(tmp_path / "b.csv"), tmp_path / (f"cases.{name}" if name else "cases")
    mapping, library = mapping_at("pierce-bookings"), library_at()
    Import([source], mapping, library, Facilities([shipped_table()], library)).run(out)
    tally = Bulk(files.find([str(out)], also=files.DATABASES), tmp_path / "decisions.parquet").run()
    assert (tally.rows, tally.rejected) == (2, 0)
    found = {row["id"]: row for row in pq.read_table(tmp_path / "decisions.parquet").to_pylist()}
    assert {number: row["open_questions"].split()[0] for number, row in found.items()} == {
        "1": "judicial_warrant",
        "2": "judicial_warrant",
    }


@pytest.mark.parametrize("rule", ["{column: released_at}", '{column: released_at, time: "12:00"}'])
def test_a_moment_keeps_its_zone(tmp_path: Path, rule: str) -> None:
    """A column of Parquet with a zone, and text with offsets: the instant stays, and bulk reads it."""
    text = shipped()["pierce-bookings"].read_text().replace("{column: released_at}", rule, 1)
    (tmp_path / "own.yaml").write_text(text)
    at = datetime(2017, 2, 23, 8, 0, 30, tzinfo=ZoneInfo("America/Los_Angeles"))
    of_file = {"booking": ["1"], "charge_class": ["other"], "charge_type": ["drug"], "immigration_hold": ["1"]}
    for number, moment in enumerate((pa.array([at], pa.timestamp("ns", "America/Los_Angeles")), pa.array([str(at)]))):
        path = tmp_path / f"{number}.parquet"
        pq.write_table(pa.table(of_file | {"released_at": moment}), path)
        _, cases = run([path], tmp_path / "cases.parquet", mapping=str(tmp_path / "own.yaml"))
        assert datetime.fromisoformat(cases[0]["release_at"]) == at
        tally = Bulk([tmp_path / "cases.parquet"], tmp_path / "out.parquet").run()
        assert (tally.rows, tally.rejected) == (1, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("released_at}", "released_at, whem: 1}"), "unknown field `whem`"),
        (("  detainer:", "  detaner:"), "`detaner` is no fact. Did you mean `detainer`?"),
        (("  charges:", "  charge:"), "`charge` is no list. Did you mean `charges`?"),
        (("    offense:", "    ofense:"), "`ofense` is no fact of an entry. Did you mean `offense`?"),
        (("group_by: booking", "group_by: bokking"), "`bokking` is not among `columns`. Did you mean `booking`?"),
        (("{column: released_at}", "{}"), "a fact needs `column` or `always`, and not both"),
        (("about: bookings", "abut: bookings"), "the field `about` is missing"),
    ],
)
def test_a_wrong_mapping_is_named_with_its_line(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    text = shipped()["pierce-bookings"].read_text()
    assert change[0] in text
    path = tmp_path / "own.yaml"
    path.write_text(text.replace(*change, 1))
    with pytest.raises(FileError) as error:
        mapping_at(str(path))
    assert message in str(error.value)
    assert "own.yaml:" in str(error.value)


def test_synthetic_files_are_seeded_and_say_so(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write(tmp_path / f"{name}.parquet", 500, seed)
    a, b, c = (pq.read_table(tmp_path / f"{name}.parquet") for name in "abc")
    assert a.equals(b)
    assert not a.equals(c)
    assert a.column_names == columns()
    assert set(a["file_original"].to_pylist()) == {"synthetic, seed 7"}
    assert b"synthetic" in (pq.ParquetFile(tmp_path / "a.parquet").schema_arrow.metadata or {})
    report, cases = run([tmp_path / "a.parquet"], tmp_path / "cases.parquet")
    assert report.rows == 500
    assert report.cases == len(cases) == 500 - sum(report.left_out.values())
    assert len(report.left_out) == 4
    assert not report.missing


def test_the_command(tmp_path: Path) -> None:
    source = national(tmp_path / "ice.csv")

    def detainer(*args: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "detainer", "import", *map(str, args)], capture_output=True, text=True
        )

    done = detainer("ice-detainers", source, tmp_path / "cases.parquet", "--assume", "most-serious-is-all")
    assert (done.returncode, done.stderr) == (0, "")
    assert "8 rows read, 3 cases written" in done.stdout
    assert "is the only one" in done.stdout
    done = detainer("bookings", source, tmp_path / "cases.parquet", "--mapping", "pierce")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no mapping `pierce`" in done.stderr
    (tmp_path / "broken.xlsx").write_text("no workbook")
    done = detainer("ice-detainers", tmp_path / "broken.xlsx", tmp_path / "cases.parquet")
    assert done.returncode == 2
    assert "broken.xlsx: cannot be read" in done.stderr
    assert sorted(each.name for each in tmp_path.iterdir()) == ["broken.xlsx", "cases.parquet", "ice.csv"]
