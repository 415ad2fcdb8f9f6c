"""``detainer compare``: a claim about the law, held against the law."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from detainer.claims import Difference, compare
from detainer.cli import options
from detainer.engines import EngineName
from detainer.errors import FileError
from detainer.formats import plural, ruled
from detainer.library import library_at
from detainer.scenarios import entries, find_files
from detainer.yamlfile import read

_HEADINGS = {
    "outcome": "wrong about who is held",
    "deadline": "wrong about how long",
    "ruling": "the same answer, under a rule that is not the law",
}


@click.command(
    "compare",
    help="""
    List the scenarios on which a claim about the law departs from the law in force, with both rulings.

    \b
    Example:
      detainer compare scenarios/article-2017 --with claims/dhs-2017-03-20

    Exit codes: 0 fine (differences are what you asked for), 2 the input or the call is wrong.
    """,
)
@options.paths
@click.option(
    "--with", "claim", required=True, shell_complete=options.complete_claim, help="A claim, or a folder of rulesets."
)
@options.formats("text", "json", "jsonl")
@options.engine
@options.rulesets
def command(paths: tuple[str, ...], claim: str, format_: str, engine: EngineName, rulesets: Path | None) -> int:
    law = library_at(rulesets)
    other = law.with_claim(claim)
    files, problems = find_files(paths)
    found: list[Difference] = []
    total = 0
    for file in files:
        try:
            for result, difference in compare(entries(read(file)), law, other, engine=engine):
                problems += result.problems
                total += not result.problems
                found += [difference] if difference else []
        except FileError as error:
            problems += error.problems
    wrong = sum(each.kind != "ruling" for each in found)
    if format_ == "jsonl":
        for each in found:
            click.echo(json.dumps(_plain(each), ensure_ascii=False))
    elif format_ == "json":
        counts = {"scenarios": total, "wrong": wrong, "right_for_the_wrong_reason": len(found) - wrong}
        options.print_json({"claim": claim, **counts, "differences": list(map(_plain, found))})
    else:
        _print(found, claim)
        click.echo(
            f"{plural(total, 'scenario')}: {claim} is wrong on {wrong}, right for the wrong reason on {len(found) - wrong}"
        )
    options.complain(problems)
    return 2 if problems else 0


def _plain(difference: Difference) -> dict[str, Any]:
    """The case once, and what each side says of it."""
    law, claim = (each.to_dict(considered=False) for each in (difference.law, difference.claim))
    case, _ = law.pop("case"), claim.pop("case")
    return {"id": difference.id, "kind": difference.kind, "case": case, "law": law, "claim": claim}


def _print(found: list[Difference], claim: str) -> None:
    for kind, heading in _HEADINGS.items():
        group = [each for each in found if each.kind == kind]
        if group:
            click.echo(f"{claim}: {heading}\n")
        for each in group:
            click.echo(f"  {each.id} ({each.law.case.jurisdiction}, {each.law.law_as_of})")
            for side, decision in (("law", each.law), ("claim", each.claim)):
                record = decision.to_dict(considered=False)
                click.echo(f"    {side + ':':7}{ruled(record)}")
                click.echo(f"           {decision.ruling.authority.cite} [{decision.ruling.authority.confidence}]")
            click.echo()
