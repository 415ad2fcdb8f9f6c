"""Python without its asserts and docstrings (`-OO`, PYTHONOPTIMIZE=2) does what it does with them."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT
from tables import table_of

EVERYTHING = """
import io, json, sys, contextlib
from detainer.cli import COMMANDS, cli
from detainer.schemas import _MODELS, json_schema
said = {kind: json_schema(kind) for kind in _MODELS}
def call(*arguments):
    text = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        code = cli(arguments, standalone_mode=False)
        text.flush()
        said[" ".join(arguments)] = [code, text.buffer.getvalue().decode()]
for name in COMMANDS:
    call(name, "--help")
for name in ("ice-detainers", "bookings", "synthetic"):
    call("import", name, "--help")
call("--help")
call("scenarios", "suggest", "--help")
call("run", "scenarios/article-2017", "--format", "json")
call("run", "scenarios/oregon", "--engine", "direct")
call("explain", "scenarios/article-2017/the-dispute.yaml", "king-homicide-under-the-2013-ordinance", "--why-not")
call("timeline", "scenarios/custody/king-2014.yaml", "--format", "json")
call("diff", "us/wa/king@2014-09-14", "us/wa/king@2014-09-15")
call("check", "rulesets/us/or.yaml")
json.dump(said, sys.stdout)
"""


def _said(code: str, level: str) -> str:
    command = [sys.executable, "-c", code]
    environment = os.environ | {"PYTHONOPTIMIZE": level, "COLUMNS": "100"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


def test_help_schemas_and_answers_are_the_same() -> None:
    plain, bare = (_said(EVERYTHING, level) for level in ("", "2"))
    assert "Usage:" in plain and plain == bare


def test_tables_are_the_same(tmp_path: Path) -> None:
    named = table_of(tmp_path / "in.csv")
    said: list[str] = []
    for level in ("", "2"):
        out = tmp_path / f"out{level}.csv"
        code = f"import sys; sys.argv = ['detainer', 'bulk', {str(named)!r}, {str(out)!r}]\nfrom detainer.cli import main; main()"
        said.append(_said(code, level) + out.read_text())
    assert said[0] == said[1]


@pytest.mark.parametrize("file", sorted((ROOT / "engine" / "detainer").rglob("*.py")), ids=str)
def test_an_assert_only_tells_the_type_checker_what_is_so(file: Path) -> None:
    """`assert isinstance(…)` and `assert … is not None`, of names alone: whatever else has to be so is checked for good."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Assert):
            match node.test:
                case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name() | ast.Attribute(), *_]):
                    pass
                case ast.Compare(
                    left=ast.Name() | ast.Attribute(), ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]
                ):
                    pass
                case _:
                    pytest.fail(f"line {node.lineno}: `{ast.unparse(node)}`")
