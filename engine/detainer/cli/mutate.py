"""``detainer mutate``: which slips in the law some scenario notices."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import click

from detainer import outputs
from detainer.cli import options
from detainer.formats import plural
from detainer.library import library_at
from detainer.scenarios import SUFFIXES
from detainer.verify.mutate import PARTS, Trial, mutate, score
from detainer.verify.report import scenario_file


@click.command(
    "mutate",
    help="""
    Leave out or alter one rule, date, number or operator of the law at a time, and count the slips that a scenario notices.

    A mutant is killed when some scenario's expectation fails under it. One that the solver proves to decide every case as the
    law does is equivalent and does not count. What survives is listed with a case that tells it from the law.

    \b
    Examples:
      detainer mutate scenarios/
      detainer mutate scenarios/king --place us/wa/king --witnesses missing.yaml

    Exit codes: 0 enough are killed, 1 too many survive, 2 the input or the call is wrong.
    """,
)
@options.paths
@click.option(
    "--place",
    "places",
    multiple=True,
    shell_complete=options.complete_place,
    help="Only this ruleset. May be given again.",
)
@click.option(
    "--at-least", type=click.FloatRange(0, 100), default=95, show_default=True, help="Per cent that must be killed."
)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--witnesses",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A scenario file for the cases that would kill what survived; their answers are yours to write.",
)
@click.option("--jobs", "-j", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes to use.")
@options.rulesets
def command(
    paths: tuple[str, ...],
    places: tuple[str, ...],
    at_least: float,
    format_: Literal["text", "json"],
    witnesses: Path | None,
    jobs: int,
    rulesets: Path | None,
) -> int:
    if witnesses is not None:
        outputs.refuse_what_is_read(witnesses, paths, SUFFIXES)
    library = library_at(rulesets)
    chosen = [place for place in library.places if not places or place in places]
    for place in places:
        library.book(place)
    with click.progressbar(
        length=len(chosen) * PARTS, label="mutating", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        trials = list(mutate(rulesets, paths, chosen, jobs=jobs, progress=bar.update))
    if format_ == "json":
        plain = {"score": round(score(trials), 4), "mutants": [asdict(trial) for trial in trials]}
        click.echo(json.dumps(plain, indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_text(trials, chosen)))
    alive = [trial for trial in trials if trial.witness]
    if witnesses is not None and alive:
        outputs.write_text(witnesses, scenario_file([_scenario(n, trial) for n, trial in enumerate(alive, 1)]))
    return 0 if score(trials) * 100 >= at_least else 1


def _scenario(number: int, trial: Trial) -> dict[str, Any]:
    note = f"tells the law from a slip in {trial.place}: {trial.says}"
    return {"id": f"survivor-{number}", "note": note, **(trial.witness or {})}


def _text(trials: Sequence[Trial], places: Sequence[str]) -> Iterator[str]:
    for trial in trials:
        if trial.fate in ("survived", "undecided"):
            yield f"{trial.file}:{trial.line}:{trial.column}: {trial.fate}: {trial.says}"
        if trial.witness:
            yield f"  {json.dumps(trial.witness, ensure_ascii=False)}"
            yield f"  the law: {trial.answers[0]}"
            yield f"  the mutant: {trial.answers[1]}"
    width = max(map(len, places))
    for place in places:
        of_it = [trial for trial in trials if trial.place == place]
        yield f"{place:{width}}  {_counted(of_it)}"
    yield f"{plural(len(trials), 'mutant')}: {_counted(trials)}"


def _counted(trials: Sequence[Trial]) -> str:
    counts = Counter(trial.fate for trial in trials)
    text = ", ".join(f"{counts[fate]} {fate}" for fate in ("killed", "survived", "equivalent"))
    undecided = f", {counts['undecided']} undecided" if counts["undecided"] else ""
    return f"{text}{undecided}; {score(trials):.1%} of those that could be killed"
