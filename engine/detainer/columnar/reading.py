"""The columns of a table as what they should hold, whatever the file gave: text, other types, facts left out. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis

from detainer.case import FIRST, LAST
from detainer.columnar import problems
from detainer.columnar.cells import YEARS, cells, check_moments, told
from detainer.columnar.facts import MOMENTS, NEEDED, ROW, Column, fact_columns, moments, number_of, schema
from detainer.columnar.situate import moment_of
from detainer.errors import DetainerError
from detainer.language.fields import Record, Type, Word, case_fields


def read(raw: Any) -> Any:
    """The columns of a table as what they should hold; a moment is kept as given, with ``_raw`` after its name."""
    missing = [name for name in NEEDED if name not in raw.columns]
    if missing:
        raise DetainerError(f"the table has no column `{missing[0]}`; every row needs it")
    columns: dict[str, Column] = {name: raw[name] for name in (ROW, "id") if name in raw.columns}
    for name in raw.columns:
        if name not in schema():
            continue
        column = raw[name]
        if name in MOMENTS or (name in moments() and not column.type().is_date()):
            check_moments(column, name)
            columns[f"{name}_raw"] = column
            continue
        columns[name] = cells(column, _type(name), name)
        if columns[name] is not column:
            columns[f"{name}_given"] = column
    table = raw.select(**columns)
    return table.mutate(**_presence(table), **_numbers(table))


def _numbers(table: Any) -> dict[str, Column]:
    """Words as numbers, so that an engine compares each word once: see `number_of`."""
    found: dict[str, Column] = {}
    for each in fact_columns():
        if isinstance(each.type, Word) and each.name in table.columns:
            value, words = table[each.name], each.type.choices
            other, gone, unknown = (_small(len(words) + n) for n in range(3))
            owner = table[each.fact[0]] if each.fact[0] in table.columns else None
            none = [] if owner is None else [(~owner, gone)]
            rest = ibis.cases((value.notnull(), other), *none, else_=unknown)
            found[number_of(each.name)] = value.cases(
                *((word, _small(number)) for number, word in enumerate(words)), else_=rest
            )
    return found


def _small(number: int) -> Column:
    return ibis.literal(number, "int16")


def _presence(table: Any) -> dict[str, Column]:
    """A part of the case is there where a fact of it is stated."""
    found: dict[str, Column] = {}
    for name, type_ in case_fields().fields.items():
        if isinstance(type_, Record) and name != "person":
            stated = problems.stated(table, name, type_)
            if f"{name}_given" in table.columns:
                stated &= table[f"{name}_given"].isnull()
            known = table[name] if name in table.columns else ibis.null("boolean")
            found[name] = ibis.coalesce(known, ibis.cases((stated, True)))
    return found


def earliest_day(table: Any) -> Column:
    """The earliest local day on which the moment asked about can lie, wherever the place is."""
    found: list[Column] = [ibis.null("date")]
    for name in reversed(MOMENTS):
        if f"{name}_raw" in table.columns:
            moment = moment_of(table[f"{name}_raw"], days=False)
            if moment.at is not None:
                before = (moment.at - ibis.interval(days=1)).date()
                local = moment.local if moment.local is not True else ibis.literal(True)
                found.append(before if local is False else ibis.cases((local, moment.at.date()), else_=before))
    return ibis.coalesce(*found)


def untimely(table: Any) -> Iterator[problems.Problem]:
    """Places, moments and days that a row cannot have; the table was read and situated."""
    yield from problems.of_place(table)
    yield from _of_moments(table)
    yield from problems.of_days(table, table.asked_at_day, table.release_at_day)


def unlike(table: Any) -> Iterator[problems.Problem]:
    """Values that are none of their column, wherever and whenever the row is, but for the entries of its lists."""
    for name in schema():
        if f"{name}_given" in table.columns:
            given = table[f"{name}_given"]
            wrong = given.notnull() & table[name].isnull()
            yield problems.Problem(name, wrong, problems.unlike(given, _type(name)))
    yield from problems.of_words(table)


def _type(name: str) -> Type:
    """What a column holds, the place being a word as any other."""
    return next((each.type for each in fact_columns() if each.name == name), Word(()))


def _of_moments(table: Any) -> Iterator[problems.Problem]:
    """Moments that are none, are no single instant there, or not in order."""
    for name in (*MOMENTS, *moments()):
        if f"{name}_raw" not in table.columns:
            continue
        given = table[f"{name}_raw"]
        if name in moments():
            yield problems.Problem(name, table[f"{name}_wrong"], problems.unlike(given, _type(name)))
        else:
            message = told(given) + ibis.literal(f"expected a day and time such as 2014-03-01T10:00, {YEARS}")
            yield problems.Problem(name, table[f"{name}_wrong"], message)
        if name == "release_at":
            yield problems.Problem(name, given.isnull(), ibis.literal("is empty; every row needs it"))
        if name in MOMENTS:
            day = table[f"{name}_day"]
            beyond = (day < ibis.literal(FIRST)) | (day > ibis.literal(LAST))
            yield problems.Problem(name, beyond, told(given) + ibis.literal(f"expected a year {YEARS} there"))
        message = "but the clocks skip or repeat that hour there; give the offset, such as -08:00"
        yield problems.Problem(name, table[f"{name}_gap"], told(given) + ibis.literal(message))
        if name in moments():
            late = table[f"{name}_utc"] > table.asked_at_utc
            message = "expected a moment up to the one asked about"
            yield problems.Problem(name, late, told(given) + ibis.literal(message))
    if "asked_at_raw" in table.columns:
        early = table.asked_at_utc < table.release_at_utc
        message = (
            "the moment asked about lies before `release_at`; until then the person is in custody on other grounds"
        )
        yield problems.Problem("asked_at", early, ibis.literal(message))
