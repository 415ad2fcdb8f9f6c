"""Facts keep their state: every way of writing them reads back, a copy is checked, and what is wrong is said as of a file."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from detainer import (
    UNKNOWN,
    Booking,
    Case,
    CaseError,
    Charge,
    Conviction,
    Custody,
    CustodyScenario,
    Detainer,
    Event,
    EventError,
    JudicialWarrant,
    Person,
    Scenario,
    decide,
)
from detainer.case import parse_moment
from detainer.expectations import Expect, ExpectCustody
from detainer.scenarios import entries, run_entry
from detainer.stated import Facts
from detainer.testing import cases, custodies
from detainer.yamlfile import Source

KING = {"jurisdiction": "us/wa/king", "release_at": "2014-03-03T10:00"}

OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "exclude_none": st.booleans(),
        "exclude_defaults": st.booleans(),
        "exclude_unset": st.booleans(),
        "by_alias": st.booleans(),
        "round_trip": st.booleans(),
        "serialize_as_any": st.booleans(),
        "warnings": st.just("error"),
    },
)
"""Ways of writing a model that leave nothing out on purpose."""

EXPECTATIONS = [
    None,
    {"outcome": "hold", "hold_until": None, "open_questions": []},
    {"hold_until": "2014-03-05T10:00-08:00"},
]


def _written(facts: Facts, options: dict[str, Any]) -> list[Any]:
    """Everything that a model can be written as, as it is read again."""
    adapter: TypeAdapter[Any] = TypeAdapter(type(facts))
    return [
        facts.model_dump(**options),
        facts.model_dump(mode="json", **options),
        json.loads(facts.model_dump_json(**options)),
        adapter.dump_python(facts, **options),
        json.loads(adapter.dump_json(facts, **options)),
        facts.to_dict(),
        json.loads(json.dumps(facts.to_dict())),
        yaml.safe_load(yaml.safe_dump(facts.to_dict())),
    ]


def _reads_back(facts: Facts, options: dict[str, Any]) -> None:
    model = type(facts)
    for data in _written(facts, options):
        assert "unknown" not in repr(data).lower()
        again = model.model_validate(data)
        assert again == facts
        assert (TypeAdapter(model).validate_python(data), model(**data)) == (facts, facts)
    assert pickle.loads(pickle.dumps(facts)) == copy.deepcopy(facts) == facts.model_copy() == facts.but() == facts


@given(cases(), OPTIONS, st.sampled_from(EXPECTATIONS))
@settings(max_examples=150, deadline=None)
def test_every_way_of_writing_a_case_reads_back(case: Case, options: dict[str, Any], expect: Any) -> None:
    _reads_back(case, options)
    scenario = Scenario.model_validate({**case.to_dict(), "id": "one", "note": "A note.", "expect": expect})
    _reads_back(scenario, options)
    (entry,) = entries(Source(yaml.safe_dump({"scenarios": [scenario.to_dict()]}), "x.yaml"))
    assert entry.scenario == scenario


@given(custodies(), OPTIONS)
@settings(max_examples=75, deadline=None)
def test_every_way_of_writing_a_custody_reads_back(
    custody: tuple[Booking, list[Event]], options: dict[str, Any]
) -> None:
    booking, events = custody
    for each in (booking, *events):
        _reads_back(each, options)
    expect = {"intervals": [{"status": "in_custody", "until": None}], "unlawful_hours": 2.5}
    data = {**booking.to_dict(), "id": "one", "events": [each.to_dict() for each in events], "expect": expect}
    _reads_back(CustodyScenario.model_validate(data), options)


STATES: list[tuple[type[Facts], dict[str, Any], dict[str, Any]]] = [
    (Case, KING, {"judicial_warrant": UNKNOWN, "detainer": None, "convictions": (), "charges": UNKNOWN}),
    (Case, KING, {"detainer": Detainer(form=UNKNOWN, served=False, probable_cause=[]), "person": UNKNOWN}),
    (
        Case,
        KING,
        {"convictions": [Conviction(offense="drug", class_="felony", released_on=None), {"offense": UNKNOWN}]},
    ),
    (Case, KING, {"charges": [Charge(ncic="1201"), {"ncic": UNKNOWN, "offense": "drug"}], "asked_at": None}),
    (Case, KING, {"asked_at": "2014-03-03T24:00", "detainer": {"issued_at": "2014-03-01T24:00"}}),
    (Case, KING, {"asked_at": datetime(2014, 3, 4, 10, 0, 1, 500, ZoneInfo("America/Los_Angeles"))}),
    (Booking, {"jurisdiction": "us"}, {"judicial_warrant": JudicialWarrant(issued_at=date(2014, 1, 2))}),
    (Person, {}, {"age": UNKNOWN, "date_of_birth": "1980-02-03", "proof_of_lawful_status": False}),
    (Expect, {}, {"hold_until": None, "settled": UNKNOWN}),
    (ExpectCustody, {}, {"intervals": (), "ruling": UNKNOWN}),
    (Event, {"at": "2014-03-03T10:00", "event": "conviction"}, {"conviction": Conviction(released_on=None)}),
]


@pytest.mark.parametrize(("model", "needed", "facts"), STATES)
@pytest.mark.parametrize("options", [{}, {"exclude_none": True}, {"exclude_unset": True, "by_alias": False}])
def test_each_state_of_a_fact_stays_what_it_is(
    model: type[Facts], needed: dict[str, Any], facts: dict[str, Any], options: dict[str, Any]
) -> None:
    made = model(**needed, **facts)
    assert made == model(**needed).but(**facts) == model.model_validate(needed | facts)
    assert made == model(**needed).model_copy(update=facts) == TypeAdapter(model).validate_python(needed | facts)
    _reads_back(made, options)
    for name, value in facts.items():
        if value is UNKNOWN and name != "person":
            assert getattr(made, name) is UNKNOWN
        elif value is None:
            assert getattr(made, name) is None


def test_a_part_of_a_dump_leaves_out_only_what_it_is_told_to() -> None:
    case = Case(**KING, detainer={"form": "I-247", "served": False}, judicial_warrant=None)
    assert case.model_dump(include={"judicial_warrant", "charges"}, exclude_none=True) == {"judicial_warrant": None}
    assert case.model_dump(include={"detainer": {"served", "issued_at"}}) == {"detainer": {"served": False}}
    assert "judicial_warrant" not in case.model_dump(exclude={"judicial_warrant"}, exclude_none=True)
    assert case.model_dump(exclude={"detainer": {"form"}})["detainer"] == {"served": False}


@pytest.mark.parametrize("name", ["jurisdiction", "release_at", "asked_at"])
def test_what_is_no_fact_is_not_unknown(name: str) -> None:
    with pytest.raises(CaseError, match=name):
        Case(**KING | {name: UNKNOWN})


WRONG: list[tuple[dict[str, Any], str, tuple[str | int, ...]]] = [
    (
        {"judicial_warant": None},
        "unknown field `judicial_warant`. Did you mean `judicial_warrant`?",
        ("judicial_warant",),
    ),
    ({"detainer": {"form": "I-247Z"}}, "detainer.form: found `I-247Z`, expected 'I-247'", ("detainer", "form")),
    ({"detainer": {"frm": "I-247"}}, "detainer: unknown field `frm`. Did you mean `form`?", ("detainer", "frm")),
    ({"detainer": "I-247"}, "detainer: found `I-247`, expected a mapping", ("detainer",)),
    ({"convictions": {"offense": "drug"}}, "convictions: found a mapping, expected a list", ("convictions",)),
    ({"convictions": [{"offense": "druk"}]}, "Did you mean `drug`?", ("convictions", 0, "offense")),
    ({"convictions": [{"class": "felon"}]}, "Did you mean `felony`?", ("convictions", 0, "class")),
    ({"charges": [{"ncic": "0912", "offense": "drug"}]}, "0912 is homicide, not drug", ("charges", 0)),
    ({"person": {"age": 17.5}}, "person.age: found `17.5`", ("person", "age")),
    ({"person": {"age": 17, "date_of_birth": "1990-01-01"}}, "keep the date of birth", ("person",)),
    ({"release_at": "2014-03-03"}, "add the time of day", ("release_at",)),
    ({"release_at": "2014-03-03T24:30"}, "is no time of the calendar", ("release_at",)),
    ({"release_at": datetime(1901, 1, 1, tzinfo=timezone(timedelta(seconds=-2670)))}, "whole minutes", ("release_at",)),
    ({"jurisdiction": 5}, "jurisdiction: found `5`", ("jurisdiction",)),
]


@pytest.mark.parametrize(("facts", "says", "path"), WRONG)
def test_what_is_wrong_is_said_as_of_a_file(facts: dict[str, Any], says: str, path: tuple[str | int, ...]) -> None:
    given = KING | facts
    ways = [
        lambda: Case(**given),
        lambda: Case.model_validate(given),
        lambda: Case.model_validate(MappingProxyType(given)),
        lambda: Case(**KING).but(**facts),
        lambda: Case(**KING).model_copy(update=facts),
    ]
    for way in ways:
        with pytest.raises(CaseError) as found:
            way()
        assert says in str(found.value)
        assert found.value.path == path
        assert "pydantic" not in str(found.value)
        assert str(pickle.loads(pickle.dumps(found.value))) == str(found.value)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(CaseError) as found:
        Case(release_at="tomorrow", detainer={"served": "yes"}, sex="f")
    assert [each.path for each in found.value.mistakes] == [
        ("jurisdiction",), ("detainer", "served"), ("release_at",), ("sex",),
    ]  # fmt: skip
    assert len(str(found.value).splitlines()) == 4


def test_a_file_has_the_names_of_files_only() -> None:
    text = "jurisdiction: us\nrelease_at: 2014-03-03T10:00\nid: one\ncharges: [{class_: felony}]\n"
    (entry,) = entries(Source(text, "x.yaml"))
    (problem,) = entry.problems
    assert str(problem) == "x.yaml:4:12: unknown field `class_`. Did you mean `class`?"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2014-03-01T24:00", "2014-03-02T00:00"),
        ("2014-02-28 24:00:00", "2014-03-01T00:00"),
        ("2014-12-31T24:00-08:00", "2015-01-01T00:00-08:00"),
        ("2014-12-31T24:00:00.0Z", "2015-01-01T00:00Z"),
        ("2014-03-01T24:01", None),
        ("2014-03-01T24:00:01", None),
        ("2014-03-01T25:00", None),
        ("2099-12-31T24:00", None),
    ],
)
def test_the_midnight_that_ends_a_day(written: str, read: str | None) -> None:
    if read:
        assert parse_moment(written) == parse_moment(read)
        return
    with pytest.raises(ValueError, match=r"is no time of the calendar"):
        parse_moment(written)


def test_the_question_about_a_warrant_says_which_papers_are_none() -> None:
    """Everywhere that the question or the fact is put into words."""
    root = Path(__file__).parent.parent
    for name in ("rulesets/us.yaml", "engine/detainer/case.py", "docs/scenarios.md", "docs/scenario.schema.json"):
        text = " ".join((root / name).read_text("utf-8").split())
        assert "that commands the arrest or detention of this person" in text, name
        for paper in ("he order that releases the person", "bail", "a subpoena", "a no-contact order"):
            assert paper in text, (name, paper)


BORN = {**KING, "person": {"date_of_birth": "1990-01-01"}}


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"convictions": [{"convicted_on": "1989-12-31"}]}, ("convictions", 0, "convicted_on")),
        ({"convictions": [{}, {"released_on": "1989-12-31"}]}, ("convictions", 1, "released_on")),
        ({"detainer": {"issued_at": "1989-12-31"}}, ("detainer", "issued_at")),
        ({"judicial_warrant": {"issued_at": "1989-12-31T23:59"}}, ("judicial_warrant", "issued_at")),
        ({"judicial_warrant": {"issued_at": "1990-01-01T07:59Z"}}, ("judicial_warrant", "issued_at")),
    ],
)
def test_nothing_is_dated_before_birth(facts: dict[str, Any], path: tuple[str | int, ...]) -> None:
    """Local days: 07:59 UTC is still the day before in Seattle."""
    with pytest.raises(CaseError, match="is before the date of birth, 1990-01-01; correct one of the two") as found:
        decide(BORN | facts)
    assert found.value.path == path
    text = yaml.safe_dump({"scenarios": [Case(**BORN | facts).to_dict() | {"id": "one"}]})
    (entry,) = entries(Source(text, "x.yaml"))
    (problem,) = run_entry(entry).problems
    assert "is before the date of birth" in problem.message
    custody = Custody({name: each for name, each in (BORN | facts).items() if name != "release_at"})
    with pytest.raises(EventError, match="is before the date of birth"):
        custody.feed({"at": "2014-03-01T10:00", "event": "booked"})


@pytest.mark.parametrize(
    "facts",
    [
        {"convictions": [{"convicted_on": "1990-01-01", "released_on": None}, {"released_on": "1990-01-01"}]},
        {"detainer": {"issued_at": "1990-01-01"}, "judicial_warrant": {"issued_at": "1990-01-01T08:00Z"}},
        {"convictions": [{"convicted_on": "1989-12-31"}], "person": {}},
    ],
)
def test_what_is_dated_from_the_day_of_birth_on_can_be(facts: dict[str, Any]) -> None:
    assert decide(BORN | facts)
