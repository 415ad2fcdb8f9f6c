"""Laws held against each other: what differs is shown by a case, what is called equivalent no case tells apart; and what hangs on
it: the slips that scenarios notice, and the scenarios that are worth having.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from detainer import Case, DetainerError, Library, decide, testing
from detainer.engines import ENGINES, decide_under, load
from detainer.scenarios import entries, run_entry
from detainer.verify.mutants import mutants
from detainer.verify.mutate import mutate, score
from detainer.verify.sides import both_ways, pairs, side
from detainer.verify.suggest import fewest, scenario_text, suggest
from detainer.verify.targets import targets
from detainer.verify.versions import KINDS, Difference, Kind, differences, kind_of, stretches
from detainer.yamlfile import Source
from test_verify import edited

from conftest import ROOT

LIBRARY = Library()
ROOMY = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
PLACE = "us/xx/yy"


def _slip(data: st.DataObject, library: Library) -> Library:
    """The library with one slip in one of its files."""
    place = data.draw(st.sampled_from(library.places))
    source = library.source(place)
    made = list(mutants(source.data))
    assume(made)
    other = library.with_ruleset(place, Source(json.dumps(data.draw(st.sampled_from(made)).data), source.name))
    assume(not other.check())
    return other


@ROOMY
@given(testing.libraries(), st.data())
def test_what_is_called_equivalent_no_case_tells_apart(library: Library, data: st.DataObject) -> None:
    """And every difference is a case, of which both engines say what was said of it."""
    other = _slip(data, library)
    law, against = data.draw(st.sampled_from(list(stretches(library.history(PLACE), other.history(PLACE)))))
    found = next(differences(law, against, (against.since, against.until)), None)
    if found is None:
        for _ in range(8):
            case = data.draw(testing.cases(PLACE, library))
            decisions = [decide_under(each, case, load("direct")) for each in (law, against)]
            day = decisions[0].law_as_of
            inside = all((each.since or date.min) <= day < (each.until or date.max) for each in (law, against))
            if inside and all(None not in each.truths for each in decisions):
                assert kind_of(*decisions) is None
    elif found.decided:
        for engine in ENGINES:
            case = Case.model_validate(found.fields)
            assert (
                kind_of(decide_under(law, case, load(engine)), decide_under(against, case, load(engine))) == found.kind
            )


CHANGED: dict[Kind, tuple[str, str]] = {
    # what was changed in the federal law, by the gravest kind of difference that it makes in Oregon in 2016
    "gains": ("[I-247, I-247D, I-247X, I-247A]", "[I-247, I-247D, I-247N, I-247X, I-247A]"),
    "loses": ("[I-247, I-247D, I-247X, I-247A]", "[I-247, I-247D, I-247A]"),
    "longer": ("hours: 48\n    excluding", "hours: 49\n    excluding"),
    "shorter": ("hours: 48\n    excluding", "hours: 47\n    excluding"),
    "ruling": ("id: detainer-request", "id: request"),
}


def _differences(library: Library, day: str = "2016-06-06") -> list[Difference]:
    on = date.fromisoformat(day)
    return list(differences(LIBRARY.law("us/or", on), library.law("us/or", on)))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_difference_is_found(kind: Kind, tmp_path: Path) -> None:
    found = _differences(edited(tmp_path / "law", [("us.yaml", *CHANGED[kind])]))
    assert kind in {each.kind for each in found}
    for each in found:
        assert each.decided
        assert kind_of(*each.decisions) == each.kind
        assert len(each.fields) <= 5, each.fields  # the simplest case that shows it


def test_may_and_must_are_told_apart(tmp_path: Path) -> None:
    found = _differences(edited(tmp_path / "law", [("us.yaml", "effect: permits", "effect: requires")]))
    assert {each.kind for each in found} == {"ruling"}
    before, after = found[0].decisions
    assert (before.ruling.id, before.ruling.effect) == (after.ruling.id, "permits")
    assert after.ruling.effect == "requires"


def test_holidays_of_another_calendar_are_another_law() -> None:
    law = LIBRARY.law("us/or", date(2016, 6, 6))
    found = list(differences(law, replace(law, calendar="CA", kept={})))
    assert {each.kind for each in found} == {"longer", "shorter", "gains", "loses"}


def test_a_law_is_read_where_the_first_jail_stands() -> None:
    law = LIBRARY.law("us/wa/snohomish", date(2016, 6, 6))
    elsewhere = replace(law, timezone="America/New_York", kept={})
    assert list(differences(law, elsewhere)) == []


def test_an_enumeration_names_each_pair_of_rulings_once() -> None:
    laws = [LIBRARY.law("us/wa/king", date.fromisoformat(day)) for day in ("2014-09-14", "2014-09-15")]
    found = list(differences(*laws))
    named = [(each.kind, *(decision.ruling.id for decision in each.decisions)) for each in found]
    assert len(set(named)) == len(named)
    assert [each.kind for each in found].count("loses") == 2
    assert {each.kind for each in found} == {"loses", "ruling"}
    for each in found:  # a case of the first law's days: as a scenario it runs as it stands
        assert decide(Case.model_validate(each.fields)).ruling.id == each.decisions[0].ruling.id


# -- sides -------------------------------------------------------------------------------------------------------------------


def test_sides_are_places_days_claims_and_folders(tmp_path: Path) -> None:
    king = side("us/wa/king@2014-09-14", LIBRARY)
    assert (king.place, king.day) == ("us/wa/king", date(2014, 9, 14))
    assert side("law", LIBRARY).place is None
    claim = side("claims/dhs-2017-03-20@2017-03-20", LIBRARY)
    assert {law.place for law, _ in pairs(side("law@2017-03-20", LIBRARY), claim)} == set(LIBRARY.places) - {"us"}
    (pair,) = pairs(side("us/wa/king@2017-03-20", LIBRARY), claim)
    assert [law.place for law in pair] == ["us/wa/king"] * 2
    folder = edited(tmp_path / "law", []).root
    every = list(pairs(side("us/wa/king", LIBRARY), side(str(folder), LIBRARY)))
    assert len(every) == len(LIBRARY.history("us/wa/king"))
    assert not any(list(differences(*pair)) for pair in every)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (
            "us/wa/kong",
            "law",
            "`us/wa/kong` is no place, no claim and no folder of rulesets. Did you mean `us/wa/king`?",
        ),
        ("us/wa/king@2014-9-14", "law", "`us/wa/king@2014-9-14`: "),
        ("us/wa/king@2014-09-14", "us/wa/king", "name a day on both sides"),
        ("us", "us", "has no local time"),
        ("law", "nowhere/", "`nowhere/` is no place, no claim and no folder"),
    ],
)
def test_a_side_that_is_none_says_so(one: str, other: str, said: str) -> None:
    with pytest.raises(DetainerError) as caught:
        list(pairs(side(one, LIBRARY), side(other, LIBRARY)))
    assert said in str(caught.value)


def test_cases_are_decided_under_the_law_of_each_side() -> None:
    case = Case(jurisdiction="us/or", release_at="2020-03-03T10:00", detainer={"form": "I-247"}, judicial_warrant=None)
    sides = side("us/wa/king@2012-01-01", LIBRARY), side("us/wa/king@2016-01-01", LIBRARY)
    assert [each.ruling.id for each in both_ways(case, *sides)] == [
        "us/wa/king/honor-all",
        "us/wa/king/criminal-warrant-only",
    ]
    its_own = both_ways(case, side("law", LIBRARY), side("claims/dhs-2017-03-20", LIBRARY))
    assert [each.ruling.id for each in its_own] == ["us/detainer-request"] * 2


# -- slips -------------------------------------------------------------------------------------------------------------------

RULESET: dict[str, Any] = {
    "sets": {"FORMS": ["I-247", "I-247D"]},
    "definitions": {"grown": "age_on(release_at) >= 18"},
    "rules": [
        {"id": "none", "effect": "default"},
        {
            "id": "cap",
            "effect": "limits",
            "hours": 48,
            "excluding": ["sundays"],
            "from": "2014-01-01",
            "when": "not convictions and detainer.issued_at != '2014-01-01'",
        },
        {"id": "may", "effect": "permits", "overrides": ["cap"]},
    ],
}


def test_every_slip_is_made_once() -> None:
    made = [each.says for each in mutants(RULESET)]
    assert made == [
        "set `FORMS`: I-247 is left out",
        "set `FORMS`: I-247D is left out",
        "definition `grown`: `age_on(release_at) >= 18` becomes `age_on(release_at) > 18`",
        "definition `grown`: `age_on(release_at) >= 18` becomes `age_on(release_at) < 18`",
        "definition `grown`: `18` becomes `17`",
        "definition `grown`: `18` becomes `19`",
        "rule `cap` is left out",
        "rule `cap`: the basis detainer becomes judicial_warrant",
        "rule `cap`: from 2014-01-01 becomes 2013-12-31",
        "rule `cap`: from 2014-01-01 becomes 2014-01-02",
        "rule `cap`: from 2014-01-01 is left out",
        "rule `cap`: 48 hours become 47",
        "rule `cap`: 48 hours become 49",
        "rule `cap`: saturdays are left out",
        "rule `cap`: sundays are counted",
        "rule `cap`: holidays are left out",
        "rule `cap`: the condition is left out",
        "rule `cap`: `not convictions and detainer.issued_at != '2014-01-01'` becomes "
        "`not convictions or detainer.issued_at != '2014-01-01'`",
        "rule `cap`: `not convictions and detainer.issued_at != '2014-01-01'` becomes `detainer.issued_at != '2014-01-01'`",
        "rule `cap`: `not convictions and detainer.issued_at != '2014-01-01'` becomes `not convictions`",
        "rule `cap`: `not convictions` becomes `convictions`",
        "rule `cap`: `detainer.issued_at != '2014-01-01'` becomes `detainer.issued_at == '2014-01-01'`",
        "rule `cap`: `'2014-01-01'` becomes `'2013-12-31'`",
        "rule `cap`: `'2014-01-01'` becomes `'2014-01-02'`",
        "rule `may` is left out",
        "rule `may`: permits becomes prohibits",
        "rule `may`: the basis detainer becomes judicial_warrant",
        "rule `may`: it no longer overrides `cap`",
    ]
    assert (
        next(each for each in mutants(RULESET) if each.says == "rule `cap` is left out").data["rules"][1]["overrides"]
        == []
    )


@ROOMY
@given(testing.rulesets("us"))
def test_a_slip_changes_one_place_and_leaves_the_law_as_it_was(data: dict[str, Any]) -> None:
    kept = json.dumps(data)
    for mutant in mutants(data):
        assert json.dumps(data) == kept
        assert mutant.data != data
        changed = [part for part in data if mutant.data.get(part) != data[part]]
        assert changed == [mutant.path[0]]


def test_the_shipped_scenarios_notice_at_least_95_in_100_slips() -> None:
    """That the command says so is tested with the documents, which show it whole; what it counts, here."""
    shown = (ROOT / "docs/constraints.md").read_text("utf-8")
    killed, survived = map(int, re.findall(r"^\d+ mutants: (\d+) killed, (\d+) survived", shown, re.MULTILINE)[0])
    assert killed > 200
    assert killed / (killed + survived) >= 0.95
    trials = list(mutate(None, ["scenarios"], ["us/or", "us/wa"], jobs=2))
    assert score(trials) == 1
    for trial in trials:
        assert (trial.by is None) == (trial.fate != "killed")


def test_what_is_found_hangs_on_nothing_that_was_asked_before() -> None:
    laws = [LIBRARY.law("us/wa/king", date.fromisoformat(day)) for day in ("2014-09-14", "2014-09-15")]
    first = [each.fields for each in differences(*laws)]
    assert next(differences(*[LIBRARY.law("us/or", date(year, 1, 1)) for year in (2020, 2022)]), None)
    assert [each.fields for each in differences(*laws)] == first


def test_few_scenarios_notice_few_slips() -> None:
    trials = list(mutate(None, ["scenarios/clock/plain.yaml"], ["us/wa/clark"]))
    assert 0.1 < score(trials) < 0.7
    survivor = next(trial for trial in trials if trial.fate == "survived")
    assert survivor.file.endswith("us/wa/clark.yaml")
    assert survivor.witness
    assert len(set(survivor.answers)) == 2


# -- scenarios worth having --------------------------------------------------------------------------------------------------


_suggested = cache(partial(suggest, LIBRARY))


@pytest.mark.parametrize("place", ["us/wa/king", "us/wa/clark", "us/or/clackamas"])
def test_what_is_suggested_shows_all_there_is_to_show(place: str) -> None:
    suggested, vain = _suggested(place)
    for target in targets(LIBRARY, place):
        shown = [each for each in suggested if target.met_by(each.decision)]
        assert bool(shown) != (target.says in vain), target.says
        assert all(target.says in each.purposes for each in shown)
    drivers = {rule.id for law in LIBRARY.history(place) for rule in law.rules if rule.effect != "cautions"}
    driven = {each.decision.ruling.id for each in suggested}
    assert {f"{name} drives the decision" for name in drivers - driven} <= set(vain)
    text = scenario_text(place, suggested, vain)
    found = list(entries(Source(text, "suggested.yaml")))
    assert len(found) == len(suggested)
    for entry, each in zip(found, suggested, strict=True):
        result = run_entry(entry)
        assert result.expected is None  # the answer is for a person to write
        assert result.decision is not None
        assert result.decision.ruling.id == each.decision.ruling.id


def test_what_is_suggested_pins_both_sides_of_every_line() -> None:
    suggested, _ = _suggested("us/wa/king")
    said = {purpose for each in suggested for purpose in each.purposes}
    for line in (
        "the day before the first day of us/wa/king/criminal-warrant-only",
        "the first day of us/wa/king/criminal-warrant-only",
        "the last day of us/wa/king/honor-all",
        "the day after the last day of us/wa/king/honor-all",
        "the birthday that makes 18, for one side of `age_on(release_at) >= 18`",
        "the day before the birthday that makes 18, for the other side of `age_on(release_at) >= 18`",
        "the first day of `within_years(c.latest, 10)`",
        "the day before the first of `within_years(c.latest, 10)`",
        "the last minute of the hours of us/48-hour-cap",
        "the end of the hours of us/48-hour-cap",
    ):
        assert line in said


def test_answers_to_what_is_suggested_notice_most_slips(tmp_path: Path) -> None:
    """With the answers that the law gives, what is suggested for a county kills most of the slips in its file."""
    suggested, _ = _suggested("us/wa/clark")
    answered = [
        {"id": f"s{n}", **each.fields, "expect": {"outcome": each.decision.outcome, "ruling": each.decision.ruling.id}}
        for n, each in enumerate(suggested)
    ]
    (tmp_path / "answered.yaml").write_text(json.dumps({"scenarios": answered}), "utf-8")
    assert score(list(mutate(None, [str(tmp_path)], ["us/wa/clark"], jobs=2))) > 0.5


@given(st.lists(st.frozensets(st.sampled_from("abcdefg"), min_size=1), min_size=1, max_size=7))
@settings(max_examples=60, deadline=None)
def test_the_fewest_are_the_fewest(sets: list[frozenset[str]]) -> None:
    chosen = fewest(sets)
    whole = frozenset[str]().union(*sets)
    assert frozenset[str]().union(*(sets[number] for number in chosen)) == whole
    for smaller in range(1 << len(sets)):  # against every choice there is
        picked = [each for number, each in enumerate(sets) if smaller >> number & 1]
        if len(picked) < len(chosen):
            assert frozenset[str]().union(*picked) != whole
