"""Which engine decides: the one that is asked for, or else `rete`, or `direct` where `rete` cannot be loaded."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from detainer import EngineError, decide, load_scenarios

RUN = "run scenarios/article-2017/the-dispute.yaml --format jsonl"
COMMANDS = [
    RUN,
    f"{RUN} --jobs 2",
    "timeline scenarios/custody/king-2014.yaml",
    "explain scenarios/article-2017/the-dispute.yaml king-homicide-under-the-2013-ordinance --on 2014-09-15",
    "compare scenarios/article-2017/the-dispute.yaml --with claims/dhs-2017-03-20",
]


def python(code: str, *, without_rete: bool = True, warnings: str = "default") -> subprocess.CompletedProcess[str]:
    """A fresh interpreter, in which durable-rules is missing."""
    missing = "import sys; sys.modules['durable_rules_engine'] = None\n" if without_rete else ""
    args = [sys.executable, "-W", warnings, "-c", missing + code]
    return subprocess.run(args, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def command(args: str, **how: bool | str) -> subprocess.CompletedProcess[str]:
    return python(
        f"import sys; sys.argv = ['detainer', *{args.split()}]; import detainer.cli; detainer.cli.main()", **how
    )  # type: ignore[arg-type]


@pytest.mark.parametrize("args", COMMANDS)
def test_without_rete_a_command_says_so_on_one_line_and_decides_alike(args: str) -> None:
    here, there = command(args), command(f"{args} --engine direct")
    assert (here.returncode, here.stdout) == (there.returncode, there.stdout)
    said = [line for line in here.stderr.splitlines() if line not in there.stderr.splitlines()]
    assert len(said) == 1
    assert said[0].startswith("detainer: the engine `rete` cannot be loaded (import of durable_rules_engine halted")
    assert "so `direct` decides" in said[0]


@pytest.mark.parametrize("warnings", ["error", "ignore", "default"])
def test_no_setting_of_warnings_makes_a_traceback(warnings: str) -> None:
    found = command(RUN, warnings=warnings)
    assert found.returncode == 0
    assert found.stderr.count("\n") == 2  # and the tally


def test_rete_is_an_error_where_it_is_asked_for() -> None:
    found = command(f"{RUN} --engine rete")
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith("detainer: the engine `rete` cannot be loaded (")
    assert found.stderr.endswith("); install it as the README says, or take `direct`\n")
    code = "from detainer import *; decide(Case(jurisdiction='us/wa', release_at='2020-01-01T10:00'), engine='rete')"
    assert "EngineError: the engine `rete` cannot be loaded" in python(code).stderr


def test_in_python_there_is_one_warning_of_a_category_of_its_own() -> None:
    code = """
import json, warnings
from detainer import *
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    cases = load_scenarios("scenarios/king")
    found = [decide(case).to_json() for case in cases]
    Custody(Booking(jurisdiction="us/wa/king"))
    Interview({"jurisdiction": "us/wa/king", "release_at": "2019-06-03T10:00"})
assert found == [decide(case, engine="direct").to_json() for case in cases]
print(json.dumps([(each.category.__name__, str(each.message)) for each in told]))
"""
    found = python(code)
    assert found.returncode == 0, found.stderr
    ((category, message),) = json.loads(found.stdout)
    assert category == "EngineWarning" and "so `direct` decides, which gives the same answers" in message


def test_completing_a_word_warns_of_nothing() -> None:
    code = """
import os, sys
os.environ |= {"_DETAINER_COMPLETE": "bash_complete", "COMP_WORDS": "detainer run --engine d", "COMP_CWORD": "3"}
sys.argv = ["detainer"]
import detainer.cli; detainer.cli.main()
"""
    found = python(code)
    assert "direct" in found.stdout and not found.stderr


def test_an_engine_that_nobody_has_is_an_error() -> None:
    with pytest.raises(EngineError, match=r"no engine `retes`\. Did you mean `rete`\?"):
        decide(load_scenarios("scenarios/king")[0], engine="retes")  # type: ignore[arg-type]
