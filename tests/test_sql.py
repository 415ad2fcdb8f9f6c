"""The law as one SELECT: every database that is named says what `direct` says, on shipped law and on generated law."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
import sqlglot
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from detainer import Case, Decision, Library, decide, testing
from detainer.cli.sql import PRINTED, RUN
from detainer.columnar.facts import MOMENTS, moments
from detainer.columnar.rows import row_of
from detainer.errors import CaseError
from detainer.library import Law, library_at
from detainer.sql.dialects import DIALECTS
from detainer.sql.rows import CALENDAR
from detainer.sql.select import CASES, Select

from databases import (
    ClickHouse,
    Database,
    DataFusion,
    DuckDB,
    MariaDB,
    Postgres,
    Row,
    Spark,
    SQLite,
)
from random_cases import random_cases, random_row, sound, spoiled, tables_of, tables_of_rows

SLOW = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
FORMS = [(name, lists) for name, each in DIALECTS.items() for lists in each.lists]


# -- what is asked, and what is right ------------------------------------------------------------------------------------------


def shipped() -> Iterator[Law]:
    """Every stretch of the law of every place that has a local time."""
    for place in library_at().places:
        laws = library_at().history(place)
        yield from laws if laws[0].timezone else ()


LAWS = list(shipped())


def select_of(law: Law) -> Select:
    """A law asked of its first year and some days, or of its last where it never began."""
    first = law.since or (law.until or date(2014, 1, 1)) - timedelta(days=300)
    return Select(law, first, first + timedelta(days=400))


@cache
def asked(number: int, count: int) -> tuple[Select, list[Case], list[Decision]]:
    """One of `LAWS`, cases, and what is decided of them."""
    select = select_of(LAWS[number])
    cases = random_cases(random.Random(number), select.law, select.first, select.last, count)
    return select, cases, [decide(case, engine="direct") for case in cases]


def told(moment: datetime | None) -> str | None:
    return moment and moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def agreed(found: Sequence[Row], cases: Sequence[Case], decisions: Sequence[Decision]) -> int:
    """That every row is what `direct` says, or no more than it; how many were exact."""
    exact = 0
    assert sorted(int(row["id"]) for row in found) == list(range(len(cases)))
    for row in found:
        case, decision = cases[int(row["id"])], decisions[int(row["id"])]
        assert row["problem"] is None, (row, case)
        if decision.resolution.bounded:
            continue  # `direct` gave up, and three-valued logic may still know
        if row["exact"]:
            exact += 1
            want = {
                "outcome": decision.outcome,
                "hold_until": told(decision.hold_until),
                "ended_by": decision.ended_by,
                "limit_ends": told(decision.limit_ends),
                "ruling": decision.ruling.id,
                "settled": decision.settled,
            }
            assert {name: row[name] for name in want} == want, case
        elif row["outcome"] == "hold":
            assert (decision.outcome, decision.settled, row["settled"]) == ("hold", True, True), (row, case)
        else:
            assert decision.settled or not row["settled"], (row, case)
    return exact


def answers(database: Database, select: Select, cases: Sequence[Case], lists: Any) -> list[Row]:
    """What a database says of cases, in tables that it is told how to make."""
    dialect = DIALECTS[database.dialect]
    tables = tables_of(cases, select, dialect, lists)
    return database.ask(select.ddl(dialect, lists), tables, select.sql(dialect, lists))


# -- shipped law, on every database --------------------------------------------------------------------------------------------

EVERY: Any = {"duckdb": DuckDB, "datafusion": DataFusion, "sqlite": SQLite, "postgres": Postgres, "mariadb": MariaDB}


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in EVERY])
def test_a_database_says_what_direct_says_of_all_shipped_law(name: str) -> None:
    """Its ways to hold lists take turns."""
    total = exact = 0
    ways = DIALECTS[name].lists
    with EVERY[name]() as database:
        for number in range(len(LAWS)):
            select, cases, decisions = asked(number, 16)
            exact += agreed(answers(database, select, cases, ways[number % len(ways)]), cases, decisions)
            total += len(cases)
    assert total > 1000
    assert exact > total // 3


SOME = [number for number, law in enumerate(LAWS) if (law.place, law.since) in (
    ("us/wa/king", date(2013, 12, 20)), ("us/or/clackamas", date(2014, 4, 11)), ("us/wa/clark", date(2014, 8, 1)),
)]  # fmt: skip
"""For those that take seconds to read a query: laws that look back, that ask of convictions, that ask of a list of words."""


@pytest.mark.xdist_group("clickhouse")
@pytest.mark.parametrize("lists", DIALECTS["clickhouse"].lists)
def test_clickhouse_says_what_direct_says(lists: Any) -> None:
    with ClickHouse() as database:
        for number in SOME:
            select, cases, decisions = asked(number, 400)
            assert agreed(answers(database, select, cases, lists), cases, decisions) > 100


@pytest.mark.xdist_group("spark")
@pytest.mark.parametrize(("ansi", "lists"), [(True, "arrays"), (False, "arrays"), (False, "tables")])
def test_spark_says_what_direct_says(spark: Any, ansi: bool, lists: Any) -> None:
    for number in SOME[:2]:
        select, cases, decisions = asked(number, 400)
        assert agreed(answers(Spark(spark, ansi=ansi), select, cases, lists), cases, decisions) > 100


# -- generated law -------------------------------------------------------------------------------------------------------------


def plain(case: Case) -> bool:
    """Whether its moments are local times in whole seconds without an offset, and its days are days: what a typed table holds."""
    row = row_of(case)
    return all(row[name] is None or len(row[name]) == 19 for name in MOMENTS) and all(
        row[name] is None or len(row[name]) == 10 for name in moments()
    )


@SLOW
@given(testing.libraries(), st.sampled_from([DuckDB, SQLite]), st.data())
def test_generated_law_is_what_direct_says(library: Library, kind: Any, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([each for each in library.places if library.history(each)[0].timezone]))
    law = data.draw(st.sampled_from(library.history(place)))
    cases: list[Case] = []
    for case in data.draw(st.lists(testing.cases(library=library), min_size=15, max_size=25)):
        with suppress(CaseError):
            each = case.model_copy(update={"jurisdiction": law.place})
            if law.in_force(decide(each, engine="direct", library=library).law_as_of) and plain(each):
                cases.append(each)
    if cases:
        days = [moment.date() for case in cases for moment in (case.release_at, case.asked_at) if moment]
        lists = data.draw(st.sampled_from(DIALECTS[kind.dialect].lists))
        found = answers(kind(), Select(law, min(days), max(days)), cases, lists)
        agreed(found, cases, [decide(case, engine="direct", library=library) for case in cases])


# -- rows that cannot be -------------------------------------------------------------------------------------------------------

KING = Select(library_at().law("us/wa/king", date(2014, 3, 3)), date(2014, 1, 1), date(2014, 12, 31))
HELD = {
    "jurisdiction": "us/wa/king", "release_at": "2014-09-12T10:00", "detainer": {"form": "I-247"}, "judicial_warrant": None,
    "person": {"date_of_birth": "1980-02-03"},
    "convictions": [{"offense": "homicide", "convicted_on": "1999-05-06", "shown_in_writing": True}],
}  # fmt: skip
WRONG: list[tuple[Row, str]] = [
    ({"release_at": None}, "release_at"),
    ({"release_at": datetime(2014, 3, 9, 2, 30)}, "release_at"),  # the clocks skip it
    ({"release_at": datetime(2014, 11, 2, 1, 30)}, "release_at"),  # it comes twice
    ({"release_at": datetime(2015, 1, 1)}, "release_at"),  # not of the calendar
    ({"release_at": datetime(2014, 9, 15)}, "release_at"),  # under another law
    ({"asked_at": datetime(2014, 9, 12, 9)}, "asked_at"),
    ({"asked_at": datetime(2014, 9, 15)}, "asked_at"),
    ({"detainer_form": "I-248"}, "detainer_form"),
    ({"detainer": False}, "detainer"),
    ({"person_age": 40}, "person_age"),
    ({"person_age": 131, "person_date_of_birth": None}, "person_age"),
    ({"person_date_of_birth": date(2014, 9, 13)}, "person_date_of_birth"),
    ({"person_date_of_birth": date(1899, 12, 31)}, "person_date_of_birth"),
    ({"convictions": [{"offense": "sorcery"}]}, "convictions"),
    ({"convictions": [{"convicted_on": date(2014, 9, 13)}]}, "convictions"),
    ({"convictions": [{"convicted_on": date(2014, 3, 2), "released_on": date(2014, 3, 1)}]}, "convictions"),
    ({"convictions": [{"released_on": date(2014, 3, 1), "has_released_on": False}]}, "convictions"),
]


@pytest.mark.parametrize(("kind", "lists"), [(DuckDB, "arrays"), (DuckDB, "tables"), (SQLite, "tables")])
def test_a_row_that_cannot_be_is_not_decided(kind: Any, lists: Any) -> None:
    dialect = DIALECTS[kind.dialect]
    tables = tables_of([Case.model_validate(HELD)] * (len(WRONG) + 1), KING, dialect, lists)
    names = [each.name for each in KING.read.lists[0].facts]
    for (wrong, _), row in zip(WRONG, tables["cases"], strict=False):
        entries = wrong.get("convictions")
        if entries and lists == "tables":
            tables["convictions"] = [each for each in tables["convictions"] if each["case_id"] != row["id"]]
            tables["convictions"] += [{"case_id": row["id"], **dict.fromkeys(names), **each} for each in entries]
        row.update(wrong if lists == "arrays" else {name: wrong[name] for name in wrong if name != "convictions"})
    found = {row["id"]: row for row in kind().ask(KING.ddl(dialect, lists), tables, KING.sql(dialect, lists))}
    for number, (_, column) in enumerate(WRONG):
        row = found[str(number)]
        assert row["problem"] == column, (WRONG[number], row)
        assert {row[name] for name in row if name not in ("id", "release_at", "problem")} == {None}
    assert found[str(len(WRONG))]["outcome"] == "hold"


@pytest.mark.parametrize("number", SOME)
@pytest.mark.parametrize(("kind", "lists"), [(DuckDB, "arrays"), (SQLite, "tables")])
def test_what_is_refused_of_one_case_is_refused_of_every_row(kind: Any, lists: Any, number: int) -> None:
    select, choose, dialect = select_of(LAWS[number]), random.Random(number), DIALECTS[kind.dialect]
    columns = [*select.read.facts, *(each.column for each in select.read.lists)]
    asked_of = {*select.read.columns(arrays=True, nullable=True), "jurisdiction"}
    rows: list[Row] = []
    for _ in range(500):
        row = spoiled(choose, random_row(choose, select.law, select.first, select.last), columns)
        row = {name: value if name in asked_of else None for name, value in row.items()}
        for each in select.read.lists:
            if each.facts and row[each.name]:  # of an entry, too, what is not read is not there
                facts = {fact.name for fact in each.facts}
                row[each.name] = [
                    {name: one[name] if name in facts else None for name in one} for one in row[each.name]
                ]
        rows.append(row)
    tables = tables_of_rows(rows, select, dialect, lists)
    found = kind().ask(select.ddl(dialect, lists), tables, select.sql(dialect, lists))
    refused = 0
    for row in found:
        given = rows[int(row["id"])]
        assert (row["problem"] is None) == (sound(given, select.law, select.first, select.last) is not None), (
            row,
            given,
        )
        refused += row["problem"] is not None
    assert 100 < refused < 400


UNTYPED: list[tuple[Row, str]] = [
    ({"release_at": "2014-02-30 10:00"}, "release_at"),
    ({"release_at": "2014-03-03"}, "release_at"),
    ({"release_at": "2014-03-03T10:00-08:00"}, "release_at"),
    ({"asked_at": "soon"}, "asked_at"),
    ({"person_date_of_birth": "3/2/1980"}, "person_date_of_birth"),
    ({"person_date_of_birth": "1980-02-30"}, "person_date_of_birth"),
    ({"person_date_of_birth": None, "person_age": 17.5}, "person_age"),
    ({"detainer_served": 2}, "detainer_served"),
    ({"detainer_served": "yes"}, "detainer_served"),
]


def test_where_a_column_holds_anything_what_is_not_of_its_type_is_refused() -> None:
    sqlite = DIALECTS["sqlite"]
    tables = tables_of([Case.model_validate(HELD)] * (len(UNTYPED) + 1), KING, sqlite, "tables")
    for (wrong, _), row in zip(UNTYPED, tables["cases"], strict=False):
        row.update(wrong)
    tables["cases"][-1]["release_at"] = "2014-09-12T10:00"  # as scenarios have it
    found = SQLite().ask(KING.ddl(sqlite, "tables"), tables, KING.sql(sqlite, "tables"))
    assert [row["problem"] for row in sorted(found, key=lambda row: int(row["id"]))] == [
        *(each for _, each in UNTYPED),
        None,
    ]


@pytest.mark.parametrize("lists", ["arrays", "tables"])
def test_lists_of_cases_that_share_an_id_are_not_mixed(lists: Any) -> None:
    dialect = DIALECTS["duckdb"]
    tables = tables_of([Case.model_validate(HELD)] * 3, KING, dialect, lists)
    ddl = [each.replace(" PRIMARY KEY", "") for each in KING.ddl(dialect, lists)]
    for row in (tables["cases"][0], *(tables.get("convictions") or [{}])[:1]):
        row |= {name: "1" for name in ("id", "case_id") if name in row}
    found = DuckDB().ask(ddl, tables, KING.sql(dialect, lists))
    assert sorted((row["id"], row["problem"]) for row in found) == [("1", "id"), ("1", "id"), ("2", None)]


def test_entries_of_a_list_that_is_not_known_count_for_nothing() -> None:
    sqlite = DIALECTS["sqlite"]
    tables = tables_of([Case.model_validate(HELD)], KING, sqlite, "tables")
    tables["cases"][0]["convictions_known"] = None
    (row,) = SQLite().ask(KING.ddl(sqlite, "tables"), tables, KING.sql(sqlite, "tables"))
    assert (row["outcome"], row["settled"]) == ("release", False)


def test_a_hold_ends_with_the_law() -> None:
    """The same person: held under the ordinance of 2013, which another replaces at midnight."""
    sqlite = DIALECTS["sqlite"]
    (row,) = answers(SQLite(), KING, [Case.model_validate(HELD)], sqlite.lists[0])
    assert (row["hold_until"], row["ended_by"], row["limit_ends"]) == (
        "2014-09-15T07:00:00Z", "us/wa/king/criminal-warrant-only", "2014-09-16T17:00:00Z",
    )  # fmt: skip


# -- the text ------------------------------------------------------------------------------------------------------------------


def sql(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "detainer", "sql", "us/wa/king", "--on", "2014-03-03", *args]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment)


@pytest.mark.parametrize(("name", "lists"), FORMS)
def test_every_dialect_is_written_as_its_parser_reads_it(name: str, lists: Any) -> None:
    dialect = DIALECTS[name]
    text = KING.sql(dialect, lists, "jail.releases")
    if dialect.name == "mariadb":
        text = text.replace("VALUES\n(", "VALUES\nROW(").replace(
            ",\n(", ",\nROW("
        )  # as MySQL has it, whose parser it is
    tree = sqlglot.parse_one(text, dialect=dialect.writes)
    tables = {(table.db, table.name) for table in tree.find_all(sqlglot.exp.Table)}
    assert {("jail", "releases"), ("", CALENDAR)} <= tables
    assert (("jail", "convictions") in tables) == (lists == "tables")
    assert CASES not in {table for _, table in tables}
    made = "\n".join(KING.ddl(dialect, lists, "jail.releases"))
    assert "TABLE jail.releases" in made
    assert ("TABLE jail.convictions" in made) == (lists == "tables")


def test_the_dialects_that_run_are_those_that_help_names() -> None:
    assert {name for name, each in DIALECTS.items() if each.runs} == set(re.findall(r"\b(?!and)\w+", RUN))
    assert {name for name, each in DIALECTS.items() if not each.runs} == set(re.findall(r"\b(?!and)\w+", PRINTED))
    assert {*EVERY, "clickhouse", "spark"} == {name for name, each in DIALECTS.items() if each.runs}


def test_the_text_hangs_on_nothing_of_the_machine_that_prints_it() -> None:
    texts = {
        sql("--dialect", "sqlite", TZ=zone, LC_ALL="C").stdout for zone in ("UTC", "America/New_York", "Asia/Tokyo")
    }
    assert len(texts) == 1
    assert "WITH law_calendar" in texts.pop()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dialect", "postgre"], "no dialect `postgre`. Did you mean `postgres`?"),
        (["--dialect", "mysql", "--lists", "arrays"], "mysql has no arrays of structs; write --lists tables"),
        (["--table", "law_facts"], "`law_facts` cannot be the name of the table"),
        (["--table", "a table; drop"], "`a table; drop` is no name of a table in duckdb"),
        (["--from", "2014-05-01", "--until", "2014-04-01"], "--until 2014-04-01 is before --from 2014-05-01"),
    ],
)
def test_what_cannot_be_printed_is_named(arguments: list[str], message: str) -> None:
    done = sql(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_ddl_and_text_name_the_same_columns() -> None:
    """What the heading says of columns that tell whether a list is known is what the tables have."""
    made, text = (sql("--dialect", "clickhouse", *more).stdout for more in (["--ddl"], []))
    assert "convictions_known Nullable(Bool)" in made
    assert "-- convictions_known: true where all of the convictions are known, NULL where they are not." in text
