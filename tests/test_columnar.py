"""The law over tables: row by row it agrees with `direct`, on generated law and cases; SQL's logic is ours."""

from __future__ import annotations

import csv
import json
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from detainer import Case, Library, clock, decide, testing
from detainer.columnar.bulk import Bulk
from detainer.columnar.calendar import Clock, Span, turns
from detainer.columnar.decider import Decider, DuckDB
from detainer.columnar.facts import MOMENTS, PLACE, moments, schema
from detainer.columnar.files import Part
from detainer.columnar.plan import Plan
from detainer.columnar.rows import case_of, row_of
from detainer.engines import decide_under, load
from detainer.errors import CaseError
from detainer.language.tree import Every, Node, Not, Some
from detainer.situation import PAPERS, situate

UNSHRUNK = [Phase.explicit, Phase.reuse, Phase.generate]  # a table of cases takes minutes to make smaller
SLOW = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), phases=UNSHRUNK)


@pytest.fixture(scope="module")
def duckdb() -> Any:
    con = ibis.duckdb.connect()
    con.raw_sql("SET TimeZone = 'UTC'")
    con.raw_sql("SET threads = 2")
    return con


def decided(decider: Decider, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows decided, in their order."""
    numbered = pa.Table.from_pylist([{"row": number, **row} for number, row in enumerate(rows)], arrow_schema(rows))
    found = decider.decide(decider.given(Part(Path("given"), 0, len(rows), numbered)))
    assert not found.rejected.num_rows
    return sorted(decider.fetched(found.decisions).to_pylist(), key=lambda row: row["row"])


def arrow_schema(rows: Sequence[dict[str, Any]]) -> pa.Schema:
    types = {"row": pa.int64()}
    for name, type_ in schema().items():
        moment = name in (*MOMENTS, *moments())
        types[name] = pa.string() if moment else ibis.schema({name: type_}).to_pyarrow().field(name).type
    return pa.schema(types)


def expected(case: Case, library: Library) -> dict[str, Any]:
    decision = decide(case, engine="direct", library=library)
    return {
        "jurisdiction": case.jurisdiction,
        "outcome": decision.outcome,
        "hold_until": decision.hold_until,
        "ended_by": decision.ended_by,
        "limit_ends": decision.limit_ends,
        "ruling": decision.ruling.id,
        "authority": decision.ruling.authority.cite,
        "settled": decision.settled,
        "caveats": " ".join(decision.caveat_codes),
        "open_questions": " ".join(each.fact for each in decision.open_questions),
        "law_as_of": decision.law_as_of,
        "digest": decision.ruleset_digest,
    }


def expected_next(case: Case, library: Library) -> dict[str, Any]:
    """What the next law of the place says of the case."""
    law = decide(case, engine="direct", library=library).law
    after = next((each for each in library.history(law.place) if law.until and each.since == law.until), None)
    then = decide_under(after, case, load("direct")) if after else None
    said = (after.since, then.outcome, then.ruling.id, then.settled) if after and then else (None,) * 4
    return dict(zip(("next_from", "next_outcome", "next_ruling", "next_settled"), said, strict=True))


def many(cases: Sequence[Case], choose: random.Random, count: int) -> list[Case]:
    """Cases made of the facts of others, so that many are of one kind and still differ in what the law does not ask."""
    found: list[Case] = []
    while len(found) < count:
        base = choose.choice(cases)
        names = choose.sample([name for name in Case.model_fields if name != "jurisdiction"], choose.randint(1, 3))
        other = choose.choice(cases)
        case = base.model_copy(update={name: getattr(other, name) for name in names})
        with suppress(CaseError):
            situate(case, clock.zone("America/Los_Angeles"))
            found.append(case)
    return found


def agreed(decider: Decider, cases: Sequence[Case]) -> None:
    library = decider.plan.library
    for row, case in zip(decided(decider, [row_of(case) for case in cases]), cases, strict=True):
        want = expected(case, library) | (expected_next(case, library) if decider.plan.with_next else {})
        assert {name: row[name] for name in want} == want, (row, case)


def test_what_is_dated_before_birth_is_refused_as_in_a_scenario() -> None:
    """In each column with a day, a day before birth, that day, and where it is not known."""
    facts = {PLACE: "us/wa/king", "release_at": "2014-03-03T10:00", "person_date_of_birth": date(1990, 1, 1)}
    rows: list[dict[str, Any]] = []
    for day in (date(1989, 12, 31), date(1990, 1, 1)):
        papers = [
            {f"{paper}_issued_at": f"{day}{at}"} for paper in PAPERS for at in ("", "T23:59", "T07:59Z", "T08:00Z")
        ]
        entries = [{"convictions": [{}, {fact: day}]} for fact in ("convicted_on", "released_on")]
        rows += [facts | each for each in (*papers, *entries)]
    rows += [{**each, "person_date_of_birth": None} for each in rows]
    decider = DuckDB(Plan())
    numbered = pa.Table.from_pylist([{"row": number, **row} for number, row in enumerate(rows)], arrow_schema(rows))
    found = decider.decide(decider.given(Part(Path("given"), 0, len(rows), numbered)))
    refused: list[int] = []
    for number, row in enumerate(rows):
        try:
            situate(case_of(row), clock.zone("America/Los_Angeles"))
        except CaseError as error:
            assert "before the date of birth" in str(error)
            refused.append(number)
    assert refused
    assert sorted(found.rejected["row"].to_pylist()) == refused


@SLOW
@given(testing.libraries(), st.randoms(use_true_random=False), st.data())
def test_every_row_agrees_with_direct(library: Library, choose: random.Random, data: st.DataObject) -> None:
    cases = data.draw(st.lists(testing.cases(library=library), min_size=10, max_size=20))
    decider = DuckDB(Plan(library, with_next=choose.random() < 0.5))
    agreed(decider, cases)
    agreed(decider, many(cases, choose, 120))  # what was decided of a kind before is used again


def test_lists_of_any_length_are_counted() -> None:
    entry = {"offense": "serious_traffic", "convicted_on": "2010-01-01", "shown_in_writing": True}
    facts = {
        "jurisdiction": "us/wa/king",
        "release_at": "2014-03-03T10:00",
        "detainer": {"form": "I-247"},
        "judicial_warrant": None,
    }
    lists = [[entry] * count for count in (0, 1, 2, 1023, 1024, 3000)] + [[entry, {}], [{}] * 5]
    cases = [Case.model_validate(facts | {"person": {"age": 40}, "convictions": each}) for each in lists]
    agreed(DuckDB(Plan()), cases)


def test_a_row_is_its_case() -> None:
    @settings(max_examples=200, deadline=None)
    @given(testing.cases())
    def there_and_back(case: Case) -> None:
        assert case_of(row_of(case)) == case

    there_and_back()


# -- SQL's logic is ours -------------------------------------------------------------------------------------------------------


TRUTHS = (True, False, None)


def test_and_or_and_not_of_sql_are_those_of_the_trees(duckdb: Any) -> None:
    rows = [{"a": a, "b": b} for a in TRUTHS for b in TRUTHS]
    duckdb.con.register("truths", pa.Table.from_pylist(rows, pa.schema({"a": pa.bool_(), "b": pa.bool_()})))
    table = duckdb.table("truths")
    found = duckdb.to_pyarrow(table.select("a", "b", both=table.a & table.b, either=table.a | table.b, no=~table.a))
    for row in found.to_pylist():
        parts = (Fixed(row["a"]), Fixed(row["b"]))
        assert row["both"] is Every(parts).truth(NOBODY)
        assert row["either"] is Some(parts).truth(NOBODY)
        assert row["no"] is Not(parts[0]).truth(NOBODY)


@dataclass(frozen=True)
class Fixed(Node):
    answer: bool | None

    def truth(self, situation: Any, item: Any = None) -> bool | None:
        return self.answer


NOBODY: Any = None


def test_the_pins_are_those_that_were_tried(duckdb: Any) -> None:
    """DuckDB 2 with Ibis 12 fails to make a table from memory; what is pinned is installed, and does not."""
    pins = {each.name: each.specifier for each in map(Requirement, requires("detainer") or ()) if not each.marker}
    for name in ("duckdb", "ibis-framework"):
        assert version(name) in pins[name], name
    assert "2.0.1" not in pins["duckdb"]
    assert duckdb.to_pyarrow(ibis.memtable(pa.table({"number": [1, 2]}))).num_rows == 2


@pytest.mark.parametrize("asked_at", [None, datetime(2014, 3, 4, 12, tzinfo=UTC), "2014-03-04T12:00"])
@pytest.mark.parametrize("release_at", [datetime(2014, 3, 3), datetime(2014, 3, 3, tzinfo=UTC), "2014-03-03T10:00"])
def test_rows_are_looked_up_and_never_multiplied(release_at: Any, asked_at: Any) -> None:
    """DuckDB would make some joins a product of both tables, and filter it: all is right then, and takes hours."""
    decider = DuckDB(Plan())
    rows = {
        "row": [1],
        "jurisdiction": ["us/wa/king"],
        "release_at": [release_at],
        "detainer_issued_at": ["2014-03-01"],
    }
    decider.con.con.register("given", pa.table(rows | ({"asked_at": [asked_at]} if asked_at else {})))
    assert decider.con.to_pyarrow(decider.decide(decider.con.table("given")).decisions).num_rows == 1
    explained = [str(decider.con.raw_sql(f"EXPLAIN {text}").fetchall()) for text in decider._sql.values()]
    assert any("HASH_JOIN" in each for each in explained)
    assert not any(word in each for each in explained for word in ("CROSS_PRODUCT", "NESTED_LOOP", "BLOCKWISE"))


# -- clocks and calendars ------------------------------------------------------------------------------------------------------


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(["America/Los_Angeles", "America/Sao_Paulo", "Africa/Cairo", "Pacific/Apia", "UTC"]),
    st.sets(st.sampled_from(["saturdays", "sundays", "holidays"]), min_size=1).map(sorted).map(tuple),
    st.integers(1, 24 * 30),
    st.dates(date(2005, 1, 1), date(2026, 1, 1)),
    st.floats(0, 1, exclude_max=True),
)
def test_the_turns_of_a_day_are_the_end_of_a_limit(
    zone: str, excluding: tuple[str, ...], hours: int, day: date, share: float
) -> None:
    where, span = Clock(zone, "US"), Span(hours, excluding)
    found = turns(day, span, where)
    first, last = (clock.midnight(each, where.where) for each in (day, day + timedelta(days=1)))
    moments = (
        first + (last - first) * share,
        *found.after,
        *(each + timedelta(microseconds=1) for each in found.after),
    )
    for start in moments:
        if first <= start < last:
            begin = max(start, found.start)
            turned = sum(begin > each for each in found.after)
            end = begin + timedelta(hours=hours, seconds=found.still[turned])
            assert end == clock.limit_end(start, hours, excluding, where.where, "US")


# -- bulk ----------------------------------------------------------------------------------------------------------------------

MIXED = [
    {"id": "hold", "release_at": "2014-03-03T10:00", "detainer_form": "I-247", "judicial_warrant": False,
     "person_date_of_birth": "1980-02-03",
     "convictions": [{"offense": "homicide", "convicted_on": "1999-05-06", "shown_in_writing": True}]},
    {"id": "release", "release_at": "2017-03-20T10:00", "detainer": True, "detainer_form": "I-247", "judicial_warrant": False,
     "convictions": []},
    {"id": "open", "release_at": "2017-03-20T10:00", "detainer_form": "I-247D"},
    {"id": "skipped", "release_at": "2017-03-12T02:30"},
    {"id": "with its offset", "release_at": "2018-11-04T01:30-07:00", "judicial_warrant_kind": "civil"},
    {"id": "misspelled", "release_at": "2017-03-20T10:00", "detainer_form": "I-248"},
    {"id": "tomorrow", "release_at": "2017-03-20T10:00", "convictions": [{"convicted_on": "2018-01-01"}]},
]  # fmt: skip


def written(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Rows as JSONL."""
    path.write_text("".join(json.dumps({"jurisdiction": "us/wa/king"} | row) + "\n" for row in rows))
    return path


def run_bulk(*args: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "detainer", "bulk", *map(str, args)], capture_output=True, text=True)


def test_bulk_decides_what_it_can_and_says_what_it_cannot(tmp_path: Path) -> None:
    cases, out = written(tmp_path / "cases.jsonl", MIXED), tmp_path / "out.csv"
    done = run_bulk(cases, out)
    assert (done.returncode, done.stderr) == (0, "")
    assert "4 decided, 3 settled, 3 rejected" in done.stdout
    rows = {row["id"]: row for row in csv.DictReader(out.read_text().splitlines())}
    assert {name: (row["outcome"], row["settled"]) for name, row in rows.items()} == {
        "hold": ("hold", "true"),
        "release": ("release", "true"),
        "open": ("release", "false"),
        "with its offset": ("hold", "true"),
    }
    assert rows["hold"]["hold_until"] == "2014-03-05 18:00:00+00"
    rejected = list(csv.DictReader((tmp_path / "out.csv.rejected").read_text().splitlines()))
    assert [(row["row"], row["column"]) for row in rejected] == [
        ("4", "release_at"), ("6", "detainer_form"), ("7", "convictions.convicted_on"),
    ]  # fmt: skip
    assert rejected[1]["reason"] == "found `I-248`, expected one of I-247, I-247D, I-247N, I-247X, I-247A"


def test_one_bad_moment_does_no_harm_to_the_others(tmp_path: Path) -> None:
    rows = [MIXED[0], MIXED[1], *({"release_at": bad} for bad in ("soon", "0", "9999-99-99", "1700-01-01T10:00", ""))]
    out = tmp_path / "out.parquet"
    tally = Bulk([written(tmp_path / "cases.jsonl", rows)], out).run()
    assert (tally.rows, tally.rejected) == (2, 5)
    assert {row["outcome"] for row in pq.read_table(out).to_pylist()} == {"hold", "release"}


def test_a_day_is_no_moment_of_release(tmp_path: Path) -> None:
    """A column of dates, beside a list whose entries are looked at."""
    days = pa.table(
        {PLACE: ["us/wa/king"], "release_at": [date(2014, 3, 3)], "convictions": [[{"offense": "homicide"}]]}
    )
    pq.write_table(days, tmp_path / "days.parquet")
    tally = Bulk([tmp_path / "days.parquet"], tmp_path / "out.csv").run()
    assert (tally.rows, tally.rejected) == (0, 1)
    assert "expected a day and time" in (tmp_path / "out.csv.rejected").read_text()


def test_entries_that_cannot_be_are_told_of_their_own_row(tmp_path: Path) -> None:
    """Local moments, moments with an offset and moments asked about: the days of entries are held against the right day."""
    late = [{"offense": "homicide", "convicted_on": "2014-03-04"}]
    rows = [
        {"release_at": "2014-03-03T23:30", "convictions": late},
        {"release_at": "2014-03-03T23:30", "asked_at": "2014-03-04T00:00", "convictions": late},
        {"release_at": "2014-03-04T07:59Z", "convictions": late},  # still the third
        {"release_at": "2014-03-04T08:00Z", "convictions": late},
        {"release_at": "2014-03-04T10:00", "detainer_probable_cause": ["affidavit", "a feeling"]},
        {"release_at": "2014-03-04T10:00", "charges": [{"offense": "theft"}]},
        {"release_at": "2014-03-04T10:00", "charges": [{"offense": "drug"}], "convictions": []},
    ]
    out = tmp_path / "out.parquet"
    Bulk([written(tmp_path / "cases.jsonl", rows)], out).run()
    assert [row["row"] for row in pq.read_table(out).to_pylist()] == [2, 4, 7]
    found = list(csv.DictReader((tmp_path / "out.parquet.rejected").read_text().splitlines()))
    assert [(row["row"], row["column"]) for row in found] == [
        ("1", "convictions.convicted_on"), ("3", "convictions.convicted_on"), ("5", "detainer_probable_cause"),
        ("6", "charges.offense"),
    ]  # fmt: skip


def test_strict_writes_nothing_where_a_row_is_rejected(tmp_path: Path) -> None:
    done = run_bulk(written(tmp_path / "cases.jsonl", MIXED), tmp_path / "out.parquet", "--strict")
    assert done.returncode == 2
    assert "3 rows are rejected, and --strict writes nothing then; the first is row 4" in done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["cases.jsonl"]


def test_every_format_gives_the_same_decisions(tmp_path: Path) -> None:
    cases = written(tmp_path / "cases.jsonl", MIXED[:3])
    assert run_bulk(cases, tmp_path / "out.parquet").returncode == 0
    first = pq.read_table(tmp_path / "out.parquet").to_pylist()
    rows = [{"jurisdiction": "us/wa/king"} | row for row in MIXED[:3]]
    typed = {name: [row.get(name) for row in rows] for name in dict.fromkeys(name for row in rows for name in row)}
    pq.write_table(pa.table(typed), tmp_path / "typed.parquet")
    with pa.OSFile(str(tmp_path / "typed.arrow"), "wb") as sink:
        table = pa.table(typed)
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    with (tmp_path / "text.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(typed)
        for row in rows:
            values = (row.get(name) for name in typed)
            writer.writerow(["" if v is None else json.dumps(v) if isinstance(v, list | bool) else v for v in values])
    for name in ("typed.parquet", "typed.arrow", "text.csv"):
        done = run_bulk(tmp_path / name, tmp_path / "again.arrow")
        assert (done.returncode, done.stderr) == (0, "")
        assert pa.ipc.open_file(tmp_path / "again.arrow").read_all().to_pylist() == first
    assert run_bulk(cases, tmp_path / "out.duckdb").returncode == 0
    con = ibis.duckdb.connect(tmp_path / "out.duckdb")
    assert con.con.execute("SELECT count(*), sum(settled::int) FROM decisions").fetchone() == (3, 2)


def _done_in(parts: Path) -> int:
    try:
        return len(list(parts.glob("*.parquet")))
    except FileNotFoundError:  # the run that made it is removing it
        return 0


def test_a_killed_run_resumes_to_the_same_rows(tmp_path: Path) -> None:
    cases = written(tmp_path / "cases.jsonl", [{**MIXED[n % len(MIXED)], "id": str(n)} for n in range(400)])
    assert run_bulk(cases, tmp_path / "whole.parquet", "--part-rows", 100).returncode == 0
    whole, rejects = pq.read_table(tmp_path / "whole.parquet"), (tmp_path / "whole.parquet.rejected").read_text()
    out, parts = tmp_path / "out.parquet", tmp_path / ".out.parquet.parts"
    args = [sys.executable, "-m", "detainer", "bulk", str(cases), str(out), "--part-rows", "100", "--resume"]
    killed = 0
    while True:
        before = _done_in(parts)
        with subprocess.Popen(args, stdout=subprocess.DEVNULL) as process:
            while process.poll() is None:  # killed as soon as it is a part further, wherever it then is
                if _done_in(parts) > before:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    killed += 1
        if process.returncode == 0:
            break
    assert killed >= 3
    assert pq.read_table(out).equals(whole)
    assert (tmp_path / "out.parquet.rejected").read_text() == rejects
    assert not parts.exists()


@pytest.mark.parametrize("place", [None, "us/or/clackamas"])
def test_what_becomes_of_an_object_hangs_on_no_other_of_its_part(tmp_path: Path, place: str | None) -> None:
    at = {"release_at": "2014-03-03T10:00"}
    rows = [at, {**at, "jurisdiction": "us/wa/king"}, {"jurisdiction": "us/wa/king"}, {**at, "jurisdiction": None}, {}]
    cases = tmp_path / "cases.jsonl"
    cases.write_text("".join(json.dumps({"id": str(n), **row}) + "\n" for n, row in enumerate(rows)))
    said: list[tuple[list[Any], str]] = []
    for size in (1, 2, 100):
        Bulk([cases], tmp_path / "out.csv", Library(), place, part_rows=size).run()
        with (tmp_path / "out.csv").open() as file:
            found = [(row["id"], row["jurisdiction"]) for row in csv.DictReader(file)]
        said.append((found, (tmp_path / "out.csv.rejected").read_text()))
    assert said[0] == said[1] == said[2]
    places = {"1": "us/wa/king"} | ({"0": place, "3": place} if place else {})
    assert dict(said[0][0]) == places
    assert said[0][1].count("\n") == 1 + len(rows) - len(places)


def test_a_run_of_other_input_is_not_resumed(tmp_path: Path) -> None:
    cases = written(tmp_path / "cases.jsonl", MIXED)
    parts = tmp_path / ".out.csv.parts"
    parts.mkdir()
    (parts / "run.json").write_text("{}")
    done = run_bulk(cases, tmp_path / "out.csv", "--resume")
    assert done.returncode == 2
    assert "is of another run: its input, law or options differ; run without --resume to start over" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.parquet", "out.csv"], "`nowhere.parquet` names no table"),
        (["cases.jsonl", "out.pdf"], "`out.pdf` is no table that is known by its name"),
        (["broken.parquet", "out.csv"], "broken.parquet: cannot be read"),
        (["bare.csv", "out.csv"], "the table has no column `release_at`"),
        (["cases.jsonl", "out.csv", "--place", "us/wa/kin"], "no ruleset for `us/wa/kin`. Did you mean `us/wa/king`?"),
    ],
)
def test_what_is_no_table_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "cases.jsonl", MIXED)
    (tmp_path / "broken.parquet").write_text("no table")
    (tmp_path / "bare.csv").write_text("jurisdiction\nus/wa/king\n")
    done = run_bulk(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert not list(tmp_path.glob("out.*"))
