"""A case with its times resolved where the jail stands. Pure; knows nothing of rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from detainer import clock
from detainer.case import FIRST, LAST, UNKNOWN, Case
from detainer.errors import CaseError, Path

PAPERS = ("detainer", "judicial_warrant")
"""The papers of a case, which have a day of issue."""


class Situation(NamedTuple):
    """`release_at` and `asked_at` in UTC; `release_day` and `asked_day` as local days; `where` the time zone.

    Belongs to one decision: `known` keeps what the definitions of its law turned out to be, by name.
    """

    case: Case
    release_at: datetime
    asked_at: datetime
    release_day: date
    asked_day: date
    where: tzinfo
    known: dict[str, bool | None]


def situate(case: Case, where: tzinfo) -> Situation:
    """Resolve a case's times. Raises `CaseError` for a local time that is no single instant, a question about a moment
    before scheduled release, and facts that are dated after the moment they are asked about or before the person's birth.
    """
    release_at, release_day = _when(case.release_at, ("release_at",), where)
    if case.asked_at is None:
        asked_at, asked_day = release_at, release_day
    else:
        asked_at, asked_day = _when(case.asked_at, ("asked_at",), where)
        if asked_at < release_at:
            message = "lies before `release_at`; until scheduled release the person is in custody on other grounds"
            raise CaseError(("asked_at",), message)
    situation = Situation(case, release_at, asked_at, release_day, asked_day, where, {})
    _refuse_the_future(situation)
    _refuse_before_birth(situation)
    return situation


def _when(moment: datetime, path: Path, where: tzinfo) -> tuple[datetime, date]:
    """The instant in UTC and the local day."""
    try:
        instant = clock.instant(moment, where)
    except clock.LocalTimeError as error:
        raise CaseError(path, str(error)) from None
    day = (moment if moment.tzinfo is None else instant.astimezone(where)).date()
    if not FIRST <= day <= LAST:
        raise CaseError(path, f"`{moment}` is {day} there; the year must lie between {FIRST.year} and {LAST.year}")
    return instant, day


def _refuse_the_future(situation: Situation) -> None:
    """What is dated after the moment asked about had not happened yet, so it is no fact of the case."""
    case = situation.case
    for name in PAPERS:
        issued = _issued(case, name)
        if isinstance(issued, datetime):
            late = _when(issued, (name, "issued_at"), situation.where)[0] > situation.asked_at
        else:
            late = issued is not None and issued > situation.asked_day
        if late:
            message = f"`{issued}` is after the moment asked about; if it was not there yet, write `{name}: null`"
            raise CaseError((name, "issued_at"), message)
    if case.convictions is not UNKNOWN:
        for index, conviction in enumerate(case.convictions):
            convicted, released = conviction.convicted_on, conviction.released_on
            for name, day in (("convicted_on", convicted), ("released_on", released)):
                if isinstance(day, date) and day > situation.asked_day:
                    message = f"`{day}` is after the moment asked about ({situation.asked_day}); correct the day"
                    raise CaseError(("convictions", index, name), message)
            if isinstance(convicted, date) and isinstance(released, date) and released < convicted:
                path = ("convictions", index, "released_on")
                raise CaseError(path, f"`{released}` is before the conviction on {convicted}; correct one of the two")
    born = case.person.date_of_birth
    if isinstance(born, date) and born > situation.release_day:
        raise CaseError(("person", "date_of_birth"), f"`{born}` is after scheduled release; correct the day")


def _refuse_before_birth(situation: Situation) -> None:
    """What is dated before the person was born, local days, is a mistake in one of the two days.

    Only what is known is held against each other: a birth that is not known is not worked out from a conviction.
    """
    born = situation.case.person.date_of_birth
    if not isinstance(born, date):
        return
    for path, day in _days(situation):
        if day < born:
            raise CaseError(path, f"`{day}` is before the date of birth, {born}; correct one of the two")


def _days(situation: Situation) -> Iterator[tuple[Path, date]]:
    """Every day that is known of the case but that of birth: the local day of what is stated with a time."""
    case = situation.case
    for name in PAPERS:
        path, issued = (name, "issued_at"), _issued(case, name)
        if issued is not None:
            yield path, _when(issued, path, situation.where)[1] if isinstance(issued, datetime) else issued
    for index, conviction in enumerate(case.convictions if case.convictions is not UNKNOWN else ()):
        for name in ("convicted_on", "released_on"):
            day = getattr(conviction, name)
            if isinstance(day, date):
                yield ("convictions", index, name), day


def _issued(case: Case, name: str) -> date | None:
    """The day or moment of issue of a paper, where it is known."""
    paper = getattr(case, name)
    issued = None if paper is None or paper is UNKNOWN else paper.issued_at
    return issued if isinstance(issued, date) else None
