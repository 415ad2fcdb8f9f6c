"""The pytest plugin, run by pytest in a folder of its own: what it collects, how failures read, what it says was never driven."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT

KEPT = """
scenarios:
  - id: kept
    jurisdiction: us/wa/king
    release_at: 2017-03-20T10:00
    detainer: {form: I-247D}
    judicial_warrant: null
    expect: {outcome: release, ruling: us/wa/king/criminal-warrant-only}
"""
FAILED = KEPT.replace("id: kept", "id: hoped-for").replace("outcome: release", "outcome: hold")
SILENT = KEPT.replace("id: kept", "id: silent").split("    expect")[0]


@pytest.fixture
def here(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.chdir(pytester.path)
    return pytester


def _write(here: pytest.Pytester, **files: str) -> None:
    for name, text in files.items():
        file = Path(here.path, name.replace("__", "/") + ".yaml")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


def test_scenario_files_are_tests_one_a_scenario(here: pytest.Pytester) -> None:
    (here.path / "a.scenario.yaml").write_text(KEPT + FAILED.split("scenarios:\n")[1], "utf-8")
    (here.path / "b.scenario.yml").write_text(SILENT, "utf-8")
    (here.path / "other.yaml").write_text("not: ours", "utf-8")
    result = here.runpytest_inprocess("-rs")
    result.assert_outcomes(passed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "*hoped-for*",
            "outcome: expected hold, found release",
            "hoped-for",
            "The answer",
            "*No. The jail must release the person.*",
            "*us/wa/king/criminal-warrant-only: the jail may not hold*",
            "SKIPPED*nothing is expected of it",
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_a_failure_is_named_with_its_line(here: pytest.Pytester) -> None:
    (here.path / "a.scenario.yaml").write_text(FAILED, "utf-8")
    result = here.runpytest_inprocess("--tb=no", "-ra")
    result.stdout.fnmatch_lines(["FAILED a.scenario.yaml::hoped-for*"])
    listed = here.runpytest_inprocess("--collect-only", "-q")
    listed.stdout.fnmatch_lines(["a.scenario.yaml::hoped-for"])


def test_folders_of_the_ini_option_are_looked_into_without_being_named(here: pytest.Pytester) -> None:
    here.makepyprojecttoml("[tool.pytest.ini_options]\ntestpaths = ['tests']\ndetainer_scenarios = ['law']\n")
    _write(here, law__kept=KEPT, law__deep__er__failed=FAILED, elsewhere__not=KEPT)
    (here.path / "tests").mkdir()
    (here.path / "tests/test_one.py").write_text("def test_one(): pass\n", "utf-8")
    here.runpytest_inprocess().assert_outcomes(passed=2, failed=1)
    here.runpytest_inprocess("tests").assert_outcomes(passed=1)
    here.runpytest_inprocess("law/kept.yaml").assert_outcomes(passed=1)
    here.runpytest_inprocess("law").assert_outcomes(passed=1, failed=1)
    here.runpytest_inprocess("elsewhere").assert_outcomes()


def test_a_folder_below_a_test_path_is_collected_once(here: pytest.Pytester) -> None:
    here.makepyprojecttoml("[tool.pytest.ini_options]\ntestpaths = ['tests']\ndetainer_scenarios = ['tests/law']\n")
    _write(here, tests__law__kept=KEPT)
    here.runpytest_inprocess().assert_outcomes(passed=1)


def test_wrong_input_says_where_and_stops_nothing_else(here: pytest.Pytester) -> None:
    (here.path / "bad.scenario.yaml").write_text("scenarios: [", "utf-8")
    result = here.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*bad.scenario.yaml:2:1: this is not YAML*"])
    (here.path / "bad.scenario.yaml").write_text(
        KEPT.replace("I-247D", "I-247Q") + FAILED.split("scenarios:\n")[1], "utf-8"
    )
    result = here.runpytest_subprocess()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*bad.scenario.yaml:6:22: `form`: found `I-247Q`, expected*"])


def test_coverage_names_the_rules_that_drove_nothing(here: pytest.Pytester) -> None:
    (here.path / "a.scenario.yaml").write_text(KEPT, "utf-8")
    result = here.runpytest_inprocess("--detainer-coverage")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "*rules that drove no decision*",
            "us/wa/king/homicide-conviction (permits; King County Ordinance 17706 (2013), K.C.C. 2.15.020)",
            "1 of 11 rules of 1 places drove a decision",
        ]
    )
    assert "us/wa/king/criminal-warrant-only (" not in result.stdout.str()
    assert "rules that drove" not in here.runpytest_inprocess().stdout.str()


def test_our_own_scenarios_drive_every_rule(here: pytest.Pytester) -> None:
    result = here.runpytest_inprocess(
        "--detainer-coverage", "-o", f"detainer_scenarios={ROOT}/scenarios", f"{ROOT}/scenarios"
    )
    result.stdout.fnmatch_lines(["24 of 24 rules of 13 places drove a decision"])


def test_other_rulesets(here: pytest.Pytester) -> None:
    (here.path / "a.scenario.yaml").write_text(KEPT, "utf-8")
    claim = ROOT / "rulesets/claims/dhs-2017-03-20"
    result = here.runpytest_inprocess("--detainer-rulesets", str(claim))
    result.assert_outcomes(failed=1)
    result = here.runpytest_inprocess("--detainer-rulesets", "nowhere")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*nowhere holds no rulesets*"])


def test_it_is_light_and_quiet() -> None:
    code = "import sys, detainer.testing.plugin; print([m for m in ('pydantic', 'yaml', 'hypothesis', 'z3') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_it_comes_with_the_package_and_warns_of_nothing(here: pytest.Pytester) -> None:
    (here.path / "a.scenario.yaml").write_text(KEPT, "utf-8")
    (here.path / "test_one.py").write_text("import detainer\ndef test_one(): assert detainer.__version__\n", "utf-8")
    here.runpytest_subprocess("-W", "error").assert_outcomes(passed=2)
