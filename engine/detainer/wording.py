"""Facts, values and tests in plain words, for people who know no condition language. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, cast

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
    WithinYears,
)

Asks = Mapping[str, str]
"""The questions of a ruleset for its definitions and for facts, by name."""

COMPARED = {"==": "", "<": "less than ", "<=": "at most ", ">": "more than ", ">=": "at least "}
FEWER = {"<": "fewer than "}
"""How what is counted is compared, where that differs from other numbers."""
OF_DAYS = {"==": "on", "<": "before", "<=": "on or before", ">": "after", ">=": "on or after"}


def said(value: Any) -> str:
    """A value of a fact as a sentence says it."""
    if value is UNKNOWN:
        return "unknown"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.day} {value:%B %Y, %H:%M}"
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    if isinstance(value, frozenset):
        return ", ".join(sorted(word(str(each)) for each in value)) or "none"  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return word(str(value))


def lasting(span: timedelta) -> str:
    """How long something lasts, in hours and minutes, and in seconds only where it is no whole minute.

    >>> lasting(timedelta(hours=62.5)), lasting(timedelta(days=2)), lasting(timedelta(seconds=90)), lasting(timedelta())
    ('62 h 30 min', '48 h', '1 min 30 s', '0 h')
    """
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min"), (seconds, "s")) if number]
    return " ".join(parts) or "0 h"


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
    ("the detainer's form", 'the offense of conviction 1')
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
            return f"How many {named} are there?"
        case Record():
            return f"Is there {a_or_an(word(str(fact[0])))}?"
        case Truth():
            return f"{named[0].upper()}{named[1:]}: yes or no?"
        case Word(choices=choices) | Words(choices=choices):
            return f"What is {named}: {joined(list(map(word, choices)), 'or')}?"
        case Day() | Number():
            return f"What is {named}?"


def a_or_an(noun: str) -> str:
    """A noun with its article."""
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
                sentences.append(how_many(word(name), 0))
        elif isinstance(value, Facts):
            facts = [sentence(called((name, fact)), each) for fact, each in _known(value)]
            sentences += facts or ([f"there is {a_or_an(word(name))}"] if name != "person" else [])
        elif value is None and name != "asked_at":
            sentences.append(f"there is no {word(name)}")
    return sentences


def _entry_told(name: str, number: int, entry: Facts, *, only_what_is: bool = False) -> str:
    known = [(fact, each) for fact, each in _known(entry) if not (only_what_is and _is_not(each))]
    facts = [sentence(title_of(FactPath((fact,), of_item=True)), each) for fact, each in known]
    return f"{singular(name)} {number}: {joined(facts) or 'nothing more is known of it'}"


def _known(facts: Facts) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in _stated(facts) if value is not UNKNOWN]


def _stated(facts: Facts) -> Iterator[tuple[str, Any]]:
    """Its facts; of those that stand in for one another, what is known, or the first."""
    values = {name: getattr(facts, name) for name in type(facts).model_fields}
    alike = dict.fromkeys(facts.ASKED_BY.values())
    known = [name for name in facts.ASKED_BY if values[name] is not UNKNOWN]
    left_out = set(facts.ASKED_BY) - set(known or list(facts.ASKED_BY)[: len(alike)])
    return ((name, value) for name, value in values.items() if name not in left_out)


class FactsToldApart(NamedTuple):
    """The facts of a case by what is known of them: sentences about what there is and what there is not, and what is unknown."""

    known: list[str]
    absent: list[str]
    unknown: list[Path]


def told_apart(case: Case) -> FactsToldApart:
    """The facts of a case, without its place and times, by their three states."""
    told = FactsToldApart([], [], [])
    for name in case_fields().fields:
        value: Any = getattr(case, name)
        match value:
            case date() | None if name in ("release_at", "asked_at"):
                pass
            case Facts():
                facts = [((name, fact), each) for fact, each in _stated(value)]
                if name != "person":
                    told.known.append(f"there is {a_or_an(word(name))}")
                _sort(facts, told)
            case tuple():
                entries = cast("tuple[Facts, ...]", value)
                if not entries:
                    told.absent.append(how_many(word(name), 0))
                for index, entry in enumerate(entries):
                    of_entry = FactsToldApart([], [], told.unknown)
                    _sort([((name, index, fact), each) for fact, each in _stated(entry)], of_entry)
                    told.absent.extend(of_entry.absent)
                    told.known.append(_entry_told(name, index + 1, entry, only_what_is=True))
            case _:
                _sort([((name,), value)], told)
    return told


def _sort(facts: Iterable[tuple[Path, Any]], told: FactsToldApart) -> None:
    for fact, value in facts:
        if value is UNKNOWN:
            told.unknown.append(fact)
        elif value is None:
            told.absent.append(f"there is no {called(fact).removeprefix('the ')}")
        else:
            (told.absent if _is_not(value) else told.known).append(sentence(called(fact), value))


def _is_not(value: Any) -> bool:
    """Whether a known value says that there is none of it."""
    return value is None or value is False or value == frozenset()


def left_open(fact: Path) -> str:
    """An unknown fact as the rest of a sentence that begins "it is not known": "whether there is a detainer"."""
    named = called(fact)
    match fact_type(fact):
        case Records():
            return f"which {named} there are"
        case Record():
            return f"whether there is {a_or_an(word(str(fact[0])))}"
        case _:
            return f"{named[0].lower()}{named[1:]}"


def how_many(noun: str, number: int) -> str:
    """``there is a conviction``, ``there are no charges``."""
    return f"there is a {singular(noun)}" if number == 1 else f"there are {number or 'no'} {noun}"


@lru_cache(maxsize=4096)
def sentence(title: str, value: Any) -> str:
    """A fact under what it is called, and its value: "the detainer's form is I-247", "a copy was served: yes"."""
    if title.startswith("Whether "):
        return f"{title.removeprefix('Whether ')}: {said(value)}"
    article = "" if title.startswith("the ") else "the "
    return f"{article}{title} {'are' if isinstance(value, frozenset) else 'is'} {said(value)}"


# -- conditions --------------------------------------------------------------------------------------------------------


def yes_or_no(node: Node, asks: Asks) -> str:
    """What a definition or a test asks, as a question to be answered with yes or no."""
    match node:
        case Defined(name=name) if name in asks:
            return asks[name]
        case Present(path=path) if not path.of_item and isinstance(fact_type(path.names), Truth | Record):
            return question(path.names, asks)
        case Present(path=path) if not path.of_item:
            return f"Are there {title_of(path)}?"
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
            return f"{path_called(path)} is {joined(sorted(map(word, words)), 'or')}"
        case Contains(path=path, word=one):
            return f"{path_called(path)} include {word(one)}"
        case WithinYears(days=days, years=years):
            return f"{joined([path_called(day.path) for day in days], 'or')} lies within {years} years before scheduled release"
        case Compare(left=left, op=op, right=right):
            return _compared(left, op, right)
        case Count(items=items, each=each, op=op, number=number):
            entries, condition = word(items.names[-1]), f"of which it is so that {statement(each, asks)}"
            if (op, number) == (">=", 1):
                return f"there is {a_or_an(singular(entries))} {condition}"
            if (op, number) == ("==", 0) and isinstance(each, Not):
                return f"of every {singular(entries)} it is so that {statement(each.part, asks)}"
            if (op, number) == ("==", 0):
                return f"there is no {singular(entries)} {condition}"
            return f"there are {FEWER.get(op, COMPARED[op]) or 'exactly '}{number} {entries} {condition}"
        case _:
            return "every case is meant"


def _present(path: FactPath) -> str:
    type_ = Truth() if path.of_item else fact_type(path.names)
    title = title_of(path)
    match type_:
        case Truth():
            return title.removeprefix("Whether ") if title.startswith("Whether ") else f"{path_called(path)} is yes"
        case Words() | Records():
            return f"there are {title}"
        case _:
            return f"there is {a_or_an(title)}"


@lru_cache(maxsize=4096)
def title_of(path: FactPath) -> str:
    """What a fact is called by itself, whosever it is."""
    name = path.names[-1].rstrip("_")
    if path.of_item:
        items = (type_.item for type_ in case_fields().fields.values() if isinstance(type_, Records))
        return next(item.called[name] for item in items if name in item.called)
    return word(name) if len(path.names) == 1 else _called(path.names[0], name)


def path_called(path: FactPath) -> str:
    """A fact as a condition names it, of whatever entry it is: "the day of conviction"."""
    return f"the {title_of(path)}" if path.of_item else called(path.names)


def _compared(left: Term, op: str, right: Any) -> str:
    match left:
        case Age(on=on):
            return f"the person is {COMPARED[op]}{right} years old on the day of {path_called(on.path)}"
        case DayOf(path=path):
            return f"{path_called(path)} is {OF_DAYS[op]} {path_called(right.path) if isinstance(right, DayOf) else said(right)}"
        case _:
            return f"{path_called(left.path)} is {COMPARED[op]}{said(right)}"
