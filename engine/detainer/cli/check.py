"""``detainer check``: mistakes in rulesets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from detainer.cli import options
from detainer.errors import FileError
from detainer.formats import plural
from detainer.library import Library, library_at, library_on
from detainer.problems import WRITERS, Finding
from detainer.verify.lint import lint
from detainer.yamlfile import mapping, read


@click.command(
    "check",
    help="""
    Look for mistakes in a folder of rulesets or in one file of it; the shipped law and claims if no path is given.

    Every mistake of every file is listed with its line and column. Where there is none, the solver looks for what is odd: rules
    that can never matter, conditions that are always true or false, conflicts at one rank (with a case), gaps in dates, unused
    authorities, overrides in a circle, rules that stand twice. A folder that lacks the jurisdictions around its own, as a claim
    does, is checked on top of the shipped law.

    \b
    Examples:
      detainer check
      detainer check my-rulesets/
      detainer check rulesets/us/wa/king.yaml
      detainer check --format sarif > detainer.sarif

    `sarif` is SARIF 2.1.0, `github` the annotations of GitHub Actions. Exit codes: 0 fine, 2 there is a problem.
    """,
)
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
@options.formats("text", *WRITERS)
def command(path: Path | None, format_: str) -> int:
    findings, count = _check(path)
    if format_ == "text":
        options.complain([each.problem for each in findings])
    else:
        click.echo(WRITERS[format_](findings, count), nl=False)
    if findings:
        click.echo(plural(len(findings), "problem"), err=True)
        return 2
    click.echo(f"{plural(count, 'ruleset')}, no problems", err=format_ != "text")
    return 0


def _check(path: Path | None) -> tuple[list[Finding], int]:
    if path is None:
        law = library_at()
        claims = [law.with_claim(name) for name in law.claims]
        found = [_checked(law, law.places)]
        found += [_checked(each, library_at(folder).places) for each in claims for folder in each.overlays]
    elif path.is_file():
        try:
            place, root = _place_of(path)
        except FileError as error:
            return [Finding("mistake", each) for each in error.problems], 1
        found = [_checked(library_on(root), [place])]
    else:
        found = [_checked(library_on(path), library_at(path).places)]
    return list(dict.fromkeys(each for findings, _ in found for each in findings)), sum(count for _, count in found)


def _checked(library: Library, places: Sequence[str]) -> tuple[list[Finding], int]:
    """What is wrong with some rulesets of a library, or else what is odd in them; and how many they are."""
    wrong = [Finding("mistake", each) for each in library.check(places)]
    return wrong or [Finding("oddity", each) for each in lint(library, places)], len(places)


def _place_of(file: Path) -> tuple[str, Path]:
    """The place that a file is about, and the folder of rulesets that it stands in."""
    source = read(file)
    place = mapping(source.data).get("jurisdiction")
    if not isinstance(place, str) or not file.with_suffix("").as_posix().endswith(place):
        message = "a ruleset says which `jurisdiction` it is, as its folder does: us/wa/king.yaml is us/wa/king"
        raise FileError([source.problem(message, ("jurisdiction",))])
    return place, Path(file.with_suffix("").as_posix().removesuffix(place) or ".")
