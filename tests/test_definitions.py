"""A definition is worked out once, however often it is named: what is written out would double with each."""

from __future__ import annotations

import re
from datetime import date
from itertools import count
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detainer.cli import main
from detainer.columnar.decider import DuckDB as DuckDBTables
from detainer.columnar.plan import Plan
from detainer.engines import decide
from detainer.language import Names, check
from detainer.language.check import MAX_DEPTH, MOST, MOST_ENTRIES
from detainer.language.tree import Defined
from detainer.library import Library
from detainer.sql.dialects import DIALECTS
from detainer.sql.select import Select
from detainer.testing import cases
from test_columnar import agreed as columnar
from test_sql import agreed as sql
from test_sql import answers

from databases import DuckDB, SQLite
from random_cases import random_cases

HEAD = """jurisdiction: us
name: United States
timezone: America/New_York
"""
TAIL = """authorities:
  a: {kind: state_statute, cite: Cite, url: https://example.org, confidence: A, source: s}
rules:
  - {id: none, authority: a, effect: default, because: nothing}
"""
STEPS = [
    "{p} and {p}",
    "({p} and detainer.served) or ({p} and not judicial_warrant)",
    "{p} or not ({p} and detainer.served)",
    '({p} and judicial_warrant) or ({p} and any(c.offense == "homicide" for c in convictions))',
]
"""How each definition names the one before it, twice."""

SCENARIOS = """scenarios:
- {id: little-known, jurisdiction: us, release_at: 2014-03-03T10:00}
- {id: half-known, jurisdiction: us, release_at: 2014-03-03T10:00, detainer: {}, convictions: [{}]}
- {id: known, jurisdiction: us, release_at: 2014-03-03T10:00, detainer: {form: I-247, served: true}, judicial_warrant: null,
   convictions: [{offense: homicide}]}
"""


def _law(folder: Path, definitions: dict[str, str], *conditions: str) -> Path:
    rules = (
        f"  - {{id: r{n}, authority: a, effect: permits, because: x, when: {when!r}}}\n"
        for n, when in enumerate(conditions)
    )
    said = "".join(f"  {name}: {meaning!r}\n" for name, meaning in definitions.items())
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "us.yaml").write_text("".join((HEAD, "definitions:\n" if said else "", said, TAIL, *rules)))
    return folder


def _doubling(step: str, depth: int) -> dict[str, str]:
    found = {"d0": "detainer"}
    for n in range(1, depth + 1):
        found[f"d{n}"] = step.format(p=f"d{n - 1}")
    return found


def _detainer(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["detainer", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize("step", STEPS)
def test_definitions_that_double_over_and_over_are_read_at_once(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four million tests and more, written out: whatever walked them one by one would not come to an end."""
    conditions = ["d22"] if "any" in step else ["d22", 'any(c.offense == "homicide" and d22 for c in convictions)']
    law = _law(tmp_path / "law", _doubling(step, 22), *conditions)
    scenarios = tmp_path / "scenarios.yaml"
    scenarios.write_text(SCENARIOS)
    assert _detainer(monkeypatch, "check", law) in (0, 2)  # some of it is the same for every case
    for engine in ("direct", "rete"):
        assert _detainer(monkeypatch, "run", scenarios, "--rulesets", law, "--engine", engine, "--format", "json") == 0
    for name in ("little-known", "half-known", "known"):
        assert _detainer(monkeypatch, "explain", scenarios, name, "--rulesets", law, "--why-not") == 0
    law = _law(tmp_path / "law", _doubling(step, 22), "d22")
    if step in STEPS[:2]:
        assert _detainer(monkeypatch, "verify", "us", "--rulesets", law) in (0, 1)


@pytest.mark.parametrize("step", [*STEPS[:3], STEPS[3].replace("any(", "not any(")])
def test_tables_and_databases_work_them_out_once_as_well(step: str, tmp_path: Path) -> None:
    of_entries = 'any(c.offense == "homicide" and (d22 or d21) for c in convictions)'
    when = ["d22"] if "any" in step else ["d22", of_entries]
    library = Library(_law(tmp_path / "law", _doubling(step, 22), *when))
    law = library.law("us", date(2014, 3, 3))
    select = Select(law, date(2014, 1, 1), date(2014, 12, 31))
    facts = random_cases(Random(22), law, select.first, select.last, 60)
    said = [decide(case, engine="direct", library=library) for case in facts]
    columnar(DuckDBTables(Plan(library)), facts)
    for kind in (SQLite, DuckDB):
        sql(answers(kind(), select, facts, DIALECTS[kind.dialect].lists[0]), facts, said)


TESTS = ["detainer", "detainer.served", "judicial_warrant", 'any(c.offense == "homicide" for c in convictions)']


@st.composite
def named(draw: st.DrawFn) -> tuple[dict[str, str], str]:
    """A few definitions, each of tests and of those before it, and a condition of them."""
    names = list(TESTS)
    definitions: dict[str, str] = {}
    for n in count():
        parts = [f"{draw(st.sampled_from(['', 'not ']))}{draw(st.sampled_from(names))}" for _ in range(3)]
        text = f"({parts[0]} {draw(st.sampled_from(['and', 'or']))} {parts[1]}) {draw(st.sampled_from(['and', 'or']))} {parts[2]}"
        if n == 3:
            return definitions, text
        definitions[f"d{n}"] = text
        names += [f"d{n}"] * 2
    raise AssertionError


@given(named(), st.data())
def test_a_definition_says_what_it_says_where_it_is_written_out(
    tmp_path_factory: pytest.TempPathFactory, law: tuple[dict[str, str], str], data: st.DataObject
) -> None:
    definitions, when = law
    written = when
    for name, meaning in reversed(definitions.items()):
        written = re.sub(rf"\b{name}\b", f"({meaning})", written)
    folder = tmp_path_factory.mktemp("law")
    short, long = Library(_law(folder / "short", definitions, when)), Library(_law(folder / "long", {}, written))
    case = data.draw(cases("us", library=short))
    one, other = (decide(case, engine="direct", library=library) for library in (short, long))
    assert one.to_dict() | {"ruleset_digest": ""} == other.to_dict() | {"ruleset_digest": ""}
    assert {test for rule in short.law("us", one.law_as_of).rules for test in rule.when.tests()} == {
        test for rule in long.law("us", one.law_as_of).rules for test in rule.when.tests()
    }


def test_two_definitions_are_equal_where_name_and_meaning_are() -> None:
    def named(text: str, name: str = "d") -> Defined:
        node, _ = check(text, Names(sets={}))
        assert node is not None
        return Defined(name, node, text=name)

    assert named('detainer.form in ["I-247", "I-247A"]') == named('detainer.form  in ["I-247A", "I-247"]')
    assert named("detainer") != named("judicial_warrant")
    assert named("detainer") != named("detainer", "e")
    assert len({named("detainer"), named("detainer"), named("detainer.served")}) == 2


def test_conditions_lie_within_each_other_only_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As deep as may be, everything still runs; one more is refused where it stands."""
    names = {"d0": "detainer"} | {f"d{n}": f"not d{n - 1}" for n in range(1, MAX_DEPTH)}
    deepest = next(n for n in count() if 2 * n + 2 > MAX_DEPTH)  # `not` and the definition are two
    kept = dict(list(names.items())[:deepest])
    scenarios = tmp_path / "scenarios.yaml"
    scenarios.write_text(SCENARIOS)
    law = _law(tmp_path / "law", kept, f"d{deepest - 1}")
    for arguments in (
        ("check", law),
        ("run", scenarios, "--rulesets", law),
        ("explain", scenarios, "little-known", "--why-not", "--rulesets", law),
        ("verify", "us", "--rulesets", law),
        ("scenarios", "suggest", "us", "--rulesets", law),
    ):
        assert _detainer(monkeypatch, *arguments) in (0, 1)
    _law(tmp_path / "deeper", names, "detainer")
    (problem,) = Library(tmp_path / "deeper").check()[:1]
    assert f"more than {MAX_DEPTH} conditions lie within each other" in problem.message
    assert names[re.findall(r"d\d+", (tmp_path / "deeper" / "us.yaml").read_text().splitlines()[problem.line - 1])[0]]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "any(c for c in convictions)",
            "`c` is an entry of the list and is always there; name a fact of it, such as `c.",
        ),
        ("count(c for c in convictions) >= 2", "`c` is an entry of the list"),
        ("any(c == c for c in charges)", "`c` is an entry of the list"),
        ("any(within_years(c, 10) for c in convictions)", "`c` is an entry of the list"),
        ('detainer.issued_at >= "9999-12-31"', "the year must lie between 1900 and 2099"),
        ('detainer.issued_at >= "0001-01-01"', "the year must lie between 1900 and 2099"),
        ('detainer.issued_at >= "20140301"', "expected a day such as 2014-03-01"),
        ('detainer.issued_at >= "2014-02-30"', "is no day of the calendar"),
        ("age_on(release_at) >= 99999999999999999999", f"expected a whole number up to {MOST}"),
        ("any(charges and c.sealed for c in convictions)", "a list inside a list is not supported; ask for it outside"),
        ("any(any(d.sealed for d in charges) for c in convictions)", "a list inside a list is not supported"),
        ("count(c.sealed for c in convictions) >= 101", f"expected a whole number up to {MOST_ENTRIES}"),
    ],
)
def test_what_no_engine_could_take_is_told_where_it_stands(text: str, told: str) -> None:
    node, errors = check(text, Names())
    assert node is None
    assert any(told in error.message and text[error.start : error.end] for error in errors)
