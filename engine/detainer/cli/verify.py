"""``detainer verify``: constraints proven or refuted for every case."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import get_args

import click

from detainer import outputs
from detainer.cli import options
from detainer.verify import report
from detainer.verify.every import Question, shown, verify
from detainer.verify.search import TIME_LIMIT


@click.command(
    "verify",
    help="""
    Prove each constraint for every case, place and day, or show a case that breaks it.

    The law of every place (or those named) is looked at stretch by stretch. A case that breaks a constraint is decided again by
    every engine; it is a scenario that `detainer run` takes.

    \b
    Examples:
      detainer verify
      detainer verify us/wa/king --constraints mine.yaml --witnesses found/
      detainer verify --format markdown > proofs.md

    Exit codes: 0 all proven, 1 one is refuted, 2 one is undecided, or the input or the call is wrong.
    """,
)
@click.argument("places", nargs=-1, metavar="[PLACE]...", shell_complete=options.complete_place)
@click.option(
    "--constraints",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of constraints of your own, besides those that ship. May be given again.",
)
@click.option("--only", multiple=True, metavar="ID", help="Only this constraint. May be given again.")
@click.option("--format", "format_", type=click.Choice(get_args(report.Format)), default="text", show_default=True)
@click.option(
    "--witnesses",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for the cases that break a constraint, a scenario file each.",
)
@click.option(
    "--time-limit",
    type=click.IntRange(1, 3600),
    default=TIME_LIMIT,
    show_default=True,
    help="Seconds for one question to the solver.",
)
@click.option("--jobs", "-j", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes to use.")
@options.rulesets
def command(
    places: tuple[str, ...],
    files: tuple[Path, ...],
    only: tuple[str, ...],
    format_: report.Format,
    witnesses: Path | None,
    time_limit: int,
    jobs: int,
    rulesets: Path | None,
) -> int:
    question = Question(rulesets, files, only, time_limit)
    chosen = question.places(places)
    constraints = question.constraints()
    with click.progressbar(length=len(chosen), label="proving", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        proofs = list(verify(question, places, jobs=min(jobs, len(chosen)), progress=bar.update))
    sentences = {checked.id: checked.constraint.sentence for checked in constraints}
    found = [shown(proof, sentences[proof.constraint], question.library) for proof in proofs]
    click.echo(report.WRITERS[format_](constraints, found), nl=format_ == "json")
    if witnesses is not None:
        witnesses.mkdir(parents=True, exist_ok=True)
        for each in found:
            if each.scenarios:
                outputs.write_text(witnesses / f"{each.name}.yaml", report.scenario_file(each.scenarios))
    return report.code(proofs)
