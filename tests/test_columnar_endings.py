"""Deadlines in tables: row by row those of a decision, near changes of law too, and what is surely limited is."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detainer import Case, Library, decide, testing
from detainer.columnar.decider import DuckDB
from detainer.columnar.plan import Plan
from detainer.columnar.rows import row_of
from detainer.errors import CaseError
from detainer.situation import situate
from test_columnar import UNSHRUNK, agreed, decided, many

from strategies import small_library

ROOMY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
SLOW = settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), phases=UNSHRUNK)
HOMICIDE = {
    "jurisdiction": "us/wa/king",
    "detainer": {"form": "I-247"},
    "judicial_warrant": None,
    "person": {"age": 40},
    "convictions": [{"offense": "homicide", "shown_in_writing": True}],
}


@pytest.fixture(scope="module")
def shipped() -> DuckDB:
    return DuckDB(Plan())


def of(decider: DuckDB, **facts: Any) -> dict[str, Any]:
    """The row of a case of King County with a homicide conviction, decided."""
    (row,) = decided(decider, [row_of(Case.model_validate(HOMICIDE | facts))])
    return row


def test_a_change_of_law_ends_a_hold_of_a_table_too(shipped: DuckDB) -> None:
    row = of(shipped, release_at="2014-09-12T10:00")
    assert row["hold_until"].isoformat() == "2014-09-15T07:00:00+00:00"
    assert row["ended_by"] == "us/wa/king/criminal-warrant-only"
    assert row["limit_ends"].isoformat() == "2014-09-16T17:00:00+00:00"


def test_a_limit_ends_a_hold_that_a_later_law_would_end_later(shipped: DuckDB) -> None:
    row = of(shipped, release_at="2014-09-10T10:00")
    assert row["hold_until"] == row["limit_ends"]
    assert row["ended_by"] == "us/48-hour-cap"


def test_a_hold_without_a_limit_has_the_end_that_a_later_law_sets(shipped: DuckDB) -> None:
    row = of(shipped, release_at="1990-03-05T10:00")
    assert row["limit_ends"] is None
    assert row["hold_until"] == decide(Case.model_validate(HOMICIDE | {"release_at": "1990-03-05T10:00"})).hold_until
    forever = of(shipped, release_at="2013-03-05T10:00", judicial_warrant={"kind": "criminal"})
    assert (forever["outcome"], forever["hold_until"], forever["ended_by"]) == ("hold", None, None)


@SLOW
@given(st.integers(0, 2**32).map(random.Random), st.data())
def test_every_row_near_a_change_of_the_shipped_law_ends_when_its_decision_does(
    shipped: DuckDB, choose: random.Random, data: st.DataObject
) -> None:
    begins = [each for each in shipped.plan.stretches if each.first.year > 1950]
    found: list[Case] = []
    for case in many(data.draw(st.lists(testing.cases(), min_size=8, max_size=12)), choose, 150):
        stretch = choose.choice(begins)
        release = datetime.combine(stretch.first, time()) - timedelta(minutes=choose.randint(1, 9 * 24 * 60))
        asked = release + timedelta(minutes=choose.choice([0, 0, 60, 24 * 60, 48 * 60]))
        fields = {"jurisdiction": stretch.law.place, "release_at": release, "asked_at": asked}
        with suppress(CaseError):
            near = Case.model_validate(case.to_dict() | fields)
            situate(near, stretch.law.where)
            found.append(near)
    agreed(shipped, found)


OF_THE_DAY = """
  - {id: may, authority: a, effect: permits, when: detainer, because: it may}
  - {id: a-month, authority: a, effect: limits, hours: 720, because: a month}
  - {id: no, authority: a, effect: prohibits, when: 'CONDITION', because: it may not}
"""


@pytest.mark.parametrize(
    "condition",
    [
        "age_on(asked_at) >= 18",
        "any(c.released_on < asked_at for c in convictions)",
        'any(c.convicted_on >= "2014-06-20" and c.offense == "drug" for c in convictions)',
    ],
)
def test_where_a_test_turns_while_time_goes_on_each_row_ends_when_it_does(
    condition: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    library = small_library(tmp_path_factory.mktemp("rules"), OF_THE_DAY.replace("CONDITION", condition))
    release = datetime(2014, 6, 2, 10)
    cases = [
        Case.model_validate(
            {
                "jurisdiction": "us",
                "release_at": release + timedelta(hours=17 * number),
                "detainer": {},
                "person": {"date_of_birth": f"1996-06-{1 + number % 29:02}"},
                "convictions": [{"released_on": "2014-06-02" if number % 3 else None, "offense": "homicide"}],
            }
        )
        for number in range(40)
    ]
    agreed(DuckDB(Plan(library)), [*cases, *cases])


@ROOMY
@given(testing.libraries(), st.data())
def test_a_hold_that_is_surely_limited_is(library: Library, data: st.DataObject) -> None:
    """Under law of which that is said, with other law to come, every hold has the end of a limit, or none for ever."""
    decision = decide(data.draw(testing.cases(library=library)), engine="direct", library=library)
    if decision.outcome == "hold" and decision.law.after and decision.law not in Plan(library).lasting:
        assert decision.limit_ends is not None or decision.hold_until is None
