"""``detainer explain``: one scenario's decision in plain words, what would have changed it, and the same case elsewhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from detainer.alternatives import what_if, why_not
from detainer.cli import options
from detainer.engines import EngineName
from detainer.errors import FileError, Problem, did_you_mean
from detainer.library import library_at
from detainer.reasons import explain
from detainer.scenarios import entries, run_entry
from detainer.yamlfile import read


@click.command(
    "explain",
    help="""
    Explain the decision of one scenario of a file in plain words.

    \b
    Examples:
      detainer explain scenarios/article-2017/the-dispute.yaml king-homicide-under-the-2013-ordinance
      detainer explain scenarios/clock/counted.yaml ID --format html > why.html
      detainer explain FILE ID --why-not --on 2014-09-15
    """,
)
@click.argument("file", type=click.Path(path_type=str, allow_dash=True))
@click.argument("scenario", metavar="ID")
@options.formats("text", "markdown", "html", "json")
@click.option("--why-not", "other", is_flag=True, help="Add the smallest changes of facts that give the other outcome.")
@click.option("--even-so", is_flag=True, help="With --why-not: also change what cannot be, such as birth and calendar.")
@click.option("--on", "day", type=options.DayParam(), help="Add the same case with scheduled release on another day.")
@click.option("--place", shell_complete=options.complete_place, help="Add the same case in another place.")
@options.engine
@options.rulesets
def command(
    file: str,
    scenario: str,
    format_: str,
    other: bool,
    even_so: bool,
    day: date | None,
    place: str | None,
    engine: EngineName,
    rulesets: Path | None,
) -> int:
    library = library_at(rulesets)
    source = read(None if file == "-" else Path(file))
    scenarios = list(entries(source))
    entry = next((each for each in scenarios if each.id == scenario), None)
    if entry is None:
        message = f"no scenario `{scenario}` in this file.{did_you_mean(scenario, (each.id for each in scenarios))}"
        raise FileError([Problem(message, source.name)])
    result = run_entry(entry, engine=engine, library=library)
    if result.decision is None:
        raise FileError(result.problems)
    decision = result.decision
    explanation = explain(decision, scenario)
    more: dict[str, Any] = {}
    if other:
        wanted = "release" if decision.outcome == "hold" else "hold"
        found = why_not(decision.case, wanted, even_so=even_so, library=library)
        explanation, more["why_not"] = explanation.plus(found.section()), found.to_dict()
    if day or place:
        beside = what_if(decision.case, on=day, place=place, engine=engine, library=library)
        explanation, more["what_if"] = explanation.plus(beside.section()), beside.there.to_dict()
    if format_ == "json":
        options.print_json({**result.to_dict(), **more, "explanation": explanation.to_dict()})
    else:
        click.echo(getattr(explanation, format_)(), nl=False)
    return 0
