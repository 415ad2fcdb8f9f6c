"""What `detainer check` finds odd: each oddity planted in the shipped law is found, at its place, and nothing else is."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detainer import Case, Library, decide, testing
from detainer.engines import decide_under, load
from detainer.verify.lint import lint
from detainer.verify.versions import kind_of
from test_verify import Edits, edited

KING, STATE, SNOHOMISH = "us/wa/king.yaml", "us/wa.yaml", "us/wa/snohomish.yaml"
_SAME = "custody_detainer and not judicial_warrant"
_BOTH_FORMS = 'detainer.form == "I-247" and detainer.form == "I-247A"'


def _more(effect: str, when: str) -> Edits:
    """One more rule of Snohomish County, after the one that stands there."""
    rule = f"  - {{id: more, authority: sheriff-policy, from: 2014-04-30, effect: {effect}, when: '{when}', because: so}}\n"
    return [(SNOHOMISH, 'end of that month"}\n', f'end of that month"}}\n{rule}')]


ODD: dict[str, tuple[str, Edits, list[str]]] = {
    # what is odd: the file, what was planted, and the beginnings of what is said of it
    "an authority unused": (
        SNOHOMISH,
        [(SNOHOMISH, "rules:\n", "  other: {kind: agency_policy, cite: c, confidence: A, source: s}\n\nrules:\n")],
        ["13:3: no rule rests on the authority `other`"],
    ),
    "a gap in dates": (
        KING,
        [(KING, "    until: 2013-12-20\n", "    until: 2013-12-19\n")],
        ["73:11: no rule of this file is in force from 2013-12-19 until 2013-12-20"],
    ),
    "overrides in a circle": (
        KING,
        [
            (KING, "adult and homicide_shown\n", "adult and homicide_shown\n    overrides: [serious-conviction]\n"),
            (KING, "adult and serious_shown\n", "adult and serious_shown\n    overrides: [homicide-conviction]\n"),
        ],
        ["77:16: `homicide-conviction` overrides itself", "89:16: `serious-conviction` overrides itself"],
    ),
    "a rule that stands twice": (
        SNOHOMISH,
        _more("prohibits", _SAME),
        ["23:10: `more` says what `no-detainer-holds` says", "23:10: `more` can never matter"],
    ),
    "a doubt that is never said": (
        SNOHOMISH,
        [(SNOHOMISH, "{sure: C, says:", "{sure: C, until: 2014-04-30, says:")],
        ["22:9: the dates of this doubt hold no day"],
    ),
    "a condition that is always true": (
        SNOHOMISH,
        _more("cautions", "age_on(release_at) >= 18 or age_on(release_at) < 18"),
        [
            "23:86: `age_on(release_at) >= 18 or age_on(release_at) < 18` is the same for every case: it is always true",
        ],
    ),
    "a part that is always false": (
        SNOHOMISH,
        _more("prohibits", f"detainer.served or {_BOTH_FORMS}"),
        [f"23:106: `{_BOTH_FORMS}` is the same for every case: it is always false"],
    ),
    "a definition that is always false": (
        KING,
        [(KING, "means: age_on(release_at) >= 18", f"means: '{_BOTH_FORMS}'")],
        [
            f"13:13: `{_BOTH_FORMS}` is the same for every case: `adult` can never be met",
            "76:11: `custody_detainer and adult and homicide_shown` is the same for every case: the rule can never",
            "87:11: `custody_detainer and adult and serious_shown` is the same for every case: the rule can never",
            "100:32: `not (adult and (homicide_shown or serious_shown))` is the same for every case: it is always true",
        ],
    ),
    "a rule that can never be met": (
        SNOHOMISH,
        _more("cautions", "count(c.shown_in_writing for c in convictions) < 0"),
        ["23:86: `count(c.shown_in_writing for c in convictions) < 0` is the same for every case: the rule can never"],
    ),
    "a rule in the shadow of another": (
        SNOHOMISH,
        _more("prohibits", f"{_SAME} and detainer.served"),
        ["23:10: `more` can never matter: without it, every case comes out the same"],
    ),
    "a limit on a hold that is not allowed": (
        SNOHOMISH,
        _more("limits, hours: 24, basis: detainer", _SAME),
        ["23:10: `more` can never matter"],
    ),
    "two rules of one rank in conflict": (
        SNOHOMISH,
        _more("requires", "charges"),
        ["14:9: `us/wa/snohomish/more` requires and `us/wa/snohomish/no-detainer-holds` prohibits, at one rank"],
    ),
}


@pytest.mark.parametrize("odd", ODD)
def test_what_is_odd_is_found_where_it_stands(odd: str, tmp_path: Path) -> None:
    name, edits, wanted = ODD[odd]
    library = edited(tmp_path / "law", edits)
    assert not library.check()
    found = lint(library, [name.removesuffix(".yaml")])
    said = [str(problem).removeprefix(f"{tmp_path}/law/{name}:") for problem in found]
    assert [any(each.startswith(start) for start in wanted) for each in said] == [True] * len(wanted), said


def test_a_conflict_comes_with_a_case(tmp_path: Path) -> None:
    library = edited(tmp_path / "law", _more("requires", "charges"))
    (problem,) = lint(library, ["us/wa/snohomish"])
    case = Case.model_validate(json.loads(problem.message.rpartition(" Both are met by ")[2]))
    decision = decide(case, library=library)
    met = {rule.rule.id for rule, truth in zip(decision.law.rules, decision.truths, strict=True) if truth}
    assert {"more", "no-detainer-holds"} <= met
    assert decision.ruling.id == "us/wa/snohomish/no-detainer-holds"


def test_a_conflict_that_an_override_or_a_higher_rank_decides_is_none(tmp_path: Path) -> None:
    rule = _more("requires", "charges")
    solved = [
        (file, old, new.replace("because: so", "because: so, overrides: [no-detainer-holds]"))
        for file, old, new in rule
    ]
    assert lint(edited(tmp_path / "overridden", solved), ["us/wa/snohomish"]) == []
    late = [(file, old, new.replace("2014-04-30", "2019-05-21")) for file, old, new in rule]  # then the state prohibits
    assert lint(edited(tmp_path / "above", late), ["us/wa/snohomish"]) == []
    beside = ("us/wa.yaml", "kind: state_statute", "kind: agency_policy")
    assert lint(edited(tmp_path / "beside", [beside, *late]), ["us/wa/snohomish"]) != []


def test_the_shipped_law_has_nothing_odd() -> None:
    library = Library()
    assert lint(library, library.places) == []


def test_a_law_too_wide_for_a_local_time_is_looked_at_in_utc(tmp_path: Path) -> None:
    library = edited(
        tmp_path / "law",
        [
            (
                "us.yaml",
                "    effect: permits\n    when: custody_detainer\n",
                "    effect: permits\n    when: detainer and not detainer\n",
            )
        ],
    )
    for place in ("wa", "or"):
        shutil.rmtree(library.root / "us" / place)
        (library.root / "us" / f"{place}.yaml").unlink()
    found = [problem.message for problem in lint(Library(library.root), ["us"])]
    assert [each.split(" is the same")[0].split(" can never")[0] for each in found] == [
        "`detainer and not detainer`",
        "`48-hour-cap`",
        "`48-hour-cap-form`",
    ]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(testing.libraries(), st.data())
def test_what_is_said_of_any_law_holds_in_its_cases(library: Library, data: st.DataObject) -> None:
    """A rule that can never matter changes no case, and a condition that is the same for every case is so in each."""
    place = "us/xx/yy"
    found = lint(library, [place])
    idle = {problem.message.split("`")[1] for problem in found if "can never matter" in problem.message}
    constant = [problem.message for problem in found if " is the same for every case: " in problem.message]
    same = {each.split("`")[1]: "always true" in each for each in constant}
    for _ in range(6):
        case = data.draw(testing.cases(place, library))
        decision = decide(case, engine="direct", library=library)
        for rule, truth in zip(decision.law.rules, decision.truths, strict=True):
            if rule.depth != 2:
                continue
            if rule.when.text in same:
                assert truth in (same[rule.when.text], None)
            if rule.rule.id in idle and None not in decision.truths:
                rest = tuple(each for each in decision.law.rules if each is not rule)
                without = decide_under(replace(decision.law, rules=rest, kept={}), case, load("direct"))
                assert kind_of(decision, without) is None
