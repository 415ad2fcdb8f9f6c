"""``detainer places``: what there is law for."""

from __future__ import annotations

from pathlib import Path

import click

from detainer.cli import options
from detainer.errors import DetainerError
from detainer.formats import plural
from detainer.library import library_at


@click.command("places")
@options.rulesets
def command(rulesets: Path | None) -> int:
    """The places that have a ruleset, with their time zone and the number of rules; then the claims about the law.

    \b
    Examples:
      detainer places
      detainer places --rulesets my-rulesets/
    """
    library = library_at(rulesets)
    width = max((len(place) for place in library.places), default=0)
    code = 0
    for place in library.places:
        try:
            book = library.book(place)
        except DetainerError:
            click.echo(f"{place:{width}}  (not to be used: `detainer check` says why)")
            code = 2
            continue
        zone = book.timezone or "no local time"
        click.echo(f"{place:{width}}  {book.ruleset.name} ({zone}; {plural(len(book.provisions), 'rule')} of its own)")
    for claim in library.claims:
        click.echo(f"{claim}  (a claim about the law: see `detainer compare`)")
    return code
