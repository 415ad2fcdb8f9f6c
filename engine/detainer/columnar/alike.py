"""What tells rows apart where an open test compares days, or an entry of a list is half known: more than answers to tests.

How an unknown day could answer the law hangs on the order of the days that are known and of the lines that tests draw, and on how
near they lie to each other as far as `fillings` looks around a line. So that is written down as a text: rows of which it is the
same are of one kind, on whatever days they are. Where a test holds a fact of an entry against one outside the list, the values
themselves are written down. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce
from itertools import combinations, product, starmap
from operator import add
from typing import Any, NamedTuple, TypeGuard, cast

import ibis

from detainer.case import FIRST, MAX_AGE
from detainer.columnar.facts import MOMENTS, Column, Facts
from detainer.columnar.trees import some, truth
from detainer.fillings import REACH
from detainer.language import Test
from detainer.language.fields import Day, Records, fact_type
from detainer.language.terms import Age, DayOf, Path
from detainer.language.tree import Compare, Count, WithinYears

NOTHING = ""
"""What there is to say of a row of whose days and entries nothing counts."""

_RELEASE, _ASKED = (DayOf(Path((name,))) for name in MOMENTS)
_APART = 2 * REACH + 1
"""So many days apart, no day that `fillings` tries lies around two lines at once."""
_DIGIT = (2 * _APART).bit_length()
_AT_ONCE = 60 // _DIGIT


class YearsBefore(NamedTuple):
    """The day so many years before another."""

    day: DayOf
    years: int


Line = date | DayOf | YearsBefore
"""A day that tests hold others against: of the law, of the case outside its lists, or so many years before such a day."""


def lines(test: Test) -> Iterator[Line]:
    """The days that an open test holds an unknown one against."""
    yield from (FIRST, _RELEASE, _ASKED)
    for each in test.asked():
        match each:
            case Compare(left=Age(on=on), right=years):
                yield YearsBefore(_RELEASE, MAX_AGE + 1)
                yield from (YearsBefore(on, age) for age in (years, years + 1) if 0 <= age <= MAX_AGE + 1)
            case Compare(left=left, right=right):
                sides: tuple[Any, Any] = left, right
                yield from (side for side in sides if isinstance(side, date) or _outside(side))
            case WithinYears(days=days, years=years):
                yield YearsBefore(_RELEASE, years)
                yield from filter(_outside, days)
            case _:
                pass


def _outside(side: object) -> TypeGuard[DayOf]:
    return isinstance(side, DayOf) and not side.path.of_item


def _mixed(test: Test) -> bool:
    """Whether it holds a fact of an entry against one outside the list, moments of the case apart."""
    return any(
        len({path.of_item for path in each.paths() if path.names[0] not in MOMENTS}) > 1 for each in test.asked()
    )


@dataclass(frozen=True)
class Alike:
    """What there is to tell of rows that can be asked `tests`. `facts` are those of a table; `more` says for a test where in the
    table there is more to tell.
    """

    tests: Sequence[Test]
    facts: Facts
    more: Callable[[Test], Column]

    @cached_property
    def _telling(self) -> list[Test]:
        """The tests that can leave more to tell."""
        return [test for test in self.tests if test.of_values() or isinstance(test, Count)]

    @cached_property
    def _drawn(self) -> dict[Line, list[Test]]:
        """Every line, with the tests that draw it."""
        drawn: dict[Line, list[Test]] = {}
        for test in self._telling:
            for line in lines(test):
                drawn.setdefault(line, []).append(test)
        return drawn

    def _some(self, tests: Iterable[Test]) -> Column:
        return some([self.more(test) for test in tests])

    # -- days --------------------------------------------------------------------------------------------------------------

    def lines(self) -> dict[str, Column]:
        """Columns for every line: the number of its day, `_NO_DAY` where no open test of the row draws it, or it is not known.
        They are read by `text`, of the table that has them.
        """
        drawn = self._drawn.items()
        return {
            f"line_{number}": ibis.cases((self._some(tests), self._number(line))).fill_null(_NO_DAY)
            for number, (line, tests) in enumerate(drawn)
        }

    def _number(self, line: Line) -> Column:
        match line:
            case date():
                return ibis.literal((line - FIRST).days, "int64")
            case DayOf() | YearsBefore():
                return _number(self._day(line))

    def _day(self, line: DayOf | YearsBefore) -> Column:
        match line:
            case DayOf(path=path):
                return self.facts.read(path, None)[1]
            case YearsBefore(day=day, years=years):
                return (self._day(day) - ibis.interval(years=years)).cast("timestamp").cast("date")

    def text(self, table: Any) -> Column:
        """What tells a row apart; `NOTHING` where no test leaves more to tell. Never NULL."""
        if not self._telling:
            return ibis.literal(NOTHING)
        days = {line: table[f"line_{number}"] for number, line in enumerate(self._drawn)}
        of_days = [
            _nearness(days[one], days[other])
            for one, other in combinations(days, 2)
            if not (isinstance(one, date) and isinstance(other, date))
        ]
        parts = [*_texts(of_days), *self._exactly(days), *self._of_lists(list(days.values()))]
        return ibis.cases((self._some(self._telling), _joined(parts)), else_=NOTHING)

    def _exactly(self, days: Mapping[Line, Column]) -> list[Column]:
        """Days and facts as they are, where they are held against those of entries, of which there can be any number."""
        tests = [test for test in self._telling if _mixed(test)]
        if not tests:
            return []
        known = [day.cast("string") for line, day in days.items() if isinstance(line, DayOf)]
        paths = dict.fromkeys(path for test in tests for path in test.around())
        values = (self.facts.read(path, None)[1] for path in paths)
        words = [value.cast("string") for value in values if not value.type().is_array()]
        return [ibis.cases((self._some(tests), each)) for each in (*known, *words)]

    # -- lists -------------------------------------------------------------------------------------------------------------

    def _of_lists(self, lines: Sequence[Column]) -> Iterator[Column]:
        by_list: dict[Path, list[Count]] = {}
        for test in self._telling:
            if isinstance(test, Count):
                by_list.setdefault(test.items, []).append(test)
        for path, tests in by_list.items():
            asked = dict.fromkeys(each for test in tests for each in test.each.tests())
            inner = [each for each in asked if any(path.of_item for path in each.paths())]
            outer = [each for each in asked if each not in inner]
            yield from _texts([self._answer(each, tests, None) for each in outer])

            def entry(
                one: Column, path: Path = path, tests: Sequence[Count] = tests, inner: Sequence[Test] = inner
            ) -> Column:
                return self._of_entry(one, path, tests, inner, lines)

            items = self.facts.read(path, None)[1]
            yield ibis.cases((self._some(tests), items.map(entry).join(";")))

    def _answer(self, test: Test, counts: Sequence[Count], entry: Column) -> Column:
        """What a test says of an entry, where an open count asks it."""
        asking = self._some([count for count in counts if test in count.each.tests()])
        return ibis.cases((asking, truth(test, self.facts, entry).cast("int64").fill_null(2) + 1), else_=0)

    def _of_entry(
        self, entry: Column, path: Path, counts: Sequence[Count], asked: Sequence[Test], lines: Sequence[Column]
    ) -> Column:
        """What counts of an entry: the answers to what is asked of it, what is unknown, and, where a day is unknown, where the
        others lie.
        """

        def read(name: str) -> tuple[Column, Column]:
            return self.facts.read(Path((name,), of_item=True), entry)

        def unknown(name: str) -> Column:
            there, value = read(name)
            return value.isnull() if there is None else there & value.isnull()

        facts = cast("Records", fact_type(path.names)).item.fields
        days = [name for name, type_ in facts.items() if isinstance(type_, Day)]
        read_of_it = {each.names[-1].rstrip("_") for test in asked for each in test.paths() if each.of_item}
        names = sorted({*days, *read_of_it})
        said = [self._answer(test, counts, entry) for test in asked] + [unknown(name).cast("int64") for name in names]
        numbers = [_number(read(name)[1]).fill_null(_NO_DAY) for name in days]
        pairs = [*combinations(numbers, 2), *product(numbers, lines)]
        some_unknown = some([unknown(name) for name in days])
        near = ibis.cases((some_unknown, _joined(_texts(starmap(_nearness, pairs)))))
        mixed = [test for test in counts if _mixed(test)]
        exact = [ibis.cases((self._some(mixed), read(name)[1].cast("string"))) for name in names] if mixed else []
        return _joined([*_texts(said), near, *exact])


_NO_DAY = -1_000_000
"""In place of the number of a day that is none: far from all. That it is none is told otherwise."""


def _number(day: Column) -> Column:
    """A day as a number of days."""
    return day.delta(ibis.literal(FIRST), unit="day").cast("int64")


def _nearness(one: Column, other: Column) -> Column:
    """How far apart two days are, as far as it counts, as a digit."""
    return ibis.least(ibis.greatest(one - other, -_APART), _APART) + _APART


def _texts(digits: Iterable[Column]) -> Iterator[Column]:
    """Digits as texts, several in one number."""
    digits = list(digits)
    for first in range(0, len(digits), _AT_ONCE):
        some = digits[first : first + _AT_ONCE]
        placed = (digit * ibis.literal(1 << (_DIGIT * place), "int64") for place, digit in enumerate(some))
        yield reduce(add, placed).cast("string")


def _joined(parts: Iterable[Column]) -> Column:
    """Texts as one, with a place for each, whether it is there or not."""
    return ibis.literal(",").join([ibis.literal(NOTHING), *(part.fill_null("") for part in parts)])
