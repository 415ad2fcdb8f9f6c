"""The condition language: what it means in three values, what it refuses, and where it points."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detainer.case import Case
from detainer.clock import zone
from detainer.language import Names, check
from detainer.language.tree import Truth
from detainer.situation import Situation, situate

from strategies import cases, conditions

NAMES = Names(sets={"CUSTODY": ("I-247", "I-247D", "I-247A")})


def _situation(**fields: Any) -> Situation:
    base = {"jurisdiction": "us/wa", "release_at": "2014-03-03T10:00"}
    return situate(Case.model_validate(base | fields), zone("America/Los_Angeles"))


def _truth(text: str, **fields: Any) -> Truth:
    node, errors = check(text, NAMES)
    assert node is not None, errors
    return node.truth(_situation(**fields))


@pytest.mark.parametrize(
    ("text", "fields", "expected"),
    [
        ("detainer", {}, None),
        ("detainer", {"detainer": None}, False),
        ("detainer", {"detainer": {}}, True),
        ("detainer.served", {"detainer": None}, False),
        ("detainer.served", {"detainer": {}}, None),
        ("not detainer.served", {"detainer": None}, True),
        ("detainer.served == false", {"detainer": {"served": False}}, True),
        ("detainer.served != True", {"detainer": {"served": False}}, True),
        ('detainer.form == "I-247"', {"detainer": {"form": "I-247"}}, True),
        ('detainer.form != "I-247"', {"detainer": None}, True),
        ("detainer.form in CUSTODY", {"detainer": {"form": "I-247N"}}, False),
        ('detainer.form not in ["I-247N"]', {"detainer": {"form": "I-247N"}}, False),
        ('"affidavit" in detainer.probable_cause', {"detainer": {"probable_cause": []}}, False),
        ('"affidavit" in detainer.probable_cause', {"detainer": {}}, None),
        ("detainer.probable_cause", {"detainer": {"probable_cause": ["biometrics"]}}, True),
        ("convictions", {"convictions": []}, False),
        ("charges", {}, None),
        ("age_on(release_at) >= 18", {"person": {"age": 18}}, True),
        ("18 <= age_on(release_at)", {"person": {"date_of_birth": "1996-03-03"}}, True),
        ("age_on(release_at) >= 18", {"person": {"date_of_birth": "1996-03-04"}}, False),
        ("age_on(release_at) >= 18", {}, None),
        ("age_on(release_at) > 20", {"person": {"age": 20}}, False),
        ('detainer.issued_at >= "2014-03-01"', {"detainer": {"issued_at": "2014-03-01T23:00"}}, True),
        ("detainer.issued_at < release_at", {"detainer": {"issued_at": "2014-03-03"}}, False),
        ('any(c.offense == "sex" for c in convictions)', {"convictions": [{}]}, None),
        ('any(c.offense == "sex" for c in convictions)', {"convictions": [{}, {"offense": "sex"}]}, True),
        ('all(c.offense == "sex" for c in convictions)', {"convictions": []}, True),
        ('all(c.offense == "sex" for c in convictions)', {"convictions": [{}, {"offense": "drug"}]}, False),
        ('count(c.offense == "sex" for c in convictions) >= 2', {"convictions": [{}, {"offense": "sex"}]}, None),
        ('count(c.offense == "sex" for c in convictions) < 3', {"convictions": [{}, {"offense": "sex"}]}, True),
        ('any(c.class == "felony" for c in charges)', {"charges": [{"class": "felony"}]}, True),
        (
            "any(within_years(c.latest, 10) for c in convictions)",
            {"convictions": [{"convicted_on": "2004-03-03"}]},
            True,
        ),
        (
            "any(within_years(c.latest, 10) for c in convictions)",
            {"convictions": [{"convicted_on": "2004-03-02"}]},
            None,
        ),
        (
            "any(within_years(c.latest, 10) for c in convictions)",
            {"convictions": [{"convicted_on": "2004-03-02", "released_on": None}]},
            False,
        ),
        ("detainer and judicial_warrant", {"detainer": None}, False),
        ("detainer or judicial_warrant", {"detainer": {}}, True),
        ("detainer or judicial_warrant", {"detainer": None}, None),
    ],
)
def test_meaning(text: str, fields: dict[str, Any], expected: Truth) -> None:
    assert _truth(text, **fields) is expected


@pytest.mark.parametrize(
    ("text", "said", "at"),
    [
        ("detainr", "unknown name `detainr`. Did you mean `detainer`?", "detainr"),
        ("detainer.serve", "unknown name `serve`. Did you mean `served`?", "serve"),
        ("detainer.form == 'I-247B'", "none of I-247, I-247D", "'I-247B'"),
        ("detainer.form", "is a word, not true or false", "form"),
        ("detainer.form < 'I-247'", "words have no order", "form"),
        ("detainer.form in CUSTODI", "unknown constant set `CUSTODI`. Did you mean `CUSTODY`?", "CUSTODI"),
        ("age_on(release_at) == 'old'", "expected a whole number", "'old'"),
        ("age_on(release_at) == True", "expected a whole number", "True"),
        ("person.age >= 18", "write age_on(release_at) instead", "age"),
        ("person.date_of_birth < '1990-01-01'", "write age_on(release_at) instead", "date_of_birth"),
        ("detainer == 1", "is a part of the case and cannot be compared", "detainer"),
        ("detainer.issued_at > 'yesterday'", "expected a day such as 2014-03-01", "'yesterday'"),
        ("1 < person.age < 3", "one comparison at a time", "1 < person.age < 3"),
        ("any(convictions)", "goes over a list", "any(convictions)"),
        ("any(c.offense == 'sex' for c in detainer)", "not a list such as convictions", "detainer"),
        ("any(c.ofense == 'sex' for c in convictions)", "Did you mean `offense`?", "ofense"),
        ("any(c.offense == 'sex' for c in convictions if c.class == 'felony')", "no `if` here", "c.class == 'felony'"),
        (
            "count(c.offense == 'sex' for c in convictions)",
            "is a number; compare it",
            "count(c.offense == 'sex' for c in convictions)",
        ),
        ("within_years(detainer.issued_at, 0)", "expected a number of years", "0"),
        ("within_years(detainer.form, 5)", "is a word, not a day", "form"),
        ("age_on(detainer.issued_at) > 1", "takes release_at or asked_at", "issued_at"),
        ("exec('1')", "unknown function `exec`", "exec('1')"),
        ("__import__('os').system('id')", "unknown function", "__import__('os').system('id')"),
        ("(lambda: detainer)()", "unknown function", "(lambda: detainer)()"),
        ("detainer.__class__", "unknown name `__class__`", "__class__"),
        ("True", "is the same for every case", "True"),
        ("detainer is None", "not with `is`", "detainer is None"),
        ("jurisdiction == 'us'", "unknown name `jurisdiction`", "jurisdiction"),
    ],
)
def test_mistakes_are_named_where_they_stand(text: str, said: str, at: str) -> None:
    node, errors = check(text, NAMES)
    assert node is None
    assert said in str(errors[0])
    assert text[errors[0].start : errors[0].end] == at


@pytest.mark.parametrize("text", ["detainer and", "(detainer", "detainer )", "a b", "", "not", "detainer\x00"])
def test_what_is_no_expression_is_refused(text: str) -> None:
    node, errors = check(text, NAMES)
    assert node is None
    assert errors


def test_all_mistakes_of_a_condition_are_told() -> None:
    _, errors = check("detainr and detainer.form == 'X' or not age_on(1) > 2", NAMES)
    assert len(errors) == 3


@pytest.mark.parametrize(
    "text", ["(" * 3000 + "detainer" + ")" * 900, "not " * 950 + "detainer", "detainer and " * 500 + "x"]
)
def test_deep_and_long_conditions_are_refused_and_end(text: str) -> None:
    node, errors = check(text, NAMES)
    assert node is None
    assert errors


_names = Names(
    definitions={name: node for name in ("asks", "shown") if (node := check("detainer", NAMES)[0])},
    sets=NAMES.sets,
)


@given(conditions, conditions, cases())
def test_the_connectives_are_kleenes(left: str, right: str, fields: dict[str, Any]) -> None:
    case = Case.model_validate(fields)
    order = {False: 0, None: 1, True: 2}

    def truth(text: str) -> int:
        node, errors = check(text, _names)
        assert node is not None, errors
        return order[node.truth(situate(case, zone("America/Los_Angeles")))]

    one, two = truth(left), truth(right)
    assert truth(f"({left}) and ({right})") == min(one, two)
    assert truth(f"({left}) or ({right})") == max(one, two)
    assert truth(f"not ({left})") == 2 - one


@given(st.text(max_size=60))
def test_any_text_is_taken_or_refused_in_words(text: str) -> None:
    node, errors = check(text, NAMES)
    assert (node is None) == bool(errors)
    assert all(0 <= error.start <= error.end <= len(text) for error in errors)
