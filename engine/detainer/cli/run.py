"""``detainer run``: scenarios to decisions."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, get_args

import click

from detainer import batch, formats
from detainer.cli import options
from detainer.engines import EngineName
from detainer.garbage import collect_rarely
from detainer.scenarios import find_files, parse_asked_at


@click.command(
    "run",
    help="""
    Decide the scenarios of files, folders, globs, or - for standard input.

    \b
    Examples:
      detainer run scenarios/
      detainer run 'scenarios/king/*.yaml' --format jsonl
      detainer run scenarios/ --jobs 2 --format junit > report.xml

    Exit codes: 0 fine, 1 an expectation failed, 2 the input or the call is wrong. Wrong scenarios are listed with their
    place; the others still run.
    """,
)
@options.paths
@click.option(
    "--format",
    "format_",
    type=click.Choice(get_args(formats.Format)),
    default="table",
    show_default=True,
    help="How to print.",
)
@options.engine
@click.option("--jobs", "-j", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes to use.")
@click.option(
    "--asked-at", metavar="TIME", help="Ask about this moment instead, such as 2014-03-05T10:00, local to each place."
)
@options.spreadsheet
@options.rulesets
def command(
    paths: tuple[str, ...],
    format_: formats.Format,
    engine: EngineName,
    jobs: int,
    asked_at: str | None,
    spreadsheet: bool,
    rulesets: Path | None,
) -> int:
    files, missing = find_files(paths)
    how = batch.Batch(
        engine=engine,
        rulesets=rulesets,
        asked_at=parse_asked_at(asked_at) if asked_at else None,
        considered=format_ in ("json", "jsonl"),
        case=format_ != "table",
        view=formats.in_table if format_ == "table" else None,
        jobs=jobs,
    )
    collect_rarely()
    counts: Counter[str] = Counter()
    bar = sys.stderr.isatty() and (format_ == "table" or not sys.stdout.isatty())
    records = formats.tally(_all(files, missing, how, bar=bar), counts)
    colors = format_ == "table" and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    write = partial(formats.write_csv, spreadsheet=spreadsheet) if format_ == "csv" else formats.WRITERS[format_]
    write(_shown(records, to_stderr=format_ != "table"), sys.stdout, _paint if colors else formats.plain)
    sys.stdout.flush()
    click.echo(formats.summary(counts), err=format_ != "table")
    return 2 if counts["errors"] else 1 if counts["failed"] else 0


def _all(files: list[Path | None], missing: list[Any], how: batch.Batch, *, bar: bool) -> Iterator[batch.Record]:
    """Every record; with a progress bar where one is wanted and it is long."""
    for problem in missing:
        yield how.seen(batch.failed_file([problem], problem.file))
    total = sum(file.stat().st_size for file in files if file)
    if not bar or total < batch.PART_BYTES:
        yield from batch.run(files, how)
        return
    with click.progressbar(length=total, label="deciding", file=sys.stderr) as shown:
        yield from batch.run(files, how, shown.update)


def _shown(records: Iterator[batch.Record], *, to_stderr: bool) -> Iterator[batch.Record]:
    """Problems go to standard error as well where the output is for a program."""
    for record in records:
        if to_stderr:
            for each in record.get("errors", ()):
                click.echo(f"{each['file']}:{each['line']}:{each['column']}: {each['message']}", err=True)
        yield record


def _paint(text: str, color: str) -> str:
    return click.style(text, fg=color)
