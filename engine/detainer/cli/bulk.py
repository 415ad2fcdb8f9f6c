"""``detainer bulk``: a table with a row a case to a table with a row a decision."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detainer import outputs
from detainer.cli import options
from detainer.garbage import collect_rarely
from detainer.library import library_at

if TYPE_CHECKING:
    from detainer.columnar.bulk import Tally
    from detainer.columnar.instants import EngineName


@click.command(
    "bulk",
    help="""
    Decide the rows of tables: files, folders or globs of Parquet, CSV, JSONL and Arrow, or the table `cases` of DuckDB files
    that are named. OUT is likewise (a folder: a name without a suffix), or a DuckDB file.

    \b
    Examples:
      detainer bulk cases.parquet decisions.parquet
      detainer bulk 'years/*.csv' decisions.duckdb --place us/wa/king
      detainer bulk years decisions --engine spark
      detainer bulk cases.parquet decisions.parquet --resume

    In a table NULL is unknown; docs/tables.md says which columns there are. Rows that cannot be go to OUT.rejected with the
    reason. OUT appears whole or not at all. Exit codes: 0 fine, 2 the input or the call is wrong.
    """,
)
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True, help="What decides."
)
@click.option("--place", shell_complete=options.complete_place, help="The place of every row, where no column says it.")
@click.option("--resume", is_flag=True, help="Go on with a run that was broken off.")
@click.option("--strict", is_flag=True, help="Write nothing where a row is rejected.")
@click.option(
    "--part-rows",
    type=click.IntRange(1),
    default=1_000_000,
    show_default=True,
    help="How many rows are decided at once.",
)
@click.option(
    "--next-law", is_flag=True, help="Say, too, what the next law of the place decides, for `detainer report`."
)
@options.spreadsheet
@options.formats("text", "json")
@options.rulesets
def command(
    inputs: tuple[str, ...],
    out: Path,
    place: str | None,
    resume: bool,
    strict: bool,
    part_rows: int,
    engine: EngineName,
    next_law: bool,
    spreadsheet: bool,
    format_: str,
    rulesets: Path | None,
) -> int:
    from detainer.columnar import files
    from detainer.columnar.bulk import Bulk

    collect_rarely()
    found = files.find(inputs, also=files.DATABASES)
    outputs.refuse_what_is_read(out, inputs, files.OUTPUTS)
    library = library_at(rulesets)
    if place is not None:
        library.law(place, date.min)
    known = [files.rows_of(each) for each in found]
    total = sum(each or 0 for each in known) if None not in known else 0
    with click.progressbar(
        length=total or 1, label="rows", file=sys.stderr, show_pos=True, hidden=not sys.stderr.isatty()
    ) as bar:
        tally = Bulk(found, out, library, place, part_rows, bar.update, engine, next_law, spreadsheet).run(
            resume=resume, strict=strict
        )
    if format_ == "json":
        options.print_json(_plain(tally, out))
    else:
        _print(tally, out)
    return 0


def _plain(tally: Tally, out: Path) -> dict[str, Any]:
    by_ruling = [
        {"place": place, "outcome": outcome, "ruling": ruling, "rows": count}
        for place, outcome, ruling, count in tally.by_ruling
    ]
    rejected = f"{out}.rejected" if tally.rejected else None
    counts = {"decided": tally.rows, "settled": tally.settled, "rejected": tally.rejected}
    return {"out": str(out), "rejected_rows": rejected, **counts, "by_ruling": by_ruling}


def _print(tally: Tally, out: Path) -> None:
    width = max((len(each[0]) for each in tally.by_ruling), default=0)
    for where, outcome, ruling, count in tally.by_ruling:
        click.echo(f"{where:{width}}  {outcome:7}  {count:>12,}  {ruling}")
    click.echo(f"{tally.rows:,} decided, {tally.settled:,} settled, {tally.rejected:,} rejected", nl=not tally.rejected)
    if tally.rejected:
        click.echo(f": see {out}.rejected")
