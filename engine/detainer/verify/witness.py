"""Cases that show something, made as simple as they can be while they still show it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

from detainer.language.fields import Record, case_fields, lists

Fields = dict[str, Any]
"""A case as a scenario file has it."""

Cases = tuple[Fields, ...]
Shows = Callable[[Cases], bool]

_KEPT = ("jurisdiction", "release_at", "asked_at")
_AGES = (30, 17)  # of someone whose birthday does not matter: an adult, or a minor


def simplest(cases: Cases, shows: Shows) -> Cases:
    """The cases with every fact left out, list emptied and paper removed that they show the same without.

    What both of two cases say alike is left out of both, so they stay related as they were.
    """
    again = True
    while again:
        again = False
        for simpler in _simpler(cases):
            if shows(simpler):
                cases, again = simpler, True
                break
    return cases


def _simpler(cases: Cases) -> Iterator[Cases]:
    first = cases[0]
    for name in first:
        if name in _KEPT or any(other.get(name, _KEPT) != first[name] for other in cases):
            continue
        value = first[name]
        if name in lists():
            if value:
                yield _with(cases, name, [])
            for index in range(len(cast("list[Any]", value))):
                yield _with(cases, name, [each for place, each in enumerate(value) if place != index])
        elif value is not None and name != "person":
            yield _with(cases, name, None)
        yield tuple({key: each for key, each in fields.items() if key != name} for fields in cases)
    person: Fields = first.get("person") or {}
    if "date_of_birth" in person and all(fields.get("person") == person for fields in cases):
        rest = {name: value for name, value in person.items() if name != "date_of_birth"}
        yield from (_with(cases, "person", {"age": age, **rest}) for age in _AGES)
    for name in first:
        if all(isinstance(fields.get(name), dict) for fields in cases):
            for fact in first[name]:
                if all(fields[name].get(fact, _KEPT) == first[name][fact] for fields in cases):
                    yield tuple(
                        {**fields, name: {key: each for key, each in fields[name].items() if key != fact}}
                        for fields in cases
                    )
        elif name in lists():
            yield from _of_entries(cases, name)


def _of_entries(cases: Cases, name: str) -> Iterator[Cases]:
    entries = cast("list[Fields]", cases[0][name])
    if any(fields.get(name) != entries for fields in cases):
        return
    for index, entry in enumerate(entries):
        for fact in entry:
            less = {key: value for key, value in entry.items() if key != fact}
            yield _with(cases, name, [less if place == index else each for place, each in enumerate(entries)])


def _with(cases: Cases, name: str, value: Any) -> Cases:
    return tuple({**fields, name: value} for fields in cases)


def in_order(fields: Fields) -> Fields:
    """The same facts in the order of the model, so that scenarios read alike."""
    order: list[str] = ["jurisdiction", *case_fields().fields]
    first = [name for name in _KEPT if name in fields]
    rest = sorted((name for name in fields if name not in _KEPT), key=order.index)
    return {name: _part(name, fields[name]) for name in (*first, *rest)}


def _part(name: str, value: Any) -> Any:
    type_ = case_fields().fields.get(name)
    if isinstance(type_, Record) and isinstance(value, dict):
        facts = cast("Fields", value)
        return {key: facts[key] for key in type_.fields if key in facts}
    return value
