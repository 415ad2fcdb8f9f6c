"""``detainer report``: what a table of decisions comes to."""

from __future__ import annotations

from pathlib import Path

import click

from detainer import outputs
from detainer.cli import options
from detainer.library import library_at


@click.command(
    "report",
    help="""
    A report on the decisions that `detainer bulk` wrote: one page of HTML, and the same in Markdown.

    \b
    Examples:
      detainer report decisions.parquet
      detainer report decisions --to council

    Decisions by place, year and ruling, the share that is settled, what is open, and what the next change of law would alter;
    with `detainer bulk --next-law` that is counted row by row.
    """,
)
@click.argument("decisions", nargs=-1, required=True, metavar="OUT...")
@click.option("--to", type=click.Path(path_type=Path), help="Where to: a name without a suffix. Else beside OUT.")
@options.formats("text", "json")
@options.rulesets
def command(decisions: tuple[str, ...], to: Path | None, format_: str, rulesets: Path | None) -> None:
    from detainer.columnar import files
    from detainer.columnar.summary import report

    found = files.find(decisions, files.OUTPUTS)
    to = to or found[0].with_suffix(".report")
    pages = [to.with_name(f"{to.name}{suffix}") for suffix in (".html", ".md")]
    for each in pages:
        outputs.refuse_what_is_read(each, found)
    page = report(found, library_at(rulesets))
    written: list[str] = []
    for path, text in zip(pages, (page.html(), page.markdown()), strict=True):
        outputs.write_text(path, text)
        written.append(str(path))
    if format_ == "json":
        options.print_json({"written": written, **page.to_dict()})
    else:
        click.echo("\n".join(f"written: {each}" for each in written))
