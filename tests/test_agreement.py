"""One meaning: on generated rulesets and cases the engines agree, and what is unknown is treated as the design says."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detainer import Case, DetainerError, Library, decide, testing
from detainer.engines import direct
from detainer.precedence import Control, control
from detainer.provision import Provision

from strategies import cases, completions, libraries, small_library

ROOMY = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


@ROOMY
@given(libraries(), st.lists(cases(), min_size=1, max_size=3))
def test_engines_give_the_same_decision_ruling_and_fate_of_every_rule(
    library: Library, drawn: list[dict[str, Any]]
) -> None:
    for fields in drawn:
        case = Case.model_validate(fields)
        left = decide(case, engine="rete", library=library)
        right = decide(case, engine="direct", library=library)
        assert left.truths == right.truths
        assert left.to_dict() == right.to_dict()


@settings(ROOMY, max_examples=150)
@given(testing.libraries(), st.data())
def test_engines_agree_on_every_fact_there_is_near_every_line(library: Library, data: st.DataObject) -> None:
    case = data.draw(testing.cases(library=library))
    left = decide(case, engine="rete", library=library)
    right = decide(case, engine="direct", library=library)
    assert left.to_dict() == right.to_dict()


@ROOMY
@given(libraries(), cases())
def test_filling_in_unknowns_never_turns_hold_into_release(library: Library, fields: dict[str, Any]) -> None:
    before = decide(Case.model_validate(fields), engine="direct", library=library)
    if before.outcome == "hold" or before.settled:
        for more in completions(fields):
            after = decide(Case.model_validate(more), engine="direct", library=library)
            assert after.outcome == before.outcome, more


def test_a_list_that_may_turn_out_empty_is_counted_as_one(tmp_path: Path) -> None:
    """`all` is true of nothing: with convictions unknown, there may be none, and then the second rule forbids the hold."""
    nothing_else = 'not convictions and all(c.offense == "drug" for c in convictions)'
    library = small_library(
        tmp_path,
        "  - {id: may, authority: a, effect: permits, when: detainer, because: it may}\n"
        f"  - {{id: no, authority: a, effect: prohibits, when: '{nothing_else}', because: it may not}}\n",
    )
    case = Case.model_validate({"jurisdiction": "us", "release_at": "2017-06-05T10:00", "detainer": {}})
    decision = decide(case, library=library)
    assert (decision.outcome, decision.settled) == ("release", False)
    assert [question.fact for question in decision.open_questions] == ["convictions"]


@ROOMY
@given(libraries(), cases())
def test_the_decision_fits_its_parts(library: Library, fields: dict[str, Any]) -> None:
    decision = decide(Case.model_validate(fields), library=library)
    fates = [finding.fate for finding in decision.considered]
    assert fates.count("controls") == 1
    assert len(fates) == len(decision.law.rules) + len(decision.law.dormant)
    assert next(f.id for f in decision.considered if f.fate == "controls") == decision.ruling.id
    if decision.hold_until is not None:
        assert decision.outcome == "hold"
        assert decision.situation.asked_at < decision.hold_until
    assert decision.settled or decision.open_questions
    assert decision.settled or decision.outcome == "release"
    if None not in decision.truths:
        assert decision.settled
        assert decision.resolution.control == _by_the_letter(decision.law.rules, decision)


def _by_the_letter(rules: tuple[Provision, ...], decision: Any) -> Control:
    """The doctrine of the dossier's section 5, step by step, written apart from the engine."""
    met = [rule for rule, truth in zip(rules, decision.truths, strict=True) if truth]
    end = decision._end
    standing = [r for r in met if not any(r.id in o.overrides for o in met)]
    for rank in range(1, 6):
        here = [rule for rule in standing if rule.rank == rank]
        if any(rule.effect == "prohibits" for rule in here):
            return Control("release", next(rule for rule in here if rule.effect == "prohibits"))
        duties = [rule for rule in here if rule.effect == "requires"]
        if duties:
            return _timed(duties, standing, end, decision)
    allowed = [rule for rule in standing if rule.effect == "permits"]
    if not allowed:
        return Control("release", decision.law.default)
    return _timed(allowed, standing, end, decision)


def _timed(grounds: list[Provision], standing: list[Provision], end: Any, decision: Any) -> Control:
    best: tuple[Any, ...] | None = None
    for ground in grounds:
        limits = [r for r in standing if r.effect == "limits" and r.rule.basis == ground.rule.basis]
        if not limits:
            key: tuple[Any, ...] = (True, 0.0, ground.rank, -grounds.index(ground), ground, None)
        else:
            first = min(limits, key=end)
            key = (False, end(first).timestamp(), ground.rank, -grounds.index(ground), ground, first)
        if best is None or key[:4] > best[:4]:
            best = key
    assert best is not None
    ground, limit = best[4], best[5]
    if limit is None:
        return Control("hold", ground, basis=ground)
    if decision.situation.asked_at < end(limit):
        return Control("hold", ground, end(limit), limit, ground)
    return Control("release", limit, None, limit, ground)


def test_agreement_would_notice_a_wrong_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The property above can fail: an engine that takes unknown for no gives other decisions."""
    monkeypatch.setattr(
        "detainer.engines._loaded",
        {"direct": SimpleNamespace(truths=lambda law, s, session: tuple(bool(t) for t in direct.truths(law, s)))},
    )
    case = Case.model_validate(
        {"jurisdiction": "us/or", "release_at": "2017-06-05T10:00", "detainer": {"form": "I-247A"}}
    )
    assert decide(case, engine="direct").settled
    assert not decide(case, engine="rete").settled


def test_an_engine_that_cannot_be_loaded_is_named_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detainer.engines._loaded", {})
    monkeypatch.setitem(sys.modules, "detainer.engines.rete", None)
    case = Case.model_validate({"jurisdiction": "us/or", "release_at": "2017-06-05T10:00"})
    with pytest.raises(
        DetainerError, match=r"`rete` cannot be loaded \(.*\); install it as the README says, or take `direct`"
    ):
        decide(case, engine="rete")
    with pytest.raises(DetainerError, match=r"no engine `reet`\. Did you mean `rete`\?"):
        decide(case, engine="reet")  # type: ignore[arg-type]


def test_control_is_pure_over_met_rules() -> None:
    law = decide(Case.model_validate({"jurisdiction": "us/or", "release_at": "2017-06-05T10:00", "detainer": None})).law
    assert control([], lambda _: pytest.fail("no limit matters"), None, law.default).ruling.id == "us/no-authority"  # type: ignore[arg-type]
