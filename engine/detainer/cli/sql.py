"""``detainer sql``: the law of a place and day as one SELECT."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from detainer.cli import options
from detainer.errors import DetainerError, did_you_mean
from detainer.library import library_at

RUN = "clickhouse, datafusion, duckdb, mariadb, postgres, spark and sqlite"
PRINTED = "bigquery, databricks, mssql, mysql, oracle, snowflake and trino"


@click.command(
    "sql",
    help="""
    Print the law of a place and day as one SELECT over a table with a row a case, for a database.

    \b
    Examples:
      detainer sql us/wa/king --on 2014-03-03 --dialect snowflake
      detainer sql us/or/clackamas --on 2015-06-01 --dialect mssql --table jail.releases
      detainer sql us/or/clackamas --on 2015-06-01 --dialect postgres --lists tables --ddl

    The first lines say which columns the tables need (docs/tables.md says what they hold). `hold_until` is text in UTC, such as
    2014-03-05T18:00:00Z. `settled` may be false where `detainer bulk` knows more, and `exact` is false then. A row that cannot be
    has a `problem`.
    """,
)
@click.argument("place", shell_complete=options.complete_place)
@click.option(
    "--on", "day", type=options.DayParam(), required=True, help="The day whose law it is, such as 2014-03-03."
)
@click.option(
    "--dialect",
    default="duckdb",
    show_default=True,
    help=f"Run by the tests: {RUN}. Printed, not run: {PRINTED}.",
)
@click.option("--table", default="cases", show_default=True, help="What the table of cases is called.")
@click.option(
    "--lists",
    type=click.Choice(("arrays", "tables")),
    help="Convictions and charges as arrays in the table of cases, or as tables beside it, as every database can hold them.  "
    "[default: arrays where the dialect has them]",
)
@click.option("--ddl", is_flag=True, help="Print how to make the tables instead.")
@click.option(
    "--from", "first", type=options.DayParam(), help="The first day of the moments asked about; 1 January if left out."
)
@click.option("--until", "last", type=options.DayParam(), help="The last one, included; 31 December if left out.")
@options.formats("text", "json")
@options.rulesets
def command(
    place: str,
    day: date,
    dialect: str,
    table: str,
    lists: Any,
    ddl: bool,
    first: date | None,
    last: date | None,
    format_: str,
    rulesets: Path | None,
) -> None:
    from detainer.sql.dialects import DIALECTS
    from detainer.sql.heading import heading
    from detainer.sql.select import Select, year_of

    if dialect not in DIALECTS:
        raise DetainerError(
            f"no dialect `{dialect}`.{did_you_mean(dialect, DIALECTS)} It is one of {', '.join(DIALECTS)}"
        )
    said = DIALECTS[dialect]
    held = lists or said.lists[0]
    if held not in said.lists:
        raise DetainerError(f"{dialect} has no arrays of structs; write --lists tables, or leave --lists out")
    library = library_at(rulesets)
    library.where(place)
    start, end = year_of(day)
    select = Select(library.law(place, day), first or start, last or end)
    if select.last < select.first:
        raise DetainerError(f"--until {select.last} is before --from {select.first}")
    makes = [f"{each};" for each in select.ddl(said, held, table)]
    if ddl and format_ == "text":
        click.echo("\n".join(makes))
        return
    text = f"{select.sql(said, held, table)};"
    about = list(heading(select, said, held, table))
    if format_ == "json":
        days = {"on": str(day), "from": str(select.first), "until": str(select.last)}
        how = {"dialect": dialect, "lists": held, "table": table}
        digest = select.chain[0].digest
        options.print_json(
            {"place": place, **days, "ruleset_digest": digest, **how, "about": about, "ddl": makes, "sql": text}
        )
        return
    for line in about:
        click.echo(f"-- {line}")
    click.echo(text)
