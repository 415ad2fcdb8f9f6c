"""The law over tables: row by row it agrees with `direct`, on generated law and cases; unknown is NULL and SQL's logic is ours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from detainer import Case, Library, decide, testing
from detainer.columnar.facts import MOMENTS, moments, schema
from detainer.columnar.plan import Plan
from detainer.columnar.rows import case_of, row_of

UNSHRUNK = [Phase.explicit, Phase.reuse, Phase.generate]  # a table of cases takes minutes to make smaller
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=UNSHRUNK)


@pytest.fixture(scope="module")
def duckdb() -> Any:
    con = ibis.duckdb.connect()
    con.raw_sql("SET TimeZone = 'UTC'")
    con.raw_sql("SET threads = 2")
    return con


def decided(con: Any, plan: Plan, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows decided on DuckDB, in their order."""
    numbered = pa.Table.from_pylist([{"row": number, **row} for number, row in enumerate(rows)], arrow_schema(rows))
    con.con.register("given", numbered)
    days = [str(row["release_at"])[:10] for row in rows]
    first, last = date.fromisoformat(min(days)), date.fromisoformat(max(days))
    table = con.to_pyarrow(plan.decided(con.table("given"), plan.calendar(first, last)))
    return sorted(table.to_pylist(), key=lambda row: row["row"])


def arrow_schema(rows: Sequence[dict[str, Any]]) -> pa.Schema:
    types = {"row": pa.int64()}
    for name, type_ in schema().items():
        moment = name in (*MOMENTS, *moments())
        types[name] = pa.string() if moment else ibis.schema({name: type_}).to_pyarrow().field(name).type
    return pa.schema(types)


def expected(case: Case, library: Library) -> dict[str, Any]:
    decision = decide(case, engine="direct", library=library)
    end = decision.hold_until
    return {
        "outcome": decision.outcome,
        "hold_until": end.astimezone(UTC).replace(tzinfo=None) if end else None,
        "ruling": decision.ruling.id,
        "authority": decision.ruling.authority.cite,
        "settled": decision.settled,
        "law_as_of": decision.law_as_of,
        "digest": decision.ruleset_digest,
    }


def check(rows: Sequence[dict[str, Any]], cases: Sequence[Case], library: Library) -> int:
    """That every row is what `direct` says; how many were exact."""
    exact = 0
    for row, case in zip(rows, cases, strict=True):
        assert row["problem"] is None, (row, case)
        want = expected(case, library)
        if decide(case, engine="direct", library=library).resolution.bounded:
            continue  # `direct` gave up, and three-valued logic may still know
        if row["exact"]:
            exact += 1
            assert {name: row[name] for name in want} == want, (row, case)
        else:
            assert None in decide(case, engine="direct", library=library).truths
            assert (row["law_as_of"], row["digest"]) == (want["law_as_of"], want["digest"])
            if row["outcome"] == "hold":
                assert (want["outcome"], want["settled"], row["settled"]) == ("hold", True, True)
            else:
                assert not row["settled"] or want["settled"]
    return exact


@SLOW
@given(testing.libraries(), st.data())
def test_every_row_agrees_with_direct(duckdb: Any, library: Library, data: st.DataObject) -> None:
    cases = data.draw(st.lists(testing.cases(library=library), min_size=20, max_size=30))
    rows = decided(duckdb, Plan(library), [row_of(case) for case in cases])
    check(rows, cases, library)


def test_a_row_is_its_case() -> None:
    @settings(max_examples=200, deadline=None)
    @given(testing.cases())
    def there_and_back(case: Case) -> None:
        assert case_of(row_of(case)) == case

    there_and_back()
