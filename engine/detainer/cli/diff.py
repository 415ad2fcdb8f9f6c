"""``detainer diff``: two laws held against each other, for every case and for those that are given."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import click

from detainer.bookings import Tally, custody_of, read_bookings
from detainer.case import Case
from detainer.cli import options
from detainer.errors import DetainerError, FileError, Problem
from detainer.events import EventError
from detainer.formats import plural, ruled
from detainer.law import Authority
from detainer.library import Law, library_at
from detainer.scenarios import WRONG, case_of, entries, find_files, problems_of
from detainer.verify.every import SCOPE, scenario
from detainer.verify.sides import Side, both_ways, pairs, side
from detainer.verify.versions import KINDS, Difference, Kind, Pair, alike, differences, kind_of
from detainer.wording import facts_told, said
from detainer.yamlfile import read

_HEADINGS: dict[Kind, str] = {
    "gains": "gain a hold",
    "loses": "lose a hold",
    "longer": "are held longer",
    "shorter": "are held less long",
    "ruling": "have the same answer, under another ruling",
}


@click.command(
    "diff",
    help="""
    Hold one law against another: equivalent for every case, or a case for each kind of difference.

    A side is a place (us/wa/king@2014-09-14), `law` (the law of every place), a claim, or a folder of rulesets, each with a
    day or, on both sides, without one for every day. Both laws decide the same facts at the same moment, on the days on which
    the first one is in force. Given scenarios, or a jail's bookings, it counts how many of them come out otherwise.

    \b
    Examples:
      detainer diff us/wa/king@2014-09-14 us/wa/king@2014-09-15
      detainer diff law@2017-03-20 claims/dhs-2017-03-20@2017-03-20 scenarios/article-2017
      detainer diff law my-rulesets/

    Exit codes: 0 fine (differences are what you asked for), 2 undecided, or the input or the call is wrong.
    """,
)
@click.argument("one", metavar="A[@DATE]")
@click.argument("other", metavar="B[@DATE]")
@click.argument("paths", nargs=-1, metavar="[SCENARIOS]...", type=click.Path(path_type=str, allow_dash=True))
@click.option(
    "--bookings",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A jail's bookings, CSV or gzipped.",
)
@click.option("--place", shell_complete=options.complete_place, help="Whose bookings they are.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.rulesets
def command(
    one: str,
    other: str,
    paths: tuple[str, ...],
    bookings: Path | None,
    place: str | None,
    format_: Literal["text", "json"],
    rulesets: Path | None,
) -> int:
    if (bookings is None) != (place is None):
        raise DetainerError("--bookings and --place belong together: give both or neither")
    library = library_at(rulesets)
    sides = side(one, library), side(other, library)
    against = list(pairs(*sides))
    with click.progressbar(against, label="comparing", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        found = [(pair, list(differences(*pair, *_of_their_time(pair, sides)))) for pair in bar]
    flips = Flips()
    if paths:
        _scenarios(paths, sides, flips)
    if bookings is not None and place is not None:
        _bookings(bookings, place, sides, flips)
    if format_ == "json":
        click.echo(json.dumps(_json(sides, found, flips), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_text(sides, found, flips)))
    options.complain(flips.problems)
    undecided = any(not each.decided for _, each_pair in found for each in each_pair)
    return 2 if flips.problems or undecided else 0


def _of_their_time(pair: Pair, sides: tuple[Side, Side]) -> list[tuple[date | None, date | None]]:
    """Where no day was named, the days on which the other law is in force, too."""
    return [(pair[1].since, pair[1].until)] if sides[0].day is None else []


# -- the cases that are given ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Flips:
    """How many of the cases given come out otherwise, by kind of difference, and which scenarios do.

    `unsettled`: how many hang on facts that are not known, on one side or on both.
    """

    cases: int = 0
    unsettled: int = 0
    counts: Counter[Kind] = field(default_factory=Counter[Kind])
    names: dict[str, Kind] = field(default_factory=dict[str, Kind])
    problems: list[Problem] = field(default_factory=list[Problem])

    def add(self, case: Case, sides: tuple[Side, Side], name: str = "") -> None:
        """Decide a case on both sides, and count. Raises `PlaceError`, `FileError` and `CaseError`."""
        decisions = both_ways(case, *sides)
        kind = kind_of(*decisions)
        self.cases += 1
        self.unsettled += not all(each.settled for each in decisions)
        if kind:
            self.counts[kind] += 1
            if name:
                self.names[name] = kind


def _scenarios(paths: tuple[str, ...], sides: tuple[Side, Side], flips: Flips) -> None:
    files, problems = find_files(paths)
    flips.problems += problems
    for file in files:
        try:
            for entry in entries(read(file)):
                flips.problems += entry.problems
                if entry.scenario is None:
                    continue
                try:
                    flips.add(case_of(entry.scenario, library=sides[0].library), sides, entry.id)
                except WRONG as error:
                    flips.problems += problems_of(entry, error)
        except FileError as error:
            flips.problems += error.problems


def _bookings(file: Path, place: str, sides: tuple[Side, Side], flips: Flips) -> None:
    library = sides[0].library
    library.where(place)
    tally = Tally()
    for row in read_bookings(file, tally):
        try:
            flips.add(custody_of(row, place, engine="direct", library=library).case(), sides)
        except EventError as error:
            flips.problems.append(Problem(error.message, str(file), row.line))
    flips.problems += tally.problems


# -- what is printed -------------------------------------------------------------------------------------------------------

Found = list[tuple[Pair, list[Difference]]]


def _text(sides: tuple[Side, Side], found: Found, flips: Flips) -> Iterator[str]:
    for (one, other), each in found:
        if not alike(one, other):
            yield from _of_pair(one, other, each)
            yield ""
    unlike = sum(bool(each) for _, each in found)
    of = f" in {unlike or len(found)} of {len(found)} laws" if len(found) > 1 else ""
    yield f"{sides[0].text} against {sides[1].text}: {'they differ' if unlike else 'equivalent'}{of}"
    yield f"for every moment at which the first law is in force; {SCOPE}"
    if flips.cases or flips.problems:
        counts = ", ".join(f"{flips.counts[kind]} {_HEADINGS[kind]}" for kind in KINDS if flips.counts[kind])
        total = sum(flips.counts.values())
        yield f"of {plural(flips.cases, 'case')} given, {total} come out otherwise" + (f": {counts}" if counts else "")
        if flips.unsettled:
            yield f"{flips.unsettled} of them hang on facts that are not known, and are a release until they are"
        yield from (f"  {name}: {_HEADINGS[kind]}" for name, kind in flips.names.items() if kind != "ruling")


def _of_pair(one: Law, other: Law, found: list[Difference]) -> Iterator[str]:
    yield f"{_named(one)} against {_named(other)}"
    before = {rule.id for rule in one.rules}
    after = {rule.id for rule in other.rules}
    yield from (f"  -  {r.effect}: {r.id} — {_cited(r.authority)}" for r in one.rules if r.id not in after)
    yield from (f"  +  {r.effect}: {r.id} — {_cited(r.authority)}" for r in other.rules if r.id not in before)
    yield ""
    if not found:
        yield "  equivalent: no case tells them apart"
    for kind in KINDS:
        group = [each for each in found if each.kind == kind]
        if group:
            yield f"  some {_HEADINGS[kind]}"
        for each in group:
            yield from (f"    {line}" for line in _shown(each))
    none = [_HEADINGS[kind] for kind in KINDS[:-1] if all(each.kind != kind for each in found)]
    if found and none:
        yield f"  none {', none '.join(none)}"


def _cited(authority: Authority) -> str:
    return f"{authority.cite} [{authority.confidence}]"


def _named(law: Law) -> str:
    since = f"from {law.since}" if law.since else ""
    until = f"until {law.until}" if law.until else ""
    return f"{law.place} ({' '.join(filter(None, (since, until))) or 'always'})"


def _shown(difference: Difference) -> Iterator[str]:
    if not difference.decided:
        yield "undecided within the time limit"
        return
    case = difference.decisions[0].case
    asked = f", asked about {said(case.asked_at)}" if case.asked_at else ""
    yield f"such as: release due {said(case.release_at)}{asked}; {'; '.join(facts_told(case)) or 'no facts known'}"
    for sign, decision in zip("-+", difference.decisions, strict=True):
        yield f"  {sign} {ruled(decision.to_dict(considered=False))}: {decision.ruling.because}"


def _json(sides: tuple[Side, Side], found: Found, flips: Flips) -> dict[str, Any]:
    return {
        "scope": SCOPE,
        "sides": [each.text for each in sides],
        "laws": [
            {
                "places": [one.place, other.place],
                "since": [str(one.since) if one.since else None, str(other.since) if other.since else None],
                "equivalent": not each,
                "differences": [_record(difference) for difference in each],
            }
            for (one, other), each in found
        ],
        "cases": flips.cases,
        "unsettled": flips.unsettled,
        "otherwise": {kind: flips.counts[kind] for kind in KINDS},
        "scenarios": dict(flips.names),
    }


def _record(difference: Difference) -> dict[str, Any]:
    if not difference.decided:
        return {"kind": difference.kind, "undecided": True}
    before, after = difference.decisions
    name = f"{difference.kind}-{before.ruling.id}-{after.ruling.id}".replace("/", "-")
    note = f"differs ({difference.kind}): {ruled(after.to_dict(considered=False))}"
    sides = {
        "before": before.to_dict(considered=False, case=False),
        "after": after.to_dict(considered=False, case=False),
    }
    return {"kind": difference.kind, "scenario": scenario(name, note, difference.fields, before), **sides}
