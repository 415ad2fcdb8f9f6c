"""Wrong input is the normal case: exit 2, one clear line with file, line and column, no traceback, the rest still runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

GOOD = """
  - id: good-one
    jurisdiction: us/wa/king
    release_at: 2017-03-20T10:00
    detainer: {form: I-247D}
    judicial_warrant: null
"""


def detainer(*args: str, stdin: bytes = b"", **env: str) -> subprocess.CompletedProcess[bytes]:
    """The command, as a user runs it."""
    return subprocess.run(
        [sys.executable, "-m", "detainer", *args], input=stdin, capture_output=True, timeout=120, env=os.environ | env
    )


def run_text(tmp_path: Path, text: str | bytes, *args: str) -> tuple[int, str, str, Path]:
    file = tmp_path / "case.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = detainer("run", str(file), "--format", "jsonl", *args)
    return done.returncode, done.stdout.decode(), done.stderr.decode(), file


BAD = {
    "unknown field": ("detaner: {form: I-247}", 4, 5, "unknown field `detaner`. Did you mean `detainer`?"),
    "unknown field inside": ("detainer: {from: I-247}", 4, 16, "unknown field `from`. Did you mean `form`?"),
    "unknown place": ("jurisdiction: us/wa/kin", 4, 19, "no ruleset for `us/wa/kin`. Did you mean `us/wa/king`?"),
    "a path for a place": (
        "jurisdiction: rulesets/us/wa/king.yaml",
        4,
        19,
        "It looks like a file. Write it as us/or/clackamas.",
    ),
    "a path upwards": ("jurisdiction: ../../etc/passwd", 4, 19, "is not how a place is written"),
    "a place that is a claim": ("jurisdiction: claims/dhs-2017-03-20/us/wa/king", 4, 19, "no ruleset for"),
    "too wide a place": ("jurisdiction: us", 4, 19, "name a state or county within it"),
    "wrong form": ("detainer: {form: I-247B}", 4, 22, "found `I-247B`, expected 'I-247', 'I-247D'"),
    "wrong enum": ("judicial_warrant: {kind: penal}", 4, 30, "found `penal`, expected 'criminal' or 'civil'"),
    "wrong offense": ("convictions: [{offense: homocide}]", 4, 29, "Did you mean `homicide`?"),
    "offense against its code": (
        "convictions: [{offense: drug, ncic: '0912'}]",
        4,
        19,
        "NCIC code 0912 is homicide, not drug",
    ),
    "wrong truth": ("detainer: {served: yes}", 4, 24, "found `yes`, expected"),
    "wrong mapping": ("detainer: lodged", 4, 15, "found `lodged`, expected a mapping"),
    "wrong list": ("convictions: 3", 4, 18, "found `3`, expected"),
    "bad time": ("release_at: 2017-13-45T10:00", 4, 17, "is no time of the calendar"),
    "a year long gone": ("release_at: 0001-01-01T00:00", 4, 17, "the year must lie between 1900 and 2099"),
    "a year far off": ("release_at: 9999-12-31T23:59", 4, 17, "the year must lie between 1900 and 2099"),
    "no time of day": ("release_at: 2017-03-20", 4, 17, "add the time of day"),
    "a number for a time": ("release_at: 1490000000", 4, 17, "expected a day and time"),
    "ambiguous time": ("release_at: 2017-11-05T01:30", 4, 17, "write 2017-11-05T01:30-07:00 or 2017-11-05T01:30-08:00"),
    "time that is skipped": ("release_at: 2017-03-12T02:30", 4, 17, "write 2017-03-12T01:30 or 2017-03-12T03:30"),
    "asked before release": ("asked_at: 2017-03-20T09:59", 4, 15, "lies before `release_at`"),
    "conviction in the future": ("convictions: [{convicted_on: 2017-03-21}]", 4, 34, "is after the moment asked about"),
    "detainer in the future": ("detainer: {issued_at: 2017-03-21}", 4, 27, "write `detainer: null`"),
    "born in the future": ("person: {date_of_birth: 2020-01-01}", 4, 29, "is after scheduled release"),
    "two ages": ("person: {age: 20, date_of_birth: 1990-01-01}", 4, 13, "are both given"),
    "negative age": ("person: {age: -1}", 4, 19, "found `-1`, expected"),
    "id missing": ("id: null", 4, 9, "`id`"),
    "wrong expectation": ("expect: {outcome: maybe}", 4, 23, "found `maybe`, expected 'hold' or 'release'"),
    "unknown expectation": ("expect: {rulling: x}", 4, 14, "Did you mean `ruling`?"),
}


@pytest.mark.parametrize(("line", "row", "column", "message"), BAD.values(), ids=BAD)
def test_a_wrong_scenario_is_named_and_the_good_ones_run(
    tmp_path: Path, line: str, row: int, column: int, message: str
) -> None:
    fields = {"id": "bad", "jurisdiction": "us/wa/king", "release_at": "2017-03-20T10:00"}
    key = line.split(":")[0]
    fields.pop(key, None)
    rest = "".join(f"    {name}: {value}\n" for name, value in fields.items())
    text = f"# a comment\nscenarios:\n  - note: this one is wrong\n    {line}\n{rest}{GOOD}"
    code, out, err, file = run_text(tmp_path, text)
    assert code == 2
    assert "Traceback" not in err
    assert f"{file}:{row}:{column}: " in err, err
    assert message in err
    records = [json.loads(each) for each in out.splitlines()]
    assert [record["id"] for record in records][1:] == ["good-one"]
    assert records[0]["errors"]
    assert records[1]["outcome"] == "release"


WHOLE = {
    "duplicate key": ("scenarios:\n  - id: a\n    id: b\n", 3, 5, "the key `id` stands twice (first on line 2)"),
    "duplicate key in braces": ("scenarios: [{id: a, id: b}]\n", 1, 21, "the key `id` stands twice"),
    "not UTF-8": (b"scenarios:\n  - id: caf\xe9\n", 2, 12, "byte 0xe9 is not UTF-8"),
    "empty": ("", 1, 1, "the file is empty"),
    "only a comment": ("# nothing\n", 1, 1, "the file is empty"),
    "null": ("~\n", 1, 1, "a scenario file is a mapping"),
    "broken": ("scenarios:\n  - id: [a\n", 3, 1, "this is not YAML"),
    "bad indentation": ("scenarios:\n - id: a\n  b: c\n", 3, 3, "this is not YAML"),
    "a tab": ("scenarios:\n\t- id: a\n", 2, 1, "this is not YAML"),
    "a tag that would run code": ("scenarios: !!python/object/apply:os.system ['id']\n", 1, 12, "the tag"),
    "a tag on a scalar": ("scenarios:\n  - id: !!str a\n", 2, 9, "the tag"),
    "an alias": ("scenarios: &a\n  - *a\n", 1, 12, "anchors and aliases are not used here"),
    "two documents": ("scenarios: []\n---\nscenarios: []\n", 2, 1, "a second document starts here"),
    "no scenarios": ("defaults: {}\n", 1, 1, "`scenarios` must be a list"),
    "scenarios of the wrong kind": ("scenarios: 5\n", 1, 12, "`scenarios` must be a list"),
    "unknown section": ("scenarios: [{}]\nscenaros: []\n", 2, 1, "unknown field `scenaros`"),
    "a control character": (b"scenarios: \x01\n", 1, 12, "does not belong in YAML"),
    "deep": ("scenarios: " + "[" * 5000 + "]" * 5000, 1, 1, ""),
    "deep blocks": ("".join(" " * n + "a:\n" for n in range(300)), 65, 1, "levels deep"),
}


EVENTS = {
    "unknown event": (
        "[{at: 2014-03-01T10:00, event: boked}]",
        44,
        "found `boked`, expected 'booked', 'detainer_lodged'",
    ),
    "a day": ("[{at: 2014-03-01, event: booked}]", 19, "found `2014-03-01`, expected a day and time"),
    "unknown field": (
        "[{at: 2014-03-01T10:00, event: detainer_lodged, detainer: {from: I-247}}]",
        72,
        "unknown field `from`. Did you mean `form`?",
    ),
    "out of order": (
        "[{at: 2014-03-02T10:00, event: booked}, {at: 2014-03-01T10:00, event: released}]",
        53,
        "`released` at 2014-03-01T10:00: out of order: `booked` at 2014-03-02T10:00 came before it",
    ),
    "impossible": (
        "[{at: 2014-03-02T10:00, event: booked}, {at: 2014-03-03T10:00, event: detainer_served}]",
        53,
        "impossible: no detainer is known; put `detainer_lodged` before it",
    ),
    "not its own": (
        "[{at: 2014-03-01T10:00, event: booked, reason: bail_posted}]",
        14,
        "`reason` belongs to an event `release_due`, not to `booked`",
    ),
    "none": ("[]", 13, "there is no event; a custody begins with one that is `booked`"),
    "no list": ("soon", 13, "found `soon`, expected a list"),
    "no release": ("[{at: 2014-03-01T10:00, event: booked}]", 13, "none of them is `release_due`"),
    "both": (
        "[{at: 2014-03-01T10:00, event: booked}]\n    release_at: 2014-03-01T10:00",
        5,
        "`release_at` has no place beside `events`, where `release_due` says when",
    ),
}


@pytest.mark.parametrize("kind", EVENTS)
def test_a_wrong_event_is_named_where_it_stands(tmp_path: Path, kind: str) -> None:
    events, column, message = EVENTS[kind]
    text = f"scenarios:\n  - id: a\n    jurisdiction: us/wa/king\n    detainer: null\n    events: {events}{GOOD}"
    code, out, err, file = run_text(tmp_path, text)
    assert code == 2
    line = 6 if kind == "both" else 5
    assert f"{file}:{line}:{column}: " in err, err
    assert message in err
    assert err.count(str(file)) == 1
    assert [json.loads(each).get("outcome") for each in out.splitlines()] == [None, "release"]


@pytest.mark.parametrize(("text", "row", "column", "message"), WHOLE.values(), ids=WHOLE)
def test_a_file_that_is_no_scenario_file(
    tmp_path: Path, text: str | bytes, row: int, column: int, message: str
) -> None:
    code, out, err, file = run_text(tmp_path, text)
    assert code == 2
    assert "Traceback" not in err
    assert message in err
    place = re.search(rf"{re.escape(str(file))}:(\d+):(\d+): ", err)
    assert place, err
    if message and message != "levels deep":
        assert (int(place[1]), int(place[2])) == (row, column), err
    assert all(json.loads(each)["errors"] for each in out.splitlines())


def test_duplicate_keys_are_all_listed_and_other_files_run(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("scenarios:\n  - id: a\n    id: b\n    note: x\n    note: y\n")
    (tmp_path / "b.yaml").write_text("scenarios:" + GOOD)
    done = detainer("run", str(tmp_path), "--format", "jsonl")
    assert done.returncode == 2
    assert done.stderr.decode().count("stands twice") == 2
    assert json.loads(done.stdout.splitlines()[-1])["id"] == "good-one"


def test_duplicate_ids(tmp_path: Path) -> None:
    code, out, err, file = run_text(tmp_path, "scenarios:" + GOOD + GOOD)
    assert code == 2
    assert f"{file}:8:9: the id `good-one` stands twice (first as scenario 1 of the file)" in err
    assert [bool(json.loads(line).get("errors")) for line in out.splitlines()] == [False, True]


@pytest.mark.parametrize("opening", ["a: &a [x,x,x,x,x,x,x,x,x]\n", "a: &a {k: v, l: v}\n"])
def test_alias_bombs_end_at_once(tmp_path: Path, opening: str) -> None:
    """Nine levels of nine aliases each would be hundreds of millions of nodes; the first anchor is refused."""
    names = "abcdefghij"
    bomb = opening + "".join(
        f"{name}: &{name} [{','.join(f'*{before}' for _ in range(9))}]\n" for before, name in pairwise(names)
    )
    code = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
from detainer.cli import main
sys.argv = ["detainer", "run", sys.argv[1]]
try:
    main()
finally:
    # the kernel counts in `ru_maxrss` what the process weighed that called this one
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    peak = int(status["VmHWM"].split()[0]) // 1024
    print("peak", peak, file=sys.stderr)
    assert peak < 300
"""
    file = tmp_path / "bomb.yaml"
    file.write_text(bomb)
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2, done.stderr
    assert f"{file}:1:4: anchors and aliases are not used here" in done.stdout + done.stderr


def test_a_file_of_200_mb_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "huge.yaml"
    with file.open("wb") as out:
        out.truncate(200 * 1024 * 1024)
    done = detainer("run", str(file))
    assert done.returncode == 2
    assert b"more than 67,108,864 bytes" in done.stdout + done.stderr


def test_a_message_shows_no_control_characters(tmp_path: Path) -> None:
    text = 'scenarios: [{id: a, jurisdiction: us/or, release_at: 2017-06-05T10:00, detainer: {form: "\\e[31m\\x01"}}]'
    for how in ("table", "jsonl", "csv", "markdown", "junit"):
        (tmp_path / "a.yaml").write_text(text)
        done = detainer("run", str(tmp_path / "a.yaml"), "--format", how)
        assert done.returncode == 2
        assert all(sign.isprintable() or sign == "\n" for sign in (done.stdout + done.stderr).decode())
        assert "\\x1b[31m\\x01" in (done.stdout + done.stderr).decode()
        if how == "junit":
            assert ElementTree.fromstring(done.stdout.decode()).get("errors") == "1"


@pytest.mark.parametrize("args", [("run", "scenarios"), ("run", "scenarios", "--format", "jsonl"), ("places",)])
def test_output_that_cannot_be_written_is_said(args: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([sys.executable, "-m", "detainer", *args], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr == "detainer: the output: No space left on device\n"


def test_a_reader_that_has_had_enough_is_no_failed_expectation() -> None:
    command = f"{sys.executable} -m detainer run scenarios --format jsonl | head -c 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("{141\n", "")


def test_a_terminal_that_lacks_a_sign_is_no_reason_to_stop() -> None:
    done = detainer("law", "us/wa/king", "--history", PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u2014" in done.stdout


def test_absolute_globs_and_pipes_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("scenarios:" + GOOD)
    (tmp_path / "b.yaml").write_text(GOOD.replace("  - ", "    ", 1))  # one scenario alone
    done = detainer("run", f"{tmp_path}/*.yaml")
    assert (done.returncode, done.stdout.count(b"good-one")) == (0, 2)
    command = f"{sys.executable} -m detainer run <(cat {tmp_path}/a.yaml)"
    assert b"good-one" in subprocess.run(["bash", "-c", command], capture_output=True, check=True).stdout


def test_standard_input_is_bounded_and_named(tmp_path: Path) -> None:
    done = detainer("run", "-", "--format", "jsonl", stdin=b"scenarios: [{id: 1}]")
    assert done.returncode == 2
    assert b"<stdin>:1:18: " in done.stderr
    done = detainer("run", "-", "--format", "jsonl", stdin=("scenarios:" + GOOD).encode())
    assert done.returncode == 0
    assert json.loads(done.stdout)["outcome"] == "release"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["run"], "Missing argument"),
        (["run", "no-such-folder"], "no such file or folder"),
        (["run", "no-such-*.yaml"], "no such file or folder"),
        (["run", "benchmarks"], "holds no .yaml file"),
        (["rum", "scenarios"], "no command `rum`. Did you mean `run`?"),
        (["run", "scenarios", "--format", "xml"], "'xml' is not one of"),
        (["run", "scenarios", "--engine", "fast"], "'fast' is not one of"),
        (["run", "scenarios", "--jobs", "0"], "0 is not in the range"),
        (["run", "scenarios/king", "--asked-at", "tomorrow"], "found `tomorrow`, expected a day and time"),
        (["run", "scenarios/king/ages.yaml", "--asked-at", "2000-01-01T10:00"], "lies before `release_at`"),
        (["law", "us/wa/kingg"], "Did you mean `us/wa/king`?"),
        (["law", "rulesets/us/wa/king.yaml"], "It looks like a file"),
        (["law", "us/wa/king", "--on", "3/3/2014"], "expected a day such as 2014-03-01"),
        (
            ["compare", "scenarios/king", "--with", "claims/dhs-2017"],
            "no claim `claims/dhs-2017`. Did you mean `claims/dhs-2017-03-20`?",
        ),
        (["compare", "scenarios/king", "--with", "docs"], "has no ruleset for any place that there is law for"),
        (["check", "nowhere"], "does not exist"),
        (["check", "benchmarks"], "benchmarks holds no rulesets"),
        (["check", "scenarios"], "`clock/plain` lies within `clock`, which has no ruleset"),
        (["check", "scenarios/king/ages.yaml"], "ages.yaml:4:1: a ruleset says which `jurisdiction` it is"),
        (["run", "scenarios/king", "--rulesets", "benchmarks"], "benchmarks holds no rulesets"),
        (["schema", "law"], "'law' is not one of"),
        (["explain", "scenarios/king/ages.yaml", "nobody"], "ages.yaml:1:1: no scenario `nobody` in this file"),
        (["explain", "no-such.yaml", "x"], "no-such.yaml:1:1: cannot be read"),
        (
            ["explain", "scenarios/king/ages.yaml", "stated-age-17", "--place", "us/wa/kingg"],
            "Did you mean `us/wa/king`?",
        ),
        (["ask", "us/wa/kingg"], "Did you mean `us/wa/king`?"),
        (["ask", "us"], "`us` has no local time of its own"),
        (["timeline"], "name files with custodies, or give --from-bookings with --place"),
        (["timeline", "scenarios/king"], "scenarios/king:1:1: no scenario has `events` here"),
        (["timeline", "scenarios/custody", "--id", "nobody"], "no scenario with the id nobody has `events` here"),
        (
            ["timeline", "scenarios/custody", "--svg", "no/such/folder.svg"],
            "no/such/folder.svg: cannot be written: No such file or directory",
        ),
        (["timeline", "--from-bookings", "tests/data/bookings.csv"], "--from-bookings takes --place"),
        (
            ["timeline", "--from-bookings", "nowhere.csv", "--place", "us/wa"],
            "nowhere.csv:1:1: cannot be read: No such file",
        ),
        (
            ["timeline", "--from-bookings", "README.md", "--place", "us/wa"],
            "README.md:1:1: the column `booking` is missing",
        ),
        (["verify", "us/wa/kong"], "Did you mean `us/wa/king`?"),
        (["verify", "us"], "`us` has no local time of its own"),
        (["verify", "--constraints", "nowhere.yaml"], "'nowhere.yaml' does not exist"),
        (["verify", "--constraints", "scenarios/king/ages.yaml"], "ages.yaml:4:1: unknown field `defaults`"),
        (["verify", "--only", "waiting-never-hold"], "Did you mean `waiting-never-holds`?"),
        (["verify", "--rulesets", "benchmarks"], "benchmarks holds no rulesets"),
        (["diff", "law"], "Missing argument 'B[@DATE]'"),
        (["diff", "us/wa/kong", "law"], "`us/wa/kong` is no place, no claim and no folder of rulesets"),
        (["diff", "us/wa/king@14.9.2014", "law"], "`us/wa/king@14.9.2014`: found `14.9.2014`, expected a day"),
        (["diff", "us/wa/king@2014-09-14", "law"], "name a day on both sides"),
        (["diff", "us/or", "us/or", "nowhere.yaml"], "nowhere.yaml:1:1: no such file or folder"),
        (["diff", "us/or", "us/or", "--bookings", "tests/data/bookings.csv"], "--bookings and --place belong together"),
        (["diff", "us/or", "us/or", "--bookings", "README.md", "--place", "us/or"], "the column `booking` is missing"),
        (["mutate"], "Missing argument"),
        (["mutate", "scenarios", "--place", "us/wa/kong"], "Did you mean `us/wa/king`?"),
        (["mutate", "nowhere", "--place", "us/or"], "nowhere:1:1: no such file or folder"),
        (["mutate", "rulesets", "--place", "us/or"], "a scenario file has `defaults` and `scenarios`"),
        (["mutate", "scenarios", "--at-least", "101"], "101.0 is not in the range"),
        (["scenarios", "suggest"], "Missing argument 'PLACE'"),
        (["scenarios", "suggest", "us/wa/kong"], "Did you mean `us/wa/king`?"),
        (["scenarios", "suggest", "us"], "`us` has no local time of its own"),
        (["scenarios", "sugest", "us/or"], "No such command 'sugest'"),
    ],
)
def test_wrong_calls(args: list[str], message: str) -> None:
    done = detainer(*args)
    said = (done.stderr + done.stdout).decode()
    assert done.returncode == 2
    assert message in said
    assert "Traceback" not in said


RULESET = """jurisdiction: us
name: Here
timezone: America/Los_Angeles
sets: {FORMS: [I-247, I-247D]}
definitions:
  asks: detainer.form in FORMS
authorities:
  act: {kind: state_statute, cite: An act, confidence: A, source: the act}
rules:
  - id: one
    authority: act
    effect: permits
    when: asks
    because: it may
  - {id: none, authority: act, effect: default, because: nothing permits}
"""


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("when: asks", "when: askes", "13:11", "unknown name `askes`. Did you mean `asks`?"),
        ("when: asks", "when: asks and detainer.fom == 'I-247'", "13:29", "Did you mean `form`?"),
        ("when: asks", 'when: >-\n      asks and\n      detainer.fom == "x"', "15:16", "unknown name `fom`"),
        ("when: asks", "when: 'detainer.served == \"x\"'", "13:31", "is true or false; write it alone"),
        ("authority: act\n    effect", "authority: akt\n    effect", "11:16", "unknown authority `akt`"),
        ("effect: permits", "effect: permit", "12:13", "found `permit`, expected"),
        ("kind: state_statute", "kind: statute", "8:15", "found `statute`, expected"),
        ("confidence: A", "confidence: D", "8:56", "found `D`, expected 'A', 'B' or 'C'"),
        ("id: none", "id: one", "15:10", "the rule id `one` stands twice"),
        ("    because: it may", "    becuse: it may", "14:5", "unknown field `becuse`. Did you mean `because`?"),
        ("because: it may", "because: of {detainer.fom}", "14:17", "is no fact that can be filled in"),
        ("because: it may", "because: of {detainer.form", "14:14", "a brace is left open"),
        ("    because: it may", "    because: it may\n    overrides: [non]", "15:17", "Did you mean `none`?"),
        ("    because: it may", "    because: it may\n    hours: 48", "10:5", "`hours` belongs to a rule that limits"),
        (
            "    because: it may",
            "    because: it may\n    until: 2014-01-01\n    from: 2014-01-01",
            "10:5",
            "must come after",
        ),
        ("timezone: America/Los_Angeles", "timezone: Pacific", "3:11", "is no time zone"),
        ("timezone: America", "holidays: XX\ntimezone: America", "3:11", "`XX` is no calendar"),
        ("effect: permits", "effect: limits\n    hours: 4\n    excluding: [holidays]", "14:16", "needs a calendar"),
        ("jurisdiction: us", "jurisdiction: us/wa", "1:15", "expected `us`"),
        ("FORMS: [I-247, I-247D]", "FORMS: [I-247, I-999]", "6:26", "holds `I-999`"),
        ("  asks:", "  detainer: detainer\n  asks:", "6:3", "is already a fact of the case"),
        ("effect: default", "effect: permits", "1:1", "a place needs one rule with `effect: default`"),
        ("kind: state_statute", "kind: cited_ruling", "11:16", "is a ruling to be cited"),
        ("source: the act", "source: the act, date: 0791-12-15", "8:82", "the year must lie between 1200 and 2999"),
        ("asks: detainer.form in FORMS", "asks: {ask: Is it?}", "6:9", "the field `means` is missing"),
        ("asks: detainer.form in FORMS", "asks: {means: detainer.fom, ask: Is it?}", "6:26", "Did you mean `form`?"),
        ("asks: detainer.form in FORMS", "asks: {means: detainer, aks: Is it?}", "6:27", "Did you mean `ask`?"),
        (
            "sets:",
            "ask: {detainer.fom: Which?}\nsets:",
            "4:7",
            "`detainer.fom` is no fact that can be asked for: there is no `fom`",
        ),
        (
            "when: asks",
            "when: person.age >= 18",
            "13:18",
            "`age` may be stated in another way; write age_on(release_at) instead",
        ),
    ],
)
def test_mistakes_in_rulesets(tmp_path: Path, old: str, new: str, place: str, message: str) -> None:
    assert old in RULESET
    (tmp_path / "us.yaml").write_text(RULESET.replace(old, new, 1))
    _is_told(detainer("check", str(tmp_path)), f"{tmp_path / 'us.yaml'}:{place}: ", message)


def _is_told(done: subprocess.CompletedProcess[bytes], *messages: str) -> None:
    said = done.stderr.decode()
    assert done.returncode == 2
    for message in messages:
        assert message in said, said
    assert "Traceback" not in said


def test_all_mistakes_of_a_ruleset_are_told_at_once(tmp_path: Path) -> None:
    wrong = (
        RULESET.replace("when: asks", "when: askes and dtainer")
        .replace("permits", "permit", 1)
        .replace("in FORMS", "in FORM")
    )
    wrong = wrong.replace("America/", "Amerika/").replace("jurisdiction: us", "jurisdiction: uk")
    wrong += """  - {id: none, authority: akt, effect: requires, because: 'of {detainer.fom}', overrides: [on], when: chages}
  - {id: one, effect: limits, when: convitions}
"""
    (tmp_path / "us.yaml").write_text(wrong)
    said = detainer("check", str(tmp_path)).stderr.decode()
    for message in (
        "`FORM`", "`askes`", "`dtainer`", "`permit`", "`Amerika/Los_Angeles`", "`uk`, expected `us`", "`akt`", "{detainer.fom}",
        "Did you mean `one`?", "`chages`", "`convitions`", "`authority` is missing", "`one` stands twice", "`none` stands twice",
    ):  # fmt: skip
        assert message in said, said


def test_a_bad_ruleset_elsewhere_stops_no_decision_and_check_reports_it(tmp_path: Path) -> None:
    (tmp_path / "us").mkdir()
    (tmp_path / "us.yaml").write_text(RULESET)
    (tmp_path / "us/bad.yaml").write_text("jurisdiction: us/bad\nnme: Bad\n")
    (tmp_path / "us/good.yaml").write_text("jurisdiction: us/good\nname: Good\n")
    case = b"scenarios: [{id: a, jurisdiction: us/good, release_at: 2014-03-03T10:00, detainer: {form: I-247}}]"
    done = detainer("run", "-", "--rulesets", str(tmp_path), stdin=case)
    assert done.returncode == 0, done.stderr
    assert b"us/one" in done.stdout
    done = detainer("check", str(tmp_path))
    assert done.returncode == 2
    assert b"bad.yaml:2:1: unknown field `nme`. Did you mean `name`?" in done.stderr
    done = detainer("places", "--rulesets", str(tmp_path))
    assert done.returncode == 2
    assert b"us/bad   (not to be used: `detainer check` says why)" in done.stdout
    assert b"us/good  Good (America/Los_Angeles; 0 rules of its own)" in done.stdout
    (tmp_path / "us.yaml").write_text(RULESET.replace("cite", "cit"))
    done = detainer("check", str(tmp_path / "us/good.yaml"))
    assert done.returncode == 2, "a ruleset is no better than the one it lies within"
    (tmp_path / "us.yaml").write_text(RULESET)
    done = detainer("run", "-", "--rulesets", str(tmp_path), stdin=case.replace(b"us/good", b"us/bad"))
    assert done.returncode == 2
    assert b"bad.yaml:2:1" in done.stdout + done.stderr


CONSTRAINTS = """constraints:
  - id: mine
    sentence: A sentence.
    authority: us/amend-iv
    places: [us/wa]
    from: 2014-01-01
    when: outcome == "hold"
    must: judicial_warrant
"""
_BOTH = 'when: outcome == "hold"\n    must: judicial_warrant'
_AFTER = 'must: after.outcome == "hold"'


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("constraints:", "constraint:", "1:1", "unknown field `constraint`. Did you mean `constraints`?"),
        ("id: mine", "id: Mine", "2:9", "`id`: found `Mine`"),
        ("id: mine", "id: waiting-never-holds", "2:9", "the id `waiting-never-holds` is taken already; rename yours"),
        ("sentence", "sentense", "3:5", "Did you mean `sentence`?"),
        ("us/amend-iv", "us/amend-4", "4:16", "unknown authority `us/amend-4`; write <place>/<authority>."),
        ("us/amend-iv", "amend-iv", "4:16", "unknown authority `amend-iv`; write <place>/<authority>."),
        ("[us/wa]", "[us/wu]", "5:14", "no ruleset for `us/wu`. Did you mean `us/wa`?"),
        ("2014-01-01", "yesterday", "6:11", "`from`: found `yesterday`, expected a day such as 2014-03-01"),
        ("2014-01-01", "2014-01-01\n    until: 2014-01-01", "2:5", "it must come after `from`"),
        ('"hold"', '"held"', "7:22", "`held`, which is none of hold, release. Did you mean `hold`?"),
        ("outcome", "outcom", "7:11", "unknown name `outcom`. Did you mean `outcome`?"),
        ("judicial_warrant", "hold_hours", "8:11", "is a number, not true or false; compare it with something"),
        ("judicial_warrant", "any(r.effect == 'permit' for r in met)", "8:27", "Did you mean `permits`?"),
        ("judicial_warrant", 'after.outcome == "hold"', "8:11", "unknown name `after`"),
        (
            "    must: judicial_warrant\n",
            "",
            "2:5",
            "a constraint has either `must` or `cannot_name`; write one of the two",
        ),
        ("warrant\n", "warrant\n    cannot_name: [race]\n", "2:5", "a constraint has either `must` or `cannot_name`"),
        (_BOTH, 'between: {learns: true}\n    must: outcome == "hold"', "8:11", "unknown name `outcome`"),
        (_BOTH, f"between: {{lerns: true}}\n    {_AFTER}", "7:15", "Did you mean `learns`?"),
        (_BOTH, f"between: {{}}\n    {_AFTER}", "7:14", "say what differs between the two cases, or `learns: true`"),
        (_BOTH, f"between: {{differs: [judicial_warant]}}\n    {_AFTER}", "7:25", "Did you mean `judicial_warrant`?"),
        (_BOTH, f"between: {{differs: [convictions.offense]}}\n    {_AFTER}", "7:25", "name the list, `convictions`"),
        (_BOTH, f"between: {{differs: [release_at]}}\n    {_AFTER}", "7:25", "two cases have one scheduled release"),
        (_BOTH, "cannot_name: [race]\n    when: detainer", "2:5", "`cannot_name` stands alone"),
        (
            "warrant\n",
            "warrant\n  - {id: mine, sentence: Two., must: detainer}\n",
            "9:10",
            "the id `mine` stands twice",
        ),
        (CONSTRAINTS, "constraints: []\n", "1:1", "there is no constraint in it; list them under `constraints`"),
        (CONSTRAINTS, "[]\n", "1:1", "found a list, expected a mapping"),
    ],
)
def test_mistakes_in_constraints(tmp_path: Path, old: str, new: str, place: str, message: str) -> None:
    assert old in CONSTRAINTS
    file = tmp_path / "mine.yaml"
    file.write_text(CONSTRAINTS.replace(old, new, 1))
    _is_told(detainer("verify", "us/or", "--constraints", str(file)), f"{file}:{place}: ", message)


def test_a_good_file_of_constraints_is_proven_and_a_folder_for_witnesses_is_made(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(CONSTRAINTS.replace("[us/wa]", "[us/or]"))
    args = ("us/or", "--constraints", f"{tmp_path}/mine.yaml", "--only", "mine", "--witnesses", f"{tmp_path}/found")
    done = detainer("verify", *args)
    assert done.returncode == 1, done.stderr
    (first, *_) = sorted((tmp_path / "found").iterdir())
    assert first.name == "mine-us-or-2014-01-01.yaml"
    assert detainer("run", str(first)).returncode == 0
    assert not list((tmp_path / "found").glob(".*"))


def test_witnesses_of_survivors_are_scenarios_without_answers(tmp_path: Path) -> None:
    args = ("mutate", "scenarios/clock", "--place", "us/wa/clark", "--witnesses", f"{tmp_path}/missing.yaml")
    assert detainer(*args, "--at-least", "10").returncode == 0
    assert detainer(*args).returncode == 1
    done = detainer("run", f"{tmp_path}/missing.yaml")
    assert b"12 scenarios" in done.stdout
    assert b"12 without" in done.stdout


def test_a_scenario_that_fails_already_notices_nothing(tmp_path: Path) -> None:
    text = "{id: no, jurisdiction: us/or, release_at: 2017-06-05T10:00, detainer: null, expect: {outcome: hold}}"
    (tmp_path / "a.yaml").write_text(f"scenarios: [{text}]")
    done = detainer("mutate", str(tmp_path), "--place", "us/or")
    assert done.returncode == 2
    assert b"a.yaml:1:13: `no` fails under the law as it is, so it can notice no slip" in done.stderr
