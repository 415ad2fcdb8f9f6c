"""Decisions, cases, custodies and timelines are values: they print, pickle, copy, compare and read back."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detainer import (
    Booking,
    Case,
    CaseError,
    Custody,
    Decision,
    DetainerError,
    Library,
    Timeline,
    decide,
    explain,
    follow,
    load_custodies,
    load_scenarios,
)
from detainer.engines import decide_under, load
from detainer.events import ENDS, EventError
from detainer.testing import cases, custodies, libraries

from conftest import ROOT

SCENARIOS = load_scenarios("scenarios")
HOMICIDE = next(each for each in SCENARIOS if each.id == "king-homicide-when-the-report-came-out")
CUSTODIES = load_custodies("scenarios/custody")
ROOMY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def copied(value: Any) -> list[Any]:
    """A value by every way of copying it."""
    protocols = range(2, pickle.HIGHEST_PROTOCOL + 1)
    return [copy.copy(value), copy.deepcopy(value), *(pickle.loads(pickle.dumps(value, each)) for each in protocols)]


def elsewhere(value: Any, said: str) -> str:
    """What another process says of a value that was pickled here."""
    code = f"import pickle, sys; value = pickle.load(sys.stdin.buffer); print({said})"
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(value), capture_output=True, cwd="/")
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


# -- read back -----------------------------------------------------------------------------------------------------------------


@ROOMY
@given(libraries(), st.data())
def test_a_decision_is_its_copy_in_every_way(library: Library, data: st.DataObject) -> None:
    case = data.draw(cases(library=library))
    decision = decide(case, library=library)
    again = Decision.from_json(decision.to_json(), library=library)
    for each in (*copied(decision), again, decide(case, engine="direct", library=library)):
        assert each == decision and hash(each) == hash(decision)
        assert each.to_json() == decision.to_json() and repr(each) == repr(decision)
        assert explain(each) == explain(decision)
    assert Case.from_json(case.to_json()) == case
    assert all(each == case and hash(each) == hash(case) for each in copied(case))


@ROOMY
@given(libraries(), st.data())
def test_a_custody_is_its_copy_in_every_way(library: Library, data: st.DataObject) -> None:
    booking, events = data.draw(custodies(library=library))
    custody = Custody(booking, library=library)
    custody.feed(*events)
    saved = custody.to_json()
    for each in (*copied(custody), Custody.from_json(saved, library=library)):
        assert each == custody and each.timeline() == custody.timeline()
        assert repr(each) == repr(custody)
    timeline = custody.timeline()
    gone = any(event.event in ENDS for event in events)
    until = data.draw(st.none() | st.just(events[-1].at + timedelta(days=400)))
    if until and not gone:
        timeline = custody.timeline(until)
    for each in (*copied(timeline), Timeline.from_json(timeline.to_json(), library=library)):
        assert each == timeline and hash(each) == hash(timeline)
        assert each.to_json() == timeline.to_json()
    other = copy.copy(custody)
    if not gone:
        other.feed({"at": "2098-01-02T10:00", "event": "released"})
        assert other != custody and custody.to_json() == saved


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.id)
def test_shipped_scenarios_read_back(scenario: Any) -> None:
    decision = decide(scenario)
    assert Decision.from_json(decision.to_json()) == decision == pickle.loads(pickle.dumps(decision))
    assert next(iter(decision.to_dict())) == "case"
    assert "expect" not in decision.to_dict()["case"]
    assert decision == decide(Case(**{name: getattr(scenario, name) for name in Case.model_fields}))


def test_decisions_that_say_another_thing_are_not_equal() -> None:
    case = HOMICIDE
    decision = decide(case)
    claim = decide(case, library=Library().with_claim("claims/dhs-2017-03-20"))
    other = decide(case.but(charges=[{}]))
    assert decision != other and decision != claim and decision != case and decision is not None
    assert len({decision, other, claim, decide(case)}) == 3


def test_a_custody_that_changes_has_no_hash() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(follow(CUSTODIES[0]))


# -- another process, another law ----------------------------------------------------------------------------------------------


def test_another_process_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "us.yaml").write_text((ROOT / "rulesets/us.yaml").read_text("utf-8").replace("hours: 48", "hours: 24"))
    (tmp_path / "us").mkdir()
    (tmp_path / "us/wa.yaml").write_text((ROOT / "rulesets/us/wa.yaml").read_text("utf-8"))
    shipped = Library()
    one = Library(tmp_path)
    text = one.source("us/wa")
    facts = {"release_at": "2014-03-03T10:00", "detainer": {"form": "I-247"}, "judicial_warrant": None}
    for place, library in (
        ("us/wa/king", shipped),
        ("us/wa/king", shipped.with_claim("claims/dhs-2017-03-20")),
        ("us/wa", one),
        ("us/wa", one.with_ruleset("us/wa", text)),
    ):
        decision = decide(Case.model_validate({"jurisdiction": place, **facts}), library=library)
        assert elsewhere(decision, "value.to_json()").strip() == decision.to_json()
        assert elsewhere(decision.law, "value").strip() == repr(decision.law)
        custody = Custody(
            Booking(jurisdiction=place, detainer={"form": "I-247"}, judicial_warrant=None), library=library
        )
        custody.feed({"at": "2014-03-01T10:00", "event": "booked"}, {"at": "2014-03-02T10:00", "event": "release_due"})
        assert elsewhere(custody, "value.timeline().to_json()").strip() == custody.timeline().to_json()
        assert elsewhere(custody.timeline(), "value.to_json()").strip() == custody.timeline().to_json()


def test_what_is_pickled_together_shares_its_law_and_is_small() -> None:
    decisions = [decide(each) for each in SCENARIOS if each.jurisdiction == "us/wa/king"]
    again = pickle.loads(pickle.dumps(decisions))
    assert again == decisions
    laws = {(each.law.since, id(each.law)) for each in again}
    assert len(laws) == len({since for since, _ in laws})
    assert len(pickle.dumps(decisions[0])) < 4000


def changed_law(folder: Path) -> tuple[Library, Library, Case]:
    """Two laws of one folder, before and after its file was edited, and a case on which they part."""
    text = (ROOT / "rulesets/us.yaml").read_text("utf-8")
    (folder / "us").mkdir(parents=True)
    (folder / "us.yaml").write_text(text)
    (folder / "us/wa.yaml").write_text((ROOT / "rulesets/us/wa.yaml").read_text("utf-8"))
    before = Library(folder)
    before.history("us/wa")
    (folder / "us.yaml").write_text(text.replace("hours: 48", "hours: 24"))
    case = Case(jurisdiction="us/wa", release_at="2014-03-03T10:00", detainer={"form": "I-247"}, judicial_warrant=None)
    return before, Library(folder), case


def test_under_another_law_nothing_is_read_back(tmp_path: Path) -> None:
    before, after, case = changed_law(tmp_path / "law")
    decision, other = decide(case, library=before), decide(case, library=after)
    digests = f"{decision.ruleset_digest}, and here it is {other.ruleset_digest}"
    with pytest.raises(DetainerError, match=f"another law of us/wa than is here: {digests}"):
        Decision.from_json(decision.to_json(), library=after)
    with pytest.raises(DetainerError, match=f"another law of us/wa than is here: {digests}"):
        pickle.loads(pickle.dumps(decision))
    custody = Custody(Booking(jurisdiction="us/wa"), library=before)
    custody.feed({"at": "2014-03-01T10:00", "event": "booked"})
    assert custody != Custody.from_json(custody.to_json(), library=after)
    with pytest.raises(DetainerError, match=f"another law of us/wa than is here: {digests}"):
        Timeline.from_json(custody.timeline().to_json(), library=after)


def test_a_decision_under_a_law_that_is_not_in_force_is_pickled_as_it_is_and_not_read_as_json() -> None:
    law = Library().law("us/wa/king", date(2014, 3, 3))
    day_of_law = next(each for each in SCENARIOS if each.id == "king-homicide-under-the-2013-ordinance")
    assert decide(day_of_law).considered  # what is kept with the law is so of other days, too
    decision = decide_under(law, HOMICIDE, load("direct"))
    assert pickle.loads(pickle.dumps(decision)) == decision != decide(HOMICIDE)
    with pytest.raises(DetainerError, match="another answer than the same law gives to the same case"):
        Decision.from_json(decision.to_json())


WRONG = {
    "": "line 1 column 1",
    "{": "line 1 column 2",
    "[]": "it is no object in braces",
    "null": "it is no object in braces",
    '{"case": {}, "case": {}}': "the name `case` stands twice",
    '{"case": NaN}': "`NaN` is no number of JSON",
    "[" * 100_000: "nested too deeply",
    "{}": "is missing",
    b"\xff": "codec can't decode",
}


@pytest.mark.parametrize("text", WRONG, ids=str)
@pytest.mark.parametrize("kind", [Decision, Custody, Timeline, Case, Booking])
def test_what_was_not_saved_is_told(kind: Any, text: Any) -> None:
    with pytest.raises(DetainerError) as told:
        kind.from_json(text)
    if "missing" in WRONG[text]:
        assert "is missing" in str(told.value)
    else:
        assert str(told.value).startswith(f"this is no saved {kind.__name__.lower()}: ")
        assert WRONG[text] in str(told.value)


def test_wrong_facts_in_what_was_saved_are_told_as_everywhere() -> None:
    decision = decide(SCENARIOS[0])
    saved = json.loads(decision.to_json())
    with pytest.raises(CaseError, match="Did you mean `convictions`"):
        Decision.from_json(json.dumps({**saved, "case": {**saved["case"], "conviction": []}}))
    with pytest.raises(DetainerError, match="another answer"):
        Decision.from_json(json.dumps({**saved, "outcome": "release" if decision.outcome == "hold" else "hold"}))
    with pytest.raises(DetainerError, match="`events` is no list"):
        Custody.from_json('{"booking": {"jurisdiction": "us/wa"}, "events": {}}')
    with pytest.raises(EventError):
        Custody.from_json('{"booking": {"jurisdiction": "us/wa"}, "events": [3]}')
    timeline = json.loads(follow(CUSTODIES[0]).timeline().to_json())
    with pytest.raises(DetainerError, match="other intervals"):
        Timeline.from_json(json.dumps({**timeline, "intervals": timeline["intervals"][1:]}))


# -- shown ---------------------------------------------------------------------------------------------------------------------


def test_every_repr_fits_one_line(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 90) / ("y\n" * 60)
    values: list[Any] = [Library(), Library(long), Library(long, [long]), Library().with_claim("claims/dhs-2017-03-20")]
    values += [law for place in Library().places for law in Library().history(place)]
    values += [decide(each) for each in SCENARIOS]
    for scenario in CUSTODIES:
        custody = follow(scenario)
        values += [Custody(Booking(jurisdiction="us/wa")), custody, custody.timeline(), explain(decide(SCENARIOS[0]))]
    for value in values:
        shown = repr(value)
        assert shown.isprintable() and len(shown) <= 120, shown
        assert type(value).__name__ in shown


class Tags(HTMLParser):
    """The tags of a fragment, each closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_notebook_shows_each_without_a_style_of_its_own() -> None:
    decision, custody = decide(SCENARIOS[0]), follow(CUSTODIES[0])
    for value in (decision, decision.law, custody.timeline(), explain(decision)):
        text = value._repr_html_()
        assert "h1" in Tags(text).seen and not {"html", "body", "style", "script"} & (Tags(text).seen - {"style"})
        assert "<!doctype" not in text and "<?xml" not in text
    assert decision.ruling.id in decision._repr_html_()
    assert all(rule.id in decision.law._repr_html_() for rule in decision.law.rules)
    assert "<svg" in custody.timeline()._repr_html_()


def test_what_a_notebook_shows_is_escaped(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>&"
    text = (ROOT / "rulesets/us.yaml").read_text("utf-8").replace("because: there is", f"because: {evil} there is")
    (tmp_path / "us.yaml").write_text(text.replace("US Const. amend. IV", evil))
    (tmp_path / "us").mkdir()
    state = (ROOT / "rulesets/us/wa.yaml").read_text("utf-8")
    (tmp_path / "us/wa.yaml").write_text(state.replace("name: Washington", f"name: {evil}"))
    library = Library(tmp_path)
    case = Case(jurisdiction="us/wa", release_at="2000-01-03T10:00", detainer=None, judicial_warrant=None)
    decision = decide(case, library=library)
    custody = Custody(Booking(jurisdiction="us/wa"), library=library)
    custody.feed({"at": "2000-01-03T10:00", "event": "booked"}, {"at": "2000-01-04T10:00", "event": "release_due"})
    for value in (decision, decision.law, explain(decision), custody.timeline()):
        assert "<script" not in value._repr_html_()
    assert "&lt;script&gt;" in decision._repr_html_() and "&lt;script&gt;" in decision.law._repr_html_()
