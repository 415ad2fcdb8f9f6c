"""``detainer places``: what there is law for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from detainer.cli import options
from detainer.errors import DetainerError
from detainer.formats import plural
from detainer.library import Library, library_at


@click.command(
    "places",
    help="""
    The places that have a ruleset, with their time zone and the number of rules; then the claims about the law.

    \b
    Examples:
      detainer places
      detainer places --rulesets my-rulesets/
      detainer places --format json

    Exit codes: 0 fine, 2 a ruleset cannot be used.
    """,
)
@options.formats("text", "json")
@options.rulesets
def command(format_: str, rulesets: Path | None) -> int:
    library = library_at(rulesets)
    found = [_place(library, place) for place in library.places]
    if format_ == "json":
        options.print_json({"places": found, "claims": library.claims})
    else:
        _print(found, library.claims)
    return 2 if any("problem" in each for each in found) else 0


def _place(library: Library, place: str) -> dict[str, Any]:
    try:
        book = library.book(place)
    except DetainerError as error:
        return {"place": place, "problem": str(error)}
    name, rules = book.ruleset.name, len(book.provisions)
    return {"place": place, "name": name, "timezone": book.timezone, "rules": rules}


def _print(found: Sequence[dict[str, Any]], claims: Sequence[str]) -> None:
    width = max((len(each["place"]) for each in found), default=0)
    for each in found:
        if "problem" in each:
            about = "(not to be used: `detainer check` says why)"
        else:
            zone = each["timezone"] or "no local time"
            about = f"{each['name']} ({zone}; {plural(each['rules'], 'rule')} of its own)"
        click.echo(f"{each['place']:{width}}  {about}")
    for claim in claims:
        click.echo(f"{claim}  (a claim about the law: see `detainer compare`)")
