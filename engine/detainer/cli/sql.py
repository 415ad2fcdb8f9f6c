"""``detainer sql``: the law of a place and day as one SELECT."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from detainer.cli import options
from detainer.decision import NOTES
from detainer.errors import DetainerError, did_you_mean
from detainer.library import library_at


@click.command("sql")
@click.argument("place", shell_complete=options.complete_place)
@click.option(
    "--on", "day", type=options.DayParam(), required=True, help="The day whose law it is, such as 2014-03-03."
)
@click.option("--dialect", default="duckdb", show_default=True, help="The SQL of bigquery, snowflake, postgres, …")
@click.option("--table", default="cases", show_default=True, help="What the table of cases is called.")
@click.option(
    "--from", "first", type=options.DayParam(), help="The first day of the moments asked about; 1 January if left out."
)
@click.option("--until", "last", type=options.DayParam(), help="The last one, included; 31 December if left out.")
@options.rulesets
def command(
    place: str, day: date, dialect: str, table: str, first: date | None, last: date | None, rulesets: Path | None
) -> None:
    """Print the law of a place and day as one SELECT over a table with a row a case, for a warehouse.

    \b
    Examples:
      detainer sql us/wa/king --on 2014-03-03 --dialect snowflake
      detainer sql us/or/clackamas --on 2015-06-01 --dialect postgres --table jail.releases

    The first lines say which columns the table needs (docs/tables.md says what they hold). `hold_until` is in UTC. `settled` may
    be false where `detainer bulk` knows more, and `exact` is false then. A row that cannot be has a `problem`.
    """
    from detainer.columnar.select import DIALECTS, Select, year_of

    if dialect not in DIALECTS:
        raise DetainerError(
            f"no dialect `{dialect}`.{did_you_mean(dialect, DIALECTS)} It is one of {', '.join(DIALECTS)}"
        )
    library = library_at(rulesets)
    library.where(place)
    law = library.law(place, day)
    start, end = year_of(day)
    select = Select(law, first or start, last or end)
    if select.last < select.first:
        raise DetainerError(f"--until {select.last} is before --from {select.first}")
    text = select.sql(dialect, table)
    since, until = law.since or "ever", law.until or "now"
    days = f"for moments from {select.first} to {select.last}"
    click.echo(f"-- The law of {law.name} ({place}) from {since} until {until}, {days}.")
    click.echo(f"-- It reads {', '.join(select.columns)}.")
    click.echo(f"-- {law.digest}. {NOTES[0]}")
    click.echo(f"{text};")
