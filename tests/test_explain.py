"""Why, why not, what if and what to ask: plain words for every decision, and nothing proposed that was not decided again."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detainer import UNKNOWN, Case, Interview, Library, decide, explain, load_scenarios, what_if, why_not
from detainer.clock import count_days, limit_end, zone
from detainer.fillings import MAX_WAYS
from detainer.interview import hint, read_answer
from detainer.language.fields import Day, fact_type
from detainer.scenarios import Scenario
from detainer.wording import lasting, told_apart

from strategies import cases, libraries, small_library

ROOMY = settings(max_examples=80, suppress_health_check=list(HealthCheck))
SCENARIOS = load_scenarios("scenarios")
LANGUAGE = re.compile(r" == | >= | <= |within_years|age_on|\bc\.\w|custody_detainer|UNKNOWN|None\b|True\b|False\b")


class _Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_a_reader_needs_no_knowledge_of_the_engine(scenario: Scenario) -> None:
    decision = decide(scenario)
    explanation = explain(decision, scenario.id)
    text = explanation.text()
    assert not LANGUAGE.search(text), LANGUAGE.search(text)
    assert [section.heading for section in explanation.sections][:5] == [
        "The answer",
        "The facts",
        "The ruling",
        "What else spoke, and what became of it",
        "The law's dates",
    ]
    for finding in decision.considered:
        assert finding.id in text
    for said in (
        decision.ruling.authority.cite,
        *decision.caveats,
        *(question.ask for question in decision.open_questions),
    ):
        assert " ".join(said.split()) in " ".join(text.split())
    assert all(len(line) <= 110 or " " not in line.strip() for line in text.splitlines())


@ROOMY
@given(libraries(), cases())
def test_every_decision_can_be_explained_in_three_forms(library: Library, fields: dict[str, Any]) -> None:
    explanation = explain(decide(Case.model_validate(fields), library=library))
    assert explanation.text()
    assert explanation.markdown().startswith("# ")
    parser = _Balanced()
    parser.feed(explanation.html())
    assert parser.open == []


def _facts(case: Case) -> dict[tuple[Any, ...], Any]:
    """Every fact that a case could state, place and times apart, and what it states."""
    found: dict[tuple[Any, ...], Any] = {}
    for name in ("detainer", "judicial_warrant", "person", "convictions", "charges"):
        value = getattr(case, name)
        parts = enumerate(value) if isinstance(value, tuple) else [(None, value)]
        if value is UNKNOWN or value in (None, ()):
            found[name,] = value
            continue
        for index, part in parts:
            for fact in type(part).model_fields:
                found[(name, fact) if index is None else (name, index, fact)] = getattr(part, fact)
    return found


@ROOMY
@given(cases())
def test_the_facts_are_told_apart_by_what_is_known_of_them(fields: dict[str, Any]) -> None:
    case = Case.model_validate(fields)
    facts = _facts(case)
    age, birth = ("person", "age"), ("person", "date_of_birth")
    del facts[age if facts[age] is UNKNOWN else birth]  # either of the two
    told = told_apart(case)
    assert sorted(told.unknown, key=str) == sorted((fact for fact, value in facts.items() if value is UNKNOWN), key=str)
    absent = [fact for fact, value in facts.items() if value in (None, False, (), frozenset()) and value is not UNKNOWN]
    assert len(told.absent) == len(absent)
    for fact, value in facts.items():
        if value is UNKNOWN or fact in absent or not isinstance(value, str):
            continue
        assert any(value.replace("_", " ") in sentence for sentence in told.known), fact
    text = " ".join(explain(decide(case.but(jurisdiction="us/wa/king"))).text().split())
    for sentence in (*told.known, *told.absent):
        assert sentence in text


@given(st.integers(0, 10_000_000))
def test_durations_add_up(seconds: int) -> None:
    parts = lasting(timedelta(seconds=seconds)).split()
    units = {"h": 3600, "min": 60, "s": 1}
    assert sum(int(number) * units[unit] for number, unit in zip(parts[::2], parts[1::2], strict=True)) == seconds


@given(
    st.datetimes(min_value=datetime(2012, 1, 1), max_value=datetime(2024, 1, 1)),
    st.integers(1, 200),
    st.lists(st.sampled_from(["saturdays", "sundays", "holidays"]), unique=True).map(tuple),
)
def test_the_days_add_up_to_the_limit(start: Any, hours: int, excluding: tuple[str, ...]) -> None:
    where = zone("America/Los_Angeles")
    instant = start.replace(tzinfo=zone("UTC"))
    days = list(count_days(instant, hours, excluding, where, "US"))
    assert sum(day.hours for day in days) == pytest.approx(hours)
    assert days[0].start == instant
    assert days[-1].end == limit_end(instant, hours, excluding, where, "US")
    for one, other in pairwise(days):
        assert one.end == other.start
        assert one.day + timedelta(days=1) == other.day


# -- why not -----------------------------------------------------------------------------------------------------------


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(libraries(), cases())
def test_every_alternative_gives_the_other_outcome_and_is_the_smallest(
    library: Library, fields: dict[str, Any]
) -> None:
    case = Case.model_validate(fields)
    decision = decide(case, engine="direct", library=library)
    wanted = "release" if decision.outcome == "hold" else "hold"
    found = why_not(case, wanted, library=library).alternatives
    assert [each.size for each in found] == sorted(each.size for each in found)
    for each in found:
        again = decide(each.decision.case, engine="rete", library=library)
        assert (again.outcome, again.settled) == (wanted, True)
        for change in each.changes:
            assert not _is_day(change.path), change
        fewer = [one for one in found if one is not each and all(change in each.changes for change in one.changes)]
        assert not fewer, (str(each), str(fewer[0]))
    assert why_not(case, decision.outcome, library=library).alternatives == ()


def _is_day(path: tuple[Any, ...]) -> bool:
    if path[-1] == "new" or isinstance(path[-1], int):
        return False
    return isinstance(fact_type(path), Day)


def test_what_cannot_be_is_proposed_only_when_asked(tmp_path: Path) -> None:
    rule = "  - {id: r, authority: a, effect: permits, because: b, when: age_on(release_at) >= 18, from: 2014-01-01}\n"
    library = small_library(tmp_path, rule)
    case = Case.model_validate({"jurisdiction": "us", "release_at": "2014-06-02T10:00", "person": {"age": 17}})
    assert why_not(case, "hold", library=library).alternatives == ()
    assert "No change of up to 3 facts" in why_not(case, "hold", library=library).section().sentences[0]
    even_so = why_not(case, "hold", even_so=True, library=library).alternatives
    assert str(even_so[0]).startswith("the person's date of birth is 2 June 1996")
    of_age = Case.model_validate({"jurisdiction": "us", "release_at": "2014-06-02T10:00", "person": {"age": 30}})
    earlier = why_not(of_age, "release", even_so=True, library=library).alternatives
    assert any(each.changes[0].path == ("release_at",) for each in earlier)


def test_several_facts_change_together_where_one_is_not_enough(tmp_path: Path) -> None:
    both = "detainer.served and person.proof_of_lawful_status"
    library = small_library(tmp_path, f"  - {{id: r, authority: a, effect: permits, because: b, when: {both}}}\n")
    fields = {"detainer": {"served": False}, "person": {"proof_of_lawful_status": False}}
    case = Case.model_validate({"jurisdiction": "us", "release_at": "2014-06-02T10:00", **fields})
    (found,) = why_not(case, "hold", library=library).alternatives
    assert found.size == 2
    assert str(found) == (
        "a copy was served on the person: yes, not no; "
        "and the person has shown proof of citizenship or lawful status: yes, not no"
    )


def test_king_county_in_2017_could_have_held_on_a_federal_criminal_warrant() -> None:
    case = Case.model_validate(
        {
            "jurisdiction": "us/wa/king",
            "release_at": "2017-03-20T10:00",
            "detainer": {"form": "I-247D"},
            "judicial_warrant": {"kind": "civil", "issued_by": "state_judge"},
        }
    )
    assert decide(case).outcome == "hold"  # a judge's command comes first
    without = case.model_copy(update={"judicial_warrant": None})
    assert [str(each) for each in why_not(without, "hold").alternatives] == ["there is a judicial warrant"]


# -- what if -----------------------------------------------------------------------------------------------------------


@ROOMY
@given(cases("us/wa/king"), st.integers(-300, 300))
def test_what_if_is_the_case_moved(fields: dict[str, Any], days: int) -> None:
    fields.pop("convictions", None)
    case = Case.model_validate(fields)
    day = case.release_at.date() + timedelta(days=days)
    both = what_if(case, on=day, place="us/or/clackamas")
    assert both.here.to_dict() == decide(case).to_dict()
    assert both.there.situation.release_day == day
    assert both.there.case.jurisdiction == "us/or/clackamas"
    heads = [row[0] for row in both.section().table]
    assert heads == ["", "place", "scheduled release", "answer", "ruling", "because", "authority"]


# -- the interview -----------------------------------------------------------------------------------------------------


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(libraries(), st.data())
def test_an_interview_ends_settled_and_asks_only_what_matters(library: Library, data: st.DataObject) -> None:
    interview = Interview({"jurisdiction": "us/xx/yy", "release_at": "2014-06-02T10:00"}, library=library)
    asked: set[str] = set()
    for _ in range(80):
        question = interview.question
        if question is None:
            break
        assert not interview.decision.settled
        assert question.fact not in asked
        words = hint(question.path)
        answer = data.draw(st.sampled_from(_answers(words)))
        try:
            interview.answer(answer)
        except ValueError:
            interview.pass_over()  # a day that cannot be, beside another
            return
        asked.add(question.fact)
    bounded = interview.decision.resolution.bounded
    assert interview.decision.settled or bounded, (interview.fields, MAX_WAYS)
    again = decide(Case.model_validate(interview.fields), engine="direct", library=library)
    assert again.to_dict() == interview.decision.to_dict()


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(libraries(), st.data())
def test_going_back_is_as_if_it_had_not_been_answered(library: Library, data: st.DataObject) -> None:
    interview = Interview({"jurisdiction": "us/xx/yy", "release_at": "2014-06-02T10:00"}, library=library)

    def state() -> tuple[Any, ...]:
        return interview.question, interview.fields, interview.decision.to_dict()

    before: list[tuple[Any, ...]] = []
    for _ in range(30):
        here = state()
        does = data.draw(st.sampled_from(["answer", "answer", "pass over", "back"]))
        if does == "back":
            assert interview.back() is bool(before)
            assert state() == (before.pop() if before else here)
        elif interview.question is not None:
            if does == "answer":
                try:
                    interview.answer(data.draw(st.sampled_from(_answers(hint(interview.question.path)))))
                except ValueError:
                    assert state() == here
                    continue
            else:
                interview.pass_over()
            before.append(here)


def _answers(words: str) -> list[str]:
    if words == "yes or no":
        return ["yes", "no", "Y", "N"]
    if words.startswith("a number"):
        return ["0", "1", "2", "none"]
    if words.startswith("some of"):
        return ["none", "affidavit", "biometrics, final_order"]
    if words.startswith("an age"):
        return ["17", "18", "34", "1994-05-06"]
    if words.startswith("a day"):
        return ["1994-05-06", "2004-06-02", "2013-01-01", *(["none"] if "or none" in words else [])]
    return words.split(", ")


@pytest.mark.parametrize(
    ("fact", "text", "said"),
    [
        (("detainer",), "maybe", "expected yes or no"),
        (("detainer", "form"), "I-247B", "expected one of I-247"),
        (("convictions",), "some", "expected how many convictions there are"),
        (("convictions",), "21", "a number from 0 to 20"),
        (("convictions",), "yes", "a number from 0 to 20"),
        (("detainer", "issued_at"), "yesterday", "expected a day such as"),
        (("detainer", "probable_cause"), "affidavit, rumor", "found `rumor`, expected one of"),
    ],
)
def test_an_answer_that_will_not_do_is_told_what_would(fact: tuple[Any, ...], text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        read_answer(fact, text)


def _ask(answers: str, *options: str) -> subprocess.CompletedProcess[str]:
    args = [sys.executable, "-m", "detainer", "ask", "us/wa/king", *options]
    return subprocess.run(args, input=answers, capture_output=True, text=True)


def test_ask_at_the_terminal_saves_a_scenario_that_runs(tmp_path: Path) -> None:
    file = tmp_path / "asked.yaml"
    answers = "2014-03-03\n2014-03-03T10:00\nno\nyes\n40\nI-247\n1\nmaybe\nyes\n2005-01-01\nviolent\n"
    done = _ask(answers, "--save", str(file), "--id", "my-case")
    assert done.returncode == 0, done.stderr
    assert "add the time of day" in done.stderr
    assert "found `maybe`, expected yes or no" in done.stderr
    assert "How many convictions does the person have? (a number from 0 to 20;" in done.stdout
    assert "Yes, it may. The hold is lawful until Wednesday 5 March 2014, 10:00" in done.stdout
    (saved,) = load_scenarios(file)
    decision = decide(saved)
    assert (saved.id, decision.outcome, decision.ruling.id) == ("my-case", "hold", "us/wa/king/serious-conviction")
    again = _ask(answers, "--save", str(file))
    assert again.returncode == 2
    assert "is there already" in again.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["asked.yaml"]


def test_ask_stops_as_soon_as_it_is_settled_and_takes_not_known_for_an_answer() -> None:
    done = _ask("no\n", "--release-at", "2019-06-03T10:00")
    assert done.returncode == 0
    asked, told = done.stdout.split("The answer")
    assert asked.count("(yes or no)") == 1
    assert "No. The jail must release the person." in told
    unknown = _ask("?\n\n\n\n", "--release-at", "2014-03-03T10:00")
    assert unknown.returncode == 0
    assert "This is not settled" in unknown.stdout
    assert _ask("?\n", "--release-at", "2014-03-03T10:00").returncode == 130  # broken off


def test_back_goes_to_the_question_before_as_often_as_one_likes() -> None:
    due = "2014-03-03T10:00"
    warrant, detainer = "Is there a warrant or order", "Have immigration officers lodged a detainer (a Form I-247)"
    done = _ask("no\nyes\nback\nback\nback\nno\nno\n", "--release-at", due)
    assert done.returncode == 0, done.stderr
    asked = [line for line in done.stdout.split("The answer")[0].splitlines() if "?" in line]
    assert [line.startswith(warrant) for line in asked if line.startswith((warrant, detainer))] == [
        True, False, False, True, True, False,
    ]  # fmt: skip
    assert "this is the first question" in done.stderr
    assert "there is no detainer" in " ".join(done.stdout.split())
    again = _ask(f"2013-01-01T10:00\nback\n{due}\nno\nno\n")
    assert again.returncode == 0
    assert f"us/wa/king, {due}" in again.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--release-at", "soon"), "--release-at: found `soon`"),
        (("--release-at", "2014-03-03T10:00", "--id", "no good"), "`no good` can be no id"),
    ],
)
def test_ask_says_what_is_wrong_with_the_call(options: tuple[str, ...], said: str) -> None:
    done = _ask("", *options)
    assert done.returncode == 2
    assert said in done.stderr


def test_explain_says_what_is_wrong_with_the_call() -> None:
    args = [sys.executable, "-m", "detainer", "explain", "scenarios/king/ages.yaml"]
    for name, said in (("stated-age-1", "Did you mean `stated-age-1"), ("", "no scenario ``")):
        done = subprocess.run([*args, name], capture_output=True, text=True)
        assert done.returncode == 2
        assert said in done.stderr
