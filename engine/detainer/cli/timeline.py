"""``detainer timeline``: custodies over time, as text, JSON or a picture, and what a jail's bookings leave open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import click

from detainer import outputs
from detainer.bookings import Tally, count_bookings, read_bookings
from detainer.cli import options
from detainer.engines import EngineName
from detainer.errors import DetainerError, FileError, PlaceError, Problem
from detainer.events import EventError
from detainer.formats import plural
from detainer.library import Library, library_at
from detainer.scenarios import SUFFIXES, CustodyScenario, Entry, entries, find_files, follow, where_in
from detainer.timeline import Timeline
from detainer.yamlfile import read


@click.command(
    "timeline",
    help="""
    Follow custodies over time: the scenarios of files and folders that have `events`.

    \b
    Examples:
      detainer timeline scenarios/custody/clackamas-2012.yaml
      detainer timeline scenarios/custody/king-2014.yaml --id held-across-the-change-of-law --svg king.svg
      detainer timeline --from-bookings bookings.csv --place us/wa/pierce

    Exit codes: 0 fine, 2 the input or the call is wrong.
    """,
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=str, allow_dash=True))
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path), help="Draw a picture into this file.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--id", "only", multiple=True, help="Only the custody with this id; may be given several times.")
@click.option(
    "--from-bookings",
    "bookings",
    type=click.Path(path_type=Path),
    metavar="CSV",
    help="Decide a jail's bookings instead.",
)
@click.option("--place", shell_complete=options.complete_place, help="With --from-bookings: where the jail is.")
@options.engine
@options.rulesets
def command(
    paths: tuple[str, ...],
    svg: Path | None,
    format_: Literal["text", "json"],
    only: tuple[str, ...],
    bookings: Path | None,
    place: str | None,
    engine: EngineName,
    rulesets: Path | None,
) -> int:
    library = library_at(rulesets)
    if svg is not None:
        outputs.refuse_what_is_read(svg, paths, SUFFIXES)
    if bookings is not None:
        if paths or svg or only or place is None:
            raise DetainerError("--from-bookings takes --place, --engine, --rulesets and --format, and nothing else")
        return _bookings(bookings, place, format_, engine, library)
    if place is not None or not paths:
        raise DetainerError("name files with custodies, or give --from-bookings with --place")
    found, problems = _timelines(paths, only, engine, library)
    if not found and not problems:
        wanted = f" with the id {' or '.join(only)}" if only else ""
        problems.append(Problem(f"no scenario{wanted} has `events` here; see docs/scenarios.md", ", ".join(paths)))
    if svg is not None and found and not problems:
        from detainer.picture import svg as drawn

        outputs.write_text(svg, drawn(found))
    if format_ == "json":
        plain = [{"id": name, **timeline.to_dict()} for name, timeline in found]
        click.echo(json.dumps(plain, indent=2, ensure_ascii=False))
    else:
        from detainer.picture import text

        click.echo("\n".join(text(name, timeline) for name, timeline in found), nl=False)
    options.complain(problems)
    return 2 if problems else 0


def _timelines(
    paths: tuple[str, ...], only: tuple[str, ...], engine: EngineName, library: Library
) -> tuple[list[tuple[str, Timeline]], list[Problem]]:
    files, problems = find_files(paths)
    found: list[tuple[str, Timeline]] = []
    for file in files:
        try:
            for entry in entries(read(file)):
                if only and entry.id not in only:
                    continue
                problems += entry.problems
                if isinstance(entry.scenario, CustodyScenario):
                    found += _followed(entry, entry.scenario, problems, engine, library)
        except FileError as error:
            problems += error.problems
    return found, problems


def _followed(
    entry: Entry, scenario: CustodyScenario, problems: list[Problem], engine: EngineName, library: Library
) -> list[tuple[str, Timeline]]:
    try:
        return [(scenario.id, follow(scenario, engine=engine, library=library).timeline())]
    except EventError as error:
        problems.append(entry.source.problem(error.message, where_in(entry, ("events", error.index))))
    except PlaceError as error:
        problems.append(entry.source.problem(str(error), where_in(entry, ("jurisdiction",))))
    return []


def _bookings(file: Path, place: str, format_: str, engine: EngineName, library: Library) -> int:
    library.where(place)
    tally = Tally()
    rows = read_bookings(file, tally)
    count_bookings(rows, place, str(file), tally, engine=engine, library=library)
    if format_ == "json":
        plain = {
            "place": place,
            "rows": tally.rows,
            "bookings": tally.bookings,
            "settled": dict(tally.settled),
            "open": tally.unsettled,
            "open_on": [
                {"fact": fact, "ask": tally.asks[fact], "decisions": count, "foremost": tally.foremost[fact]}
                for fact, count in tally.open_on.most_common()
            ],
            "rulings": dict(tally.rulings.most_common()),
        }
        click.echo(json.dumps(plain, indent=2, ensure_ascii=False))
    else:
        _print(tally, place)
    options.complain(tally.problems)
    if tally.problems:
        click.echo(f"{plural(len(tally.problems), 'row')} left out", err=True)
    return 2 if tally.problems else 0


def _print(tally: Tally, place: str) -> None:
    click.echo(f"{plural(tally.bookings, 'booking')} in {plural(tally.rows, 'row')}, under the law of {place}")
    settled = sum(tally.settled.values())
    share = f" ({settled / tally.bookings:.1%})" if tally.bookings else ""
    click.echo(f"settled: {settled}{share}: {tally.settled['hold']} hold, {tally.settled['release']} release")
    click.echo(f"open: {tally.unsettled}, each a release until somebody knows; on these questions:")
    for fact, count in tally.open_on.most_common():
        click.echo(f"  {count:7}  {fact}: {tally.asks[fact]}")
        click.echo(f"           the most decisive one of {tally.foremost[fact]}")
    click.echo("named as the ruling:")
    for ruling, count in tally.rulings.most_common():
        click.echo(f"  {count:7}  {ruling}")
