"""How long proofs take, and how far random cases come in the same time."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings

from detainer import Case, Library
from detainer.testing import assert_constraint, related
from detainer.verify.constraints import load_constraints

ATTACKS = 500


def _seconds(*args: str) -> tuple[float, str]:
    """How long a command takes from the interpreter's start to its end, and its last lines."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "detainer", *args], capture_output=True, text=True, check=True)
    return time.perf_counter() - start, done.stdout


def _attack(name: str) -> Callable[[], None]:
    @settings(max_examples=ATTACKS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(related(name))
    def attack(cases: tuple[Case, ...]) -> None:
        assert_constraint(name, *cases, engine="direct")

    return attack


def main() -> None:
    """Print the figures."""
    taken, out = _seconds("verify", "--jobs", "2")
    questions = next(line for line in out.splitlines() if " questions " in line and "about" in line)
    print(f"detainer verify, two processes    {taken:5.1f} s  ({questions})")
    alone, _ = _seconds("verify", "--jobs", "1")
    print(f"detainer verify, one process      {alone:5.1f} s")
    names = [checked.id for checked in load_constraints() if not checked.constraint.cannot_name]
    start = time.perf_counter()
    for name in names:
        _attack(name)()
    each = (time.perf_counter() - start) / (ATTACKS * len(names))
    print(
        f"random attack, one process        {alone / each:,.0f} cases in the time of the proofs ({each * 1000:.1f} ms each)"
    )
    print(
        f"detainer check                    {_seconds('check')[0]:5.1f} s  ({len(Library().places)} rulesets and a claim)"
    )
    sides = "us/wa/king@2014-09-14", "us/wa/king@2014-09-15"
    print(f"detainer diff, King County 2014   {_seconds('diff', *sides)[0]:5.1f} s")
    print(
        f"detainer scenarios suggest        {_seconds('scenarios', 'suggest', 'us/wa/king')[0]:5.1f} s  (King County)"
    )
    taken, out = _seconds("mutate", "scenarios", "--jobs", "2")
    print(f"detainer mutate, two processes    {taken:5.1f} s  ({out.splitlines()[-1]})")


if __name__ == "__main__":
    main()
