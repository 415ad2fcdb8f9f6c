"""Rows that the law cannot tell apart are of one kind: few kinds of many rows, and no row of another's kind by mistake."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detainer import Case, Library, clock, testing
from detainer.columnar.alike import NOTHING
from detainer.columnar.decider import DuckDB
from detainer.columnar.plan import Plan
from detainer.columnar.rows import row_of
from detainer.errors import CaseError
from detainer.situation import situate
from test_columnar import UNSHRUNK, agreed, decided, many

OF_DAYS = {
    "us": ['judicial_warrant.kind == "criminal"'],
    "us/aa": [
        "age_on(release_at) >= 18 and not age_on(asked_at) == 21",
        'any(c.offense == "violent" and within_years(c.latest, 5) and c.shown_in_writing for c in convictions)',
    ],
    "us/bb": [
        'detainer.issued_at < judicial_warrant.issued_at or detainer.issued_at >= "2014-03-01"',
        'any(c.convicted_on > "2013-06-01" and c.released_on < "2014-06-01" for c in convictions)',
        "count(c.released_on == c.convicted_on for c in convictions) >= 2",
    ],
    "us/cc": [
        "any(c.convicted_on > detainer.issued_at for c in convictions)",
        'any(c.offense == "drug" and detainer.served for c in charges)',
    ],
}
"""By place, what law asks that hangs on more of a row than what is known of it and what is not."""


@pytest.fixture(scope="module")
def law_of_days(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("rulesets")
    authorities = {"state": {"kind": "state_statute", "cite": "cite", "confidence": "A", "source": "made up"}}
    for place, conditions in OF_DAYS.items():
        rules: list[dict[str, Any]] = [
            {"id": f"rule-{number}", "authority": "state", "effect": effect, "because": "so", "when": condition}
            for number, (condition, effect) in enumerate(
                zip(conditions, ("permits", "prohibits", "permits"), strict=False)
            )
        ]
        ruleset: dict[str, Any] = {"jurisdiction": place, "name": place, "authorities": authorities, "rules": rules}
        if place == "us":
            rules.append({"id": "nothing", "authority": "state", "effect": "default", "because": "nothing permits it"})
            ruleset |= {"timezone": "America/Los_Angeles", "holidays": "US"}
        file = folder / f"{place}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(ruleset))
    return Library(folder)


def less_known(case: Case, choose: random.Random) -> Case:
    """The case with some facts of it unknown."""
    fields = case.to_dict()
    for part in [each for each in fields.values() if isinstance(each, dict | list)]:
        for facts in [part] if isinstance(part, dict) else part:
            for name in [name for name in facts if choose.random() < 0.3]:
                del facts[name]
    return Case.model_validate(fields)


def on_other_days(case: Case, choose: random.Random) -> Case:
    """The case so many days later or earlier, all its days with it or only those of release and of asking."""
    by = timedelta(days=choose.choice([1, 2, 3, 7, 30, 365, 366, -1, -365, choose.randint(-2000, 2000)]))
    fields = case.to_dict()
    for name in {"release_at", "asked_at"} & set(fields):
        fields[name] = (datetime.fromisoformat(str(fields[name])) + by).isoformat()
    if choose.random() < 0.5:
        for part in [each for each in fields.values() if isinstance(each, dict | list)]:
            for facts in [part] if isinstance(part, dict) else part:
                for name in [name for name in facts if name.endswith(("_on", "_at")) and facts[name]]:
                    facts[name] = (date.fromisoformat(str(facts[name])[:10]) + by).isoformat()
    return Case.model_validate(fields)


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), phases=UNSHRUNK)
@given(st.integers(0, 2**32).map(random.Random), st.data())
def test_no_row_is_of_the_kind_of_another_by_mistake(
    law_of_days: Library, choose: random.Random, data: st.DataObject
) -> None:
    cases = data.draw(st.lists(testing.cases(library=law_of_days), min_size=10, max_size=20))
    found = many(cases, choose, 100)
    for case in list(found):
        for change in (less_known, on_other_days):
            with suppress(CaseError, ValueError):
                case = change(case, choose)
                situate(case, clock.zone("America/Los_Angeles"))
                found.append(case)
    agreed(DuckDB(Plan(law_of_days)), found)


def kinds_of(decider: DuckDB, cases: list[dict[str, Any]]) -> int:
    """How many kinds cases of King County are of, in which an open test compares days or an entry is half known."""
    decided(decider, [row_of(Case.model_validate({"jurisdiction": "us/wa/king"} | case)) for case in cases])
    return len({key for key in decider._known if key[-1] != NOTHING})


@pytest.mark.parametrize(
    "known",
    [
        {"detainer": {"form": "I-247"}},
        {"detainer": {"form": "I-247"}, "person": {"age": 30}},
        {"detainer": {"form": "I-247"}, "convictions": [{"offense": "violent"}, {"offense": "homicide"}]},
        {"detainer": {"form": "I-247"}, "convictions": [{"offense": "violent", "convicted_on": "2001-05-06"}]},
    ],
)
def test_the_day_of_release_tells_no_rows_apart_where_no_line_is_near(known: dict[str, Any]) -> None:
    start = datetime(2014, 1, 6, 7)
    moments = (start + timedelta(minutes=999 * number) for number in range(120))  # the law changes in April
    assert 1 <= kinds_of(DuckDB(Plan()), [{"release_at": moment, **known} for moment in moments]) <= 4


def test_the_day_of_a_conviction_tells_rows_apart_by_the_side_of_a_line_and_how_near_it_is() -> None:
    days = [date(2014, 3, 3) - timedelta(days=8 * 365 + 7 * number) for number in range(400)]
    entry = {"offense": "violent", "shown_in_writing": True}
    cases = [
        {
            "release_at": "2014-03-03T10:00",
            "detainer": {"form": "I-247"},
            "convictions": [entry | {"convicted_on": day}],
        }
        for day in days
    ]
    assert 2 <= kinds_of(DuckDB(Plan()), cases) <= 6
