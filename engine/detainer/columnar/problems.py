"""What no row can say: a word that is none, a day that has not come yet, an hour that the clocks skip. What `case` and
`situation` refuse of one case, these refuse of every row. A row that is refused is not decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import ibis

from detainer.case import FIRST, LAST, MAX_AGE
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
from detainer.language.fields import Day, Record, Records, Word, Words, case_fields
from detainer.vocabulary import vocabulary

LOST = "lost"
"""The field of an entry that names the fact whose value is not of its type."""

_CODE = r"^\d{4}$"


class Problem(NamedTuple):
    """That a row is refused where `wrong` is true: the column, and the reason in words."""

    column: str
    wrong: Column
    reason: Column


def told(value: Column) -> Column:
    """A value in a sentence."""
    return ibis.literal("found `") + value.cast("string").fill_null("") + ibis.literal("`, ")


def of_words(table: Any) -> Iterator[Problem]:
    """Words that are none of those a fact can be, ages that nobody reaches, two ages of one person, parts that are not there."""
    for each in _present(table):
        value = table[each.name]
        match each.type:
            case Word(choices=choices):
                expected = ibis.literal(f"expected one of {', '.join(choices)}")
                yield Problem(each.name, table[number_of(each.name)] == len(choices), told(value) + expected)
            case _:
                pass
    if "person_age" in table.columns:
        age = table["person_age"]
        wrong = (age < 0) | (age > MAX_AGE)
        yield Problem("person_age", wrong, told(age) + ibis.literal(f"expected a number from 0 to {MAX_AGE}"))
        if "person_date_of_birth" in table.columns:
            both = age.notnull() & table["person_date_of_birth"].notnull()
            yield Problem(
                "person_age", both, ibis.literal("the date of birth is given, too; keep that and delete the age")
            )
    for name, type_ in case_fields().fields.items():
        if isinstance(type_, Record) and name in table.columns:
            facts = [table[each] for fact in type_.fields if (each := column_name((name, fact))) in table.columns]
            message = "is false, so there is none to say anything of; delete this or what is said of it"
            yield Problem(name, ~table[name] & some([each.notnull() for each in facts]), ibis.literal(message))


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
            yield Problem(each.name, late, told(day) + ibis.literal(f"expected {message}"))


def _years() -> Column:
    return ibis.literal(f"expected a year from {FIRST.year} to {LAST.year}")


def wrong_entries(table: Any, asked: Column) -> dict[str, Column]:
    """For each list the entries that cannot be, as a column ``<list>_wrong``."""
    return {f"{each.name}_wrong": table[each.name].filter(_wrong(table, each, asked)) for each in _lists(table)}


def suspects(table: Any, asked: Column) -> list[Any]:
    """For each list, the rows with an entry that cannot be, as `row`: `asked` may be an earlier day than the one asked about, and
    more rows are suspected then. All entries lie in one column for it, of which engines ask sooner than of each list.
    """
    found: list[Any] = []
    for each in _lists(table):
        entries = table.select("row", asked=asked, entry=table[each.name].unnest())
        found.append(entries.filter(_wrong(table, each, entries.asked)(entries.entry)).select("row").distinct())
    return found


def _lists(table: Any) -> list[FactColumn]:
    return [each for each in _present(table) if isinstance(each.type, Records | Words)]


def _wrong(table: Any, column: FactColumn, asked: Column) -> Callable[[Column], Column]:
    """Whether an entry of a list cannot be."""

    def wrong(entry: Column) -> Column:
        match column.type:
            case Words(choices=choices):
                return entry.isnull() | ~entry.isin(choices)
            case Records():
                given = table[column.name].type().value_type.names
                checks = [check for _, check, _ in _entry_problems(entry, entry_columns(column.type), given, asked)]
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
                expected = ibis.literal(f"expected only {', '.join(choices)}")
                yield Problem(each.name, any_wrong, told(first) + expected)
            case Records():
                given = table[each.name].type().value_type.names
                for fact, check, reason in _entry_problems(first, entry_columns(each.type), given, asked):
                    column = each.name if fact == LOST else f"{each.name}.{fact}"
                    yield Problem(column, any_wrong & check.fill_null(False), reason)
                yield Problem(each.name, any_wrong, ibis.literal("an entry is NULL; delete it"))
            case _:
                pass


def _entry_problems(
    entry: Column, fields: dict[str, FactColumn], given: tuple[str, ...], asked: Column
) -> Iterator[tuple[str, Column, Column]]:
    if LOST in given:
        yield LOST, entry[LOST].notnull(), ibis.literal("`") + entry[LOST] + ibis.literal("` is not what it should be")
    for fact, column in fields.items():
        if fact not in given:
            continue
        value = entry[fact]
        match column.type:
            case Word(choices=choices) if choices:
                expected = ibis.literal(f"expected one of {', '.join(choices)}")
                yield fact, ~value.isin(choices), told(value) + expected
            case Word():
                yield (
                    fact,
                    value.notnull() & ~value.re_search(_CODE),
                    told(value) + ibis.literal("expected four digits"),
                )
                settled = offense_of(value)
                if "offense" in given:
                    offense = entry["offense"]
                    contradicted = settled.notnull() & offense.notnull() & (settled != offense)
                    yield fact, contradicted, told(value) + ibis.literal("which is another offense than stated")
            case Day():
                yield fact, value > asked, told(value) + ibis.literal("expected a day up to the moment asked about")
                yield fact, value < ibis.literal(FIRST), told(value) + _years()
                if has(fact) in given:
                    message = ibis.literal(f"`{has(fact)}` is false, so there is no such day; delete one of the two")
                    yield fact, value.notnull() & ~entry[has(fact)], message
            case _:
                pass
    if {"convicted_on", "released_on"} <= set(given):
        early = entry["released_on"] < entry["convicted_on"]
        yield (
            "released_on",
            early,
            told(entry["released_on"]) + ibis.literal("expected a day not before the conviction"),
        )


def offense_of(code: Column) -> Column:
    """The offense that an NCIC code settles, NULL where it settles none. Of two rules the one for the whole code counts."""
    by_length = {
        length: [pair for pair in sorted(vocabulary().ncic.items()) if len(pair[0]) == length] for length in (4, 2)
    }
    return ibis.coalesce(code.cases(*by_length[4]), code.left(2).cases(*by_length[2]))


def of_place(table: Any) -> Iterator[Problem]:
    """A place that there is no law for."""
    place = table[PLACE]
    yield Problem(PLACE, place.isnull(), ibis.literal("is empty; every row needs a place, see `detainer places`"))
    yield Problem(
        PLACE,
        table["clock"].isnull(),
        told(place) + ibis.literal("for which there is no ruleset; see `detainer places`"),
    )
