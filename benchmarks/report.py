"""Run every benchmark, one after the other, and write docs/performance.md: the figures, the machine, the versions."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = (
    "durable_rules",
    "pydantic",
    "py-yaml12",
    "rapidyaml",
    "PyYAML",
    "zen-engine",
    "cedarpy",
    "regopy",
    "clingo",
    "rule-engine",
    "common-expression-language",
    "OpenFisca-Core",
    "duckdb",
    "ibis-framework",
    "numpy",
    "polars",
    "pyarrow",
    "z3-solver",
    "hypothesis",
)
PARTS = {
    "peers.py": """## One decision

King County in March 2014: seven rules in force, a person with a homicide conviction, facts already built; the median of 3,000
single calls. The peers run the same policy, each in a process of its own, and their answers are compared over all 32
combinations of facts before anything is timed. They get the hard parts answered beforehand, as truths (whether the detainer
asks for custody, a conviction is shown) and return the outcome and the rule; `detainer` starts from the case, reads dates and
lists, counts the deadline and keeps the truth of every rule. `clingo` grounds the policy with the facts each time; `clingo,
grounded once` solves one grounding under assumptions, which works because the facts are five truths. Then a million at once:
columns of truths in and a column of numbers out for the peers; for `detainer` the cases themselves in a table, and a table of
decisions back, with deadlines, citations, caveats and open questions. `python benchmarks/peers.py` runs them all again.""",
    "bulk.py": """## Millions of cases

Five million mixed cases of all shipped places, up to three convictions and two charges, every fact known, on two cores, from
a table in memory to a table in memory, the best of three. The first table pays for the plan and for deciding its kinds of cases;
a further table of five million other cases finds them known, as does the second part of any run. Beside it the same policy
written by hand in Polars, which looks neither at whether facts can be nor at what is unknown, and says neither citation nor
caveat, nor what later law ends. Outcomes, rulings and ends of limits of both are the same in every row of both tables. Then the
whole command `detainer bulk` from a Parquet file to a folder of Parquet, part by part; and on a million rows of which little is
known: as they come out of the national file; the mixed ones without birth date, warrants and convictions; and of a county whose
law looks ten years back, with half of each conviction unknown, so that in each row an unknown day is held against others.""",
    "unknown.py": """## What is not known

One decision of the engine `direct` where facts are unknown, exact: every way in which they could answer the tests of the law
in force. For each kind of case every shipped law was timed, every stretch of it, best of seven, each as if it were the first.
What was found is kept with the law where neither days nor half-known entries matter, which makes the next of its kind
quicker.""",
    "timelines.py": """## Custody over time

Ten thousand custodies of ten events on one core, each fed event by event, a fifth of them with facts unknown; then the same
answers by asking every hour, measured on a part and multiplied.""",
    "batch.py": """## A batch

The whole command `detainer run` on one file of 10,000 mixed scenarios of about 570 bytes, from the interpreter's start to its
end, output to a file, the best of seven; beside it, in turns, the code as it was when it first could do that (which said less of
each rule). The same on 100,000 with one process and with two; then the parsers alone, on the same text; then the start of the
command.""",
    "proofs.py": """## Proofs

All shipped law against all constraints, for every case; and how many random cases, drawn near the lines of the law, the
engine `direct` holds against the same constraints in the time that the proofs take on one core. Then what else the solver is
for.""",
    "memory.py": """## A million decisions in one process

The shipped scenarios over and over, engine `rete`, resident memory at each tenth of the way.""",
}


def main() -> None:
    """Write the report beside the other documents."""
    text = f"""# How fast it is

Both sides in one run: `pip install -e '.[dev,bench]' && python benchmarks/report.py` makes this page. The figures below are of a
machine with {os.cpu_count()} cores ({platform.machine()}, {platform.system()}), Python {platform.python_version()},
{", ".join(f"{name} {version(name)}" for name in PACKAGES)}. Speed varies by some ten per cent between runs there.
"""
    for script, heading in PARTS.items():
        done = subprocess.run([sys.executable, HERE / script], capture_output=True, text=True, check=True)
        text += f"\n{heading}\n\n```\n{done.stdout}```\n"
        print(done.stdout, flush=True)
    (HERE.parent / "docs" / "performance.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
