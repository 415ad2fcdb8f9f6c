"""Unknown facts: an answer is settled exactly where no way of filling them in changes it, and the questions settle it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from itertools import combinations_with_replacement, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from detainer import Case, CaseError, Decision, Library, decide
from detainer.unknowns import Tally

from strategies import FORMS, OFFENSES, cases, completions, libraries, small_library

TODAY = {"jurisdiction": "us", "release_at": "2014-06-02T10:00"}

DAYS = [
    "1999-01-01",
    "2004-06-01",
    "2004-06-02",
    "2009-06-01",
    "2009-06-02",
    "2014-02-28",
    "2014-03-01",
    "2014-06-01",
    "2014-06-02",
]
"""On, before and after every line that a generated condition draws around 2 June 2014."""

VALUES: dict[tuple[str, ...], list[Any]] = {
    ("detainer", "form"): FORMS,
    ("detainer", "issued_at"): DAYS,
    ("detainer", "served"): [True, False],
    ("detainer", "probable_cause"): [[], ["affidavit"], ["final_order"], ["affidavit", "final_order"]],
    ("judicial_warrant", "kind"): ["criminal", "civil"],
    ("judicial_warrant", "issued_by"): ["federal_judge", "state_judge"],
    ("person", "date_of_birth"): ["1980-01-01", "1993-06-02", "1993-06-03", "1996-06-02", "1996-06-03", "2000-01-01"],
    ("person", "proof_of_lawful_status"): [True, False],
}
ENTRY: dict[str, list[Any]] = {
    "offense": [*OFFENSES, "other"],
    "shown_in_writing": [True, False],
    "convicted_on": DAYS,
    "released_on": [None, *DAYS],
}
KNOWN: dict[str, Any] = {
    "detainer": {
        "form": "I-247",
        "issued_at": "2014-03-01",
        "served": True,
        "probable_cause": [],
        "administrative_warrant": "none",
    },
    "judicial_warrant": {"kind": "criminal", "issued_by": "federal_judge", "issued_at": "2014-01-01"},
    "person": {"date_of_birth": "1980-01-01", "proof_of_lawful_status": False},
    "convictions": [
        {
            "offense": "homicide",
            "class": "felony",
            "convicted_on": "1999-01-01",
            "released_on": "2004-06-02",
            "shown_in_writing": True,
        },
        {
            "offense": "drug",
            "class": "felony",
            "convicted_on": "2009-06-02",
            "released_on": None,
            "shown_in_writing": False,
        },
    ],
    "charges": [{"offense": "violent", "class": "felony"}],
}
_FEW_DAYS = ["1999-01-01", "2004-06-02", "2009-06-02"]
_ENTRIES = [
    {"offense": offense, "class": "felony", "convicted_on": convicted, "released_on": None, "shown_in_writing": shown}
    for offense, convicted, shown in product([*OFFENSES, "other"], _FEW_DAYS, (True, False))
]


def _parts(name: str) -> list[Any]:
    """Every value of a part of the case as a whole, as far as generated conditions can tell them apart."""
    if name == "convictions":
        return [list(some) for size in (0, 1, 2) for some in combinations_with_replacement(_ENTRIES, size)]
    if name == "charges":
        kinds = [{"offense": offense, "class": "felony"} for offense in [*OFFENSES, "other"]]
        return [list(some) for size in (0, 1, 2) for some in combinations_with_replacement(kinds, size)]
    facts = {fact[1]: values for fact, values in VALUES.items() if fact[0] == name}
    whole = [{**KNOWN[name], **dict(zip(facts, values, strict=True))} for values in product(*facts.values())]
    return whole if name == "person" else [None, *whole]


def _fill(fields: dict[str, Any], fact: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    """The case with an unknown fact filled in, in every way that a generated condition could tell apart."""
    values = _parts(fact[0]) if len(fact) == 1 else ENTRY[fact[2]] if len(fact) == 3 else VALUES[fact]
    for value in values:
        filled = copy.deepcopy(fields)
        owner: Any = filled
        for part in fact[:-1]:
            owner = owner.setdefault(part, {}) if isinstance(owner, dict) else owner[part]
        owner[fact[-1]] = value
        yield filled


def _decisions(fields: dict[str, Any], facts: list[tuple[Any, ...]], library: Library) -> Iterator[Decision]:
    if not facts:
        with suppress(CaseError, ValidationError):  # a way that cannot be, such as a release before the conviction
            yield decide(Case.model_validate(fields), engine="direct", library=library)
        return
    for filled in _fill(fields, facts[0]):
        yield from _decisions(filled, facts[1:], library)


_blanks = st.one_of(
    st.sampled_from([(name,) for name in KNOWN if name != "person"]).map(lambda fact: [fact]),
    st.lists(
        st.one_of(
            st.sampled_from(list(VALUES)),
            st.tuples(st.just("convictions"), st.integers(0, 1), st.sampled_from(list(ENTRY))),
        ),
        min_size=1,
        max_size=3,
        unique=True,
    ),
)


@given(libraries(), _blanks)
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_settled_is_exact(library: Library, facts: list[tuple[Any, ...]]) -> None:
    """Against the slowest way there is: every value, one after the other, each decided by itself."""
    fields = {"jurisdiction": "us/xx/yy", "release_at": TODAY["release_at"], **copy.deepcopy(KNOWN)}
    for *owner, name in facts:
        part: Any = fields
        for each in owner:
            part = part[each]
        part.pop(name, None)
    found = decide(Case.model_validate(fields), engine="direct", library=library)
    outcomes = {each.outcome for each in _decisions(fields, facts, library)}
    assert found.settled is (len(outcomes) == 1), (outcomes, found.open_questions)
    assert found.outcome == ("hold" if outcomes == {"hold"} else "release")
    # the questions settle it, and none of them is idle
    asked = [question.path for question in found.open_questions]
    assert {tuple(part.rstrip("_") if isinstance(part, str) else part for part in fact) for fact in asked} <= set(facts)
    for fact in asked:
        others = [each for each in facts if each != fact]
        assert any(
            len({each.outcome for each in _decisions(filled, [fact], library)}) == 2 for filled in _ways(fields, others)
        ), f"{fact} never turns the outcome"
    for filled in _ways(fields, [tuple(fact) for fact in asked]):
        try:
            case = Case.model_validate(filled)
            assert decide(case, engine="direct", library=library).settled
        except (CaseError, ValidationError):
            continue


def _ways(fields: dict[str, Any], facts: list[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    if not facts:
        yield fields
        return
    for filled in _fill(fields, facts[0]):
        yield from _ways(filled, facts[1:])


@given(libraries(), cases())
@settings(max_examples=200, suppress_health_check=list(HealthCheck))
def test_asking_all_open_questions_settles_the_case(library: Library, fields: dict[str, Any]) -> None:
    decision = decide(Case.model_validate(fields), engine="direct", library=library)
    assume(not decision.settled and not decision.resolution.bounded)
    asked = [question.path for question in decision.open_questions]
    assert asked
    for number, full in enumerate(completions(fields)):
        if number == 40:
            break
        case = Case.model_validate(fields)
        whole = Case.model_validate(full)
        for fact in asked:
            case = _answered(case, whole, fact)
        assert decide(case, engine="direct", library=library).settled


def _answered(case: Case, whole: Case, fact: tuple[Any, ...]) -> Case:
    """The case with one fact taken over from another."""
    if len(fact) == 1:
        return case.model_copy(update={fact[0]: getattr(whole, fact[0])})
    if len(fact) == 2:
        part = getattr(case, fact[0]).model_copy(update={fact[1]: getattr(getattr(whole, fact[0]), fact[1])})
        return case.model_copy(update={fact[0]: part})
    name, index, of_it = fact
    entries = list(getattr(case, name))
    entries[index] = entries[index].model_copy(update={of_it: getattr(getattr(whole, name)[index], of_it)})
    return case.model_copy(update={name: tuple(entries)})


@given(libraries(), st.lists(cases(), min_size=2, max_size=6))
@settings(max_examples=100, suppress_health_check=list(HealthCheck))
def test_what_a_law_keeps_of_earlier_cases_changes_nothing(library: Library, several: list[dict[str, Any]]) -> None:
    for fields in [*several, *reversed(several)]:
        case = Case.model_validate(fields)
        kept = decide(case, engine="direct", library=library)
        assert kept.to_dict() == decide(case, engine="direct", library=Library(library.root)).to_dict()


@given(libraries(), cases())
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_with_every_fact_known_the_answer_is_settled(library: Library, fields: dict[str, Any]) -> None:
    for number, full in enumerate(completions(fields)):
        if number == 20:
            break
        assert decide(Case.model_validate(full), engine="direct", library=library).settled


@pytest.mark.parametrize(
    ("when", "fields", "settled"),
    [
        # one form cannot be two, and there is none but these five
        ('detainer.form == "I-247" and detainer.form == "I-247A"', {"detainer": {}}, True),
        ('detainer.form in ["I-247", "I-247D", "I-247N", "I-247X", "I-247A"]', {"detainer": {}}, True),
        ('detainer.form in ["I-247", "I-247D", "I-247N", "I-247X"]', {"detainer": {}}, False),
        # ages, days and what is within which years
        ("age_on(release_at) >= 21 and age_on(release_at) < 18", {}, True),
        ("age_on(release_at) >= 18 and age_on(release_at) < 19", {}, False),
        ("age_on(release_at) >= 130", {}, False),
        ("age_on(release_at) > 130", {}, True),
        ("age_on(release_at) == 18 and age_on(asked_at) == 19", {"asked_at": "2014-06-03T10:00"}, False),
        ("age_on(release_at) == 18 and age_on(asked_at) == 20", {"asked_at": "2014-06-03T10:00"}, True),
        ('detainer.issued_at < "2014-03-01" and detainer.issued_at >= "2014-03-01"', {"detainer": {}}, True),
        (
            'detainer.issued_at >= "2014-06-03"',
            {"detainer": {}},
            True,
        ),  # nothing is issued after the moment asked about
        ("detainer.issued_at < judicial_warrant.issued_at", {"detainer": {}, "judicial_warrant": {}}, False),
        (
            "detainer.issued_at < judicial_warrant.issued_at and judicial_warrant.issued_at < detainer.issued_at",
            {"detainer": {}, "judicial_warrant": {}},
            True,
        ),
        # lists: the same entries are counted
        ('any(c.offense == "drug" for c in convictions) and not convictions', {}, True),
        (
            'count(c.offense == "drug" for c in convictions) >= 2 and not any(c.offense == "drug" for c in convictions)',
            {},
            True,
        ),
        ('any(c.offense == "drug" and c.offense == "sex" for c in convictions)', {}, True),
        ('all(c.offense == "drug" for c in convictions) and any(c.offense == "sex" for c in convictions)', {}, True),
        ("count(c.shown_in_writing for c in convictions) == 3", {"convictions": [{}, {}]}, True),
        ("count(c.shown_in_writing for c in convictions) == 2", {"convictions": [{}, {}]}, False),
        # nobody leaves confinement before the conviction
        (
            "any(c.released_on < '2000-01-01' for c in convictions)",
            {"convictions": [{"convicted_on": "2000-01-01"}]},
            True,
        ),
        ("any(c.released_on < c.convicted_on for c in convictions)", {}, True),
        # entries that hang on a fact outside the list
        ('any(c.offense == "drug" and detainer.served for c in convictions)', {"detainer": None}, True),
        ('any(c.offense == "drug" and detainer.served for c in convictions)', {"detainer": {}}, False),
        ("any(c.convicted_on < detainer.issued_at for c in convictions) and not detainer", {}, True),
    ],
)
def test_what_cannot_be_is_not_tried(tmp_path: Path, when: str, fields: dict[str, Any], settled: bool) -> None:
    rule = f"  - {{id: r, authority: a, effect: permits, because: b, when: {when!r}}}\n"
    library = small_library(tmp_path, rule)
    decision = decide(Case.model_validate({**TODAY, **fields}), engine="direct", library=library)
    assert decision.settled is settled
    assert bool(decision.open_questions) is not settled


def test_a_bound_is_said(tmp_path: Path) -> None:
    words = ["final_order", "proceedings_pending", "biometrics", "statements", "affidavit"]
    facts = [f'"{word}" in detainer.probable_cause' for word in words]
    facts += [f'any(c.offense == "{word}" for c in convictions)' for word in OFFENSES]
    facts += [f'any(c.offense == "{word}" for c in charges)' for word in OFFENSES]
    rules = "".join(
        f"  - {{id: r{n}, authority: a, effect: permits, because: b, when: '{fact}'}}\n" for n, fact in enumerate(facts)
    )
    case = Case.model_validate({**TODAY, "detainer": {}, "judicial_warrant": None})
    decision = decide(case, engine="direct", library=small_library(tmp_path, rules))
    assert (decision.outcome, decision.settled) == ("release", False)
    assert any("in more than 4096 ways" in caveat for caveat in decision.caveats)
    assert {question.fact for question in decision.open_questions} == {
        "detainer.probable_cause",
        "convictions",
        "charges",
    }


def test_the_example_of_king_county_in_2019() -> None:
    case = Case.model_validate(
        {"jurisdiction": "us/wa/king", "release_at": "2019-06-03T10:00", "judicial_warrant": None}
    )
    assert decide(case).settled


def test_questions_come_from_the_ruleset_most_decisive_first() -> None:
    case = Case.model_validate({"jurisdiction": "us/wa/king", "release_at": "2014-03-03T10:00"})
    questions = decide(case).open_questions
    assert [question.fact for question in questions] == [
        "judicial_warrant",
        "detainer",
        "person.date_of_birth",
        "convictions",
    ]
    assert "Was the person convicted of homicide, and does ICE show it in writing?" in questions[-1].ask
    assert questions[2].ask == "How old is the person at scheduled release, or when was the person born?"


def test_a_question_that_no_ruleset_states_is_worked_out(tmp_path: Path) -> None:
    rule = "  - {id: r, authority: a, effect: permits, because: b, when: 'detainer.served and charges'}\n"
    case = Case.model_validate({**TODAY, "detainer": {}})
    decision = decide(case, engine="direct", library=small_library(tmp_path, rule))
    assert [str(question) for question in decision.open_questions] == [
        "Whether a copy was served on the person: yes or no?",
        "How many charges are there?",
    ]


def test_days_of_the_brute_force_lie_around_the_lines() -> None:
    assert all(date.fromisoformat(day) <= date(2014, 6, 2) for day in DAYS)


def test_what_entries_are_asked_of_facts_outside_their_list_is_not_taken_for_another_case(tmp_path: Path) -> None:
    """The ways of one case are not those of another in which these facts are others, whichever is decided first."""
    condition = 'any(c.offense == "homicide" and detainer.served for c in convictions)'
    rules = f"  - {{id: shown, authority: a, effect: permits, when: '{condition}', because: it is shown}}\n"
    for order in ((True, False), (False, True)):
        library = small_library(tmp_path, rules)
        for served in order:
            case = Case.model_validate(TODAY | {"detainer": {"served": served}})
            decision = decide(case, engine="direct", library=library)
            assert (decision.outcome, decision.settled) == ("release", not served)


def test_a_part_that_is_filled_in_leaves_what_nobody_asks_of_it_unknown(tmp_path: Path) -> None:
    """`served` is asked by a rule that is not met whatever it is."""
    shown = 'any(c.offense == "homicide" and detainer.issued_at < "2014-03-01" for c in convictions)'
    charged = "charges and any(detainer.served for c in convictions)"
    rules = f"""
  - {{id: shown, authority: a, effect: permits, when: '{shown}', because: it is shown}}
  - {{id: charged, authority: a, effect: permits, when: '{charged}', because: it is charged}}
"""
    fields = TODAY | {"convictions": [{"offense": "homicide"}], "charges": []}
    decision = decide(Case.model_validate(fields), engine="direct", library=small_library(tmp_path, rules))
    assert (decision.outcome, decision.settled) == ("release", False)
    assert [each.fact for each in decision.open_questions] == ["detainer"]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9), st.integers(0, 9)), max_size=6))
def test_a_tally_adds_up_count_by_count(fields: list[tuple[int, int, int]]) -> None:
    caps = [cap for cap, _, _ in fields]
    one, other = ([min(each[n], each[0]) for each in fields] for n in (1, 2))
    tally = Tally(caps)
    assert tally.counts(tally.of(one)) == one
    added = [min(a + b, cap) for a, b, cap in zip(one, other, caps, strict=True)]
    assert tally.counts(tally.plus(tally.of(one), tally.of(other))) == added
