"""What no row can say, as conditions of SQL: the same as `columnar.problems` refuses, by the column that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlglot import exp

from detainer.case import FIRST, MAX_AGE
from detainer.columnar.facts import has
from detainer.language.fields import Day, Truth, Word, Words
from detainer.library import Law
from detainer.sql.calendar import number_of
from detainer.sql.columns import AGE, BORN, ID, WORD, Entries, Read, owner
from detainer.sql.dialects import Dialect
from detainer.sql.logic import (
    Condition,
    column,
    compare,
    every,
    known,
    literal,
    one_of,
    opposite,
    some,
    unknown,
)

Problem = tuple[Condition, str]
"""Whether a row is wrong, and which column is."""


def of_moments(law: Law, first: date, last: date, *, lists: bool) -> Iterator[Problem]:
    """Moments that are none, or on no day that the text is for, or not in order; ids that do not tell the lists apart."""
    if lists:
        yield some([unknown(column(ID)), compare(column("same_id"), ">", 1)]), ID
    yield unknown(column("release_s")), "release_at"
    asked = column("asked_day")
    days = [compare(asked, "<", number_of(max(first, law.since or first)))]
    days += [compare(asked, ">", number_of(last))] + ([compare(asked, ">=", number_of(law.until))] if law.until else [])
    yield every([unknown(column("asked_at")), some(days)]), "release_at"
    yield some([unknown(column("asked_s")), *days, compare(column("asked_s"), "<", column("release_s"))]), "asked_at"


def of_facts(read: Read, dialect: Dialect) -> Iterator[Problem]:
    """Values that are none of their column."""
    names = [each.name for each in read.facts]
    for each in read.facts:
        value = column(each.name)
        if isinstance(each.type, Day):
            late = column("release_day" if each.fact[0] == "person" else "asked_day")
            yield some([*_too_early(each.name, read), compare(value, ">", late)]), each.name
        elif isinstance(each.type, Word):
            yield opposite(one_of(value, each.type.choices)), each.name
        elif isinstance(each.type, Truth) and not dialect.booleans:
            yield opposite(one_of(value, (0, 1))), each.name
    if AGE in names:
        ages = [compare(column(AGE), "<", 0), compare(column(AGE), ">", MAX_AGE)]
        ages += [] if dialect.typed else [opposite(compare(column(AGE), "==", exp.cast(column(AGE), "INT")))]
        both = [every([known(column(AGE)), known(column(BORN))])] if BORN in names else []
        yield some([*ages, *both]), AGE
    for each in read.facts:
        if each.there:
            stated = [known(column(name)) for name in facts_of(each.name, read)]
            yield every([compare(column(each.name), "==", 0), some(stated)]), each.name


def facts_of(part: str, read: Read) -> list[str]:
    """The columns that say something of a part of the case."""
    names = [each.name for each in read.facts]
    found = [each.name for each in read.facts if owner(each, names) == part]
    return found + [f"all_{each.name}" for each in read.lists if owner(each.column, names) == part]


def of_entry(entries: Entries, read: Read, dialect: Dialect) -> Condition:
    """Whether an entry of a list cannot be; its columns hold numbers by now."""
    if isinstance(entries.column.type, Words):
        return some([unknown(column(WORD)), opposite(one_of(column(WORD), entries.column.type.choices))])
    found: list[Condition] = []
    names = [each.name for each in entries.facts]
    for each in entries.facts:
        value = column(each.name)
        if isinstance(each.type, Day):
            found += [*_too_early(each.name, read), compare(value, ">", column("asked_day"))]
            if has(each.name) in names:
                found.append(every([known(value), compare(column(has(each.name)), "==", 0)]))
        elif isinstance(each.type, Word):
            found.append(_no_code(value) if not each.type.choices else opposite(one_of(value, each.type.choices)))
        elif isinstance(each.type, Truth) and not dialect.booleans:
            found.append(opposite(one_of(value, (0, 1))))
    if {"convicted_on", "released_on"} <= set(names):
        found.append(compare(column("released_on"), "<", column("convicted_on")))
    return some(found)


def _too_early(name: str, read: Read) -> list[Condition]:
    """Whether a day is one that no record of a jail can bear, or lies before the person was born."""
    born = [BORN] if name != BORN and BORN in [each.name for each in read.facts] else []
    return [compare(column(name), "<", number_of(FIRST)), *(compare(column(name), "<", column(each)) for each in born)]


def _no_code(value: exp.Expr) -> Condition:
    """Whether text is not four digits."""
    digits = [exp.Substring(this=value.copy(), start=literal(at), length=literal(1)) for at in range(1, 5)]
    wrong = [opposite(one_of(each, "0123456789")) for each in digits]
    return some([opposite(compare(exp.Length(this=value.copy()), "==", 4)), *wrong])
