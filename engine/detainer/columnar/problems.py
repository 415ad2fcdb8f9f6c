"""What no row can say: a word that is none, a day that has not come yet, an hour that the clocks skip. What `case` and
`situation` refuse of one case, these refuse of every row. A row that is refused is not decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import ibis

from detainer.case import FIRST, LAST, MAX_AGE
from detainer.columnar.cells import FOUND, LOST, expected, offense_of, told
from detainer.columnar.facts import (
    PLACE,
    Column,
    FactColumn,
    column_name,
    entry_columns,
    fact_columns,
    has,
    number_of,
)
from detainer.columnar.trees import some
from detainer.language.fields import Day, Number, Record, Records, Type, Word, Words, case_fields

_CODE = "^[0-9]{4}$"
BORN = "person_date_of_birth"


class Problem(NamedTuple):
    """That a row is refused where `wrong` is true: the column, and the reason in words."""

    column: str
    wrong: Column
    reason: Column


def of_words(table: Any) -> Iterator[Problem]:
    """Words that are none of those a fact can be, ages that nobody reaches, two ages of one person, parts that are not there."""
    for each in _present(table):
        value = table[each.name]
        match each.type:
            case Word(choices=choices):
                wrong = table[number_of(each.name)] == len(choices)
                yield Problem(each.name, wrong, unlike(value, each.type))
            case _:
                pass
    if "person_age" in table.columns:
        age = table["person_age"]
        wrong = (age < 0) | (age > MAX_AGE)
        yield Problem("person_age", wrong, unlike(age, Number()))
        if BORN in table.columns:
            both = age.notnull() & table[BORN].notnull()
            yield Problem(
                "person_age", both, ibis.literal("the date of birth is given, too; keep that and delete the age")
            )
    for name, type_ in case_fields().fields.items():
        if isinstance(type_, Record) and name in table.columns:
            message = "is false, so there is none to say anything of; delete this or what is said of it"
            yield Problem(name, ~table[name] & stated(table, name, type_), ibis.literal(message))


def stated(table: Any, name: str, part: Record) -> Column:
    """Whether a fact of a part of the case is stated."""
    names = (each for fact in part.fields for each in (column_name((name, fact)), f"{column_name((name, fact))}_raw"))
    return some([table[each].notnull() for each in names if each in table.columns])


def unlike(value: Column, type_: Type) -> Column:
    """That a value is none that the fact can have, in words."""
    return told(value) + ibis.literal(f"expected {expected(type_)}")


def _present(table: Any) -> list[FactColumn]:
    return [each for each in fact_columns() if each.name in table.columns]


def of_days(table: Any, asked: Column, release: Column) -> Iterator[Problem]:
    """Days that had not come when they were asked about, or that no record of a jail can bear."""
    for each in _present(table):
        if isinstance(each.type, Day):
            day = table[each.name]
            yield Problem(each.name, day < ibis.literal(FIRST), told(day) + _years())
            if each.fact[0] == "person":
                late, message = day > release, "a day up to scheduled release"
            else:
                late, message = day > asked, "a day up to the moment asked about"
                if (born := born_on(table)) is not None:
                    yield Problem(each.name, day < born, told(day) + _lived())
            yield Problem(each.name, late, told(day) + ibis.literal(f"expected {message}"))


def born_on(table: Any) -> Column | None:
    """The day of birth, where the table has it."""
    return table[BORN] if BORN in table.columns else None


def _lived() -> Column:
    return ibis.literal("expected a day not before the date of birth")


def _years() -> Column:
    return ibis.literal(f"expected a year from {FIRST.year} to {LAST.year}")


def wrong_entries(table: Any, asked: Column) -> dict[str, Column]:
    """For each list the entries that cannot be, as a column ``<list>_wrong``."""
    return {
        f"{each.name}_wrong": table[each.name].filter(_wrong(table, each, asked, born_on(table)))
        for each in _lists(table)
    }


def suspects(table: Any, asked: Column) -> list[Any]:
    """For each list, the rows with an entry that cannot be, as `row`: `asked` may be an earlier day than the one asked about, and
    more rows are suspected then. All entries lie in one column for it, of which engines ask sooner than of each list.
    """
    found: list[Any] = []
    for each in _lists(table):
        born = {} if born_on(table) is None else {BORN: table[BORN]}
        entries = table.select("row", asked=asked, entry=table[each.name].unnest(), **born)
        wrong = _wrong(table, each, entries.asked, born_on(entries))
        found.append(entries.filter(wrong(entries.entry)).select("row").distinct())
    return found


def _lists(table: Any) -> list[FactColumn]:
    return [each for each in _present(table) if isinstance(each.type, Records | Words)]


def _wrong(table: Any, column: FactColumn, asked: Column, born: Column | None) -> Callable[[Column], Column]:
    """Whether an entry of a list cannot be."""

    def wrong(entry: Column) -> Column:
        match column.type:
            case Words(choices=choices):
                return entry.isnull() | ~entry.isin(choices)
            case Records():
                given = table[column.name].type().value_type.names
                found = _entry_problems(entry, entry_columns(column.type), given, asked, born)
                checks = [check for _, check, _ in found]
                return some([entry.isnull(), *checks]).fill_null(False)
            case _:
                raise AssertionError(f"no list is {column.name}")

    return wrong


def of_entries(table: Any, asked: Column) -> Iterator[Problem]:
    """What is wrong with the first of the entries that `wrong_entries` found."""
    for each in _lists(table):
        bad = table[f"{each.name}_wrong"]
        any_wrong, first = (bad.length() > 0).fill_null(False), bad[0]
        match each.type:
            case Words(choices=choices):
                only = ibis.literal(f"expected only {', '.join(choices)}")
                yield Problem(each.name, any_wrong & first.notnull(), told(first) + only)
                yield Problem(each.name, any_wrong, ibis.literal("an entry is NULL; delete it"))
            case Records():
                given = table[each.name].type().value_type.names
                fields = entry_columns(each.type)
                for fact, check, reason in _entry_problems(first, fields, given, asked, born_on(table)):
                    yield Problem(f"{each.name}.{fact}", any_wrong & check.fill_null(False), reason)
                yield Problem(each.name, any_wrong, ibis.literal("an entry is NULL; delete it"))
            case _:
                pass


def _entry_problems(
    entry: Column, fields: dict[str, FactColumn], given: tuple[str, ...], asked: Column, born: Column | None
) -> Iterator[tuple[str, Column, Column]]:
    for fact, column in fields.items():
        if fact not in given:
            continue
        value = entry[fact]
        if LOST in given:
            yield fact, entry[LOST] == fact, unlike(entry[FOUND], column.type)
        match column.type:
            case Word(choices=choices) if choices:
                yield fact, ~value.isin(choices), unlike(value, column.type)
            case Word():  # its length, too: to some engines `$` is before a last end of line
                wrong = value.notnull() & ~(value.re_search(_CODE) & (value.length() == 4))
                yield fact, wrong, unlike(value, column.type)
                settled = offense_of(value)
                if "offense" in given:
                    offense = entry["offense"]
                    contradicted = settled.notnull() & offense.notnull() & (settled != offense)
                    yield fact, contradicted, told(value) + ibis.literal("which is another offense than stated")
            case Day():
                yield fact, value > asked, told(value) + ibis.literal("expected a day up to the moment asked about")
                yield fact, value < ibis.literal(FIRST), told(value) + _years()
                if born is not None:
                    yield fact, value < born, told(value) + _lived()
                if has(fact) in given:
                    message = ibis.literal(f"`{has(fact)}` is false, so there is no such day; delete one of the two")
                    yield fact, value.notnull() & ~entry[has(fact)], message
            case _:
                pass
    if {"convicted_on", "released_on"} <= set(given):
        early, day = entry["released_on"] < entry["convicted_on"], entry["released_on"]
        yield "released_on", early, told(day) + ibis.literal("expected a day not before the conviction")


def of_place(table: Any) -> Iterator[Problem]:
    """A place that there is no law for."""
    place = table[PLACE]
    yield Problem(PLACE, place.isnull(), ibis.literal("is empty; every row needs a place, see `detainer places`"))
    yield Problem(
        PLACE,
        table["clock"].isnull(),
        told(place) + ibis.literal("for which there is no ruleset; see `detainer places`"),
    )
