"""``detainer ask``: an interview at the terminal that asks only what still matters."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from detainer import outputs
from detainer.case import parse_moment
from detainer.cli import options
from detainer.engines import EngineName
from detainer.errors import DetainerError
from detainer.interview import Interview, hint
from detainer.library import library_at
from detainer.reasons import explain
from detainer.scenarios import scenario_text

_NOT_KNOWN = ("", "?", "unknown")
_BACK = "back"
_HOW = "An empty answer or ? leaves a fact unknown; back goes to the question before."


@click.command(
    "ask",
    help="""
    Ask about one person, only what still matters, and decide as soon as the answer is settled.

    An empty answer or ? leaves a fact unknown; back goes to the question before, as often as you like. With
    `--format json` the questions go to standard error and the decision, with its case, to standard output.

    \b
    Examples:
      detainer ask us/wa/king
      detainer ask us/wa/king --release-at 2014-03-03T10:00 --save my-case.yaml --id my-case
    """,
)
@click.argument("place", shell_complete=options.complete_place)
@click.option("--release-at", metavar="TIME", help="Scheduled release, local to the place; asked for if left out.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Write the case to a new scenario file.")
@click.option("--id", "name", default="asked", show_default=True, help="The id of the saved scenario.")
@options.formats("text", "json")
@options.engine
@options.rulesets
def command(
    place: str,
    release_at: str | None,
    save: Path | None,
    name: str,
    format_: str,
    engine: EngineName,
    rulesets: Path | None,
) -> int:
    library = library_at(rulesets)
    library.where(place)
    if save is not None and save.exists():
        raise DetainerError(f"{save} is there already; name a file that is not, or delete it")
    if save is not None and not save.parent.is_dir():
        raise DetainerError(f"{save.parent} is no folder; make it first, or name a file elsewhere")
    given = release_at if release_at is None else _moment_or_complain(release_at)

    aside = format_ == "json"  # what is said on the way is not for the program that reads the output

    def begin() -> Interview:
        due = given or _until_right("When is scheduled release? (such as 2014-03-03T10:00)", _moment, aside)
        fields: dict[str, Any] = {"jurisdiction": place, "release_at": due}
        scenario_text(name, "", fields)  # a name that can be none is told before anything more is asked
        return Interview(fields, engine=engine, library=library)

    click.echo(_HOW, err=aside)
    interview = begin()
    while (question := interview.question) is not None:
        text = click.prompt(
            f"{question.ask} ({hint(question.path)})", default="", show_default=False, prompt_suffix=" ", err=aside
        )
        if not sys.stdin.isatty():
            click.echo(text, err=aside)  # a terminal shows what is typed; a transcript should, too
        said = text.strip().lower()
        if said in _NOT_KNOWN:
            interview.pass_over()
        elif said != _BACK:
            try:
                interview.answer(text)
            except ValueError as error:
                click.echo(f"  {error}", err=True)
        elif not interview.back():
            if given is None:
                interview = begin()
            else:
                click.echo("  this is the first question", err=True)
    if save is not None:
        note = f"asked with `detainer ask` on {date.today()}"
        outputs.write_text(save, scenario_text(name, note, interview.fields))
    if format_ == "json":
        options.print_json({**interview.decision.to_dict(), "saved": str(save) if save else None})
        return 0
    click.echo()
    click.echo(explain(interview.decision, f"{place}, {interview.fields['release_at']}").text(), nl=False)
    if save is not None:
        click.echo(f"\nsaved as `{name}` in {save}")
    return 0


def _until_right(prompt: str, check: Callable[[str], str], aside: bool) -> str:
    while True:
        try:
            return check(click.prompt(prompt, prompt_suffix=" ", err=aside))
        except ValueError as error:
            click.echo(f"  {error}", err=True)


def _moment(text: str) -> str:
    parse_moment(text.strip())
    return text.strip()


def _moment_or_complain(text: str) -> str:
    try:
        return _moment(text)
    except ValueError as error:
        raise DetainerError(f"--release-at: {error}") from None
