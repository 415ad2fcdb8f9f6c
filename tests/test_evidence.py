"""Reasons: the parts of a condition that decide it, none needlessly, and for what falls short the line and the distance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detainer import Case, Library, decide, testing
from detainer.clock import zone
from detainer.evidence import entries, evidence, failing
from detainer.language import Names, check
from detainer.language.tree import Always, Count, Defined, Joined, Node, Not, Test, Truth, opposite
from detainer.situation import Situation, situate

from strategies import cases, conditions, libraries

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
ROOMY = settings(max_examples=200, suppress_health_check=SLOW)
NAMES = Names(sets={"CUSTODY": ("I-247", "I-247D", "I-247A")})


def _node(text: str, names: Names = NAMES) -> Node:
    node, errors = check(text, names)
    assert node is not None, errors
    return node


_names = Names(
    definitions={
        "asks": Defined("asks", _node('detainer.form in CUSTODY and not judicial_warrant.kind == "civil"')),
        "shown": Defined("shown", _node("not any(c.shown_in_writing for c in convictions) or not detainer.served")),
    },
    sets=NAMES.sets,
)


def _situation(fields: dict[str, Any]) -> Situation:
    base = {"jurisdiction": "us/wa", "release_at": "2014-03-03T10:00"}
    return situate(Case.model_validate(base | fields), zone("America/Los_Angeles"))


def _given(node: Node, answers: Mapping[Node, Truth]) -> Truth:
    """What a condition is where only these parts of it have an answer, worked out apart from the engine."""
    if node in answers:
        return answers[node]
    match node:
        case Always():
            return True
        case Not(part=part):
            inner = _given(part, answers)
            return None if inner is None else not inner
        case Defined(part=part):
            return _given(part, answers)
        case Joined(parts=parts, decisive=decisive):
            each = [_given(part, answers) for part in parts]
            return decisive if decisive in each else None if None in each else not decisive
        case _:
            return None


def _answers(parts: list[Node], answer: Truth) -> dict[Node, Truth]:
    """What the parts that are named say of the tests and definitions in them."""
    assert answer is not None
    return {part.part if isinstance(part, Not) else part: answer is not isinstance(part, Not) for part in parts}


@ROOMY
@given(conditions | testing.conditions(), cases(), st.sampled_from([(), ("asks",), ("asks", "shown")]))
def test_the_parts_named_are_as_the_whole_and_suffice_and_none_is_needless(
    text: str, fields: dict[str, Any], named: tuple[str, ...]
) -> None:
    node, situation = _node(text, _names), _situation(fields)
    answer, parts = node.why(situation, named=named)
    assert answer is node.truth(situation)
    assert parts
    for part in parts:
        assert part.truth(situation) is answer, (text, part)  # no true part as a reason for No
        assert isinstance(part.part if isinstance(part, Not) else part, Test | Defined)
    if answer is None:
        return
    said = _answers(parts, answer)
    assert _given(node, said) is answer  # whatever the rest is
    tests = list(node.tests())
    if len(set(tests)) == len(tests):
        for part in said:
            without = {each: truth for each, truth in said.items() if each is not part}
            assert _given(node, without) is None, (text, part)
            turned = said | {part: not said[part]}
            assert _given(node, turned) is not answer, (text, part)


@ROOMY
@given(conditions | testing.conditions(), cases())
def test_the_entries_named_make_the_count_what_it_is(text: str, fields: dict[str, Any]) -> None:
    situation = _situation(fields)
    for test in _node(text, _names).tests():
        answer = test.truth(situation)
        if not isinstance(test, Count) or test.items.read(situation, None) in (None, (), []):
            continue
        items = getattr(situation.case, test.items.names[0])
        if not isinstance(items, tuple):
            continue
        told = list(entries(test, situation, answer))
        for index, item, parts in told:
            assert items[index] is item
            assert parts
            for part in parts:
                assert part.truth(situation, item) is answer, (text, part)
        others = [items[index] for index in range(len(items)) if index not in {index for index, _, _ in told}]
        met = sum(test.each.truth(situation, item) is True for item in items)
        if answer is False and test.op in (">=", ">"):  # every other entry is met, and that is too few
            assert met <= len(others) < test.number + (test.op == ">")
        if answer is True and test.op in (">=", ">"):
            assert len(told) == met


@ROOMY
@given(libraries(), cases())
def test_a_rule_that_is_not_met_says_only_what_is_so(library: Library, fields: dict[str, Any]) -> None:
    decision = decide(Case.model_validate(fields), engine="direct", library=library)
    for finding, rule in zip(decision.considered, decision.law.rules, strict=False):
        if finding.fate == "not_met":
            parts = rule.when.why(decision.situation)[1]
            assert all(part.truth(decision.situation) is False for part in parts)
            assert finding.why == failing(parts, lambda part: evidence(part, decision.situation))
            assert ("only where this is not so" in finding.why) == any(isinstance(part, Not) for part in parts)


def test_the_opposite_of_an_opposite_is_the_thing_itself() -> None:
    node = _node("detainer")
    assert opposite(opposite(node)) is node


CONVICTION = {"offense": "violent", "shown_in_writing": True, "convicted_on": "2001-05-06", "released_on": "2004-03-02"}
RECENT = (
    'any(c.offense in ["violent", "sex"] and c.shown_in_writing and within_years(c.latest, 10) for c in convictions)'
)


@pytest.mark.parametrize(
    ("text", "fields", "said"),
    [
        (
            RECENT,
            {"convictions": [CONVICTION]},
            "conviction 1: the day of release from confinement is 2 March 2004, 1 day before 3 March 2004, when the 10 years "
            "before scheduled release begin",
        ),
        (
            RECENT,
            {"convictions": [CONVICTION | {"released_on": None}, CONVICTION | {"offense": "drug"}]},
            "conviction 1: the day of conviction is 6 May 2001, 1032 days before 3 March 2004, when the 10 years before "
            "scheduled release begin and there is no day of release from confinement; "
            "conviction 2: the offense is drug, not sex or violent",
        ),
        (
            RECENT,
            {"convictions": [CONVICTION | {"released_on": "2004-03-03"}, CONVICTION]},
            "conviction 1: the offense is violent, immigration officers show it in writing: yes and the day of release from "
            "confinement is 3 March 2004, within the 10 years before scheduled release, which begin on 3 March 2004",
        ),
        (RECENT, {"convictions": []}, "there are no convictions"),
        (RECENT, {}, "which convictions there are is unknown"),
        (
            RECENT,
            {"convictions": [{"offense": "drug"}, {"offense": "sex", "shown_in_writing": True}]},
            "conviction 2: the day of conviction is unknown and the day of release from confinement is unknown",
        ),
        (
            "age_on(release_at) >= 18",
            {"person": {"date_of_birth": "1996-03-04"}},
            "the person is 17 years old on 3 March 2014; 18 will be reached on 4 March 2014, 1 day later",
        ),
        (
            "age_on(release_at) < 18",
            {"person": {"date_of_birth": "1996-03-03"}},
            "the person is 18 years old on 3 March 2014; 18 was reached on 3 March 2014, that day",
        ),
        (
            "age_on(release_at) == 18",
            {"person": {"date_of_birth": "1994-02-28"}},
            "the person is 20 years old on 3 March 2014; 19 was reached on 28 February 2013, 368 days earlier",
        ),
        ("age_on(release_at) >= 18", {"person": {"age": 40}}, "the person is 40 years old on 3 March 2014"),
        (
            "age_on(release_at) >= 18",
            {"person": {"age": 17}},
            "the person is 17 years old on 3 March 2014, not at least 18",
        ),
        (
            "age_on(release_at) > 9000",
            {"person": {"date_of_birth": "1996-03-04"}},
            "the person is 17 years old on 3 March 2014, not more than 9000",
        ),
        ("age_on(release_at) >= 18", {}, "the person's age is unknown"),
        (
            'detainer.issued_at >= "2014-03-01"',
            {"detainer": {"issued_at": "2014-02-27T23:00"}},
            "the detainer's day of issue is 27 February 2014, 2 days before 1 March 2014",
        ),
        (
            'detainer.issued_at > "2014-03-01"',
            {"detainer": {"issued_at": "2014-03-01"}},
            "the detainer's day of issue is 1 March 2014, not after 1 March 2014",
        ),
        (
            "detainer.issued_at < release_at",
            {"detainer": {"issued_at": "2014-03-03"}},
            "the detainer's day of issue is 3 March 2014, not before scheduled release on 3 March 2014",
        ),
        ('detainer.issued_at >= "2014-03-01"', {"detainer": None}, "there is no detainer"),
        (
            "detainer.form in CUSTODY",
            {"detainer": {"form": "I-247N"}},
            "the detainer's form is I-247N, not I-247, I-247A or I-247D",
        ),
        ("detainer.form in CUSTODY", {"detainer": {"form": "I-247A"}}, "the detainer's form is I-247A"),
        (
            '"affidavit" in detainer.probable_cause',
            {"detainer": {"probable_cause": ["biometrics"]}},
            "the detainer's stated grounds of probable cause are biometrics, without affidavit",
        ),
        (
            'all(c.offense == "drug" for c in convictions)',
            {"convictions": [{"offense": "drug"}, {"offense": "sex"}]},
            "conviction 2: the offense is sex, not drug",
        ),
        (
            'count(c.offense == "serious_traffic" for c in convictions) >= 2',
            {"convictions": [{"offense": "serious_traffic"}, {"offense": "drug"}]},
            "conviction 2: the offense is drug, not serious traffic; so 1 conviction counts, and at least 2 would have to",
        ),
        (
            'count(c.offense == "drug" for c in convictions) < 2',
            {"convictions": [{"offense": "drug"}, {"offense": "sex"}, {"offense": "drug"}]},
            "conviction 1: the offense is drug; conviction 3: the offense is drug; so 2 convictions count, and fewer than 2 may",
        ),
    ],
)
def test_what_decided_the_line_and_the_distance(text: str, fields: dict[str, Any], said: str) -> None:
    situation = _situation(fields)
    node = _node(text)
    assert evidence(node, situation) == said


def test_a_negated_condition_says_that_it_is_so() -> None:
    fields = {
        "detainer": {"form": "I-247"},
        "person": {"age": 34},
        "convictions": [CONVICTION | {"offense": "homicide"}],
    }
    case = Case.model_validate({"jurisdiction": "us/wa/king", "release_at": "2014-09-12T10:00", **fields})
    (found,) = [each for each in decide(case).considered if each.id == "us/wa/king/otherwise-no"]
    assert found.why == (
        "it speaks only where this is not so: the person is 34 years old on 12 September 2014; "
        "conviction 1: the offense is homicide and immigration officers show it in writing: yes"
    )


def test_what_fails_only_together_is_said_together() -> None:
    case = Case.model_validate(
        {
            "jurisdiction": "us/wa/king",
            "release_at": "2017-06-05T10:00",
            "detainer": {"form": "I-247A", "served": False},
        }
    )
    whys = {each.id: each.why for each in decide(case).considered}
    assert whys["us/detainer-request"] == (
        "it speaks only where this is not so: the detainer's form is I-247A; a copy was served on the person: no"
    )
    assert whys["us/judicial-warrant"] == "not known: whether there is a judicial warrant"


def test_days_in_sentences_are_written_out() -> None:
    case = Case.model_validate(
        {"jurisdiction": "us/wa/king", "release_at": "2014-09-12T10:00", "detainer": {"form": "I-247"}}
    )
    decision = decide(case)
    sentences = [each.why for each in decision.considered] + [decision.ruling.because, *decision.caveats]
    assert not [each for each in sentences if re.search(r"\d{4}-\d{2}-\d{2}", each)]
