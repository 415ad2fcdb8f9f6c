"""Between a case and the solver's facts: a case as the solver has it, and what the solver found as a case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, cast

import z3

from detainer.case import UNKNOWN, Case
from detainer.language.fields import Day, Number, Truth, Word, Words
from detainer.stated import plain
from detainer.verify.logic import (
    Formula,
    Whole,
    equal,
    every,
    same,
)
from detainer.verify.symbols import Entries, Leaf, Part, Symbols


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
                yield _is_value(leaf, value)


def _is_value(leaf: Leaf, value: Any) -> Formula:
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


def fields_of(symbols: Symbols, truth: Truths, whole: Wholes) -> dict[str, Any]:
    """The facts that the solver found, as a scenario file has them; what is unknown is left out."""

    def of_part(part: Part) -> dict[str, Any]:
        return {
            name: None if truth(leaf.none) else plain(_value(leaf, truth, whole))
            for name, leaf in part.facts.items()
            if truth(leaf.known)
        }

    fields: dict[str, Any] = {}
    for name, part in symbols.items():
        if not truth(part.known):
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
