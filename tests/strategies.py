"""Generated law and cases of a narrow world, in which every line that the law can draw is known beforehand.

What is generated of the whole world stands in `detainer.testing`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from detainer import Library, testing

FORMS = ["I-247", "I-247D", "I-247N", "I-247X", "I-247A"]
OFFENSES = ["homicide", "violent", "serious_traffic", "drug"]
KINDS = ["constitution", "federal_regulation", "state_statute", "county_ordinance", "agency_policy"]
LAST = date(2020, 12, 31)

_TESTS = [
    "detainer",
    "detainer.served",
    'detainer.form == "I-247"',
    "detainer.form in CUSTODY",
    'detainer.form != "I-247A"',
    '"affidavit" in detainer.probable_cause',
    "detainer.probable_cause",
    'detainer.issued_at >= "2014-03-01"',
    "detainer.issued_at < release_at",
    "judicial_warrant",
    'judicial_warrant.kind == "criminal"',
    'judicial_warrant.issued_by in ["federal_judge", "federal_magistrate"]',
    "age_on(release_at) >= 18",
    "age_on(asked_at) < 21",
    "person.proof_of_lawful_status",
    "charges",
    "convictions",
    'any(c.offense == "homicide" and c.shown_in_writing for c in convictions)',
    'all(c.offense == "drug" for c in convictions)',
    'count(c.offense in ["violent", "serious_traffic"] and within_years(c.latest, 10) for c in convictions) >= 2',
    "count(c.shown_in_writing for c in convictions) == 1",
    "any(within_years(c.convicted_on, 5) or not c.shown_in_writing for c in convictions)",
    "all(not c.shown_in_writing for c in convictions)",
    'not convictions and all(c.offense == "drug" for c in convictions)',
    'not any(c.offense == "violent" for c in charges)',
    "asks",
    "shown",
]

conditions = testing.conditions(st.sampled_from(_TESTS))
"""Conditions of these tests only, so that every line they draw is known."""


def libraries() -> st.SearchStrategy[Library]:
    """Libraries of such conditions."""
    return testing.libraries(conditions, KINDS)


def small_library(folder: Path, rules: str) -> Library:
    """A library of one file, us.yaml: these `rules`, a default, and one authority, `a`, of the highest rank."""
    head = "jurisdiction: us\nname: Here\ntimezone: America/Los_Angeles\n"
    authority = "authorities: {a: {kind: constitution, cite: a, confidence: A, source: a}}\n"
    default = "  - {id: none, authority: a, effect: default, because: none}\n"
    (folder / "us.yaml").write_text(f"{head}{authority}rules:\n{rules}{default}", "utf-8")
    return Library(folder)


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping with any of these fields; those left out are unknown."""
    return st.fixed_dictionaries({}, optional=fields)


_past = st.dates(date(1995, 1, 1), date(2011, 12, 31)).map(date.isoformat)
_later = st.dates(date(2012, 1, 1), date(2013, 1, 1)).map(date.isoformat)
detainers = some(
    form=st.sampled_from(FORMS),
    issued_at=_past,
    served=st.booleans(),
    probable_cause=st.lists(st.sampled_from(["final_order", "biometrics", "affidavit"]), unique=True),
    administrative_warrant=st.sampled_from(["I-200", "I-205", "none"]),
)
warrants = some(
    kind=st.sampled_from(["criminal", "civil"]),
    issued_by=st.sampled_from(["federal_judge", "federal_magistrate", "state_judge"]),
)
convictions = some(
    offense=st.sampled_from(OFFENSES),
    convicted_on=_past,
    released_on=st.one_of(st.none(), _later),
    shown_in_writing=st.booleans(),
)
persons = st.one_of(
    some(
        date_of_birth=st.dates(date(1980, 1, 1), date(2002, 1, 1)).map(date.isoformat),
        proof_of_lawful_status=st.booleans(),
    ),
    some(age=st.integers(10, 70), proof_of_lawful_status=st.booleans()),
)


@st.composite
def cases(draw: st.DrawFn, place: str = "us/xx/yy") -> dict[str, Any]:
    """The fields of a case, as a file has them. Times avoid the hours in which clocks change."""
    day = draw(st.dates(date(2013, 2, 1), LAST))
    release = datetime(day.year, day.month, day.day, draw(st.integers(4, 23)), draw(st.sampled_from([0, 30])))
    asked = release + timedelta(hours=draw(st.sampled_from([0, 0, 1, 24, 48, 72, 120])))
    case: dict[str, Any] = {
        "jurisdiction": place,
        "release_at": release.isoformat(),
        "asked_at": asked.replace(hour=12).isoformat(),
    }
    if asked.replace(hour=12) < release:
        case["asked_at"] = case["release_at"]
    found = case | draw(
        some(
            detainer=st.one_of(st.none(), detainers),
            judicial_warrant=st.one_of(st.none(), warrants),
            person=persons,
            convictions=st.lists(convictions, max_size=3),
            charges=st.lists(some(offense=st.sampled_from(OFFENSES)), max_size=2),
        )
    )
    return found if born_first(found) else found | {"person": {}}


def born_first(fields: dict[str, Any]) -> bool:
    """Whether nothing is dated before the birth, where it is known."""
    born = fields.get("person", {}).get("date_of_birth", "")
    papers = [(fields.get(name) or {}).get("issued_at") for name in ("detainer", "judicial_warrant")]
    days = [entry.get(name) for entry in fields.get("convictions", []) for name in ("convicted_on", "released_on")]
    return all(day[:10] >= born for day in (*papers, *days) if day)


_PARTS: dict[str, list[dict[str, Any]]] = {
    "detainer": [
        {
            "form": form,
            "issued_at": day,
            "served": served,
            "probable_cause": grounds,
            "administrative_warrant": "I-200",
        }
        for form, day, served, grounds in (
            ("I-247", "2005-01-01", True, []),
            ("I-247A", "2009-01-01", False, ["affidavit"]),
            ("I-247N", "2009-01-01", True, ["biometrics"]),
        )
    ],
    "judicial_warrant": [
        {"kind": "criminal", "issued_by": "federal_judge"},
        {"kind": "civil", "issued_by": "state_judge"},
    ],
    "person": [
        {"date_of_birth": "2001-07-01", "proof_of_lawful_status": True},
        {"date_of_birth": "1985-07-01", "proof_of_lawful_status": False},
    ],
}
_ENTRIES: dict[str, list[dict[str, Any]]] = {
    "convictions": [
        {"offense": "homicide", "convicted_on": "1996-01-01", "released_on": None, "shown_in_writing": True},
        {"offense": "drug", "convicted_on": "2011-01-01", "released_on": "2012-02-02", "shown_in_writing": False},
        {"offense": "serious_traffic", "convicted_on": "2010-01-01", "released_on": None, "shown_in_writing": True},
    ],
    "charges": [{"offense": "violent"}, {"offense": "drug"}],
}


def completions(case: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same case with every unknown fact filled in, in many ways; nothing that was known is changed."""
    ways: list[list[tuple[str, Any]]] = []
    for name, parts in _PARTS.items():
        if name not in case and name != "person":
            ways.append([(name, value) for value in (None, *parts)])
        elif case.get(name, {}) is not None:
            ways.append([(name, _over(part, case.get(name, {}))) for part in parts])
    for name, entries in _ENTRIES.items():
        if name in case:
            ways.append([(name, [{**entry, **each} for each in case[name]]) for entry in entries])
        else:
            ways.append([(name, value) for value in ([], *([entry] for entry in entries), entries)])
    for chosen in product(*ways):
        if born_first(case | dict(chosen)):
            yield case | dict(chosen)


def _over(part: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """What is known of a part, and the rest of it. A person whose age is known needs no date of birth."""
    return {name: value for name, value in {**part, **known}.items() if name != "date_of_birth" or "age" not in known}
