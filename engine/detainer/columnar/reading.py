"""The columns of a table as what they should hold, whatever the file gave: text, other types, facts left out. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from detainer.case import FIRST, LAST
from detainer.columnar import problems
from detainer.columnar.facts import MOMENTS, PLACE, Column, column_name, fact_columns, moments, number_of, schema
from detainer.columnar.situate import moment_of
from detainer.columnar.trees import some
from detainer.errors import DetainerError
from detainer.language.fields import Record, Word, case_fields

ROW = "row"


def read(raw: Any) -> Any:
    """The columns of a table as what they should hold; a moment is kept as given, with ``_raw`` after its name."""
    wanted = schema()
    missing = [name for name in (PLACE, "release_at") if name not in raw.columns]
    if missing:
        raise DetainerError(f"the table has no column `{missing[0]}`; every row needs it")
    columns: dict[str, Column] = {name: raw[name] for name in (ROW, "id") if name in raw.columns}
    for name in raw.columns:
        type_ = wanted.get(name)
        if type_ is None:
            continue
        column = raw[name]
        if name in MOMENTS or (name in moments() and not column.type().is_date()):
            columns[f"{name}_raw"] = column
        elif isinstance(type_, dt.Array) and isinstance(type_.value_type, dt.Struct):
            columns[name] = _entries(column, type_.value_type)
        elif column.type() == type_:
            columns[name] = column
        else:
            columns[name] = column.try_cast(type_)
            columns[f"{name}_given"] = column.cast("string")
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
            facts = [
                each
                for fact in type_.fields
                for each in (column_name((name, fact)), f"{column_name((name, fact))}_raw")
            ]
            stated = some([table[each].notnull() for each in facts if each in table.columns])
            known = table[name] if name in table.columns else ibis.null("boolean")
            found[name] = ibis.coalesce(known, ibis.cases((stated, True)))
    return found


def _entries(column: Column, wanted: Any) -> Column:
    """A list with the types that its facts should have, and its offenses settled by their codes."""
    given = column.type().value_type
    if not isinstance(given, dt.Struct):
        return ibis.null(dt.Array(wanted))
    types = dict(zip(given.names, given.types, strict=True))
    known = {name: types[name] for name in wanted.names if name in types}
    if "ncic" not in known and all(wanted.fields[name] == type_ for name, type_ in known.items()):
        return column

    def entry(one: Column) -> Column:
        found = {
            name: one[name] if type_ == wanted.fields[name] else one[name].try_cast(wanted.fields[name])
            for name, type_ in known.items()
        }
        lost = [
            (one[name].notnull() & found[name].isnull(), name)
            for name, type_ in known.items()
            if type_ != wanted.fields[name]
        ]
        if lost:
            found[problems.LOST] = ibis.cases(*lost)
        if "ncic" in known:
            stated = one["offense"] if "offense" in known else ibis.null("string")
            found["offense"] = ibis.coalesce(stated, problems.offense_of(one["ncic"].cast("string")))
        return ibis.cases((one.notnull(), ibis.struct(found)))

    return column.map(entry)


def earliest_day(table: Any) -> Column:
    """The earliest local day on which the moment asked about can lie, wherever the place is."""
    found: list[Column] = []
    for name in ("asked_at", "release_at"):
        if f"{name}_raw" in table.columns:
            moment = moment_of(table[f"{name}_raw"], days=False)
            found += [moment.local.date()] if moment.local is not None else []
            found += [(moment.instant - ibis.interval(days=1)).date()] if moment.instant is not None else []
            found += [moment.day] if moment.day is not None else []
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
            yield problems.Problem(name, wrong, problems.told(given) + ibis.literal(f"expected {_says(name)}"))
    yield from problems.of_words(table)


def _says(name: str) -> str:
    return next((each.type.says for each in fact_columns() if each.name == name), "text")


def _of_moments(table: Any) -> Iterator[problems.Problem]:
    """Moments that are none, are no single instant there, or not in order."""
    for name in (*MOMENTS, *moments()):
        if f"{name}_raw" not in table.columns:
            continue
        given = table[f"{name}_raw"]
        expected = "a day" if name in moments() else "a day and time such as 2014-03-01T10:00"
        yield problems.Problem(
            name, table[f"{name}_wrong"], problems.told(given) + ibis.literal(f"expected {expected}")
        )
        if name == "release_at":
            yield problems.Problem(name, given.isnull(), ibis.literal("is empty; every row needs it"))
        if name in MOMENTS:
            day = table[f"{name}_day"]
            beyond = (day < ibis.literal(FIRST)) | (day > ibis.literal(LAST))
            yield problems.Problem(
                name, beyond, problems.told(given) + ibis.literal(f"expected a year from {FIRST.year} to {LAST.year}")
            )
        message = "but the clocks skip or repeat that hour there; give the offset, such as -08:00"
        yield problems.Problem(name, table[f"{name}_gap"], problems.told(given) + ibis.literal(message))
        if name in moments():
            late = table[f"{name}_utc"] > table.asked_at_utc
            message = "expected a moment up to the one asked about"
            yield problems.Problem(name, late, problems.told(given) + ibis.literal(message))
    if "asked_at_raw" in table.columns:
        early = table.asked_at_utc < table.release_at_utc
        message = (
            "the moment asked about lies before `release_at`; until then the person is in custody on other grounds"
        )
        yield problems.Problem("asked_at", early, ibis.literal(message))
