"""Rows that the law cannot tell apart are of one kind, and are decided together. The key of a kind is a few numbers.

Side by side in the key lie the stretch of law, the answers to its tests, how the ends of limits lie to each other and to the
moment asked about, and, where an answer is open, which facts are not known. Where more has to be told of a row, because an open
test compares days or an entry of a list is half known, `alike` tells it. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any, NamedTuple

import ibis

from detainer.columnar.calendar import Span
from detainer.columnar.facts import Column, FactColumn, Facts, column_name, fact_columns
from detainer.columnar.trees import met, settled, truth
from detainer.language import Test
from detainer.language.fields import Truth, Word
from detainer.language.terms import Path
from detainer.language.tree import Count, OneOf, Present

_BITS = 62
"""How many bits of a number of 64 are used; a negative number is something else."""

NO, YES, OPEN, MORE = range(4)
"""What an answer can be, in two bits. `MORE`: open, and more of the row counts than what is known and what is not."""


class Field(NamedTuple):
    """Where a number lies in the key: in which column, from which bit on, how many bits."""

    column: int
    shift: int
    bits: int

    @property
    def mask(self) -> int:
        """All of its bits."""
        return ((1 << self.bits) - 1) << self.shift


Numbers = Mapping[Any, int]
"""Numbers by the name of their place in the key."""


class Key:
    """Numbers of so many bits each, side by side in as few columns as hold them."""

    def __init__(self, sizes: Mapping[Any, int]) -> None:
        self._fields: dict[object, Field] = {}
        column = used = 0
        for name, bits in sizes.items():
            if used + bits > _BITS:
                column, used = column + 1, 0
            self._fields[name] = Field(column, used, bits)
            used += bits
        self.columns = tuple(f"key_{number}" for number in range(column + 1))

    def __getitem__(self, name: object) -> Field:
        return self._fields[name]

    def masks(self, names: Iterable[object]) -> list[int]:
        """For each column, the bits of these numbers."""
        found = [0] * len(self.columns)
        for name in names:
            field = self._fields[name]
            found[field.column] |= field.mask
        return found


class Parts:
    """What the columns of a key are made of, column by column."""

    def __init__(self, key: Key) -> None:
        self._key = key
        self._found: list[list[Column]] = [[] for _ in key.columns]

    def put(self, name: object, number: Column) -> None:
        """A number, at its place."""
        self._found[self._key[name].column].append(self._placed(name, number))

    def flag(self, name: object, condition: Column) -> None:
        """Whether a condition is true, at its place."""
        field = self._key[name]
        self._found[field.column].append(ibis.cases((condition, _int(1 << field.shift)), else_=_int(0)))

    def put_where(self, condition: Column, numbers: Mapping[Any, Column]) -> None:
        """Numbers, each at its place, that are worked out only where the condition is true; elsewhere they are 0."""
        by_column: dict[int, list[Column]] = {}
        for name, number in numbers.items():
            by_column.setdefault(self._key[name].column, []).append(self._placed(name, number))
        for column, placed in by_column.items():
            self._found[column].append(ibis.cases((condition, reduce(_or, placed)), else_=_int(0)))

    def _placed(self, name: object, number: Column) -> Column:
        return number.cast("int64") * _long(1 << self._key[name].shift)

    def choose(self, conditions: Sequence[tuple[Column, Numbers]], last: Numbers) -> None:
        """Several numbers at once: those of the first condition that is true, or else `last`."""
        for column, packed, first in self._together(last):
            pairs = [(condition, _int(packed(numbers) << first)) for condition, numbers in conditions]
            last_one = _int(packed(last) << first)
            self._found[column].append(ibis.cases(*pairs, else_=last_one) if pairs else last_one)

    def look_up(self, number: Column, of_numbers: Sequence[Numbers]) -> None:
        """Several numbers at once: those that `of_numbers` has for `number`, which is never NULL."""
        for column, packed, first in self._together(of_numbers[0]):
            values = [packed(numbers) for numbers in of_numbers]
            found = _looked_up(number, values, max(map(int.bit_length, values)))
            self._found[column].append(found * _long(1 << first))

    def _together(self, names: Iterable[Any]) -> Iterator[tuple[int, Callable[[Numbers], int], int]]:
        """For each column of the key how numbers go into one, and from which bit on."""
        by_column: dict[int, dict[Any, Field]] = {}
        for name in names:
            field = self._key[name]
            by_column.setdefault(field.column, {})[name] = field
        for column, fields in by_column.items():
            first = min(field.shift for field in fields.values())

            def packed(numbers: Numbers, fields: Mapping[Any, Field] = fields, first: int = first) -> int:
                return sum(numbers[name] << field.shift - first for name, field in fields.items())

            yield column, packed, first

    def columns(self) -> list[Column]:
        """The columns of the key."""
        return [reduce(_or, each, _int(0)) for each in self._found]


def _or(one: Column, other: Column) -> Column:
    return one | other


def _looked_up(number: Column, values: Sequence[int], bits: int) -> Column:
    """The value for a number from 0 on, each of so many bits; as many as go into one constant are found without any branch."""
    if not bits:
        return _int(0)
    at_once = _BITS // bits
    constant = sum(value << place * bits for place, value in enumerate(values[:at_once]))
    found = (_long(constant) >> (number * bits)) & _long((1 << bits) - 1)
    if len(values) <= at_once:
        return found
    return ibis.cases((number < at_once, found), else_=_looked_up(number - at_once, values[at_once:], bits))


def _long(number: int) -> Column:
    """A number of 64 bits for every engine: Spark takes a bare one that is small for one of 32, and its products overflow."""
    return ibis.literal(number, "int32").cast("int64") if number < 2**31 else ibis.literal(number, "int64")


def _int(number: int) -> Column:
    return ibis.literal(number, "int64")


# -- answers ---------------------------------------------------------------------------------------------------------------


def answer_of_values(parts: Parts, tests: Iterable[Test], facts: Facts) -> None:
    """Put the answers in their places to the tests that ask a column for one of few values (see `column_of`)."""
    by_column: dict[FactColumn, list[OneOf | Present]] = {}
    for test in tests:
        column = column_of(test)
        if column is not None:
            by_column.setdefault(column, []).append(test)  # type: ignore[arg-type]
    for column, same in by_column.items():
        _of_one_column(parts, column, same, facts)


def answer(parts: Parts, tests: Iterable[Test], facts: Facts, asked: Callable[[Test], Column]) -> None:
    """Put the answers to the other tests outside the lists in their places, where the law of the row asks (`asked`)."""
    for test in tests:
        if column_of(test) is None and not isinstance(test, Count):
            value = truth(test, facts).cast("int64").fill_null(_int(MORE if test.of_values() else OPEN))
            parts.put_where(asked(test), {test: value})


def column_of(test: Test) -> FactColumn | None:
    """The column that a test asks for one of few values; None where it asks for more than that."""
    if not isinstance(test, OneOf | Present):
        return None
    return next(
        (each for each in fact_columns() if each.fact == _fact(test.path) and isinstance(each.type, Word | Truth)), None
    )


def _fact(path: Path) -> tuple[str, ...]:
    return tuple(name.rstrip("_") for name in path.names)


def _of_one_column(parts: Parts, column: FactColumn, tests: Sequence[OneOf | Present], facts: Facts) -> None:
    """All tests of a column at once: each value that it can have is a set of answers."""
    there, value = facts.read(Path(column.fact), None)
    no, yes, open_ = (dict.fromkeys(tests, answer) for answer in (NO, YES, OPEN))
    if isinstance(column.type, Word) and facts.has(column.name):
        of_words = [
            {test: int(isinstance(test, OneOf) and word in test.words) for test in tests}
            for word in column.type.choices
        ]
        parts.look_up(facts.number(column), [*of_words, no, no, open_])
        return
    known = [(value, yes), (~value, no)] if facts.has(column.name) else []
    gone = [] if there is None else [(~there, no)]
    parts.choose([*known, *gone], open_)


_COUNT_BITS = 10
_MOST_COUNTED = (1 << _COUNT_BITS) - 1
_AT_ONCE = _BITS // (2 * _COUNT_BITS)


def counts(tests: Iterable[Count], facts: Facts, asked: Callable[[Test], Column]) -> dict[str, Column]:
    """How many entries of each list surely, and possibly, meet each condition: several tests in one column, NULL where the law of
    the row asks none of them.

    An engine asks each list for itself, which is dear however little is asked. So the counts are the digits of one number for
    each entry, and the numbers are added up.
    """
    found: dict[str, Column] = {}
    for column, some in _together(tests):

        def number(entry: Column, some: Sequence[Count] = some) -> Column:
            digits: list[Column] = []
            for place, test in enumerate(some):
                surely, possibly = (1 << (2 * place + n) * _COUNT_BITS for n in range(2))
                # engines work out again what stands twice
                digits.append((met(test, facts, entry).cast("int64") * (surely + possibly)).fill_null(possibly))
            return reduce(add, digits)

        _, items = facts.read(some[0].items, None)
        found[column] = ibis.cases((_any(asked, some), items.map(number).sums().cast("int64").fill_null(0)))
    return found


def answer_of_lists(
    parts: Parts, tests: Iterable[Count], facts: Facts, asked: Callable[[Test], Column], table: Any
) -> None:
    """Put the answer to each test of the entries of a list in its place; `table` has the columns of `counts`. Of a list that is
    longer than the digits can count the answer is not said.
    """
    for column, some in _together(tests):
        _, items = facts.read(some[0].items, None)
        answers: dict[Any, Column] = {}
        for place, test in enumerate(some):
            least, most = ((table[column] >> (_COUNT_BITS * (2 * place + n))) & _MOST_COUNTED for n in range(2))
            always, never = settled(test, least, most)
            unknown = items.isnull(), _int(MORE if test.of_values() else OPEN)
            too_long = items.length() > _MOST_COUNTED, _int(MORE)
            answered = (always, _int(YES)), (never, _int(NO))
            answers[test] = ibis.cases((~asked(test), _int(NO)), unknown, too_long, *answered, else_=_int(MORE))
        parts.put_where(_any(asked, some), answers)


def _any(asked: Callable[[Test], Column], tests: Iterable[Test]) -> Column:
    return reduce(_or, map(asked, tests))


def _together(tests: Iterable[Count]) -> Iterator[tuple[str, list[Count]]]:
    """The tests of one list whose counts go into one column, under its name."""
    by_list: dict[Path, list[Count]] = {}
    for test in tests:
        by_list.setdefault(test.items, []).append(test)
    for path, of_list in by_list.items():
        for number, first in enumerate(range(0, len(of_list), _AT_ONCE)):
            yield f"counts_{path.names[0]}_{number}", of_list[first : first + _AT_ONCE]


# -- what is not known -----------------------------------------------------------------------------------------------------


def read_by(test: Test) -> Iterator[str]:
    """The columns of which it counts whether they are known, where a test is open."""
    names = {each.name for each in fact_columns()}
    for path in (*test.paths(), *test.around()):
        for name in (path.names[0], column_name(path.names)):
            if name in names:
                yield name


# -- ends of limits --------------------------------------------------------------------------------------------------------


def order(ends: Mapping[Span, Column], asked: Column | None) -> dict[Span, Column]:
    """For each span, where its end stands among the ends of all, as a number: twice how many are earlier, and one more where it
    has passed when asked about (`asked`; None where that is at scheduled release, when no limit has ended). All that the doctrine
    needs of moments is their order, and few rows differ in it.
    """
    return {
        span: 2 * _count([other < end for each, other in ends.items() if each != span])
        + (_int(0) if asked is None else _one(end <= asked))
        for span, end in ends.items()
    }


def behind(ends: Mapping[Span, Column], moments: Sequence[Column]) -> dict[Span, Column]:
    """For each span, how its end lies to moments at which the law changes, as a number: twice how many come before it, and one
    more where it falls on one.
    """
    return {
        span: 2 * _count([moment < end for moment in moments]) + _count([moment == end for moment in moments])
        for span, end in ends.items()
    }


def _one(condition: Column) -> Column:
    return ibis.cases((condition, _int(1)), else_=_int(0))


def _count(conditions: Sequence[Column]) -> Column:
    return reduce(add, map(_one, conditions), _int(0))
