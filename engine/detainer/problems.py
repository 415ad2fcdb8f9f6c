"""What is wrong with files, as other tools read it: JSON, SARIF 2.1.0, and the workflow commands of GitHub Actions.

Pure: returns text, writes nothing. A file below the folder where we are is named relative to it, as those tools want it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from detainer import __version__
from detainer.errors import Problem

Kind = Literal["mistake", "oddity"]
KINDS: dict[Kind, str] = {
    "mistake": "A ruleset that cannot be used as it is written",
    "oddity": "Law that can be used and is likely not what was meant",
}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


class Finding(NamedTuple):
    """A problem, and of which kind it is."""

    kind: Kind
    problem: Problem


def as_json(findings: Sequence[Finding], rulesets: int) -> str:
    """One object: how many rulesets were looked at, and what was found."""
    problems = [{"kind": each.kind, **each.problem.to_dict()} for each in findings]
    return json.dumps({"rulesets": rulesets, "problems": problems}, indent=2, ensure_ascii=False) + "\n"


def as_sarif(findings: Sequence[Finding], rulesets: int) -> str:
    """A log of SARIF 2.1.0 (OASIS) with one run. Columns count characters, as ours do."""
    rules = [{"id": kind, "shortDescription": {"text": says}} for kind, says in KINDS.items()]
    driver = {"name": "detainer", "semanticVersion": __version__, "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": list(map(_result, findings))}
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def as_github(findings: Sequence[Finding], rulesets: int) -> str:
    """A workflow command for each problem, which GitHub shows beside the line."""
    return "".join(_command(each.problem) for each in findings)


WRITERS: dict[str, Callable[[Sequence[Finding], int], str]] = {
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
}


def _result(finding: Finding) -> dict[str, Any]:
    problem = finding.problem
    place = {
        "artifactLocation": {"uri": _uri(problem.file)},
        "region": {"startLine": problem.line, "startColumn": problem.column},
    }
    return {
        "ruleId": finding.kind,
        "ruleIndex": list(KINDS).index(finding.kind),
        "level": "error",
        "message": {"text": _plain(problem.message)},
        "locations": [{"physicalLocation": place}],
    }


def _plain(message: str) -> str:
    """Text that says of itself that it is none of SARIF's placeholders (section 3.11.5) and links (3.11.6)."""
    if "](" in message:
        message = message.replace("[", "\\[").replace("]", "\\]")
    return message.replace("{", "{{").replace("}", "}}")


def _from_here(file: str) -> Path:
    path, here = Path(file), Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _uri(file: str) -> str:
    path = _from_here(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _command(problem: Problem) -> str:
    properties = {"file": _from_here(problem.file), "line": problem.line, "col": problem.column}
    said = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in properties.items())
    return f"::error {said}::{_escaped(problem.message)}\n"


def _escaped(text: str, more: str = "") -> str:
    """What the runner reads as a sign of its own is written as it is in a URL."""
    return "".join(f"%{ord(sign):02X}" if sign in f"%\r\n{more}" else sign for sign in text)
