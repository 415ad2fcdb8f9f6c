"""What a program may hand over: a mapping for a case, text for a day or a path; and what it hears where that is wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
import typing
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detainer import (
    UNKNOWN,
    Authority,
    Booking,
    Case,
    CaseError,
    Charge,
    Constraint,
    Conviction,
    Custody,
    CustodyScenario,
    Detainer,
    DetainerError,
    Event,
    Interview,
    JudicialWarrant,
    Library,
    Person,
    Rule,
    Ruleset,
    Scenario,
    decide,
    explain,
    follow,
    law_in_force,
    load_constraints,
    load_custodies,
    load_scenarios,
    prove,
    what_if,
    why_not,
)
from detainer import given as inputs
from detainer.testing import assert_constraint, cases
from detainer.vocabulary import shipped_rulesets

from conftest import ROOT

FACTS: dict[str, Any] = {
    "jurisdiction": "us/wa/king",
    "release_at": "2014-03-03T10:00",
    "detainer": {"form": "I-247"},
    "judicial_warrant": None,
    "person": {"date_of_birth": date(1980, 2, 3)},
    "convictions": [{"offense": "homicide", "convicted_on": "1999-05-06", "shown_in_writing": True}],
}
BOOKING = {"jurisdiction": "us/or/clackamas", "detainer": None, "judicial_warrant": UNKNOWN}
EVENTS = [{"at": "2012-03-14T12:00", "event": "booked"}, {"at": "2012-03-29T12:00", "event": "release_due"}]


def test_a_mapping_may_be_a_case() -> None:
    case = Case(**FACTS)
    decision = decide(FACTS)
    assert decision.case == case
    assert decision.to_dict() == decide(case).to_dict()
    assert str(explain(FACTS).text()) == str(explain(case).text()) == str(explain(decision).text())
    assert str(why_not(FACTS, "release")) == str(why_not(case, "release"))
    assert str(what_if(FACTS, on="2014-09-15")) == str(what_if(case, on=date(2014, 9, 15)))
    assert Interview(FACTS).fields == Interview(case).fields == Interview(Scenario(id="x", note="n", **FACTS)).fields
    assert Interview(FACTS).decision.to_dict() == decision.to_dict()
    assert_constraint("no-hold-without-authority", FACTS)


def test_a_mapping_may_be_a_booking() -> None:
    custody = Custody(BOOKING)
    custody.feed(*EVENTS)
    same = Custody(Booking(**BOOKING))
    same.feed(*(Event(**each) for each in EVENTS))
    assert custody.to_json() == same.to_json() == Custody.from_json(same.to_json()).to_json()
    scenario = {**BOOKING, "id": "one", "events": EVENTS}
    assert follow(scenario).to_json() == follow(CustodyScenario(**scenario)).to_json() == custody.to_json()


def test_days_and_paths_may_be_text(tmp_path: Path) -> None:
    day = date(2014, 9, 15)
    law = law_in_force("us/wa/king", "2014-09-15")
    assert law is law_in_force("us/wa/king", day)
    assert law.in_force("2014-09-15") and law.in_force(day) and not law.in_force("2014-09-14")
    root = shipped_rulesets()
    assert Library(str(root)).law("us/wa/king", "2014-09-15").digest == Library(root).law("us/wa/king", day).digest
    claim = root / "claims/dhs-2017-03-20"
    assert Library().with_claim(str(claim)).overlays == Library().with_claim(claim).overlays == (claim,)
    assert Library(str(root), [str(claim)]).overlays == (claim,)
    folder = ROOT / "scenarios"
    assert load_scenarios(str(folder / "king")) == load_scenarios(folder / "king")
    assert load_custodies(str(folder / "custody")) == load_custodies(folder / "custody")
    file = root / "constraints.yaml"
    assert [each.id for each in load_constraints(str(file))] == [each.id for each in load_constraints(file)]


WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: decide(typing.cast("Any", None)), "found null, expected a `Case` or a mapping of its facts"),
    (lambda: decide(typing.cast("Any", "us/wa/king")), "found `us/wa/king`, expected a `Case`"),
    (lambda: decide(typing.cast("Any", Booking(jurisdiction="us/wa/king"))), "expected a `Case`"),
    (lambda: decide(FACTS | {"judicial_warant": None}), "Did you mean `judicial_warrant`?"),
    (lambda: decide(FACTS, engine=typing.cast("Any", "ret")), "Did you mean `rete`?"),
    (lambda: decide(FACTS, engine=typing.cast("Any", 5)), "no engine `5`"),
    (lambda: decide(FACTS, library=typing.cast("Any", "rulesets")), "make one with Library(folder)"),
    (lambda: explain(typing.cast("Any", 5)), "found `5`, expected a `Case`"),
    (lambda: explain({}), "the field `jurisdiction` is missing"),
    (lambda: why_not(FACTS, typing.cast("Any", "foo")), "outcome: found `foo`, expected `hold` or `release`"),
    (lambda: why_not(FACTS, typing.cast("Any", "holt")), "Did you mean `hold`?"),
    (lambda: why_not(FACTS, typing.cast("Any", None)), "outcome: found `None`"),
    (lambda: why_not(typing.cast("Any", []), "hold"), "found a list, expected a `Case`"),
    (lambda: what_if(FACTS, on="2014-13-01"), "on: `2014-13-01` is no day of the calendar"),
    (lambda: what_if(FACTS, on="1 September"), "on: found `1 September`, expected a day such as 2014-03-01"),
    (lambda: what_if(FACTS, on=typing.cast("Any", 5)), "on: found `5`"),
    (lambda: what_if(FACTS, on=datetime(2014, 9, 15, 10)), "on: found `2014-09-15 10:00:00`, expected a day"),
    (lambda: what_if(FACTS, on="2150-01-01"), "the year must lie between"),
    (lambda: what_if(FACTS, place="us/wa/kign"), "Did you mean `us/wa/king`?"),
    (lambda: what_if(FACTS, place=typing.cast("Any", 5)), "jurisdiction: found `5`, expected a string"),
    (lambda: law_in_force("us/wa/king", "soon"), "day: found `soon`"),
    (lambda: law_in_force("us/wa/king", typing.cast("Any", None)), "day: found `None`"),
    (lambda: law_in_force(typing.cast("Any", None), "2014-09-15"), "write a place as us/or/clackamas"),
    (lambda: law_in_force("us/wa/king", "2014-09-15").in_force("x"), "day: found `x`"),
    (lambda: Custody(FACTS), "unknown field `release_at`"),
    (lambda: Custody(Case(**FACTS)), "release_at: is no fact of a booking"),
    (lambda: Custody(typing.cast("Any", 5)), "found `5`, expected a `Booking`"),
    (lambda: Custody(BOOKING).feed({"at": "2012-03-14T12:00", "event": "bookt"}), "Did you mean `booked`?"),
    (lambda: Custody(BOOKING).feed(typing.cast("Any", "booked")), "found `booked`, expected a `Event`"),
    (lambda: Custody.from_json("[]"), "no saved custody"),
    (lambda: Custody.from_json('{"booking": {"jurisdictoin": "us"}}'), "Did you mean `jurisdiction`?"),
    (lambda: follow({**BOOKING, "id": "one", "events": []}), "there is no event"),
    (lambda: Interview({"jurisdiction": "us/wa/king"}), "the field `release_at` is missing"),
    (lambda: Interview({**FACTS, "detainer": UNKNOWN}).answer("perhaps"), "expected yes or no"),
    (lambda: Interview({**FACTS, "detainer": UNKNOWN}).answer(typing.cast("Any", 5)), "expected yes or no"),
    (lambda: Interview(FACTS).answer("yes"), "nothing is asked any more"),
    (lambda: load_scenarios("no/such/file.yaml"), "no such file or folder"),
    (lambda: assert_constraint("warrant-never-freez", FACTS), "Did you mean `warrant-never-frees`?"),
    (lambda: load_scenarios(typing.cast("Any", 5)), "path: found a `int`"),
    (lambda: load_constraints(typing.cast("Any", b"x")), "path: found a `bytes`"),
    (lambda: Library(typing.cast("Any", 5)), "root: found a `int`"),
    (lambda: Library().with_claim(typing.cast("Any", None)), "name: found a `None`"),
    (lambda: prove(typing.cast("Any", 5), load_constraints()[0]), "law_in_force(place, day) gives one"),
    (lambda: prove(law_in_force("us", "2014-09-15"), typing.cast("Any", "x")), "load_constraints() gives them"),
    (lambda: decide(FACTS | {"jurisdiction": "us/\ud800"}), r"found `us/\ud800`, expected text that UTF-8 can hold"),
    (lambda: decide(FACTS | {"convictions": [{"offense": "\ud800"}]}), "convictions: found `\\ud800`"),
    (lambda: decide(FACTS | {"\ud800": 1}), r"found `\ud800`, expected a string"),
    (lambda: Rule.model_validate({"id": 5}), "id: found `5`, expected a string"),
    (lambda: Rule.model_validate({"doubts": [{"untill": "x"}]}), "Did you mean `until`?"),
    (lambda: Ruleset.model_validate_json('{"authorities": {"a": {"cites": ""}}}'), "Did you mean `cite`?"),
    (lambda: Authority(**typing.cast("Any", {"kind": "state_statut"})), "Did you mean `state_statute`?"),
    (lambda: Constraint(**typing.cast("Any", {"sentense": ""})), "Did you mean `sentence`?"),
    (lambda: setattr(Case(**FACTS), "person", None), "`person` cannot be changed; make a copy"),
    (lambda: delattr(Case(**FACTS).detainer, "form"), "`form` cannot be changed; make a copy"),
    (lambda: setattr(law_in_force("us", "2014-09-15").rules[0].rule, "id", "x"), "`id` cannot be changed"),
    (lambda: decide(FACTS | {"person": {"age": 17.5}}), "person.age: found `17.5`, expected a whole number"),
    (lambda: assert_constraint("warrant-never-frees", FACTS), "speaks of 2 cases, and 1 were given"),
]


@pytest.mark.parametrize(("call", "says"), WRONG)
def test_what_is_wrong_raises_our_own_error_with_the_mend(call: Callable[[], object], says: str) -> None:
    with pytest.raises(DetainerError, match=re.escape(says)):
        call()


def _custody() -> Custody:
    custody = Custody(BOOKING)
    custody.feed(*EVENTS)
    return custody


@pytest.mark.parametrize("at", ["noon", "2012-03-30", 5, date(2012, 3, 30)])
@pytest.mark.parametrize("ask", [Custody.now, Custody.deadline, Custody.case, Custody.timeline])
def test_no_moment_is_no_answer(ask: Callable[[Custody, Any], object], at: Any) -> None:
    with pytest.raises(DetainerError, match="expected a day and time such as 2014-03-01T10:00"):
        ask(_custody(), at)


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.text(st.characters(categories=["Cs", "L"]), max_size=3),  # with halves of pairs, which UTF-8 cannot hold
    st.binary(max_size=4),
    st.dates(),
    st.datetimes(),
    st.just(UNKNOWN),
    st.just(object()),
    st.sampled_from([Detainer(), Person(), Conviction(), Charge(), JudicialWarrant()]),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.sampled_from(["form", "offense", "age", "kind", "x"]), st.text(max_size=3), max_size=2),
)


@given(cases("us/wa/king"), st.sampled_from([*Case.model_fields, "x"]), JUNK)
@settings(max_examples=300, deadline=None)
def test_junk_in_place_of_a_fact_is_decided_or_refused(case: Case, name: str, junk: Any) -> None:
    """Never with another error than ours; and what one way takes, every way takes."""
    data = case.to_dict() | {name: junk}
    try:
        made = Case.model_validate(data)
    except CaseError as error:
        assert error.mistakes and str(error)
        with pytest.raises(CaseError):
            decide(data)
        return
    assert case.but(**{name: junk}) == made
    try:
        decide(data, engine="direct")
    except DetainerError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("model", "given", "needed"),
    [
        (Detainer, inputs.DetainerFacts, ()),
        (JudicialWarrant, inputs.WarrantFacts, ()),
        (Person, inputs.PersonFacts, ()),
        (Charge, inputs.ChargeFacts, ()),
        (Conviction, inputs.ConvictionFacts, ()),
        (Booking, inputs.KnownFacts, ("jurisdiction",)),
        (Case, inputs.CaseFacts, ()),
    ],
)
def test_the_types_of_input_name_every_fact(model: type[Any], given: type[Any], needed: tuple[str, ...]) -> None:
    assert {*needed, *given.__annotations__} == set(model.model_fields)


def _examples(text: str) -> str:
    """The Python of a document: what is typed at a prompt, and blocks without one."""
    found: list[str] = []
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        lines = block.splitlines()
        if any(line.startswith(">>> ") for line in lines):
            lines = [line[4:] for line in lines if line[:4] in (">>> ", "... ")]
        found += [*lines, ""]
    return "\n".join(found)


WRONG_TYPES = """
from detainer import UNKNOWN, Case, Custody, Detainer, Library, decide, law_in_force, what_if, why_not

case = Case(jurisdiction="us", release_at="2014-03-03T10:00", person={"age": 30}, convictions=UNKNOWN)
Case(jurisdiction="us")  # wrong
Case(jurisdiction="us", release_at="2014-03-03T10:00", judicial_warant=None)  # wrong
case.but(judicial_warrant=None, detainer={"form": "I-247"}, asked_at="2014-03-03T11:00")
case.but(judicial_warant=None)  # wrong
case.but(convictions="homicide")  # wrong
Detainer(form="I-247Z")  # wrong
decide({"jurisdiction": "us", "release_at": "2014-03-03T10:00"})
decide("us")  # wrong
why_not(case, "foo")  # wrong
what_if(case, on="2014-09-15")
what_if(case, on=5)  # wrong
law_in_force("us", "2014-09-15")
Library("rulesets").law("us", "2014-09-15")
Custody({"jurisdiction": "us"}).feed({"at": "2014-03-03T10:00", "event": "booked"})
"""


def test_examples_pass_the_strict_type_checker_and_mistakes_do_not(tmp_path: Path) -> None:
    """README, every document, and lines of which those that are marked, and no others, are wrong."""
    for document in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        if example := _examples(document.read_text("utf-8")):
            (tmp_path / f"{document.stem}.py").write_text(example, "utf-8")
    wrong = tmp_path / "wrong_types.py"
    wrong.write_text(textwrap.dedent(WRONG_TYPES), "utf-8")
    settings_of_it = {"typeCheckingMode": "strict", "extraPaths": [str(ROOT / "engine")], "pythonVersion": "3.11"}
    # an expression that stands alone shows its value at a prompt
    settings_of_it |= {
        "reportUnusedExpression": False,
        "venvPath": str(Path(sys.prefix).parent),
        "venv": Path(sys.prefix).name,
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings_of_it), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "-p", str(tmp_path), "--outputjson"], capture_output=True, text=True
    )
    found = json.loads(done.stdout)
    assert found["summary"]["filesAnalyzed"] >= 3, done.stdout
    told = [(Path(each["file"]).name, each["range"]["start"]["line"]) for each in found["generalDiagnostics"]]
    marked = [n for n, line in enumerate(wrong.read_text("utf-8").splitlines()) if line.endswith("# wrong")]
    assert sorted(set(told)) == [(wrong.name, line) for line in marked], found["generalDiagnostics"]


def test_times_that_come_out_are_aware_and_local_to_the_jail() -> None:
    """With a fixed offset, so that differences are elapsed time although the clocks change on 9 March 2014."""
    seattle = timezone(timedelta(hours=-8)), timezone(timedelta(hours=-7))
    decision = decide(FACTS | {"release_at": "2014-03-08T10:00"})
    custody = Custody({name: each for name, each in FACTS.items() if name != "release_at"})
    custody.feed({"at": "2014-03-07T18:00Z", "event": "booked"}, {"at": "2014-03-08T18:00Z", "event": "release_due"})
    timeline = custody.timeline("2014-03-12T10:00Z")
    case = custody.case()
    assert case.asked_at and decision.hold_until and custody.now().end is None
    told = [
        case.release_at,
        case.asked_at,
        decision.hold_until,
        decision.limit_ends,
        custody.deadline(),
        timeline.deadline,
    ]
    told += [each for interval in timeline.intervals for each in (interval.start, interval.end)]
    assert len(told) >= 10
    for each in told:
        assert each and each.tzinfo in seattle
        assert each.utcoffset() == each.astimezone(ZoneInfo("America/Los_Angeles")).utcoffset()
    assert [each.hours for each in timeline.intervals] == [24, 85, 3]
    assert decision.hold_until - case.release_at == timedelta(hours=85)
    assert str(case.release_at) == "2014-03-08 10:00:00-08:00"
