"""``detainer import``: files of records to a table with a row a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detainer import outputs
from detainer.cli import options
from detainer.library import library_at

if TYPE_CHECKING:
    from detainer.records.importer import Report


@click.group(
    "import",
    help="""
    Turn files of records into a table with a row a case, which `detainer bulk` decides.

    \b
    Examples:
      detainer import ice-detainers detainers-latest.parquet cases.parquet
      detainer import bookings bookings.csv.gz cases.parquet --mapping pierce-bookings
      detainer import synthetic made-up.parquet --rows 100000 --seed 7
    """,
)
def command() -> None:
    """The commands below, under one name."""


_inputs = click.argument("inputs", nargs=-1, required=True, metavar="IN...")
_out = click.argument("out", type=click.Path(path_type=Path))
_tables = click.option(
    "--facilities",
    "tables",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A table of your own (CSV: state, facility, code, place), looked into before the shipped one.",
)
_assume = click.option("--assume", multiple=True, help="Suppose what the file does not say, by a name of the mapping.")


@command.command(
    "ice-detainers",
    help="""
    ICE's own detainer records, as the national file has them: Parquet, CSV or XLSX.

    \b
    Examples:
      detainer import ice-detainers detainers-latest.parquet cases.parquet
      detainer import ice-detainers detainers.xlsx cases.parquet --facilities nevada.csv --assume most-serious-is-all

    The place follows from the state and the facility; the shipped table has the counties of Washington and Oregon. Scheduled
    release is not in the file: the day of the detainer stands for it, at noon. Warrants and service are not in it either, and
    stay unknown.
    """,
)
@_inputs
@_out
@_tables
@_assume
@options.formats("text", "json")
@options.rulesets
def ice_detainers(**given: Any) -> None:
    _import(mapping="ice-detainers", **given)


@command.command(
    "bookings",
    help="""
    A jail's bookings, or any records, by a mapping that says which column holds which fact (docs/records.md).

    \b
    Examples:
      detainer import bookings bookings.csv.gz cases.parquet --mapping pierce-bookings
    """,
)
@_inputs
@_out
@click.option(
    "--mapping", required=True, help="A shipped mapping, such as pierce-bookings, or a YAML file of your own."
)
@_tables
@_assume
@options.formats("text", "json")
@options.rulesets
def bookings(**given: Any) -> None:
    _import(**given)


@command.command(
    "synthetic",
    help="""
    A made-up file of the national shape, for tests and benchmarks. It says in every row that it is synthetic.

    \b
    Examples:
      detainer import synthetic made-up.parquet --rows 100000 --seed 7
    """,
)
@_out
@click.option("--rows", type=click.IntRange(1), required=True, help="How many rows.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same rows.")
@options.formats("text", "json")
def synthetic(out: Path, rows: int, seed: int, format_: str) -> None:
    from detainer.records.synthetic import write

    write(out, rows, seed)
    if format_ == "json":
        options.print_json({"out": str(out), "rows": rows, "seed": seed})
    else:
        click.echo(f"{rows:,} synthetic rows written to {out}")


def _import(
    inputs: tuple[str, ...],
    out: Path,
    mapping: str,
    tables: tuple[Path, ...],
    assume: tuple[str, ...],
    format_: str,
    rulesets: Path | None,
) -> None:
    from detainer.records import facilities, importer
    from detainer.records.mapping import mapping_at

    library = library_at(rulesets)
    outputs.refuse_what_is_read(out, [*inputs, mapping, *tables], importer.INPUTS)
    places = facilities.Facilities([*tables, facilities.shipped()], library)
    run = importer.Import(importer.find(inputs), mapping_at(mapping), library, places, assume)
    report = run.run(out)
    if format_ == "json":
        options.print_json(_plain(report, out))
    else:
        _show(report, out)


def _plain(report: Report, out: Path) -> dict[str, Any]:
    """The report, its rows of counts each with names."""
    return {
        "out": str(out),
        **asdict(report),
        "facilities": [{"state": state, "facility": name, "rows": count} for state, name, count in report.facilities],
        "odd": [{"column": column, "value": value, "rows": count} for column, value, count in report.odd],
    }


def _show(report: Report, out: Path) -> None:
    click.echo(f"{report.rows:,} rows read, {report.cases:,} cases written to {out}")
    for about in report.assumed:
        click.echo(f"assumed: {about}")
    _counts("left out", report.left_out)
    _counts("placed", report.places)
    if report.facilities:
        click.echo("facilities that no table has, the most frequent first")
        for state, name, count in report.facilities:
            click.echo(f"  {count:>11,}  {name} ({state})")
    if report.odd:
        click.echo("values that the mapping has no meaning for, taken as unknown")
        for column, value, count in report.odd:
            click.echo(f"  {count:>11,}  {column}: {value}")
    for what, names in (("missing", report.missing), ("surplus, not read", report.surplus)):
        if names:
            click.echo(f"columns {what}: {', '.join(names)}")


def _counts(title: str, counts: Mapping[str, int]) -> None:
    if counts:
        click.echo(title)
        for name, count in counts.items():
            click.echo(f"  {count:>11,}  {name}")
