"""What a condition means, for the solver: for every case at once what `language.tree` says of one. Two formulas a condition.

`truth` gives when a condition is known to be true and when it is known to be false; where neither is so, it hangs on an unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, cast

import z3

from detainer.language.fields import Truth as TruthFact
from detainer.language.fields import Words
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
    WithinYears,
)
from detainer.verify.logic import (
    COMPARED,
    Formula,
    Whole,
    apart,
    both,
    count,
    either,
    every,
    opposite,
    some,
)
from detainer.verify.moments import Moments
from detainer.verify.symbols import Entries, Leaf, Part, Symbols, any_word

Answer = tuple[Formula, Formula]
"""When it is known to be true, and when it is known to be false."""


class Value(NamedTuple):
    """A fact as a test reads it: whether it is known, whether it is known to be absent, and what it is otherwise."""

    known: Formula
    absent: Formula
    leaf: Leaf | Part | Entries | Whole
    unit: int = 1
    """Of a number: how many of what the solver counts in are one of what conditions count in."""

    @property
    def stated(self) -> Formula:
        """Whether it is known to be there."""
        return both(self.known, opposite(self.absent))

    @property
    def number(self) -> Whole:
        """What it is, of a number, a day or a word."""
        return cast("Whole", self.leaf.value if isinstance(self.leaf, Leaf) else self.leaf)


class Readable(Protocol):
    """Facts that conditions can be read of."""

    def read(self, names: tuple[str, ...], item: Part | None) -> Value:
        """A fact: of the whole, or of an entry of a list."""
        ...

    def age_at_least(self, on: DayOf, years: int) -> Answer:
        """Whether the person has so many whole years on a day."""
        ...

    def back(self, years: int) -> Whole:
        """The first day within so many years before the day of release."""
        ...


class Facts:
    """The facts of one case at one moment. `complete`: as if what is unknown were as the solver lets it turn out."""

    def __init__(self, symbols: Symbols, moments: Moments, question: int, *, complete: bool) -> None:
        self.symbols, self.moments, self.question, self.complete = symbols, moments, question, complete

    def read(self, names: tuple[str, ...], item: Part | None) -> Value:
        """A fact: of the whole, or of an entry of a list."""
        if item is not None:
            return entry_fact(item, names[0], complete=self.complete)
        if names[0] == "release_at":
            return Value(True, False, self.moments.release_day)
        if names[0] == "asked_at":
            return Value(True, False, self.moments.asked_days[self.question])
        part = self.symbols[names[0]]
        known = self.complete or part.known
        if isinstance(part, Entries):
            return Value(known, False, part)
        absent = both(known, opposite(part.there))
        if len(names) == 1:
            return Value(known, absent, part)
        return _of_owner(part.facts[names[1].rstrip("_")], known, absent, complete=self.complete)

    def age_at_least(self, on: DayOf, years: int) -> Answer:
        """Whether the person has so many whole years on a day: born on the first day so many years back, or before."""
        person = self.symbols["person"]
        assert isinstance(person, Part)
        born, age = person.facts["date_of_birth"], person.facts["age"]
        first = self.moments.back(None if on.path.names[0] == "release_at" else self.question, years)
        by_birth = cast("Whole", born.value) <= first if years > 0 else cast("Whole", born.value) <= self._day(on)
        stated = cast("Whole", age.value) >= years
        born_known = opposite(age.known) if self.complete else born.known
        return (
            either(both(age.known, stated), both(born_known, by_birth)),
            either(both(age.known, opposite(stated)), both(born_known, opposite(by_birth))),
        )

    def _day(self, on: DayOf) -> Whole:
        return self.read(on.path.names, None).number

    def back(self, years: int) -> Whole:
        """The first day within so many years before the day of release."""
        return self.moments.back(None, years)


def entry_fact(item: Part, name: str, *, complete: bool = False) -> Value:
    """A fact of an entry of a list."""
    return _of_owner(item.facts[name.rstrip("_")], True, False, complete=complete)


def _of_owner(leaf: Leaf, owner: Formula, absent: Formula, *, complete: bool) -> Value:
    known = complete or leaf.known
    return Value(either(absent, both(owner, known)), either(absent, both(owner, known, leaf.none)), leaf, leaf.unit)


class Reader:
    """Reads conditions of some facts; the same condition is read once."""

    def __init__(self, facts: Readable) -> None:
        self._facts = facts
        self._read: dict[tuple[Node, int], Answer] = {}

    def truth(self, node: Node, item: Part | None = None) -> Answer:
        """When a condition is known to be true, and when it is known to be false."""
        key = (node, id(item))
        known = self._read.get(key)
        if known is None:
            known = self._read[key] = self._truth(node, item)
        return known

    def _truth(self, node: Node, item: Part | None) -> Answer:
        match node:
            case Always():
                return True, False
            case Every(parts=parts):
                yes, no = zip(*(self.truth(part, item) for part in parts), strict=True)
                return every(apart(yes, z3.is_and)), some(apart(no, z3.is_or))
            case Some(parts=parts):
                yes, no = zip(*(self.truth(part, item) for part in parts), strict=True)
                return some(apart(yes, z3.is_or)), every(apart(no, z3.is_and))
            case Not(part=part):
                yes, no = self.truth(part, item)
                return no, yes
            case Defined(part=part):
                return self.truth(part, item)
            case Present(path=path):
                return self._present(self._value(path, item))
            case OneOf(path=path, words=words):
                return _of_known(self._value(path, item), lambda leaf: _one_of(leaf, words))
            case Contains(path=path, word=word):
                return _of_known(self._value(path, item), lambda leaf: cast("dict[str, Formula]", leaf.value)[word])
            case Compare(left=Age(on=on), op=op, right=right):
                return self._age(on, op, right)
            case Compare(left=left, op=op, right=right):
                return self._compare(left, op, right, item)
            case WithinYears(days=days, years=years):
                return self._within(days, years, item)
            case Count():
                return self._count(node)
            case _:
                raise AssertionError(f"no reading of {type(node).__name__}")

    def _value(self, path: Path, item: Part | None) -> Value:
        return self._facts.read(path.names, item if path.of_item else None)

    def _present(self, value: Value) -> Answer:
        leaf = value.leaf
        if isinstance(leaf, Part):
            return both(value.known, leaf.there), both(value.known, opposite(leaf.there))
        if isinstance(leaf, Entries):
            some_there = some(leaf.there())
            return both(value.known, some_there), both(value.known, opposite(some_there))
        assert isinstance(leaf, Leaf)
        return _of_known(value, lambda leaf: any_word(leaf) if isinstance(leaf.type_, Words) else _truth_of(leaf))

    def _age(self, on: DayOf, op: str, years: int) -> Answer:
        at_least = self._facts.age_at_least(on, years)
        above = self._facts.age_at_least(on, years + 1)
        match op:
            case ">=":
                return at_least
            case ">":
                return above
            case "<":
                return at_least[1], at_least[0]
            case "<=":
                return above[1], above[0]
            case _:
                return both(at_least[0], above[1]), either(at_least[1], above[0])

    def _compare(self, left: Term, op: str, right: Any, item: Part | None) -> Answer:
        sides = [self._side(left, item, 1)]
        sides.append(self._side(right, item, sides[0].unit))
        absent = some(side.absent for side in sides)
        stated = every(side.stated for side in sides)
        holds = COMPARED[op](sides[0].number, sides[1].number)
        return both(stated, holds), either(absent, both(stated, opposite(holds)))

    def _side(self, side: Any, item: Part | None, unit: int) -> Value:
        if isinstance(side, Fact | DayOf):
            return self._value(side.path, item)
        return Value(True, False, side * unit if isinstance(side, int) else side.toordinal())

    def _within(self, days: Sequence[DayOf], years: int, item: Part | None) -> Answer:
        first = self._facts.back(years)
        values = [self._value(day.path, item) for day in days]
        yes = some(both(value.stated, value.number >= first) for value in values)
        no = every(
            either(both(value.known, value.absent), both(value.stated, value.number < first)) for value in values
        )
        return yes, no

    def _count(self, node: Count) -> Answer:
        value = self._value(node.items, None)
        entries = value.leaf
        assert isinstance(entries, Entries)
        there = entries.there()
        each = [self.truth(node.each, item) for item in entries.items]
        met = count(both(here, yes) for here, (yes, _) in zip(there, each, strict=True))
        most = count(both(here, opposite(no)) for here, (_, no) in zip(there, each, strict=True))
        yes, no = _counted(node.op, met, most, node.number)
        return both(value.known, yes), both(value.known, no)


def _counted(op: str, least: Whole, most: Whole, number: int) -> Answer:
    """What is so of a count that lies between two numbers, and may be any between them."""
    match op:
        case ">=":
            return least >= number, most < number
        case ">":
            return least > number, most <= number
        case "<=":
            return most <= number, least > number
        case "<":
            return most < number, least >= number
        case _:
            return both(least == number, most == number), either(least > number, most < number)


def _of_known(value: Value, holds: Callable[[Leaf], Formula]) -> Answer:
    """A test of one fact: false where it is known to be absent."""
    leaf = cast("Leaf", value.leaf)
    found = holds(leaf)
    return both(value.stated, found), either(both(value.known, value.absent), both(value.stated, opposite(found)))


def _one_of(leaf: Leaf, words: frozenset[str]) -> Formula:
    choices = getattr(leaf.type_, "choices", ())
    number = cast("Whole", leaf.value)
    return some(number == choices.index(word) for word in sorted(words))


def _truth_of(leaf: Leaf) -> Formula:
    assert isinstance(leaf.type_, TruthFact)
    return cast("Formula", leaf.value)
