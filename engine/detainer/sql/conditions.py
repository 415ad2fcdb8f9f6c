"""Checked trees as conditions of SQL: true, false, or unknown. What `language.tree` says of one case, these say of every row.

By now the columns hold numbers: yes and no as 1 and 0, days as 20140303, and words as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count, zip_longest
from typing import Any, TypeVar

from detainer.columnar.facts import column_name, has
from detainer.language.fields import Records, Words, fact_type
from detainer.language.named import named_again
from detainer.language.terms import Age, DayOf, Fact, Path, Term
from detainer.language.tree import (
    Always,
    Compare,
    Contains,
    Count,
    Defined,
    Every,
    Node,
    Not,
    OneOf,
    Present,
    Some,
    Test,
    WithinYears,
)
from detainer.sql.calendar import number_of
from detainer.sql.columns import AGE, BORN, WORD
from detainer.sql.logic import (
    Column,
    Condition,
    coalesce,
    column,
    compare,
    every,
    first,
    met,
    minus,
    one_of,
    opposite,
    some,
    times,
    truth,
    yes,
)

_YEAR = 10_000


def joined(node: Node, answer: Callable[[Test], Condition], named: Mapping[Defined, str]) -> Condition:
    """A condition, given those of its tests, and the columns of definitions that have one, each a truth."""
    match node:
        case Always():
            return yes()
        case Every(parts=parts):
            return every(joined(part, answer, named) for part in parts)
        case Some(parts=parts):
            return some(joined(part, answer, named) for part in parts)
        case Not(part=part):
            return opposite(joined(part, answer, named))
        case Defined(part=part):
            return met(column(named[node])) if node in named else joined(part, answer, named)
        case Test():
            return answer(node)
        case _:
            raise AssertionError(f"no condition is {node}")


Key = TypeVar("Key")


def layers_of(conditions: Mapping[Key, Iterable[Node]], name: str) -> tuple[dict[tuple[Defined, Key], str], ...]:
    """Columns, `name` and a number, for definitions that are named more than once in the conditions of each key, in layers (see
    `named_again`).
    """
    numbers = count()
    return tuple(
        {
            (each, key): f"{name}_{next(numbers)}"
            for key, layer in zip(conditions, layers, strict=True)
            for each in layer
        }
        for layers in zip_longest(*map(named_again, conditions.values()), fillvalue=())
    )


def since(years: int) -> str:
    """The column of the day so many years before scheduled release."""
    return f"since_{years}"


@dataclass(frozen=True)
class Counted:
    """What was counted of a list: whether the list is known (`known`, a truth), and between which columns the count lies."""

    known: str
    least: str
    most: str


@dataclass(frozen=True)
class Facts:
    """Where a test finds what it reads. `asked_day`: the day asked about. `counts`: of each test of a list what was counted.
    `named`: the columns of definitions that have one.
    """

    names: frozenset[str]
    asked_day: Column
    counts: Mapping[Test, Counted]
    named: Mapping[Defined, str]

    def meets(self, node: Node) -> Condition:
        """Whether they meet a condition that looks at no list."""
        return joined(node, self.condition, self.named)

    def answer(self, test: Test) -> Column:
        """What the facts of a row say of a test, as a truth."""
        if test not in self.counts:
            return truth(self.condition(test))
        op, number = (test.op, test.number) if isinstance(test, Count) else (">=", 1)
        counted = self.counts[test]
        always, never = _every_count(column(counted.least), column(counted.most), op, number)
        path, known = test.paths()[0], met(column(counted.known))
        gone = [(compare(column(path.names[0]), "==", 0), 0)] if self._owned(path) else []
        return first([*gone, (every([known, never]), 0), (self._of_it(path, every([known, always])), 1)])

    def condition(self, test: Test) -> Condition:
        """What is known of a test that looks at no list; of one that is asked of the entries of a list, with the facts of one."""
        match test:
            case Present(path=path):
                return self._of_it(path, met(self._fact(path)))
            case OneOf(path=path, words=words):
                return self._of_it(path, one_of(self._fact(path), sorted(words)))
            case Compare(left=left, op=op, right=right):
                return self._compare(left, op, right)
            case WithinYears(days=days, years=years):
                return some(self._of_it(day.path, compare(self._day(day), ">=", column(since(years)))) for day in days)
            case _:
                raise AssertionError(f"no test of a case is {test}")

    # -- facts ---------------------------------------------------------------------------------------------------------

    def _fact(self, path: Path) -> Column:
        return column(path.names[0].rstrip("_") if path.of_item else column_name(path.names))

    def _of_it(self, path: Path, condition: Condition) -> Condition:
        """Of what is known not to be there, no test is true."""
        if path.of_item:
            name = has(path.names[0].rstrip("_"))
            return every([met(coalesce(column(name), 1)), condition]) if name in self.names else condition
        return every([met(column(path.names[0])), condition]) if self._owned(path) else condition

    def _owned(self, path: Path) -> bool:
        """Whether a fact is one of a part of the case that may be missing."""
        return len(path.names) > 1 and path.names[0] in self.names

    def _day(self, day: DayOf) -> Column:
        if day.path.names == ("asked_at",):
            return self.asked_day
        return column("release_day") if day.path.names == ("release_at",) else self._fact(day.path)

    def _compare(self, left: Term, op: str, right: Any) -> Condition:
        if isinstance(left, Age):
            age = coalesce(minus(self._day(left.on), column(BORN)), times(column(AGE), _YEAR))
            return _whole_years(age, op, right)
        condition = compare(self._value(left), op, self._value(right) if isinstance(right, Term) else _constant(right))
        for term in (left, right):
            if isinstance(term, Fact | DayOf):
                condition = self._of_it(term.path, condition)
        return condition

    def _value(self, term: Term) -> Column:
        return self._day(term) if isinstance(term, DayOf) else self._fact(term.path)


def _every_count(least: Column, most: Column, op: str, number: int) -> tuple[Condition, Condition]:
    """Whether every count from `least` to `most` compares so, and whether none does."""
    match op:
        case ">=" | ">":
            return compare(least, op, number), compare(most, "<" if op == ">=" else "<=", number)
        case "<" | "<=":
            return compare(most, op, number), compare(least, ">=" if op == "<" else ">", number)
        case _:
            alike = every([compare(least, "==", number), compare(most, "==", number)])
            return alike, some([compare(least, ">", number), compare(most, "<", number)])


def _constant(value: Any) -> int | str:
    return number_of(value) if isinstance(value, date) else value


def _whole_years(age: Column, op: str, years: int) -> Condition:
    """A comparison of whole years with an age in ten-thousandths of a year, whose fraction does not count."""
    match op:
        case ">=" | "<":
            return compare(age, op, years * _YEAR)
        case ">" | "<=":
            return compare(age, ">=" if op == ">" else "<", (years + 1) * _YEAR)
        case _:
            return every([compare(age, ">=", years * _YEAR), compare(age, "<", (years + 1) * _YEAR)])


def counting(test: Test) -> tuple[str, Node | None] | None:
    """The list that a test looks at, and what it asks of each entry (None: that it is there); None for another test."""
    match test:
        case Count(items=items, each=each):
            return column_name(items.names), each
        case Contains(path=path, word=word):
            return column_name(path.names), OneOf(Path((WORD,), of_item=True), frozenset((word,)))
        case Present(path=path) if isinstance(fact_type(path.names), Records | Words) and not path.of_item:
            return column_name(path.names), None
        case _:
            return None
