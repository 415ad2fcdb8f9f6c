"""The facts of every case at once, as unknowns of the solver: each fact known or not, each value one that a case can have.

Facts that nobody has stated have values here, too: those of one way in which they could turn out. Days are ordinals of the
calendar, words are their place in the vocabulary. Source of the bounds: `case.py` and `situation.py`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import z3

from detainer.case import FIRST, MAX_AGE, UNKNOWN, Case
from detainer.language import Node
from detainer.language.fields import Day, Record, Records, Truth, Type, Word, Words, case_fields
from detainer.language.terms import Age
from detainer.language.tree import Compare, Count
from detainer.verify.logic import (
    Formula,
    Whole,
    both,
    either,
    implies,
    opposite,
    some,
)

BOUND = 3
"""How many convictions, and how many charges, a case has at most."""

_MOMENTS = ("release_at", "asked_at")
_FIRST_DAY = FIRST.toordinal()


@dataclass(frozen=True, slots=True)
class Leaf:
    """One fact. `none`: it is known that there is none. `value` is a truth, a number, or a truth for each word; of a number,
    `unit` of what the solver counts in are one of what conditions count in.
    """

    type_: Type
    known: Formula
    none: Formula
    value: Formula | Whole | Mapping[str, Formula]
    unit: int = 1


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the case, or an entry of a list: whether it is known if it is there, and its facts."""

    known: Formula
    there: Formula
    facts: Mapping[str, Leaf]


@dataclass(frozen=True, slots=True)
class Entries:
    """A list: how many entries it has is known or not; the entry at `index` is there where `count` is above it."""

    known: Formula
    count: Whole
    items: Sequence[Part]

    def there(self) -> list[Formula]:
        """Of each item, whether it is in the list."""
        return [self.count > index for index in range(len(self.items))]


Symbols = Mapping[str, Part | Entries]
"""The facts of a case, by name."""


Named = frozenset[tuple[str, ...]]
"""Facts by name: a part or a list as a whole, or a fact of it: ``("detainer",)``, ``("convictions", "offense")``."""


def named_by(conditions: Iterable[Node]) -> Named:
    """The facts that conditions ask for, those of both of two cases under one name."""
    return frozenset(names for names in _named(conditions) if names and names[0] in case_fields().fields)


def _named(conditions: Iterable[Node]) -> Iterator[tuple[str, ...]]:
    for condition in conditions:
        for test in condition.tests():
            names = [_of_one_case(path.names) for path in test.paths()]
            yield from names
            if isinstance(test, Count):
                yield from _of_entries(names[0], test.each)
            if isinstance(test, Compare) and isinstance(test.left, Age):
                yield from (("person", "age"), ("person", "date_of_birth"))


def _of_entries(owner: tuple[str, ...], each: Node) -> Iterator[tuple[str, ...]]:
    for test in each.tests():
        for path in test.paths():
            yield (*owner, *path.names) if path.of_item else _of_one_case(path.names)


def _of_one_case(names: tuple[str, ...]) -> tuple[str, ...]:
    return names if names[0] in case_fields().fields else names[1:]


def enough(conditions: Iterable[Node]) -> int:
    """How many entries of a list are enough to meet every count that conditions ask for, and to exceed it; `BOUND` at least."""
    tests = (test for condition in conditions for test in condition.tests())
    return max([BOUND, *(test.number + 1 for test in tests if isinstance(test, Count))])


def facts_of_case(name: str, wanted: Named, bound: int = BOUND) -> Symbols:
    """Fresh facts, told apart from those of other cases by `name`: only those wanted, for nothing hangs on the others."""
    found: dict[str, Part | Entries] = {}
    for field, type_ in case_fields().fields.items():
        where = f"{name}.{field}"
        if field in _MOMENTS or not any(path[:1] == (field,) for path in wanted):
            continue
        facts = {path[1].rstrip("_") for path in wanted if path[0] == field and len(path) > 1}
        if isinstance(type_, Records):
            items = [_part(f"{where}.{index}", type_.item, facts, True) for index in range(bound)]
            found[field] = Entries(z3.Bool(f"{where}?"), z3.Int(f"{where}#"), items)
        elif isinstance(type_, Record):
            found[field] = _part(where, type_, facts, Case.model_fields[field].default is not UNKNOWN)
    return found


def _part(name: str, record: Record, wanted: Container[str], given: bool) -> Part:
    facts = {
        field: _leaf(f"{name}.{field}", type_)
        for field, type_ in record.fields.items()
        if field in wanted and _has_values(type_)
    }
    return Part(given or z3.Bool(f"{name}?"), given or z3.Bool(f"{name}!"), facts)


def _has_values(type_: Type) -> bool:
    return not (isinstance(type_, Word) and not type_.choices)


def _leaf(name: str, type_: Type) -> Leaf:
    known = z3.Bool(f"{name}?")
    none: Formula = z3.Bool(f"{name}0") if isinstance(type_, Day) and type_.or_none else False
    match type_:
        case Truth():
            return Leaf(type_, known, none, z3.Bool(name))
        case Words(choices=choices):
            return Leaf(type_, known, none, {word: z3.Bool(f"{name}.{word}") for word in choices})
        case _:
            return Leaf(type_, known, none, z3.Int(name))


# -- which cases there are ---------------------------------------------------------------------------------------------


def can_be(symbols: Symbols, release_day: Whole, asked_day: Whole) -> Iterator[Formula]:
    """What is so of the facts of any case, and of any way in which its unknown facts could turn out."""
    person = symbols.get("person")
    born = person.facts.get("date_of_birth") if isinstance(person, Part) else None
    for name, part in symbols.items():
        if isinstance(part, Entries):
            yield both(part.count >= 0, part.count <= len(part.items))
            for item, there in zip(part.items, part.there(), strict=True):
                yield from _part_can_be(item, there, asked_day)
                yield from _since_birth(item, both(part.known, there), born)
        elif name == "person":
            yield from _person_can_be(part, release_day)
        else:
            yield from _part_can_be(part, part.there, asked_day)
            yield from _since_birth(part, both(part.known, part.there), born)


def _since_birth(part: Part, there: Formula, born: Leaf | None) -> Iterator[Formula]:
    """What is known is not dated before a birth that is known."""
    for leaf in part.facts.values():
        if born and isinstance(leaf.type_, Day):
            known = both(there, born.known, leaf.known, opposite(leaf.none))
            yield implies(known, cast("Whole", leaf.value) >= cast("Whole", born.value))


def _part_can_be(part: Part, there: Formula, asked_day: Whole) -> Iterator[Formula]:
    for leaf in part.facts.values():
        number = cast("Whole", leaf.value)
        if isinstance(leaf.type_, Word):
            yield both(number >= 0, number < len(leaf.type_.choices))
        elif isinstance(leaf.type_, Day):
            yield implies(there, both(number >= _FIRST_DAY, number <= asked_day))
    convicted, released = part.facts.get("convicted_on"), part.facts.get("released_on")
    if convicted and released:  # nobody leaves confinement for a conviction before it
        in_order = cast("Whole", released.value) >= cast("Whole", convicted.value)
        yield implies(there, either(released.none, in_order))


def _person_can_be(person: Part, release_day: Whole) -> Iterator[Formula]:
    born, age = person.facts.get("date_of_birth"), person.facts.get("age")
    if born and age:
        days, years = cast("Whole", born.value), cast("Whole", age.value)
        yield both(years >= 0, years <= MAX_AGE)
        yield opposite(both(born.known, age.known))
        yield both(days <= release_day, either(opposite(born.known), days >= _FIRST_DAY))


def any_word(leaf: Leaf) -> Formula:
    """Whether a list of words has one."""
    return some(cast("Mapping[str, Formula]", leaf.value).values())
