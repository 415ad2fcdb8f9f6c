"""The facts of every case at once, as unknowns of the solver: each fact known or not, each value one that a case can have.

Facts that nobody has stated have values here, too: those of one way in which they could turn out. Days are ordinals of the
calendar, words are their place in the vocabulary. Source of the bounds: `case.py` and `situation.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import z3

from detainer.case import MAX_AGE, UNKNOWN, Case, plain
from detainer.language import Node
from detainer.language.fields import Day, Number, Record, Records, Truth, Type, Word, Words, case_fields
from detainer.language.terms import Age
from detainer.language.tree import Compare, Count
from detainer.verify.logic import (
    Formula,
    Whole,
    both,
    choose,
    choose_truth,
    either,
    equal,
    every,
    implies,
    opposite,
    same,
    some,
)

BOUND = 3
"""How many convictions, and how many charges, a case has at most."""

_MOMENTS = ("release_at", "asked_at")
_FIRST_DAY = date(1900, 1, 1).toordinal()


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
    for name, part in symbols.items():
        if isinstance(part, Entries):
            yield both(part.count >= 0, part.count <= len(part.items))
            for item, there in zip(part.items, part.there(), strict=True):
                yield from _part_can_be(item, there, asked_day)
        elif name == "person":
            yield from _person_can_be(part, release_day)
        else:
            yield from _part_can_be(part, part.there, asked_day)


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


# -- filling in, and holding two cases together ------------------------------------------------------------------------


def filled_from(symbols: Symbols, other: Symbols) -> Symbols:
    """The facts, those that are unknown taken from another case: one more way in which they could turn out."""
    return {name: _filled(part, other.get(name)) for name, part in symbols.items()}


def _filled(one: Part | Entries, other: Part | Entries | None) -> Part | Entries:
    if other is None:
        return one
    if isinstance(one, Entries):
        assert isinstance(other, Entries)
        items = [_part_filled(a, b, one.known) for a, b in zip(one.items, other.items, strict=True)]
        return Entries(one.known, choose(one.known, one.count, other.count), items)
    assert isinstance(other, Part)
    return _part_filled(one, other, one.known)


def _part_filled(one: Part, other: Part, known: Formula) -> Part:
    def leaf(name: str) -> Leaf:
        a, b = one.facts[name], other.facts.get(name, one.facts[name])
        from_one = both(known, a.known)
        return Leaf(a.type_, from_one, choose_truth(from_one, a.none, b.none), _chosen(from_one, a.value, b.value))

    facts = {name: leaf(name) for name in one.facts}
    if (
        "age" in facts and "age" in other.facts
    ):  # one of the two may be stated: what is known of the one stands for the other
        facts["age"] = _either_age(facts["age"], one.facts["date_of_birth"], other.facts["age"])
    return Part(known, choose_truth(known, one.there, other.there), facts)


def _either_age(age: Leaf, born: Leaf, other: Leaf) -> Leaf:
    return Leaf(age.type_, either(age.known, both(opposite(born.known), other.known)), age.none, age.value)


def _chosen(which: Formula, one: Any, other: Any) -> Any:
    if isinstance(one, dict):
        words = cast("dict[str, Formula]", one)
        return {word: choose_truth(which, each, other[word]) for word, each in words.items()}
    if isinstance(one, bool | z3.BoolRef):
        return choose_truth(which, one, other)
    return choose(which, one, other)


def changed(symbols: Symbols, name: str, but: Sequence[tuple[str, ...]], wanted: Named) -> Symbols:
    """The same facts, but fresh ones for those named: a case that is like another but for them."""
    fresh = facts_of_case(name, wanted)

    def leaf(owner: str, fact: str, own: Leaf) -> Leaf:
        other = fresh[owner]
        return other.facts[fact] if (owner, fact) in but and isinstance(other, Part) else own

    def part(field: str, own: Part | Entries) -> Part | Entries:
        if (field,) in but or isinstance(own, Entries):
            return fresh[field] if (field,) in but else own
        return Part(own.known, own.there, {fact: leaf(field, fact, each) for fact, each in own.facts.items()})

    return {field: part(field, own) for field, own in symbols.items()}


def known_alike(one: Symbols, other: Symbols) -> Iterator[Formula]:
    """That two cases know the same, and that what they know is the same; what is unknown may turn out differently."""
    for field, own in one.items():
        rest = other[field]
        yield same(own.known, rest.known)
        if isinstance(own, Entries) and isinstance(rest, Entries):
            yield implies(own.known, equal(own.count, rest.count))
            for a, b in zip(own.items, rest.items, strict=True):
                yield from _facts_alike(a, b)
        elif isinstance(own, Part) and isinstance(rest, Part):
            yield implies(own.known, same(own.there, rest.there))
            yield from _facts_alike(own, rest)


def _facts_alike(one: Part, other: Part) -> Iterator[Formula]:
    for name, a in one.facts.items():
        b = other.facts[name]
        yield same(a.known, b.known)
        yield implies(a.known, _same_value(a, b))


def _same_value(one: Leaf, other: Leaf) -> Formula:
    a: Any = one.value
    b: Any = other.value
    if isinstance(a, Mapping):
        return every(same(each, b[word]) for word, each in cast("Mapping[str, Formula]", a).items())
    alike = same(a, b) if isinstance(a, bool | z3.BoolRef) else equal(a, b)
    return both(same(one.none, other.none), either(one.none, alike))


def learnt(symbols: Symbols, name: str, wanted: Named) -> tuple[Symbols, list[Formula]]:
    """The same facts, of which more may be known; and that what was known still is."""
    fresh = facts_of_case(name, wanted)
    said: list[Formula] = []

    def part(own: Part, other: Part) -> Part:
        said.append(implies(own.known, other.known))
        facts: dict[str, Leaf] = {}
        for fact, each in own.facts.items():
            known = other.facts[fact].known
            said.append(implies(each.known, known))
            facts[fact] = Leaf(each.type_, known, each.none, each.value)
        return Part(other.known, own.there, facts)

    found: dict[str, Part | Entries] = {}
    for field, own in symbols.items():
        other = fresh[field]
        if isinstance(own, Entries) and isinstance(other, Entries):
            said.append(implies(own.known, other.known))
            items = [part(a, b) for a, b in zip(own.items, other.items, strict=True)]
            found[field] = Entries(other.known, own.count, items)
        elif isinstance(own, Part) and isinstance(other, Part):
            found[field] = part(own, other)
    return found, said


# -- from a case and to one ----------------------------------------------------------------------------------------------


def is_case(symbols: Symbols, case: Case) -> Iterator[Formula]:
    """That the facts are those of a case, known and unknown. Raises ValueError for longer lists than there are here."""
    for name, part in symbols.items():
        value: Any = getattr(case, name)
        if isinstance(part, Entries):
            yield same(part.known, value is not UNKNOWN)
            if value is UNKNOWN:
                continue
            if len(value) > len(part.items):
                raise ValueError(f"{len(value)} {name} are more than {len(part.items)}")
            yield equal(part.count, len(value))
            for entry, item in zip(value, part.items, strict=False):
                yield from _is_part(item, entry)
        else:
            yield same(part.known, value is not UNKNOWN)
            if value is not UNKNOWN:
                yield same(part.there, value is not None)
                if value is not None:
                    yield from _is_part(part, value)


def _is_part(part: Part, facts: Any) -> Iterator[Formula]:
    for name, leaf in part.facts.items():
        value: Any = getattr(facts, f"{name}_" if name == "class" else name)
        yield same(leaf.known, value is not UNKNOWN)
        if value is not UNKNOWN:
            yield same(leaf.none, value is None)
            if value is not None:
                yield is_value(leaf, value)


def is_value(leaf: Leaf, value: Any) -> Formula:
    """That a fact has a value as a case has it."""
    match leaf.type_:
        case Words():
            words = cast("Mapping[str, Formula]", leaf.value)
            return every(same(each, word in value) for word, each in words.items())
        case Word(choices=choices):
            return equal(cast("Whole", leaf.value), choices.index(value))
        case Day():
            return equal(cast("Whole", leaf.value), value.toordinal())
        case Truth():
            return same(cast("Formula", leaf.value), value)
        case _:
            return equal(cast("Whole", leaf.value), value)


Truths = Callable[[Formula], bool]
Wholes = Callable[[Whole], int]


def fields_of(symbols: Symbols, truth: Truths, whole: Wholes, *, complete: bool = False) -> dict[str, Any]:
    """The facts that the solver found, as a scenario file has them. `complete`: unknown ones as they could turn out, too."""

    def known(flag: Formula) -> bool:
        return complete or truth(flag)

    def of_part(part: Part) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, leaf in part.facts.items():
            if name == "age" and complete and not truth(leaf.known):
                continue
            if name == "date_of_birth" and complete and truth(part.facts["age"].known):
                continue
            if known(leaf.known):
                found[name] = None if truth(leaf.none) else plain(_value(leaf, truth, whole))
        return found

    fields: dict[str, Any] = {}
    for name, part in symbols.items():
        if not known(part.known):
            continue
        if isinstance(part, Entries):
            fields[name] = [of_part(item) for item in part.items[: whole(part.count)]]
        elif truth(part.there):
            fields[name] = of_part(part)
        else:
            fields[name] = None
    return {name: value for name, value in fields.items() if not (name == "person" and not value)}


def _value(leaf: Leaf, truth: Truths, whole: Wholes) -> Any:
    match leaf.type_:
        case Words():
            words = cast("Mapping[str, Formula]", leaf.value)
            return frozenset(word for word, each in words.items() if truth(each))
        case Word(choices=choices):
            return choices[whole(cast("Whole", leaf.value))]
        case Day():
            return date.fromordinal(whole(cast("Whole", leaf.value)))
        case Truth():
            return truth(cast("Formula", leaf.value))
        case Number():
            return whole(cast("Whole", leaf.value))
        case _:
            raise AssertionError(f"no fact of a case is {leaf.type_}")


def any_word(leaf: Leaf) -> Formula:
    """Whether a list of words has one."""
    return some(cast("Mapping[str, Formula]", leaf.value).values())


def frozen(symbols: Symbols, truth: Truths, whole: Wholes) -> Symbols:
    """The facts as the solver found them, all as if they were known."""

    def value(each: Any) -> Any:
        if isinstance(each, Mapping):
            return {word: truth(flag) for word, flag in cast("Mapping[str, Formula]", each).items()}
        return truth(each) if isinstance(each, bool | z3.BoolRef) else whole(each)

    def part(one: Part) -> Part:
        facts = {
            name: Leaf(leaf.type_, truth(leaf.known) if name == "age" else True, truth(leaf.none), value(leaf.value))
            for name, leaf in one.facts.items()
        }
        return Part(True, truth(one.there), facts)

    return {
        name: Entries(True, whole(one.count), [part(item) for item in one.items])
        if isinstance(one, Entries)
        else part(one)
        for name, one in symbols.items()
    }
