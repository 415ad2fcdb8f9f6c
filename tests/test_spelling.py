"""What users read is spelled as in America. `codespell` keeps the words; what its list lacks stands in data/american.txt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import ROOT

READ = ["engine", "docs", "rulesets", "scenarios", "tests", "benchmarks", "findings", "README.md", "pyproject.toml"]
LEFT_OUT = ["*.svg", "*.pyc", "american.txt", Path(__file__).name]
NAMES_OF_OTHERS = ["cancelled"]  # `detainer_cancelled`, a column of a jail's records


def british(*paths: str | Path) -> list[str]:
    """Each word that is spelled otherwise in America: file, line, and how."""
    args = [sys.executable, "-m", "codespell_lib", "--builtin", "en-GB_to_en-US", "--dictionary", "-"]
    args += [
        "--dictionary",
        str(ROOT / "tests/data/american.txt"),
        "--regex",
        "[A-Za-z]+",
        "--skip",
        ",".join(LEFT_OUT),
    ]
    args += ["--ignore-words-list", ",".join(NAMES_OF_OTHERS), *map(str, paths)]
    done = subprocess.run(args, cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_what_users_read_is_spelled_as_in_america() -> None:
    assert british(*(name for name in READ if (ROOT / name).exists())) == []


def test_it_would_be_found(tmp_path: Path) -> None:
    file = tmp_path / "rule.yaml"
    file.write_text("because: the county honoured_every detainer\nask: What kind of Offence was it?\n", "utf-8")
    found = british(file)
    assert [line.split(": ")[-1] for line in found] == ["honoured ==> honored", "Offence ==> Offense"]
