"""The law as one SELECT: it agrees with `direct` on generated law, wherever three-valued logic is exact; dialects can read it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest
import sqlglot
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from detainer import Case, Library, decide, testing
from detainer.columnar.facts import MOMENTS, moments
from detainer.columnar.rows import row_of
from detainer.columnar.select import CALENDAR, CASES, DIALECTS, Select
from detainer.errors import CaseError
from detainer.library import Law, library_at

SLOW = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


@pytest.fixture(scope="module")
def duckdb() -> Any:
    con = ibis.duckdb.connect()
    con.raw_sql("SET TimeZone = 'UTC'")
    return con


def with_place(case: Case, law: Law) -> Case:
    return case.model_copy(update={"jurisdiction": law.place})


def plain(case: Case) -> bool:
    """Whether its moments are local times without an offset, and its days are days: what a typed table holds."""
    row = row_of(case)
    return all(row[name] is None or len(row[name]) == 19 for name in MOMENTS) and all(
        row[name] is None or len(row[name]) == 10 for name in moments()
    )


def rows_of(cases: Sequence[Case], select: Select) -> pa.Table:
    schema = ibis.schema(
        {name: "timestamp" if name in MOMENTS else type_ for name, type_ in select.columns.items()}
    ).to_pyarrow()
    rows: list[dict[str, Any]] = []
    for number, case in enumerate(cases):
        row = row_of(case) | {"id": str(number)}
        rows.append({name: _value(row[name], field.type) for name, field in zip(schema.names, schema, strict=True)})
    return pa.Table.from_pylist(rows, schema)


def _value(value: Any, type_: Any) -> Any:
    if isinstance(value, str) and pa.types.is_timestamp(type_):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(value, str) and pa.types.is_date(type_) else value


def agreed(found: Sequence[dict[str, Any]], cases: Sequence[Case], library: Library) -> int:
    """That every row is what `direct` says, or no more than it; how many were exact."""
    exact = 0
    for row in found:
        case = cases[int(row["id"])]
        decision = decide(case, engine="direct", library=library)
        assert row["problem"] is None, (row, case)
        if decision.resolution.bounded:
            continue  # `direct` gave up, and three-valued logic may still know
        if row["exact"]:
            exact += 1
            until = decision.limit_ends
            want = (
                decision.outcome,
                until and until.astimezone(UTC).replace(tzinfo=None),
                decision.ruling.id,
                decision.settled,
            )
            assert (row["outcome"], row["hold_until"], row["ruling"], row["settled"]) == want, (row, case)
        elif row["outcome"] == "hold":
            assert (decision.outcome, decision.settled, row["settled"]) == ("hold", True, True)
        else:
            assert not row["settled"] or decision.settled
    return exact


@SLOW
@given(testing.libraries(), st.data())
def test_a_select_agrees_with_direct(duckdb: Any, library: Library, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([each for each in library.places if library.history(each)[0].timezone]))
    law = data.draw(st.sampled_from(library.history(place)))
    found: list[Case] = []
    for case in data.draw(st.lists(testing.cases(library=library), min_size=15, max_size=25)):
        with suppress(CaseError):
            each = with_place(case, law)
            if law.in_force(decide(each, engine="direct", library=library).law_as_of) and plain(each):
                found.append(each)
    if not found:
        return
    days = [moment.date() for case in found for moment in (case.release_at, case.asked_at) if moment]
    select = Select(law, min(days), max(days))
    calendar = ibis.memtable(select.timetable.rows(*select.days), schema=ibis.schema(select.timetable.columns))
    table = select.expression(ibis.memtable(rows_of(found, select)), calendar)
    agreed(duckdb.to_pyarrow(table).to_pylist(), found, library)


KING = ("us/wa/king", date(2014, 3, 3))


def king() -> tuple[Select, list[Case]]:
    select = Select(library_at().law(*KING), date(2014, 2, 25), date(2014, 3, 14))
    facts: dict[str, Any] = {"jurisdiction": KING[0], "judicial_warrant": None}
    homicide = {"offense": "homicide", "convicted_on": "1999-05-06", "shown_in_writing": True}
    theft = {"offense": "property", "convicted_on": "2010-01-01", "released_on": "2011-01-01", "shown_in_writing": True}
    cases = [
        Case.model_validate(facts | {"release_at": at, "detainer": detainer, "convictions": convictions} | person)
        for at in ("2014-02-27T23:30", "2014-03-03T10:00", "2014-03-07T16:00", "2014-03-09T12:00")
        for detainer in ({"form": "I-247"}, {}, None)
        for convictions in ([homicide], [theft], [theft, {"shown_in_writing": True}], [])
        for person in ({"person": {"date_of_birth": "1980-02-03"}}, {"person": {"age": 17}}, {})
    ]
    return select, cases


def test_the_text_of_a_select_runs_on_duckdb(duckdb: Any) -> None:
    select, cases = king()
    duckdb.con.register("jail", rows_of(cases, select))
    found = duckdb.con.execute(select.sql("duckdb", "jail")).to_arrow_table().to_pylist()
    assert len(found) == len(cases)
    assert agreed(found, cases, library_at()) > len(cases) // 2
    assert {row["outcome"] for row in found} == {"hold", "release"}


def test_a_row_that_cannot_be_is_not_decided(duckdb: Any) -> None:
    select, cases = king()
    table = rows_of(cases[:1], select).to_pylist()[0]
    wrong = [
        table | {"detainer_form": "I-248"},
        table | {"release_at": table["release_at"] + timedelta(days=60)},  # not of the calendar
        table | {"asked_at": table["release_at"] + timedelta(days=60)},
        table | {"convictions": [{"offense": "sorcery"}]},
    ]
    wrong = [row | {"id": str(number)} for number, row in enumerate(wrong)]
    duckdb.con.register("jail", pa.Table.from_pylist(wrong, rows_of(cases[:1], select).schema))
    found = duckdb.con.execute(select.sql("duckdb", "jail") + " ORDER BY id").to_arrow_table().to_pylist()
    assert [row["problem"] for row in found] == ["detainer_form", "release_at", "asked_at", "convictions"]
    assert {row["outcome"] for row in found} == {None}


@pytest.mark.parametrize("dialect", [each for each in DIALECTS if each not in ("mssql", "mysql", "oracle", "sqlite")])
def test_dialects_can_read_it(dialect: str) -> None:
    text = king()[0].sql(dialect)
    tree = sqlglot.parse_one(text, dialect=dialect)
    tables = {table.name for table in tree.find_all(sqlglot.exp.Table)}
    assert {CASES, CALENDAR} <= tables


def test_what_a_dialect_cannot_say_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "detainer", "sql", *("us/wa/king", "--on", "2014-03-03", "--dialect", "mysql")],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "this law cannot be said in the SQL of mysql" in done.stderr
