"""``detainer report``: what a table of decisions comes to."""

from __future__ import annotations

from pathlib import Path

import click

from detainer.cli import options
from detainer.library import library_at


@click.command("report")
@click.argument("decisions", nargs=-1, required=True, metavar="OUT...")
@click.option("--to", type=click.Path(path_type=Path), help="Where to: a name without a suffix. Else beside OUT.")
@options.formats("text", "json")
@options.rulesets
def command(decisions: tuple[str, ...], to: Path | None, format_: str, rulesets: Path | None) -> None:
    """A report on the decisions that `detainer bulk` wrote: one page of HTML, and the same in Markdown.

    \b
    Examples:
      detainer report decisions.parquet
      detainer report decisions --to council

    Decisions by place, year and ruling, the share that is settled, what is open, and what the next change of law would alter;
    with `detainer bulk --next-law` that is counted row by row.
    """
    from detainer.columnar import files
    from detainer.columnar.summary import report

    found = files.find(decisions, files.OUTPUTS)
    to = to or found[0].with_suffix(".report")
    page = report(found, library_at(rulesets))
    written: list[str] = []
    for suffix, text in ((".html", page.html()), (".md", page.markdown())):
        path = to.with_name(f"{to.name}{suffix}")
        options.write_whole(path, text)
        written.append(str(path))
    if format_ == "json":
        options.print_json({"written": written, **page.to_dict()})
    else:
        click.echo("\n".join(f"written: {each}" for each in written))
