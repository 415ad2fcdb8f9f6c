"""The two sides of a comparison of laws: places, days, folders of rulesets; and which law is held against which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from detainer.case import Case, parse_day
from detainer.decision import Decision
from detainer.engines import decide_under, load
from detainer.errors import DetainerError, did_you_mean
from detainer.library import Law, Library, library_on
from detainer.situation import situate
from detainer.verify.versions import Pair, read_at, stretches

SHIPPED = "law"
"""How the law that is compared with, as a whole, is named on a side."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side: the law of a place, or of every place of a library, on a day, or on every day for None."""

    text: str
    library: Library
    place: str | None
    day: date | None

    def law_for(self, case: Case) -> Law:
        """The law that decides a case on this side. Raises `PlaceError`, `FileError` and `CaseError`."""
        place = self.place or case.jurisdiction
        return self.library.law(place, self.day or situate(case, self.library.where(place)).asked_day)


def side(text: str, library: Library) -> Side:
    """What ``us/wa/king@2014-09-14``, ``claims/dhs-2017-03-20``, ``law@2017-03-20`` or a folder stand for.

    Raises `DetainerError` for what stands for nothing.
    """
    name, at, day_text = text.rpartition("@") if "@" in text else (text, "", "")
    try:
        day = parse_day(day_text) if at else None
    except ValueError as error:
        raise DetainerError(f"`{text}`: {error}") from None
    if name == SHIPPED:
        return Side(text, library, None, day)
    if name in library.places:
        library.where(name)
        return Side(text, library, name, day)
    if name in library.claims:
        return Side(text, library.with_claim(name), None, day)
    if Path(name).is_dir():
        return Side(text, library_on(Path(name)), None, day)
    near = did_you_mean(name, [*library.places, *library.claims, SHIPPED])
    raise DetainerError(f"`{name}` is no place, no claim and no folder of rulesets.{near}")


def pairs(one: Side, other: Side) -> Iterator[Pair]:
    """The laws that are held against each other: of each place, on the two days, or on every day where none is named.

    Raises `DetainerError` where a day is named on one side only, or the two have no place in common.
    """
    if (one.day is None) != (other.day is None):
        raise DetainerError("name a day on both sides (<place>@<day>), or on neither for every day")
    both = one.place or other.place
    places = [both] if both else [place for place in one.library.places if place in other.library.places]
    found = False
    for place in places:
        here, there = one.place or place, other.place or place
        if one.library.book(here).timezone is None and not both:
            continue  # too wide to have cases of its own
        found = True
        if one.day and other.day:
            yield one.library.law(here, one.day), other.library.law(there, other.day)
            continue
        yield from stretches(one.library.history(here), other.library.history(there))
    if not found:
        raise DetainerError(f"`{one.text}` and `{other.text}` have no place in common")


def both_ways(case: Case, one: Side, other: Side) -> tuple[Decision, Decision]:
    """What each side says of a case. Raises `PlaceError`, `FileError` and `CaseError`."""
    before, after = one.law_for(case), other.law_for(case)
    engine = load("direct")
    return decide_under(before, case, engine), decide_under(read_at(after, before), case, engine)
