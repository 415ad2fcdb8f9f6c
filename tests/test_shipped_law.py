"""The shipped law and the shipped scenarios: read by lawyers, run by every engine, each earning its place."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from detainer import Decision, Library
from detainer.case import UNKNOWN
from detainer.engines import ENGINES, EngineName
from detainer.language.fields import case_fields, names_in
from detainer.scenarios import Entry, entries, find_files, run_entry
from detainer.yamlfile import read

from conftest import ROOT

LIBRARY = Library()


def _entries() -> list[Entry]:
    files, problems = find_files(["scenarios"])
    assert not problems
    return [entry for file in files for entry in entries(read(file))]


ENTRIES = _entries()


def _decided(entry: Entry, library: Library | None = None) -> Decision:
    decision = run_entry(entry, library=library).decision
    assert decision is not None
    return decision


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_scenario(entry: Entry, engine: EngineName) -> None:
    assert entry.scenario is not None, entry.problems
    assert entry.scenario.expect is not None
    assert entry.scenario.expect.outcome is not UNKNOWN
    result = run_entry(entry, engine=engine)
    assert result.expected == "met", (result.problems, result.differences)


def test_there_are_at_least_120_scenarios_with_names_of_their_own() -> None:
    names = [entry.id for entry in ENTRIES]
    assert len(names) >= 120
    assert len(set(names)) == len(names)


def test_every_shipped_rule_drives_or_colors_some_scenario() -> None:
    """A rule no scenario needs is a rule no one has looked at."""
    used: set[str] = set()
    for entry in ENTRIES:
        decision = _decided(entry)
        used.add(decision.ruling.id)
        used |= {finding.id for finding in decision.considered if finding.fate in ("limits", "noted")}
    shipped = {rule.id for place in LIBRARY.places for rule in LIBRARY.book(place).provisions}
    assert shipped - used == set()


def test_every_scenario_fails_if_its_rule_is_deleted(tmp_path: Path) -> None:
    """Each scenario earns its place: without the rule that drives it, what it expects does not come true."""
    by_rule: dict[str, list[Entry]] = {}
    for entry in ENTRIES:
        by_rule.setdefault(_decided(entry).ruling.id, []).append(entry)
    for number, (rule, dependants) in enumerate(sorted(by_rule.items())):
        place, _, name = rule.rpartition("/")
        folder = tmp_path / str(number)
        shutil.copytree(LIBRARY.root, folder)
        file = folder / f"{place}.yaml"
        text = file.read_text("utf-8")
        without = re.sub(rf"^  - id: {re.escape(name)}\n(?:(?!  - id: ).*\n?)*", "", text, flags=re.MULTILINE)
        assert without != text
        file.write_text(without, "utf-8")
        library = Library(folder)
        for entry in dependants:
            result = run_entry(entry, library=library)
            assert result.expected != "met", f"{entry.id} does not need {rule}"


def test_the_law_is_sound_and_every_authority_can_be_cited() -> None:
    for library in (LIBRARY, *(LIBRARY.with_claim(name) for name in LIBRARY.claims)):
        assert library.check() == []
        for place in library.places:
            for authority in library.book(place).ruleset.authorities.values():
                assert authority.url
                assert authority.source
                assert authority.cite


def test_every_authority_is_used() -> None:
    for place in LIBRARY.places:
        ruleset = LIBRARY.book(place).ruleset
        used = {name for rule in ruleset.rules for name in (rule.authority, *rule.see)}
        assert set(ruleset.authorities) == used, place


def test_b_and_c_authorities_and_contested_readings_carry_a_caveat() -> None:
    for entry in ENTRIES:
        decision = _decided(entry)
        rule = decision.resolution.control.ruling
        if rule.authority.confidence in "BC":
            assert any(rule.authority.cite in caveat for caveat in decision.caveats), entry.id
        for each in rule.doubts:
            if each.doubt.from_ is None and each.doubt.when is None and each.doubt.until is None:
                assert any(each.doubt.says in caveat for caveat in decision.caveats), entry.id


def test_every_hold_on_an_i_247a_says_how_the_form_is_read() -> None:
    held = 0
    for entry in ENTRIES:
        decision = _decided(entry)
        basis = decision.resolution.control.basis
        detainer = decision.case.detainer
        if decision.outcome == "hold" and basis and basis.rule.basis == "detainer":
            of_that_form = detainer is not UNKNOWN and detainer is not None and detainer.form == "I-247A"
            held += of_that_form
            assert any("it is read as box 1" in caveat for caveat in decision.caveats) == of_that_form, entry.id
    assert held


def test_law_is_data() -> None:
    """No jurisdiction, no year of a law and no offense stands in the package's Python outside docstrings."""
    names = {part for place in LIBRARY.places for part in place.split("/")} - {"us", "or", "wa"}
    from detainer.vocabulary import vocabulary

    words = names | set(vocabulary().offenses) - {"other", "serious", "property"}  # which mean other things, too
    for file in (ROOT / "engine/detainer").rglob("*.py"):
        code = re.sub(r'"""[\s\S]*?"""|#.*', "", file.read_text("utf-8"))
        found = [word for word in words if re.search(rf"[\"'/]{re.escape(word)}[\"'/]", code)]
        assert not found or file.parent.name == "cli", (file, found)


def test_no_rule_can_name_who_someone_is() -> None:
    names = set(names_in(case_fields()))
    assert not {
        name for name in names for word in ("nation", "race", "sex", "gender", "birthplace", "country") if word in name
    }


def test_digest_is_of_the_text(tmp_path: Path) -> None:
    shutil.copytree(LIBRARY.root, tmp_path / "law")
    library = Library(tmp_path / "law")
    entry = next(entry for entry in ENTRIES if entry.scenario and entry.scenario.jurisdiction == "us/wa/king")
    same = _decided(entry, library).ruleset_digest
    assert same == _decided(entry).ruleset_digest
    with (tmp_path / "law/us/wa.yaml").open("a") as file:
        file.write("# a word more\n")
    assert _decided(entry, Library(tmp_path / "law")).ruleset_digest != same
