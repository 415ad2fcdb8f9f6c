"""Which place a jail lies in: a table by state and the beginning of the facility's name, or by its code. Decides nothing."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from detainer.errors import DetainerError, FileError, Problem
from detainer.library import Library
from detainer.vocabulary import shipped_rulesets

COLUMNS = ("state", "facility", "code", "place", "note")
_COUNTY = {"CO": "COUNTY", "CTY": "COUNTY", "CNTY": "COUNTY"}


class Row(NamedTuple):
    """A row of a table: states by any of their names, the words that the facility's name begins with, its code, the place."""

    states: tuple[str, ...]
    words: tuple[str, ...]
    code: str
    place: str


def words_of(name: str) -> tuple[str, ...]:
    """A name in capitals, word by word, a county however it is shortened.

    >>> words_of("King Co. Jail")
    ('KING', 'COUNTY', 'JAIL')
    """
    return tuple(_COUNTY.get(word, word) for word in re.sub(r"[^A-Z0-9]+", " ", name.upper()).split())


@dataclass(frozen=True)
class Facilities:
    """Tables of facilities; those that come first count."""

    tables: Sequence[Path]
    library: Library

    @cached_property
    def rows(self) -> list[Row]:
        """All rows. Raises `FileError` for a table of another shape, or a place without a ruleset."""
        return [row for path in self.tables for row in _rows(path, self.library)]

    def place_of(self, state: str | None, facility: str | None, code: str | None) -> str | None:
        """The place of a jail: by its code, else by its state and the longest beginning of its name; None where none fits."""
        if code:
            found = next((row.place for row in self.rows if row.code == code), None)
            if found is not None:
                return found
        if not state or not facility:
            return None
        where, words = " ".join(words_of(state)), words_of(facility)
        fitting = [
            row for row in self.rows if row.words and where in row.states and words[: len(row.words)] == row.words
        ]
        return max(fitting, key=lambda row: len(row.words)).place if fitting else None

    def has_state(self, state: str) -> bool:
        """Whether any row is of a state."""
        return any(" ".join(words_of(state)) in row.states for row in self.rows)


def _rows(path: Path, library: Library) -> list[Row]:
    found: list[Row] = []
    problems: list[Problem] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [name for name in ("state", "facility", "place") if name not in (reader.fieldnames or ())]
            if missing:
                raise FileError(
                    [Problem(f"the column `{missing[0]}` is missing; expected {', '.join(COLUMNS)}", str(path), 1)]
                )
            for row in reader:
                place = (row["place"] or "").strip()
                states = tuple(" ".join(words_of(each)) for each in (row["state"] or "").split("|"))
                code = (row.get("code") or "").strip()
                words = words_of(row["facility"] or "")
                try:
                    library.where(place)
                except DetainerError as error:
                    problems.append(Problem(str(error), str(path), reader.line_num))
                if not words and not code:
                    problems.append(Problem("a row needs `facility` or `code`", str(path), reader.line_num))
                found.append(Row(states, words, code, place))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise FileError([Problem(f"cannot be read: {reason}; give a CSV file in UTF-8", str(path))]) from None
    if problems:
        raise FileError(problems)
    return found


def shipped() -> Path:
    """The table that is shipped, of the counties of Washington and Oregon."""
    return shipped_rulesets() / "records" / "facilities.csv"
