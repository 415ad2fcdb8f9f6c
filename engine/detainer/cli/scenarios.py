"""``detainer scenarios``: scenarios worth having."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from detainer.cli import options
from detainer.library import library_at
from detainer.verify.suggest import Suggested, scenario_text, suggest
from detainer.verify.targets import targets


@click.group(
    "scenarios",
    help="""
    Scenarios worth having.

    \b
    Example:
      detainer scenarios suggest us/wa/king > king.yaml
    """,
)
def command() -> None:
    """The commands below, under one name."""


@command.command(
    "suggest",
    help="""
    The fewest scenarios that make each rule of a place drive a decision and pin each line that its law draws.

    A line is a rule's first or last day, a birthday, the first day of a lookback, or the end of a limit, and is pinned by a
    case on each side of it. The answers are left to a person. What no case was found for is named at the top.

    \b
    Example:
      detainer scenarios suggest us/wa/king > king.yaml
    """,
)
@click.argument("place", shell_complete=options.complete_place)
@options.formats("yaml", "json")
@options.rulesets
def suggest_command(place: str, format_: str, rulesets: Path | None) -> int:
    library = library_at(rulesets)
    library.where(place)
    length = sum(1 for _ in targets(library, place))
    with click.progressbar(length=length, label="looking", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        suggested, vain = suggest(library, place, progress=bar.update)
    if format_ == "json":
        options.print_json({"place": place, "scenarios": list(map(_plain, suggested)), "not_found": vain})
    else:
        click.echo(scenario_text(place, suggested, vain), nl=False)
    return 0


def _plain(suggested: Suggested) -> dict[str, Any]:
    """What a scenario is for, its facts, and what they are decided to be: that answer is the law's, not yet a person's."""
    return {"purposes": suggested.purposes, **suggested.decision.to_dict(considered=False)}
