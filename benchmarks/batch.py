"""`detainer run` on one file of 10,000 scenarios, now and as it was when it first could, and the YAML parsers, in one run."""

from __future__ import annotations

import importlib.util
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

ONE = """  - id: scenario-{0:05d}
    note: a person held on a detainer past scheduled release, as such
    jurisdiction: us/wa/king
    release_at: 2014-03-{1:02d}T{2:02d}:00
    detainer: {{form: I-247, issued_at: 2014-02-01, served: true, probable_cause: [], administrative_warrant: none}}
    judicial_warrant: null
    person: {{date_of_birth: 19{3}-02-03}}
    convictions:
      - {{offense: {4}, convicted_on: 1999-05-06, released_on: 2004-01-01, shown_in_writing: true}}
      - {{offense: drug, convicted_on: 1999-05-06, shown_in_writing: true}}
    charges: []
    expect: {{settled: true}}
"""
OFFENSES = ("homicide", "violent", "drug", "serious_traffic")
COUNT = 10_000


def scenarios(count: int) -> str:
    """A file of mixed people and days, about 570 bytes a scenario."""
    each = (ONE.format(n, n % 28 + 1, n % 20 + 3, 50 + n % 48, OFFENSES[n % 4]) for n in range(count))
    return "scenarios:\n" + "".join(each)


def commands(file: Path, count: int, ways: dict[str, list[str]], times: int, engine: Path | None = None) -> list[float]:
    """Scenarios a second of the whole command, from the interpreter's start to its end, the best of some times, taking turns.

    `engine` is a folder with other code than that of today.
    """
    file.write_text(scenarios(count), "utf-8")
    # as a user has it: pip compiles what it installs
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    best = dict.fromkeys(ways, 0.0)
    for _ in range(times):
        for what, args in ways.items():
            with file.with_suffix(".out").open("w+b") as out:
                start = time.perf_counter()
                command = [sys.executable, "-m", "detainer", "run", str(file), *args]
                before = {"PYTHONPATH": str(engine)} if engine and what.endswith(BEFORE) else {}
                done = subprocess.run(
                    command, stdout=out, stderr=subprocess.PIPE, check=True, cwd=file.parent, env=environment | before
                )
                best[what] = max(best[what], count / (time.perf_counter() - start))
                out.seek(0)
                assert b"%d scenarios" % count in out.read() + done.stderr
    return list(best.values())


@contextmanager
def code_of(revision: str, folder: Path) -> Generator[Path | None]:
    """The engine as it was then; None where its history is not at hand."""
    root, tree = Path(__file__).parent.parent, folder / "then"
    git = ["git", "-C", str(root), "worktree"]
    if subprocess.run([*git, "add", "--detach", str(tree), revision], capture_output=True).returncode:
        yield None
        return
    try:
        yield tree / "engine"
    finally:
        subprocess.run([*git, "remove", "--force", str(tree)], check=True)


FIRST, BEFORE = "3e72e8c", ", at first"
"""The last commit of the first issue."""

WAYS = {
    "rete, table": [],
    "direct, table": ["--engine", "direct"],
    "rete, jsonl (every rule's fate)": ["--format", "jsonl"],
}
THEN = {f"{name}{BEFORE}": args for name, args in WAYS.items()}
JOBS = {"100,000: rete, table": [], "100,000: rete, table, --jobs 2": ["--jobs", "2"]}


def parsers(text: str) -> list[tuple[str, float]]:
    """Scenarios a second of parsing alone; the slow ones on a tenth of the text."""
    import yaml
    import yaml12

    from detainer.yamlfile import Source, _Exact

    tenth = text[: text.index("  - id: scenario-01000\n")]
    rows = [
        ("detainer (rapidyaml, through JSON)", text, lambda t: Source(t, "x").data),
        ("yaml12 alone", text, yaml12.parse_yaml),
        ("detainer's exact way (PyYAML events)", tenth, lambda t: _Exact(t, "x").root),
        ("PyYAML, C loader", tenth, lambda t: yaml.load(t, yaml.CSafeLoader)),
    ]
    if importlib.util.find_spec("ruamel"):
        from ruamel.yaml import YAML

        rows.append(("ruamel.yaml, safe", tenth, YAML(typ="safe", pure=True).load))
    out: list[tuple[str, float]] = []
    for name, part, parse in rows:
        start = time.perf_counter()
        parse(part)
        out.append((name, part.count("- id:") / (time.perf_counter() - start)))
    return out


def startup() -> tuple[float, float]:
    """Median milliseconds of a bare interpreter and of `detainer --version`."""

    def median(args: list[str]) -> float:
        times: list[float] = []
        for _ in range(21):
            start = time.perf_counter()
            subprocess.run(args, capture_output=True, check=True)
            times.append(time.perf_counter() - start)
        return sorted(times)[10] * 1000

    return median([sys.executable, "-c", "pass"]), median(
        [str(Path(sys.executable).with_name("detainer")), "--version"]
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenarios.yaml"
        with code_of(FIRST, Path(folder)) as then:
            ways = WAYS | (THEN if then else {})
            for what, rate in zip(ways, commands(path, COUNT, ways, 7, then), strict=True):
                print(f"{what:42} {rate:8.0f} scenarios/s", flush=True)
        found = commands(path, 10 * COUNT, JOBS, 5)
        for what, rate in zip(JOBS, found, strict=True):
            print(f"{what:42} {rate:8.0f} scenarios/s", flush=True)
        print(f"{'two processes against one':42} {found[1] / found[0]:8.2f}", flush=True)
        print(f"most memory: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MB", flush=True)
        for name, rate in parsers(scenarios(COUNT)):
            print(f"{name:42} {rate:8.0f} scenarios/s", flush=True)
    bare, version = startup()
    print(f"bare interpreter {bare:.0f} ms, detainer --version {version:.0f} ms ({version / bare:.1f} times)")
