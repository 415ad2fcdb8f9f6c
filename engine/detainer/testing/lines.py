"""Where the law of a place draws lines: the days, ages, lookbacks, hours and words that tell cases apart. Needs no Hypothesis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from functools import lru_cache

from detainer import clock
from detainer.language import Test
from detainer.language.terms import Age
from detainer.language.tree import Compare, Contains, OneOf, WithinYears
from detainer.library import Library

_DAY = timedelta(days=1)
_RECENT = (2008, 2026)  # the years whose changes of the clocks are looked at


@dataclass(frozen=True, slots=True)
class Lines:
    """`changes` are the first days of stretches of law; `days` are those that conditions name; `clock_changes` local days on
    which the clocks change; `limits` hours and what they leave out; `words` those that conditions ask for, in their order.
    """

    where: tzinfo
    calendar: str | None
    changes: tuple[date, ...]
    days: tuple[date, ...]
    ages: tuple[int, ...]
    lookbacks: tuple[int, ...]
    limits: tuple[tuple[int, clock.Excluding], ...]
    words: tuple[str, ...]
    clock_changes: tuple[date, ...]


@lru_cache(maxsize=256)
def lines(library: Library, place: str) -> Lines:
    """The lines of the law of a place, of all its days. Raises `PlaceError` and `FileError`."""
    where = library.where(place)
    laws = library.history(place)
    tests = list(dict.fromkeys(each for law in laws for test in law.tests for each in test.asked()))
    limits = {
        (rule.rule.hours, rule.rule.excluding): None
        for law in laws
        for rule in law.rules
        if rule.effect == "limits" and rule.rule.hours
    }
    return Lines(
        where,
        laws[-1].calendar,
        tuple(law.since for law in laws if law.since),
        tuple(dict.fromkeys(t.right for t in tests if isinstance(t, Compare) and type(t.right) is date)),
        tuple(dict.fromkeys(t.right for t in tests if isinstance(t, Compare) and isinstance(t.left, Age))),
        tuple(dict.fromkeys(test.years for test in tests if isinstance(test, WithinYears))),
        tuple((hours, excluding) for hours, excluding in limits if hours),
        tuple(dict.fromkeys(word for test in tests for word in _words(test))),
        _clock_changes(where),
    )


def _words(test: Test) -> list[str]:
    return sorted(test.words) if isinstance(test, OneOf) else [test.word] if isinstance(test, Contains) else []


@lru_cache(maxsize=32)
def _clock_changes(where: tzinfo) -> tuple[date, ...]:
    """The local days of some recent years that have other than 24 hours."""
    day, last = (date(year, 1, 1) for year in _RECENT)
    found: list[date] = []
    while day < last:
        if clock.midnight(day + _DAY, where) - clock.midnight(day, where) != _DAY:
            found.append(day)
        day += _DAY
    return tuple(found)
