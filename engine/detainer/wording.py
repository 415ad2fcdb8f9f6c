"""Facts, values and tests in plain words, for people who know no condition language. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast

from detainer.case import UNKNOWN, Case, Facts
from detainer.errors import Path
from detainer.language.fields import (
    Day,
    Number,
    Record,
    Records,
    Truth,
    Type,
    Word,
    Words,
    case_fields,
    fact_type,
    lists,
)
from detainer.language.terms import Age, DayOf, Term
from detainer.language.terms import Path as FactPath
from detainer.language.tree import (
    Compare,
    Contains,
    Count,
    Defined,
    Joined,
    Node,
    Not,
    OneOf,
    Present,
    Test,
    WithinYears,
)
from detainer.situation import Situation

Asks = Mapping[str, str]
"""The questions of a ruleset for its definitions and for facts, by name."""

_COMPARED = {"==": "", "<": "less than ", "<=": "at most ", ">": "more than ", ">=": "at least "}
_OF_DAYS = {"==": "on", "<": "before", "<=": "on or before", ">": "after", ">=": "on or after"}


def said(value: Any) -> str:
    """A value of a fact as a sentence says it."""
    if value is UNKNOWN:
        return "unknown"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")[:16]
    if isinstance(value, frozenset):
        return ", ".join(sorted(word(str(each)) for each in value)) or "none"  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return word(str(value))


def word(value: str) -> str:
    """A word of the vocabulary in plain letters."""
    return value.replace("_", " ")


def joined(parts: list[str], last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}" if parts else ""


def singular(name: str) -> str:
    """``conviction`` for ``convictions``: an entry of a list."""
    return name.removesuffix("s")


@lru_cache(maxsize=4096)
def called(fact: Path) -> str:
    """A fact in plain words.

    >>> called(("detainer", "form")), called(("convictions", 0, "offense"))
    ("the detainer's form", 'the offence of conviction 1')
    """
    match fact:
        case (str(name),):
            return _plain(name)
        case (str(name), int(index)):
            return f"{singular(name)} {index + 1}"
        case (str(owner), int(index), str(name)):
            title = _called(owner, name)
            entry = f"{singular(owner)} {index + 1}"
            return f"{title} ({entry})" if title.startswith("Whether ") else f"the {title} of {entry}"
        case _:
            owner, name = str(fact[0]), str(fact[-1])
            title = _called(owner, name)
            return title if title.startswith("Whether ") else f"the {word(owner)}'s {title}"


def _plain(name: str) -> str:
    type_ = fact_type((name,))
    return (
        word(name)
        if isinstance(type_, Records)
        else {"release_at": "scheduled release", "asked_at": "the moment asked about"}.get(name, f"the {word(name)}")
    )


def _called(owner: str, name: str) -> str:
    type_ = fact_type((owner,))
    record = type_.item if isinstance(type_, Records) else type_
    assert isinstance(record, Record)
    return record.called[name.rstrip("_")]


def question(fact: Path, asks: Asks) -> str:
    """The question for a fact: the ruleset's, or one worked out from what kind of fact it is."""
    name = ".".join(str(part).rstrip("_") for part in fact if not isinstance(part, int))
    asked = asks.get(name) or _default(fact, fact_type(fact))
    return (
        f"{singular(str(fact[0])).capitalize()} {fact[1] + 1}: {asked}"
        if len(fact) > 1 and isinstance(fact[1], int)
        else asked
    )


def _default(fact: Path, type_: Type) -> str:
    named = called(fact)
    match type_:
        case Records():
            return f"Which {named} are there?"
        case Record():
            return f"Is there {_a(word(str(fact[0])))}?"
        case Truth():
            return f"{named[0].upper()}{named[1:]}: yes or no?"
        case Word(choices=choices) | Words(choices=choices):
            return f"What is {named}: {joined(list(map(word, choices)), 'or')}?"
        case Day() | Number():
            return f"What is {named}?"


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def facts_told(case: Case) -> list[str]:
    """The facts that are known of a case, a sentence each, without its place and times; those of an entry are one sentence."""
    sentences: list[str] = []
    for name in case_fields().fields:
        value: Any = getattr(case, name)
        if value is UNKNOWN or isinstance(value, date):
            continue
        if isinstance(value, tuple):
            entries = cast("tuple[Facts, ...]", value)
            sentences += [_entry_told(name, number, entry) for number, entry in enumerate(entries, 1)]
            if not entries:
                sentences.append(_how_many(word(name), 0))
        elif isinstance(value, Facts):
            facts = [sentence(called((name, fact)), each) for fact, each in _known(value)]
            sentences += facts or ([f"there is {_a(word(name))}"] if name != "person" else [])
        elif value is None and name != "asked_at":
            sentences.append(f"there is no {word(name)}")
    return sentences


def _entry_told(name: str, number: int, entry: Facts) -> str:
    facts = [_of_entry(fact, each) for fact, each in _known(entry)]
    return f"{singular(name)} {number}: {joined(facts) or 'nothing more is known of it'}"


def _known(facts: Facts) -> list[tuple[str, Any]]:
    each = ((name, getattr(facts, name)) for name in type(facts).model_fields)
    return [(name, value) for name, value in each if value is not UNKNOWN]


# -- conditions --------------------------------------------------------------------------------------------------------


def yes_or_no(node: Node, asks: Asks) -> str:
    """What a definition or a test asks, as a question to be answered with yes or no."""
    match node:
        case Defined(name=name) if name in asks:
            return asks[name]
        case Present(path=path) if not path.of_item and isinstance(fact_type(path.names), Truth | Record):
            return question(path.names, asks)
        case Present(path=path) if not path.of_item:
            return f"Are there {_title(path)}?"
        case _:
            return f"Is it so that {statement(node, asks)}?"


def statement(node: Node, asks: Asks) -> str:
    """What a condition says, as the rest of a sentence that begins "it is so that"."""
    match node:
        case Defined(name=name):
            return f"the answer to “{asks[name]}” is yes" if name in asks else f"{word(name)} is the case"
        case Not(part=part):
            return f"it is not so that {statement(part, asks)}"
        case Joined(parts=parts, decisive=decisive):
            return joined([statement(part, asks) for part in parts], "or" if decisive else "and")
        case Present(path=path):
            return _present(path)
        case OneOf(path=path, words=words):
            return f"{_path(path)} is {joined(sorted(map(word, words)), 'or')}"
        case Contains(path=path, word=one):
            return f"{_path(path)} include {word(one)}"
        case WithinYears(days=days, years=years):
            return (
                f"{joined([_path(day.path) for day in days], 'or')} lies within {years} years before scheduled release"
            )
        case Compare(left=left, op=op, right=right):
            return _compared(left, op, right)
        case Count(items=items, each=each, op=op, number=number):
            entries, condition = word(items.names[-1]), f"of which it is so that {statement(each, asks)}"
            if (op, number) == (">=", 1):
                return f"there is {_a(singular(entries))} {condition}"
            if (op, number) == ("==", 0):
                return f"there is no {singular(entries)} {condition}"
            return f"there are {_COMPARED[op] or 'exactly '}{number} {entries} {condition}"
        case _:
            return "every case is meant"


def _present(path: FactPath) -> str:
    type_ = Truth() if path.of_item else fact_type(path.names)
    title = _title(path)
    match type_:
        case Truth():
            return title.removeprefix("Whether ") if title.startswith("Whether ") else f"{_path(path)} is yes"
        case Words() | Records():
            return f"there are {title}"
        case _:
            return f"there is {_a(title)}"


@lru_cache(maxsize=4096)
def _title(path: FactPath) -> str:
    """What a fact is called by itself, whosever it is."""
    name = path.names[-1].rstrip("_")
    if path.of_item:
        items = (type_.item for type_ in case_fields().fields.values() if isinstance(type_, Records))
        return next(item.called[name] for item in items if name in item.called)
    return word(name) if len(path.names) == 1 else _called(path.names[0], name)


def _path(path: FactPath) -> str:
    return f"the {_title(path)}" if path.of_item else called(path.names)


def _compared(left: Term, op: str, right: Any) -> str:
    match left:
        case Age(on=on):
            return f"the person is {_COMPARED[op]}{right} years old on the day of {_path(on.path)}"
        case DayOf(path=path):
            return f"{_path(path)} is {_OF_DAYS[op]} {_path(right.path) if isinstance(right, DayOf) else right}"
        case _:
            return f"{_path(left.path)} is {_COMPARED[op]}{right}"


# -- what the facts say ------------------------------------------------------------------------------------------------


_OF_ONE_FACT = (Present, OneOf, Contains)


def evidence(test: Node, situation: Situation, item: Any = None) -> str:
    """What the facts say to a test or a definition, such as "the detainer's form is I-247"; of an entry of a list, `item`."""
    if isinstance(test, _OF_ONE_FACT):
        return _fact(test.path, situation, item)
    if not isinstance(test, Test):
        return told(test.why(situation, item)[1], situation, item)
    if isinstance(test, Count):
        return _counted(test, situation)
    if isinstance(test, Compare) and isinstance(test.left, Age):
        age = test.left.value(situation, item)
        day = test.left.on.value(situation, item)
        return f"the person is {age} years old on {day}" if age is not UNKNOWN else "the age is unknown"
    return joined(list(dict.fromkeys(_fact(path, situation, item) for path in test.paths())))


def told(tests: Sequence[tuple[Node, Any]], situation: Situation, item: Any = None) -> str:
    """What the facts say to several tests, each said once."""
    if len(tests) == 1:
        return evidence(tests[0][0], situation, item)
    return joined(list(dict.fromkeys([evidence(test, situation, item) for test, _ in tests])))


def _fact(path: FactPath, situation: Situation, item: Any) -> str:
    """One fact and its value as a sentence."""
    if path.of_item:
        return _of_entry(path.names[0], getattr(item, path.names[0]))
    owner: Any = situation.case
    for name in path.names[:-1]:
        owner = getattr(owner, name)
        if owner is None:
            return f"there is no {word(name)}"
        if owner is UNKNOWN:
            return f"whether there is {_a(word(name))} is unknown"
    *owners, name = path.names
    value = getattr(owner, name)
    if owners:
        return sentence(called(path.names), value)
    if isinstance(value, date):
        return f"{called(path.names)} is {said(value)}"
    noun = word(name)
    if name in lists():
        return f"which {noun} there are is unknown" if value is UNKNOWN else _how_many(noun, len(value))
    return (
        f"whether there is {_a(noun)} is unknown" if value is UNKNOWN else f"there is {'a' if value else 'no'} {noun}"
    )


def _how_many(noun: str, number: int) -> str:
    return f"there is a {singular(noun)}" if number == 1 else f"there are {number or 'no'} {noun}"


@lru_cache(maxsize=4096)
def _of_entry(name: str, value: Any) -> str:
    return sentence(_title(FactPath((name,), of_item=True)), value)


@lru_cache(maxsize=4096)
def sentence(title: str, value: Any) -> str:
    """A fact under what it is called, and its value: "the detainer's form is I-247", "a copy was served: yes"."""
    if title.startswith("Whether "):
        return f"{title.removeprefix('Whether ')}: {said(value)}"
    article = "" if title.startswith("the ") else "the "
    return f"{article}{title} {'are' if isinstance(value, frozenset) else 'is'} {said(value)}"


def _counted(test: Count, situation: Situation) -> str:
    """For each entry of a list, what makes it meet a condition or not."""
    items: Any = test.items.read(situation, None)
    name = test.items.names[-1]
    if items is UNKNOWN:
        return f"which {word(name)} there are is unknown"
    if not items:
        return f"there are no {word(name)}"
    each, noun = test.each, singular(name)
    return "; ".join(
        [
            f"{noun} {number}: {told(each.why(situation, item)[1], situation, item)}"
            for number, item in enumerate(items, 1)
        ]
    )
