"""``detainer check``: mistakes in rulesets."""

from __future__ import annotations

from pathlib import Path

import click

from detainer.cli import options
from detainer.errors import FileError, Problem
from detainer.formats import plural
from detainer.library import library_at, library_on
from detainer.yamlfile import mapping, read


@click.command("check")
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
def command(path: Path | None) -> int:
    """Look for mistakes in a folder of rulesets or in one file of it; the shipped law and claims if no path is given.

    Every mistake of every file is listed with its line and column. A folder that lacks the jurisdictions around its own,
    as a claim does, is checked on top of the shipped law.

    \b
    Examples:
      detainer check
      detainer check my-rulesets/
      detainer check rulesets/us/wa/king.yaml
    """
    problems, count = _check(path)
    options.complain(problems)
    if problems:
        click.echo(plural(len(problems), "problem"), err=True)
        return 2
    click.echo(f"{plural(count, 'ruleset')}, no problems")
    return 0


def _check(path: Path | None) -> tuple[list[Problem], int]:
    if path is None:
        law = library_at()
        claims = [law.with_claim(name) for name in law.claims]
        problems = [problem for each in (law, *claims) for problem in each.check()]
        count = len(law.places) + sum(len(library_at(folder).places) for each in claims for folder in each.overlays)
        return list(dict.fromkeys(problems)), count
    if path.is_file():
        place, root = _place_of(path)
        return library_on(root).check([place]), 1
    library = library_on(path)
    return library.check(), len(library_at(path).places)


def _place_of(file: Path) -> tuple[str, Path]:
    """The place that a file is about, and the folder of rulesets that it stands in."""
    source = read(file)
    place = mapping(source.data).get("jurisdiction")
    if not isinstance(place, str) or not file.with_suffix("").as_posix().endswith(place):
        message = "a ruleset says which `jurisdiction` it is, as its folder does: us/wa/king.yaml is us/wa/king"
        raise FileError([source.problem(message, ("jurisdiction",))])
    return place, Path(file.with_suffix("").as_posix().removesuffix(place) or ".")
