"""A rule that a scenario expects and that no ruleset has is a slip of its author, told with its place; exit 2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from detainer import Library
from detainer.library import library_at
from detainer.scenarios import entries, run_entry
from detainer.yamlfile import Source

FACTS = "jurisdiction: us/wa/king, detainer: {form: I-247}, judicial_warrant: null"
DUE = "release_at: 2014-03-03T10:00"
EVENTS = "events: [{at: 2014-03-01T10:00, event: booked}, {at: 2014-03-03T10:00, event: release_due}]"
WRONG = [
    (DUE, "{ruling: us/wa/king/otherwise-not}", "otherwise-not}", "Did you mean `us/wa/king/otherwise-no`?"),
    (DUE, "{ended_by: us/48-hour-cop}", "48-hour-cop}", "Did you mean `us/48-hour-cap`?"),
    (DUE, "{ruling: homicide-conviction}", "homicide", "Did you mean `us/wa/king/homicide-conviction`?"),
    (DUE, "{ruling: us/wa/kong/homicide-conviction}", "kong", "Did you mean `us/wa/king/homicide-conviction`?"),
    (DUE, "{ruling: nonsense}", "nonsense", "`detainer law PLACE` lists them."),
    (DUE, "{ruling: ''}", "''", "`detainer law PLACE` lists them."),
    (
        EVENTS,
        "{intervals: [{status: in_custody}, {status: hold_permitted, ruling: us/jugdicial-warrant}]}",
        "jugdicial",
        "Did you mean `us/judicial-warrant`?",
    ),
]


@pytest.mark.parametrize("by_default", [False, True], ids=["in the scenario", "in the defaults"])
@pytest.mark.parametrize(("asked", "expect", "at", "mend"), WRONG)
def test_a_misspelled_rule_is_told_with_its_place(
    asked: str, expect: str, at: str, mend: str, by_default: bool
) -> None:
    lines = [f"defaults: {{{FACTS}}}", "scenarios:", f"  - {{id: one, {asked}, expect: {expect}}}"]
    if by_default:
        lines = [f"defaults: {{{FACTS}, expect: {expect}}}", "scenarios:", f"  - {{id: one, {asked}}}"]
    source = Source("\n".join(lines), "mine.yaml")
    (entry,) = entries(source)
    (problem,) = run_entry(entry).problems
    line = next(number for number, text in enumerate(lines, 1) if expect in text)
    start = lines[line - 1].index(at)
    assert problem.line == line
    assert lines[line - 1][problem.column - 1 : start].strip("usjwa/kingo") == ""  # the column is where the name begins
    assert "no ruleset has a rule `" in problem.message and problem.message.endswith(mend)


def test_every_slip_is_told_and_the_others_still_run(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        f"defaults: {{{FACTS}}}\nscenarios:\n"
        f"  - {{id: one, {DUE}, expect: {{ruling: us/x, ended_by: us/y}}}}\n"
        f"  - {{id: two, {DUE}, expect: {{ruling: us/judicial-warrant, ended_by: null}}}}\n"
        f"  - {{id: three, {DUE}, expect: {{ruling: us/or/clackamas/honor-all}}}}\n"
    )
    args = [sys.executable, "-m", "detainer", "run", str(file), "--format", "jsonl"]
    done = subprocess.run(args, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count(": no ruleset has a rule") == done.stdout.count(": no ruleset has a rule") == 2
    assert done.stderr.endswith("expectations: 0 met, 2 failed; 2 errors\n")


def test_a_rule_that_a_claim_or_a_mutant_lacks_is_no_slip(tmp_path: Path) -> None:
    text = f"scenarios:\n  - {{id: one, {FACTS}, {DUE}, expect: {{ruling: us/wa/king/homicide-conviction}}}}"
    (entry,) = entries(Source(text, "mine.yaml"))
    king = library_at().source("us/wa/king")
    without = king.text.replace("id: homicide-conviction", "id: another-name").replace("[homicide-conviction]", "[]")
    (tmp_path / "us/wa").mkdir(parents=True)
    (tmp_path / "us/wa/king.yaml").write_text(without)
    for library in (library_at().with_ruleset("us/wa/king", Source(without, "king.yaml")), Library(None, [tmp_path])):
        assert run_entry(entry, library=library).expected == "failed"


def test_where_a_ruleset_is_wrong_that_is_told_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "us.yaml").write_text("jurisdiction: us\nname: x\nruls: []\n")
    (entry,) = entries(
        Source(f"scenarios:\n  - {{id: one, jurisdiction: us, {DUE}, expect: {{ruling: us/x}}}}", "m.yaml")
    )
    (problem,) = run_entry(entry, library=Library(tmp_path)).problems
    assert problem.file == str(tmp_path / "us.yaml") and "`ruls`" in problem.message
