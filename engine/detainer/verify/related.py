"""Two cases held together, for the solver: one filled in from another, like it but for some facts, or knowing more than it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import z3

from detainer.verify.logic import (
    Formula,
    both,
    choose,
    choose_truth,
    either,
    equal,
    every,
    implies,
    opposite,
    same,
)
from detainer.verify.symbols import Entries, Leaf, Named, Part, Symbols, facts_of_case


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
    if "age" in facts and "age" in other.facts:  # what is known of age or birth stands for the other
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


def learned(symbols: Symbols, name: str, wanted: Named) -> tuple[Symbols, list[Formula]]:
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
