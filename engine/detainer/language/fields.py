"""Which facts a condition may name, read off the models of `case.py`. A new fact there is a new name here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from detainer.case import Case, DayOrMoment, Facts, Offense
from detainer.stated import Unknown
from detainer.vocabulary import vocabulary


@dataclass(frozen=True)
class Truth:
    """A yes-or-no fact."""

    says = "true or false"


@dataclass(frozen=True)
class Number:
    """A whole number."""

    says = "a number"


@dataclass(frozen=True)
class Day:
    """A local calendar day; a moment counts as its day. `or_none`: it can be known that there is none. `or_moment`: it may be
    stated with the time of day.
    """

    or_none: bool = False
    or_moment: bool = False
    says = "a day"


@dataclass(frozen=True)
class Word:
    """One of a fixed set of words; `choices` in the order of the vocabulary."""

    choices: tuple[str, ...]
    says = "a word"


@dataclass(frozen=True)
class Words:
    """A list of words out of a fixed set."""

    choices: tuple[str, ...]
    says = "a list of words"


@dataclass(frozen=True)
class Record:
    """A part of the case with facts of its own. `either_of` names the latest of several days; `asked_by` says how to ask
    for a fact that no condition names; `called` are the facts in plain words.
    """

    fields: dict[str, Type]
    either_of: dict[str, tuple[str, ...]]
    asked_by: dict[str, str]
    called: dict[str, str]
    says = "a part of the case"


@dataclass(frozen=True)
class Records:
    """A list of such parts: convictions, charges."""

    item: Record
    says = "a list"


Type = Truth | Number | Day | Word | Words | Record | Records

_OUTSIDE = frozenset(("jurisdiction",))
"""Fields of a case that are no facts: which law applies is not for a condition to ask."""


@cache
def case_fields() -> Record:
    """The whole case as conditions see it."""
    whole = _record(Case)
    return replace(whole, fields={name: type_ for name, type_ in whole.fields.items() if name not in _OUTSIDE})


def names_in(record: Record) -> Iterator[str]:
    """The names of its facts, and of the facts of its parts and of entries of its lists."""
    for name, type_ in record.fields.items():
        yield name
        if isinstance(type_, Record | Records):
            yield from names_in(type_ if isinstance(type_, Record) else type_.item)


@cache
def lists() -> frozenset[str]:
    """The facts that are lists."""
    return frozenset(name for name, type_ in case_fields().fields.items() if isinstance(type_, Records))


def fact_type(fact: Iterable[str | int]) -> Type:
    """The type of a fact: of ``("convictions", 0, "offense")`` a word. Raises KeyError, whose argument is the unknown part."""
    type_: Type = case_fields()
    for part in fact:
        if isinstance(part, int):
            continue
        owner = type_.item if isinstance(type_, Records) else type_
        if not isinstance(owner, Record):
            raise KeyError(part)
        type_ = owner.fields[part.rstrip("_")]
    return type_


def _record(model: type[Facts]) -> Record:
    fields = {info.alias or name: _type(info.annotation, info.metadata) for name, info in model.model_fields.items()}
    called = {
        info.alias or name: info.title
        or (info.description if info.description and info.description.startswith("Whether ") else None)
        or name.rstrip("_").replace("_", " ")
        for name, info in model.model_fields.items()
    }
    return Record(fields, dict(model.EITHER_OF), dict(model.ASKED_BY), called)


def _type(annotation: Any, metadata: list[Any]) -> Type:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        if annotation == Offense:
            return Word(vocabulary().offenses)
        if annotation == DayOrMoment:
            return Day(or_moment=True)
        return _type(args[0], list(args[1:]))
    if origin is Union or type(annotation).__name__ == "UnionType":
        (known,) = [part for part in args if part is not Unknown and part is not type(None)]
        type_ = _type(known, [])
        return Day(or_none=True) if isinstance(type_, Day) and type(None) in args else type_
    if origin is Literal:
        return Word(args)
    if origin is frozenset:
        return Words(get_args(args[0]))
    if origin is tuple:
        return Records(_record(args[0]))
    if annotation is bool:
        return Truth()
    if annotation is int:
        return Number()
    if isinstance(annotation, type) and issubclass(annotation, date):
        return Day()
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and issubclass(annotation, Facts):
        return _record(annotation)
    return Word(())
