"""Options and arguments that several commands share, and the completion of places."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from detainer.case import parse_day
from detainer.engines import ENGINES, EngineName, usual
from detainer.errors import Problem
from detainer.library import library_at

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

rulesets: Decorator = click.option(
    "--rulesets",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of rulesets to use instead of the shipped law.",
)


def _engine(ctx: click.Context, param: click.Parameter, value: EngineName | None) -> EngineName | None:
    return value if value or ctx.resilient_parsing else usual()


engine: Decorator = click.option(
    "--engine",
    type=click.Choice(ENGINES),
    callback=_engine,
    help="What finds the rules that are met.  [default: rete; direct where it cannot be loaded]",
)
paths: Decorator = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=str, allow_dash=True))


def formats(*names: str) -> Decorator:
    """The option `--format`; the first name is the default. Every command knows `json`."""
    return click.option(
        "--format", "format_", type=click.Choice(names), default=names[0], show_default=True, help="How to print."
    )


def print_json(plain: Any) -> None:
    """Plain data to standard output."""
    click.echo(json.dumps(plain, indent=2, ensure_ascii=False))


spreadsheet: Decorator = click.option(
    "--spreadsheet", is_flag=True, help="In CSV, put an apostrophe before cells that a spreadsheet takes for formulas."
)


def complete_place(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The places that begin like that."""
    return [place for place in library_at().places if place.startswith(incomplete)]


def complete_claim(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The claims that begin like that."""
    return [claim for claim in library_at().claims if claim.startswith(incomplete)]


class DayParam(click.ParamType[date]):
    """A calendar day, ``2014-03-01``."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return parse_day(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def complain(problems: list[Problem]) -> None:
    """Problems to standard error, one a line."""
    for problem in problems:
        click.echo(str(problem), err=True)
