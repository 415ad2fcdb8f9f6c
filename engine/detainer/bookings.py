"""A jail's bookings, a row a charge, as custodies: what the rows say, and nothing that they do not say.

They say when the person was booked and left, and whether the jail kept an immigration hold. The form of the detainer, warrants
and convictions are not there, so they are unknown; a booking without a hold may have had a detainer all the same. When release
fell due is not there either: the moment of leaving stands for it, so the only question is whether the jail might have kept the
person longer.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from detainer import bounds
from detainer.case import Booking, Detainer
from detainer.custody import Custody
from detainer.decision import Decision
from detainer.engines import EngineName, decide
from detainer.errors import DetainerError, FileError, Problem, did_you_mean
from detainer.events import EventError
from detainer.library import Library

COLUMNS = ("booking", "booked_at", "released_at", "immigration_hold", "released_to_immigration")
"""The columns that are read; others may stand beside them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One booking of a file: times as written, local to the jail, and the line where it stands first."""

    booking: str
    booked_at: str
    released_at: str
    hold: bool
    to_immigration: bool
    line: int


@dataclass(slots=True)
class Tally:
    """What became of the bookings of a file: `open_on` counts questions by fact, `foremost` the most decisive of each."""

    rows: int = 0
    bookings: int = 0
    settled: Counter[str] = field(default_factory=Counter[str])
    unsettled: int = 0
    rulings: Counter[str] = field(default_factory=Counter[str])
    open_on: Counter[str] = field(default_factory=Counter[str])
    foremost: Counter[str] = field(default_factory=Counter[str])
    asks: dict[str, str] = field(default_factory=dict[str, str])
    problems: list[Problem] = field(default_factory=list[Problem])

    def add(self, decision: Decision) -> None:
        """Count one decision."""
        self.rulings[decision.ruling.id] += 1
        if decision.settled:
            self.settled[decision.outcome] += 1
            return
        self.unsettled += 1
        for number, question in enumerate(decision.open_questions):
            self.asks[question.fact] = question.ask
            self.open_on[question.fact] += 1
            if number == 0:
                self.foremost[question.fact] += 1


def read_bookings(path: Path, tally: Tally) -> list[Row]:
    """The bookings of a CSV file, plain or gzipped; rows that cannot be read go to `tally.problems` with their line.

    Raises `FileError` where the file as a whole is none of that shape.
    """
    try:
        bounds.check_file(path)
        with _opened(path) as file:
            return list(_bookings(csv.DictReader(bounds.csv_lines(file)), str(path), tally))
    except FileError:
        raise
    except DetainerError as error:
        raise FileError([Problem(str(error), str(path))]) from None
    except (OSError, UnicodeDecodeError, EOFError, csv.Error) as error:
        said = bounds.of_csv(error) if isinstance(error, csv.Error) else str(error)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else said
        raise FileError([Problem(f"cannot be read: {reason}; give a CSV file in UTF-8", str(path))]) from None


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return TextIOWrapper(gzip.open(path), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _bookings(rows: csv.DictReader[str], name: str, tally: Tally) -> Iterator[Row]:
    found = list(rows.fieldnames or ())
    missing = [
        Problem(f"the column `{each}` is missing.{did_you_mean(each, found)}", name)
        for each in COLUMNS
        if each not in found
    ]
    if missing:
        raise FileError(missing)
    first: dict[str, Row] = {}
    for values in rows:
        tally.rows += 1
        try:
            row = _row(values, rows.line_num)
        except ValueError as error:
            tally.problems.append(Problem(str(error), name, rows.line_num))
            continue
        known = first.setdefault(row.booking, row)
        if known is row:
            yield row
        elif (known.booked_at, known.released_at) != (row.booked_at, row.released_at):
            message = f"booking {row.booking} has other times on line {known.line}; that line is taken"
            tally.problems.append(Problem(message, name, row.line))


def _row(values: dict[str, Any], line: int) -> Row:
    text = {name: (values[name] or "").strip() for name in COLUMNS}
    for name in COLUMNS[:3]:
        if not text[name]:
            raise ValueError(f"`{name}` is empty; every booking needs it")
    for name in COLUMNS[3:]:
        if text[name] not in ("0", "1", ""):
            raise ValueError(f"`{name}`: found `{text[name]}`, expected 1, 0 or nothing")
    hold, to_immigration = (text[name] == "1" for name in COLUMNS[3:])
    return Row(text["booking"], text["booked_at"], text["released_at"], hold, to_immigration, line)


def custody_of(row: Row, place: str, *, engine: EngineName | None = None, library: Library | None = None) -> Custody:
    """A booking as a custody. Raises `EventError` for times that are none there or not in order, and like `decide`."""
    booking = Booking(jurisdiction=place, detainer=Detainer()) if row.hold else Booking(jurisdiction=place)
    custody = Custody(booking, engine=engine, library=library)
    custody.feed(
        {"at": row.booked_at.replace(" ", "T"), "event": "booked"},
        {"at": row.released_at.replace(" ", "T"), "event": "release_due"},
        {"at": row.released_at.replace(" ", "T"), "event": "ice_took_custody" if row.to_immigration else "released"},
    )
    return custody


def count_bookings(
    rows: Iterable[Row],
    place: str,
    name: str,
    tally: Tally,
    *,
    engine: EngineName | None = None,
    library: Library | None = None,
) -> None:
    """Decide every booking at the moment the person left, and count. Raises `PlaceError` and `FileError` like `decide`."""
    for row in rows:
        try:
            custody = custody_of(row, place, engine=engine, library=library)
        except EventError as error:
            tally.problems.append(Problem(error.message, name, row.line))
            continue
        tally.bookings += 1
        tally.add(decide(custody.case(), engine=engine, library=library))
