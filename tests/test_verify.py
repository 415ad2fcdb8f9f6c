"""Proofs: the solver's reading is the engines' reading, every constraint can be refuted, and what is proven holds."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast, get_args

import pytest
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detainer import UNKNOWN, Case, Decision, FileError, Library, decide, engines, testing
from detainer.case import FIRST, LAST
from detainer.engines import ENGINES
from detainer.language.fields import Record, Word, case_fields
from detainer.law import Basis
from detainer.precedence import control
from detainer.scenarios import entries, run_entry
from detainer.verify import doctrine
from detainer.verify.cases import is_case
from detainer.verify.constraints import broken, load_constraints
from detainer.verify.every import shown
from detainer.verify.logic import Formula, both, equal, opposite, same
from detainer.verify.moments import Moments, seconds
from detainer.verify.prove import prove
from detainer.verify.report import code, scenario_file, text
from detainer.verify.study import Inquiry, inquire
from detainer.verify.symbols import facts_of_case, named_by
from detainer.yamlfile import read

from strategies import cases, libraries

LIBRARY = Library()
ROOMY = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


def _asked(decision: Decision) -> tuple[Inquiry, list[Formula]]:
    """The solver's reading of one decided case, and all that is so of it."""
    law, situation = decision.law, decision.situation
    moments = Moments("m", law.where, FIRST.toordinal(), LAST.toordinal())
    inquiry = inquire(law, moments, "case", facts_of_case("case", named_by(law.conditions)))
    exact = list(moments.exactly(seconds(situation.release_at), (seconds(situation.asked_at),)))
    return inquiry, [*inquiry.said, *moments.said, *exact, *is_case(inquiry.symbols, decision.case)]


def _can_be(said: list[Formula], *more: Formula) -> bool:
    solver = z3.Solver()
    solver.add(*said, *more)
    answer = solver.check()
    assert answer != z3.unknown
    return answer == z3.sat


@ROOMY
@given(libraries(), cases())
def test_the_solver_reads_law_and_case_as_direct_does(library: Library, fields: dict[str, Any]) -> None:
    _reads_alike(decide(Case.model_validate(fields), engine="direct", library=library))


@settings(ROOMY, max_examples=60)
@given(testing.libraries(), st.data())
def test_the_solver_reads_every_fact_there_is_near_every_line(library: Library, data: st.DataObject) -> None:
    _reads_alike(decide(data.draw(testing.cases(library=library)), engine="direct", library=library))


def _reads_alike(decision: Decision) -> None:
    inquiry, said = _asked(decision)
    if decision.outcome == "hold" or UNKNOWN not in (decision.case.convictions, decision.case.charges):
        # a list of which nothing is known could have more entries than the solver looks at; else the two are the same
        assert _can_be(said, opposite(inquiry.hold)) == (decision.outcome == "release")
    else:
        return
    control = decision.resolution.control
    end = control.hold_until
    agrees = both(
        same(inquiry.hold, decision.outcome == "hold"),
        equal(inquiry.ruling, decision.law.rules.index(control.ruling)),
        same(inquiry.timed, end is not None),
        equal(inquiry.end, seconds(end)) if end else True,
    )
    assert _can_be(said, agrees)
    if None not in decision.truths:
        assert not _can_be(said, opposite(agrees))


_RULES = st.fixed_dictionaries(
    {
        "effect": st.sampled_from(["permits", "limits", "permits", "limits", "requires", "prohibits"]),
        "rank": st.integers(1, 3),
        "basis": st.sampled_from(get_args(Basis)),
        "overrides": st.integers(0, 20),
        "hours": st.integers(1, 4),
        "met": st.sampled_from([True, True, False]),
    }
)


@settings(max_examples=1500, deadline=None)
@given(
    st.lists(_RULES, min_size=3, max_size=9).map(lambda rules: sorted(rules, key=lambda rule: rule["rank"])),
    st.integers(0, 5),
)
def test_the_doctrine_for_the_solver_is_the_doctrine(drawn: list[dict[str, Any]], asked: int) -> None:
    """Rules met or not and limits that end at any hour, whatever the facts: what is known folds, so no solver is asked."""
    real = LIBRARY.law("us/or", date(2016, 1, 1))
    rules = [
        replace(
            real.default,
            id=str(number),
            effect=each["effect"],
            rank=each["rank"],
            rule=real.default.rule.model_copy(update={"basis": each["basis"]}),
            overrides=frozenset((str(each["overrides"]),)),
        )
        for number, each in enumerate(drawn)
    ]
    law = replace(real, rules=(*rules, real.default), kept={})
    hours = [each["hours"] if each["effect"] == "limits" else 0 for each in drawn]
    met = [each["met"] for each in drawn]
    seen = doctrine.control(law, [*met, True], [*hours, 0], asked)
    start = datetime(2016, 1, 1, tzinfo=UTC)
    ends = {rule: start + timedelta(hours=each) for rule, each in zip(rules, hours, strict=True)}
    yes = [rule for rule, is_met in zip(rules, met, strict=True) if is_met]
    found = control([*yes, law.default], ends.__getitem__, start + timedelta(hours=asked), law.default)
    assert seen.hold is (found.outcome == "hold")
    assert law.rules[cast("int", seen.ruling)] is found.ruling
    assert seen.timed is (found.hold_until is not None)
    if found.hold_until:
        assert start + timedelta(hours=cast("int", seen.end)) == found.hold_until


def edited(folder: Path, edits: list[tuple[str, str, str]]) -> Library:
    """The shipped law with some text of its files replaced."""
    shutil.copytree(LIBRARY.root, folder)
    for name, old, new in edits:
        file = folder / name
        text = file.read_text("utf-8")
        assert old in text, (name, old)
        file.write_text(text.replace(old, new), "utf-8")
    return Library(folder)


Edits = list[tuple[str, str, str]]
_STATE = ("us/wa.yaml", "custody_detainer and not judicial_warrant", "custody_detainer and not judicial_warrant and {}")
_AGENCY = ("us/wa.yaml", "kind: state_statute", "kind: agency_policy")
_LONG: Edits = [("us.yaml", "hours: 48", "hours: 8784")]

PLANTED: dict[str, tuple[str, str, Edits]] = {
    # constraint: the place and day of the law in which it is broken, and what was changed in the shipped files
    "no-hold-outlives-a-limit": (
        "us/or",
        "2018-01-01",
        [("us.yaml", "    effect: permits\n", "    effect: permits\n    basis: judicial_warrant\n")],
    ),
    "no-hold-without-authority": (
        "us/or",
        "2018-01-01",
        [("us.yaml", "    effect: permits\n    when: custody_detainer\n", "    effect: permits\n")],
    ),
    "federal-criminal-warrant-holds": (
        "us/wa/king",
        "2016-01-01",
        [("us.yaml", "    when: judicial_warrant\n", '    when: judicial_warrant.kind == "civil"\n')],
    ),
    "washington-needs-a-judge": ("us/wa", "2020-01-01", [(*_STATE[:2], _STATE[2].format('detainer.form != "I-247D"'))]),
    "king-county-needs-a-judge": (
        "us/wa/king",
        "2016-01-01",
        [("us/wa/king.yaml", "not federal_criminal_warrant", 'detainer.administrative_warrant != "I-200"')],
    ),
    "warrant-never-frees": (
        "us/wa",
        "2020-01-01",
        [
            ("us.yaml", "    when: judicial_warrant\n", '    when: judicial_warrant.kind == "criminal"\n'),
            ("us/wa.yaml", "not judicial_warrant", 'judicial_warrant.kind == "civil"'),
        ],
    ),
    # a stated age counts as it stands, so someone of 18 at release is 18 a year later, as nobody with a birthday is
    "learning-never-frees": (
        "us/wa",
        "2020-01-01",
        [*_LONG, (*_STATE[:2], _STATE[2].format("age_on(release_at) >= 18 and age_on(asked_at) < 19"))],
    ),
    "waiting-never-holds": ("us/wa", "2020-01-01", [(*_STATE[:2], _STATE[2].format("age_on(asked_at) < 18"))]),
    "hold-until-is-the-first-moment": (
        "us/wa",
        "2020-01-01",
        [*_LONG, (*_STATE[:2], _STATE[2].format("age_on(asked_at) >= 18"))],
    ),
    "administrative-warrant-decides-nothing": (
        "us/wa",
        "2020-01-01",
        [(*_STATE[:2], _STATE[2].format('detainer.administrative_warrant != "I-200"'))],
    ),
    "second-detainer-never-extends": (
        "us/or",
        "2016-01-01",
        [
            (
                "us.yaml",
                "holidays]\n    when: custody_detainer",
                'holidays]\n    when: custody_detainer and detainer.issued_at < "2015-01-01"',
            )
        ],
    ),
    "county-yields-to-state-prohibition": (
        "us/wa/king",
        "2020-01-01",
        [
            _AGENCY,
            (
                "us/wa/king.yaml",
                "effect: prohibits\n    when: custody_detainer and not federal",
                "effect: requires\n    when: custody_detainer and not federal",
            ),
        ],
    ),
    "state-duty-beats-county-prohibition": (
        "us/wa/king",
        "2020-01-01",
        [_AGENCY, ("us/wa.yaml", "effect: prohibits", "effect: requires")],
    ),
}
CONSTRAINTS = {checked.id: checked for checked in load_constraints()}


def test_a_violation_is_planted_for_every_constraint() -> None:
    assert {*PLANTED, "who-someone-is-cannot-matter"} == set(CONSTRAINTS)


@pytest.mark.parametrize("constraint", PLANTED)
def test_a_planted_violation_is_found_and_shown(constraint: str, tmp_path: Path) -> None:
    place, day, edits = PLANTED[constraint]
    sound = prove(LIBRARY.law(place, date.fromisoformat(day)), CONSTRAINTS[constraint])
    assert sound is not None
    assert sound.verdict == "proven"
    library = edited(tmp_path / "law", edits)
    law = library.law(place, date.fromisoformat(day))
    proof = prove(law, CONSTRAINTS[constraint])
    assert proof is not None
    assert proof.verdict == "refuted"
    seen = shown(proof, "…", library)
    file = tmp_path / "witness.yaml"
    file.write_text(scenario_file(seen.scenarios), "utf-8")
    for engine in ENGINES:  # the witness is a scenario that runs, and comes out the same in every engine
        decisions = []
        for entry in entries(read(file)):
            result = run_entry(entry, engine=engine, library=library)
            assert result.expected == "met", (result.problems, result.differences)
            assert result.decision is not None
            decisions.append(result.decision)
        assert broken(CONSTRAINTS[constraint], *decisions)


def test_what_the_solver_does_not_find_out_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detainer.verify.search._ROUNDS", 0)
    proof = prove(LIBRARY.law("us/wa", date(2020, 1, 1)), CONSTRAINTS["washington-needs-a-judge"])
    assert proof is not None
    assert (proof.verdict, proof.witness) == ("undecided", ())
    refuted = replace(proof, verdict="refuted")
    proven = replace(proof, verdict="proven")
    assert [code(proofs) for proofs in ([proven], [proven, proof], [proof, refuted], [])] == [0, 2, 1, 0]
    seen = [shown(proof, "…", LIBRARY)]
    assert "undecided: washington-needs-a-judge, us/wa, from 2019-05-21" in text(
        [CONSTRAINTS["washington-needs-a-judge"]], seen
    )


def test_a_case_on_which_the_engines_part_is_undecided(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    place, day, edits = PLANTED["washington-needs-a-judge"]
    library = edited(tmp_path / "law", edits)
    monkeypatch.setitem(
        engines._loaded, "rete", SimpleNamespace(truths=lambda law, *_: tuple(False for _ in law.rules))
    )
    proof = prove(library.law(place, date.fromisoformat(day)), CONSTRAINTS["washington-needs-a-judge"])
    assert proof is not None
    assert (proof.verdict, proof.why) == ("undecided", "the engines do not agree on this case")


def test_who_someone_is_cannot_matter_fails_where_a_fact_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    law = LIBRARY.law("us/wa", date(2020, 1, 1))
    checked = CONSTRAINTS["who-someone-is-cannot-matter"]
    proof = prove(law, checked)
    assert proof is not None and proof.verdict == "proven"
    person = case_fields().fields["person"]
    assert isinstance(person, Record)
    with_it = replace(person, fields={**person.fields, "country_of_nationality": Word(("here", "there"))})
    fields = replace(case_fields(), fields={**case_fields().fields, "person": with_it})
    monkeypatch.setattr("detainer.verify.constraints.case_fields", lambda: fields)
    proof = prove(law, checked)
    assert proof is not None and proof.verdict == "refuted"
    assert proof.why == "a rule could name nationality"


def test_a_rule_that_names_who_someone_is_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="unknown name `nationality`"):
        edited(tmp_path / "law", [(*_STATE[:2], _STATE[2].format('person.nationality == "x"'))]).law(
            "us/wa", date(2020, 1, 1)
        )
