"""What the documents show is what comes out: README, its two lines, golden output of every command, the schemas."""

from __future__ import annotations

import doctest
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest
import yaml

import detainer
from detainer.batch import is_part, split
from detainer.scenarios import entries
from detainer.schemas import Kind, json_schema
from detainer.yamlfile import Source

from conftest import ROOT

UPDATE = bool(os.environ.get("UPDATE_GOLDEN"))
GOLDEN = ROOT / "tests/golden"


def run(command: str) -> tuple[int, str]:
    """A `detainer …` command as a user types it, at the project's root, output not to a terminal."""
    args = shlex.split(command)
    assert args[0] == "detainer"
    done = subprocess.run(
        [sys.executable, "-m", *args],
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["README.md", "docs/constraints.md"])
def test_documents_show_what_the_commands_print(name: str) -> None:
    document = ROOT / name
    text = document.read_text("utf-8")

    def block(found: re.Match[str]) -> str:
        code, out = run(found[1])
        assert code == ("own-constraints" in found[1])  # a constraint is refuted, as the text says; all else is fine
        return f"```console\n$ {found[1]}\n{out}```"

    fresh = re.sub(r"```console\n\$ (detainer [^\n]*)\n[\s\S]*?```", block, text)
    if UPDATE:
        document.write_text(fresh, "utf-8")
    assert text == fresh


def test_the_explanation_in_the_docs_is_what_the_readme_says_made_it() -> None:
    command = re.search(r"```sh\n(detainer explain [^\n]*)\n```", (ROOT / "README.md").read_text("utf-8"))
    assert command
    code, out = run(command[1])
    assert code == 0
    if UPDATE:
        (ROOT / "docs/explained.md").write_text(out, "utf-8")
    assert (ROOT / "docs/explained.md").read_text("utf-8") == out


def test_readme_examples_run() -> None:
    results = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert results.attempted >= 8
    assert results.failed == 0


COMMANDS = {
    "run-table": "detainer run scenarios/king/ages.yaml scenarios/unknown",
    "run-jsonl": "detainer run scenarios/king/ages.yaml --format jsonl",
    "run-json": "detainer run scenarios/forms --format json --engine direct",
    "run-csv": "detainer run scenarios/article-2017/clackamas.yaml --format csv",
    "run-markdown": "detainer run scenarios/article-2017/clackamas.yaml --format markdown",
    "run-junit": "detainer run scenarios/article-2017/clackamas.yaml --format junit",
    "run-asked-at": "detainer run scenarios/king/warrants.yaml --asked-at 2016-05-04T10:00",
    "compare": "detainer compare scenarios/article-2017 --with claims/dhs-2017-03-20",
    "compare-jsonl": "detainer compare scenarios/article-2017/king.yaml --with claims/dhs-2017-03-20 --format jsonl",
    "compare-json": "detainer compare scenarios/article-2017/the-dispute.yaml --with claims/dhs-2017-03-20 --format json",
    "explain": "detainer explain scenarios/article-2017/the-dispute.yaml king-homicide-under-the-2013-ordinance",
    "explain-markdown": "detainer explain scenarios/clock/counted.yaml saturday-holiday-observed-on-friday --format markdown",
    "explain-html": "detainer explain scenarios/king/warrants.yaml federal-judge-criminal --format html",
    "explain-unsettled": "detainer explain scenarios/unknown/unknown.yaml king-2014-release-from-prison-unknown --why-not",
    "explain-release": "detainer explain scenarios/article-2017/clackamas.yaml clackamas-day-of-the-judgment --why-not",
    "explain-what-if": (
        "detainer explain scenarios/article-2017/clackamas.yaml clackamas-2012-due-for-release"
        " --on 2016-03-29 --place us/wa/king"
    ),
    "explain-custody": "detainer explain scenarios/custody/king-2014.yaml a-second-detainer-does-not-restart-the-clock",
    "timeline": "detainer timeline scenarios/custody",
    "timeline-json": "detainer timeline scenarios/custody/clackamas-2012.yaml --format json",
    "timeline-bookings": "detainer timeline --from-bookings tests/data/bookings.csv --place us/wa/clallam",
    "timeline-bookings-json": "detainer timeline --from-bookings tests/data/bookings.csv --place us/or/clackamas --format json",
    "law": "detainer law us/wa/king --on 2014-03-03",
    "law-us": "detainer law us --on 2017-03-20",
    "law-history": "detainer law us/or/clackamas --history",
    "places": "detainer places",
    "places-json": "detainer places --format json",
    "verify": "detainer verify us/or/clackamas",
    "verify-json": "detainer verify us/or --only warrant-never-frees --format json",
    "verify-refuted-json": (
        "detainer verify us/or --constraints docs/own-constraints.yaml --only two-days-at-most --format json"
    ),
    "verify-refuted-markdown": (
        "detainer verify us/or us/wa/king --constraints docs/own-constraints.yaml --only two-days-at-most"
        " --only washington-needs-a-judge --format markdown"
    ),
    "diff": "detainer diff us/wa/clark@2017-03-20 claims/dhs-2017-03-20@2017-03-20",
    "diff-json": "detainer diff us/or@2021-07-18 us/or@2021-07-19 scenarios/oregon --format json",
    "diff-equivalent": "detainer diff us/wa/snohomish@2015-01-01 us/wa/snohomish@2016-01-01",
    "diff-bookings": (
        "detainer diff us/wa/clallam@2009-01-01 us/wa/clallam@2012-01-01 --bookings tests/data/bookings.csv --place us/wa/clallam"
    ),
    "mutate": "detainer mutate scenarios/clock --place us/wa/clark",
    "mutate-json": "detainer mutate scenarios --place us/wa/snohomish --format json",
    "suggest": "detainer scenarios suggest us/wa/clark",
    "check": "detainer check",
    "check-sarif": "detainer check tests/data/odd/us.yaml --format sarif",
    "check-github": "detainer check tests/data/odd/us.yaml --format github",
    "check-one": "detainer check rulesets/us/wa/king.yaml",
    "check-claim": "detainer check rulesets/claims/dhs-2017-03-20",
    "help": "detainer --help",
    "help-ask": "detainer ask --help",
    "help-explain": "detainer explain --help",
    "help-timeline": "detainer timeline --help",
    "help-run": "detainer run --help",
    "help-bulk": "detainer bulk --help",
    "help-report": "detainer report --help",
    "help-import": "detainer import --help",
    "help-import-ice": "detainer import ice-detainers --help",
    "help-import-bookings": "detainer import bookings --help",
    "help-import-synthetic": "detainer import synthetic --help",
    "help-sql": "detainer sql --help",
    "sql": "detainer sql us/or/clackamas --on 2015-06-01 --dialect postgres --from 2015-06-05 --until 2015-06-08",
    "help-compare": "detainer compare --help",
    "help-law": "detainer law --help",
    "help-check": "detainer check --help",
    "help-verify": "detainer verify --help",
    "help-diff": "detainer diff --help",
    "help-mutate": "detainer mutate --help",
    "help-scenarios": "detainer scenarios --help",
    "help-suggest": "detainer scenarios suggest --help",
    "help-places": "detainer places --help",
    "help-schema": "detainer schema --help",
    "help-completion": "detainer completion --help",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_golden_output(name: str) -> None:
    code, out = run(COMMANDS[name])
    out = f"{COMMANDS[name]}\n-> {code}\n{out}"
    file = GOLDEN / f"{name}.txt"
    if UPDATE:
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(out, "utf-8")
    assert out == file.read_text("utf-8")


def test_the_report_of_march_2017_was_wrong_about_king_county() -> None:
    _, out = run("detainer compare scenarios/article-2017 --with claims/dhs-2017-03-20 --format jsonl")
    found = {record["id"]: record for record in map(json.loads, out.splitlines())}
    dispute = found["king-homicide-when-the-report-came-out"]
    assert (dispute["law"]["outcome"], dispute["claim"]["outcome"]) == ("release", "hold")
    assert dispute["law"]["ruling"]["id"] == "us/wa/king/criminal-warrant-only"
    assert dispute["claim"]["ruling"]["id"] == "us/wa/king/homicide-conviction"
    assert {record["law"]["ruling"]["id"].split("/")[2] for record in found.values()} == {"king"}


BLOCK = "defaults: {jurisdiction: us/wa/king}\n\nscenarios:\n" + "".join(
    f"  # the {n}th\n  - id: number-{n}\n    release_at: 2014-03-0{n}T10:00\n" for n in range(1, 7)
)


def test_a_file_is_split_between_its_scenarios_and_lines_stay() -> None:
    parts = [part.of(BLOCK) for part in split(BLOCK, 3)]
    assert len(parts) == 3
    assert all(map(is_part, parts))
    lines = BLOCK.split("\n")
    for part in parts:
        assert all(line in ("", lines[number]) for number, line in enumerate(part.split("\n")))
    found = [entry.id for part in parts for entry in entries(Source(part, "x"))]
    assert found == [f"number-{n}" for n in range(1, 7)]


@pytest.mark.parametrize(
    "text",
    [
        BLOCK.replace("scenarios:\n", "scenarios: # all of them\n"),
        "scenarios: [{id: a, release_at: 2014-03-01T10:00}]\n",
        "release_at: 2014-03-01T10:00\n",
        "",
    ],
)
def test_a_file_that_is_laid_out_otherwise_is_not_split(text: str) -> None:
    assert split(text, 3) == []


def test_a_piece_with_something_behind_its_scenarios_is_none() -> None:
    text = BLOCK + "defaults: {}\n"
    assert [is_part(part.of(text)) for part in split(text, 3)] == [True, True, False]


def test_jobs_and_engines_change_nothing() -> None:
    one = run("detainer run scenarios --format jsonl")
    assert one == run("detainer run scenarios --format jsonl --engine direct")
    assert one == run("detainer run scenarios --format jsonl --jobs 2")


def _long(count: int, note: str) -> str:
    """A file of that many scenarios: s0, s1 and so on."""
    each = "  - {{id: s{0}, jurisdiction: us/or, release_at: 2017-06-05T10:00, note: {1}, detainer: null}}\n"
    return "scenarios:\n" + "".join(each.format(number, note) for number in range(count))


def test_a_large_file_split_between_processes_comes_out_in_order(tmp_path: Path) -> None:
    for more in (
        "  - {id: t, release_at: 1}\n",
        "  - {id: s3, release_at: 1}\n",
        "  - {release_at: 1}\n",
        "  - {id: t",
    ):
        (tmp_path / "large.yaml").write_text(_long(1500, "x" * 150) + more)
        one = run(f"detainer run {tmp_path}/large.yaml --format jsonl")
        assert one[0] == 2
        assert one == run(f"detainer run {tmp_path}/large.yaml --format jsonl --jobs 2")
        if more.endswith("\n"):
            assert [json.loads(line)["id"] for line in one[1].splitlines()[:1500]] == [f"s{n}" for n in range(1500)]


def test_exit_codes(tmp_path: Path) -> None:
    good = "scenarios: [{id: a, jurisdiction: us/or, release_at: 2017-06-05T10:00, detainer: null, expect: {outcome: EXPECTED}}]"
    file = tmp_path / "a.yaml"
    for expected, code in (("release", 0), ("hold", 1), ("maybe", 2)):
        file.write_text(good.replace("EXPECTED", expected))
        assert run(f"detainer run {file}")[0] == code
    file.write_text(good.replace("EXPECTED", "hold"))
    suite = ElementTree.fromstring(run(f"detainer run {file} --format junit")[1].rpartition("\n1 scenario")[0])
    assert suite.get("failures") == "1"


def test_no_color_and_no_bar_without_a_terminal() -> None:
    assert "\x1b" not in run("detainer run scenarios")[1]


def _at_a_terminal(*args: str, **env: str) -> str:
    """What a terminal shows of a command, standard output and error alike."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "detainer", *args]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL, env=os.environ | env):
        os.close(theirs)
        shown = b""
        while part := _read(ours):
            shown += part
    os.close(ours)
    return shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that nobody writes to it any more
        return b""


def test_a_terminal_gets_colors_unless_it_wants_none() -> None:
    assert "\x1b[32mrelease" in _at_a_terminal("run", "scenarios/king/ages.yaml", NO_COLOR="")
    assert "\x1b" not in _at_a_terminal("run", "scenarios/king/ages.yaml", NO_COLOR="1")


def test_a_terminal_gets_a_bar_where_it_is_long(tmp_path: Path) -> None:
    assert "deciding" not in _at_a_terminal("run", "scenarios/king/ages.yaml")
    (tmp_path / "long.yaml").write_text(_long(600, "x" * 400))
    for jobs in ("1", "2"):
        shown = _at_a_terminal("run", str(tmp_path / "long.yaml"), "--jobs", jobs)
        assert "deciding" in shown
        assert "100%" in shown
    assert "deciding" not in _at_a_terminal("run", str(tmp_path / "long.yaml"), "--format", "jsonl")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    code, out = run(f"detainer completion {shell}")
    assert code == 0
    assert "_DETAINER_COMPLETE" in out


def test_places_are_completed() -> None:
    env = os.environ | {"_DETAINER_COMPLETE": "bash_complete", "COMP_WORDS": "detainer law us/wa/k", "COMP_CWORD": "2"}
    done = subprocess.run([Path(sys.executable).with_name("detainer")], env=env, capture_output=True, text=True)
    assert "us/wa/king" in done.stdout


@pytest.mark.parametrize("kind", get_args(Kind))
def test_schemas_in_the_docs_are_the_models(kind: Kind) -> None:
    file = ROOT / f"docs/{kind}.schema.json"
    if UPDATE:
        file.write_text(json.dumps(json_schema(kind), indent=2, ensure_ascii=False) + "\n", "utf-8")
    assert json.loads(file.read_text("utf-8")) == json_schema(kind)


def test_shipped_files_name_their_schema_and_fit_it() -> None:
    import jsonschema

    for folder, kind_of_folder in (("scenarios", "scenario"), ("rulesets", "ruleset")):
        for file in (ROOT / folder).rglob("*.yaml"):
            if file.parent.name == "vocabulary":
                continue
            kinds = {"constraints": "constraints", "records": "mapping"}
            kind = kinds.get(file.stem) or kinds.get(file.parent.name) or kind_of_folder
            schema = json.loads((ROOT / f"docs/{kind}.schema.json").read_text("utf-8"))
            validator = jsonschema.Draft202012Validator(schema)
            text = file.read_text("utf-8")
            named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
            assert named, file
            assert (file.parent / named[1]).resolve() == ROOT / f"docs/{kind}.schema.json", file
            # BaseLoader reads every scalar as text; what the schema wants otherwise is put back by our own reader
            assert yaml.compose(text)
            validator.validate(detainer.yamlfile.Source(text, str(file)).data)


def test_the_wheel_carries_the_law(tmp_path: Path) -> None:
    """Built, unpacked and run away from the project, it decides as the editable install does."""
    args = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run(args, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(wheel), str(tmp_path / "out")], check=True)
    code = """
import detainer, pathlib
from detainer.vocabulary import shipped_rulesets
assert "out" in detainer.__file__ and shipped_rulesets() == pathlib.Path(detainer.__file__).parent / "rulesets"
case = detainer.Case(jurisdiction="us/wa/king", release_at="2017-03-20T10:00", detainer={"form": "I-247D"}, judicial_warrant=None)
print(detainer.decide(case).ruling.id, detainer.Library().claims)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(tmp_path / "out")},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.stdout == "us/wa/king/criminal-warrant-only ('claims/dhs-2017-03-20',)\n", done.stderr


def test_version() -> None:
    assert run("detainer --version") == (0, f"detainer {detainer.__version__}\n")


def test_version_imports_nothing_heavy() -> None:
    code = "import sys, detainer.cli; print([m for m in ('pydantic', 'yaml', 'holidays', 'durable', 'ryml') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
