"""Checked trees as expressions of Ibis: true, false, or NULL for unknown. The three-valued logic of SQL is ours.

What `language.tree` says of one case, these say of every row; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ibis

from detainer.columnar.facts import Column, Facts, every
from detainer.language.terms import Age, DayOf, Fact, Path, Term
from detainer.language.tree import (
    OPERATORS,
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
    Test,
    WithinYears,
)


def some(conditions: list[Column]) -> Column:
    """At least one of several conditions; false of none."""
    found, *others = conditions or [ibis.literal(False)]
    for each in others:
        found |= each
    return found


def joined(node: Node, answer: Callable[[Test], Column], named: Mapping[Defined, Column]) -> Column:
    """A condition as a column of booleans, given columns for its tests, and for definitions that have one."""
    match node:
        case Always():
            return ibis.literal(True)
        case Every(parts=parts):
            return every([joined(part, answer, named) for part in parts])
        case Some(parts=parts):
            return some([joined(part, answer, named) for part in parts])
        case Not(part=part):
            return ~joined(part, answer, named)
        case Defined(part=part):
            return named[node] if node in named else joined(part, answer, named)
        case Test():
            return answer(node)
        case _:
            raise AssertionError(f"no condition is {node}")


def truth(test: Test, facts: Facts, item: Column = None) -> Column:
    """What the facts say of a test, row by row."""
    match test:
        case Present(path=path):
            return _present(path, facts, item)
        case OneOf(path=path, words=words):
            there, value = facts.read(path, item)
            return _of_it(there, value.isin(sorted(words)))
        case Contains(path=path, word=word):
            there, value = facts.read(path, item)
            return _of_it(there, value.contains(word))
        case Compare(left=left, op=op, right=right):
            return _compare(left, op, right, facts, item)
        case WithinYears(days=days, years=years):
            return some([_compare(day, ">=", facts.since(years), facts, item) for day in days])
        case Count():
            return _count(test, facts)
        case _:
            raise AssertionError(f"no test of a case is {test}")


def _of_it(there: Column, answer: Column) -> Column:
    """Of what is known not to be there, no test is true."""
    return answer if there is None else there & answer


def _present(path: Path, facts: Facts, item: Column) -> Column:
    there, value = facts.read(path, item)
    return _of_it(there, _not_empty(value) if value.type().is_array() else value)


def _not_empty(items: Column) -> Column:
    """Whether a list has entries. Of a list that is NULL no length is asked: Spark without ANSI calls that -1."""
    return ibis.cases((items.isnull(), ibis.null("boolean")), else_=items.length() > 0)


def _value(term: Term, facts: Facts, item: Column) -> tuple[Column, Column]:
    match term:
        case Fact(path=path) | DayOf(path=path):
            return facts.read(path, item)
        case Age(on=on, path=path):
            _, born = facts.read(path, None)
            day = _number(facts.read(on.path, None)[1])
            return None, ibis.coalesce((day - _number(born)) // 10_000, facts.column("person_age"))
        case _:
            raise AssertionError(f"no term is {term}")


def _number(day: Column) -> Column:
    """A day as a number whose differences, in ten thousands, are whole years: 20140303."""
    return day.year().cast("int64") * 10_000 + day.month().cast("int64") * 100 + day.day().cast("int64")


def _compare(left: Term, op: str, right: Any, facts: Facts, item: Column) -> Column:
    there, value = _value(left, facts, item)
    if isinstance(right, Term):
        other_there, right = _value(right, facts, item)
        return _of_it(other_there, _of_it(there, OPERATORS[op](value, right)))
    return _of_it(there, OPERATORS[op](value, right))


def condition(node: Node, facts: Facts, item: Column = None) -> Column:
    """Whether the facts of a row, or of an entry of a list of it, meet a condition."""
    return joined(node, lambda test: truth(test, facts, item), facts.named)


def met(test: Count, facts: Facts, entry: Column) -> Column:
    """Whether an entry of the list is one that is counted."""
    return condition(test.each, facts, entry)


def settled(test: Count, least: Column, most: Column) -> tuple[Column, Column]:
    """Whether the test is true of every count from `least` to `most`, and whether of none."""
    n = test.number
    return {
        ">=": (least >= n, most < n),
        ">": (least > n, most <= n),
        "<": (most < n, least >= n),
        "<=": (most <= n, least > n),
        "==": ((least == n) & (most == n), (least > n) | (most < n)),
    }[test.op]


def _count(test: Count, facts: Facts) -> Column:
    """Between the entries that meet the condition, and these with those of which it is not known, lie all possible counts."""
    _, items = facts.read(test.items, None)

    def surely(entry: Column) -> Column:
        return met(test, facts, entry).fill_null(False)

    def possibly(entry: Column) -> Column:
        return met(test, facts, entry).fill_null(True)

    always, never = settled(test, items.filter(surely).length(), items.filter(possibly).length())
    return ibis.cases((items.isnull(), ibis.null("boolean")), (always, True), (never, False))
