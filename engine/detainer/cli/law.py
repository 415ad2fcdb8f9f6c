"""``detainer law``: the rules in force at a place on a day, or how they changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from detainer.cli import options
from detainer.library import Law, library_at
from detainer.provision import Provision


@click.command(
    "law",
    help="""
    The rules in force at a place on a day, the strongest first, each with its dates and authority.

    \b
    Examples:
      detainer law us/wa/king --on 2014-03-03
      detainer law us/wa/king --history
    """,
)
@click.argument("place", shell_complete=options.complete_place)
@click.option(
    "--on", "day", type=options.DayParam(), help="The day, such as 2014-03-03; today at the place if left out."
)
@click.option("--history", is_flag=True, help="How the rules changed over time.")
@options.formats("text", "json")
@options.rulesets
def command(place: str, day: date | None, history: bool, format_: str, rulesets: Path | None) -> None:
    library = library_at(rulesets)
    if history:
        laws = library.history(place)
        if format_ == "json":
            options.print_json({"place": place, "name": laws[0].name, "history": list(_changes(laws))})
        else:
            _history(laws)
        return
    if day is None:
        zone = library.law(place, date.min).timezone
        day = datetime.now(library.where(place)).date() if zone else datetime.now().astimezone().date()
    law = library.law(place, day)
    if format_ == "json":
        options.print_json({"on": str(day), **law.to_dict()})
        return
    click.echo(f"{law.name} ({place}) on {day}: {len(law.rules)} rules in force, the strongest first\n")
    for rule in law.rules:
        _rule(rule, day)
    click.echo(law.digest)


def _rule(rule: Provision, day: date) -> None:
    start = f"from {rule.rule.from_}" if rule.rule.from_ else "always"
    dates = f"{start} until {rule.rule.until}" if rule.rule.until else start
    hours = f" {rule.rule.hours} hours" if rule.rule.hours else ""
    without = f", not counting {', '.join(rule.rule.excluding)}" if rule.rule.excluding else ""
    rank = "-" if rule.effect == "default" else rule.rank
    click.echo(f"{rank}  {rule.effect}{hours}{without}: {rule.id}")
    click.echo(f"     when {rule.rule.when or 'nothing else speaks'}")
    click.echo(f"     {dates}; {rule.authority.cite} [{rule.authority.confidence}]")
    if rule.authority.url:
        click.echo(f"     {rule.authority.url}")
    for authority in rule.see:
        if authority.date is None or authority.date <= day:
            binds = f", binds {', '.join(authority.binds)}" if authority.binds else ""
            click.echo(f"     see {authority.cite} [{authority.confidence}]{binds}")
    for each in rule.doubts:
        if each.doubt.in_force(day):
            click.echo(f"     [{each.doubt.sure}] {each.doubt.says}")
    click.echo()


def _changes(laws: Sequence[Law]) -> Iterator[dict[str, Any]]:
    """Stretch by stretch, what begins with it and what has ended."""
    before: set[str] = set()
    for law in laws:
        now = [rule.id for rule in law.rules]
        plain = law.to_dict()
        begins = [rule for rule in plain["rules"] if rule["id"] not in before]
        ends = [rule.id for rule in law.dormant if rule.id in before]
        yield {"since": plain["since"], "until": plain["until"], "begins": begins, "ends": ends}
        before = set(now)


def _history(laws: tuple[Law, ...]) -> None:
    click.echo(f"{laws[0].name} ({laws[0].place})\n")
    before: set[Provision] = set()
    for law in laws:
        now = set(law.rules)
        click.echo(f"{law.since or 'since ever'}")
        for rule in law.dormant:
            if rule in before:
                click.echo(f"  -  {rule.effect}: {rule.id}")
        for rule in law.rules:
            if rule not in before:
                click.echo(f"  +  {rule.effect}: {rule.id} — {rule.authority.cite} [{rule.authority.confidence}]")
        before = now
