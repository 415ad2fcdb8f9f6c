"""Cases at random, near the lines of a law, and cases as the tables that its SELECT reads."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from detainer import Case, clock
from detainer.columnar.facts import MOMENTS, PLACE, FactColumn, entry_columns, fact_columns
from detainer.columnar.rows import case_of, row_of
from detainer.errors import CaseError
from detainer.language.fields import Day, Number, Records, Truth, Type, Word, Words
from detainer.library import Law
from detainer.situation import situate
from detainer.sql.columns import CASE_ID, ID, WORD, known
from detainer.sql.dialects import Dialect, Lists
from detainer.sql.select import Select

Row = dict[str, Any]

# -- cases as tables -----------------------------------------------------------------------------------------------------------


def tables_of(cases: Sequence[Case], select: Select, dialect: Dialect, lists: Lists) -> dict[str, list[Row]]:
    """Cases as the tables that a SELECT reads."""
    return tables_of_rows([row_of(case) for case in cases], select, dialect, lists)


def tables_of_rows(rows: Sequence[Row], select: Select, dialect: Dialect, lists: Lists) -> dict[str, list[Row]]:
    """Rows as `columnar.rows` has them as the tables that a SELECT reads."""
    found: dict[str, list[Row]] = {"cases": []}
    if lists == "tables":
        found |= {each.name: [] for each in select.read.lists}
    for number, whole in enumerate(rows):
        row: Row = {ID: str(number)}
        row |= {name: whole.get(name) and datetime.fromisoformat(whole[name]) for name in MOMENTS}
        row |= {each.name: _typed(whole[each.name], each.type) for each in select.read.facts}
        for each in select.read.lists:
            entries = whole[each.name]
            plain = [_entry(one, each.facts) for one in entries or []]
            if lists == "tables":
                found[each.name] += [{CASE_ID: row[ID], **one} for one in plain]
            elif isinstance(each.column.type, Words):
                row[each.name] = entries if entries is not None or dialect.nullable else []
            else:
                row[each.name] = plain if entries is not None or not dialect.nullable else None
            if lists == "tables" or not dialect.nullable:
                row[known(each.name)] = True if entries is not None else None
        found["cases"].append(row)
    return found


def _entry(entry: Any, facts: Sequence[Any]) -> Row:
    return {each.name: _typed(entry[each.name], each.type) for each in facts} if facts else {WORD: entry}


def _typed(value: Any, type_: Type) -> Any:
    return date.fromisoformat(value) if isinstance(type_, Day) and isinstance(value, str) else value


# -- cases at random -----------------------------------------------------------------------------------------------------------


def random_cases(choose: random.Random, law: Law, first: date, last: date, count: int) -> list[Case]:
    """Cases of a place whose moments lie in a law and on these days, near its lines; a third of the facts are not known."""
    found: list[Case] = []
    while len(found) < count:
        case = sound(random_row(choose, law, first, last), law, first, last)
        found += [case] if case else []
    return found


def random_row(choose: random.Random, law: Law, first: date, last: date) -> Row:
    """Such a case as a row, which may be one that cannot be."""
    start, end = max(first, law.since or first), min(last, law.until - timedelta(days=1) if law.until else last)
    lines = [start, end, *(date(start.year, 3, day) for day in (7, 8, 9, 10)), date(start.year, 11, 2)]
    day = choose.choice(lines) if choose.random() < 0.4 else start + timedelta(choose.randrange((end - start).days + 1))
    release = _moment(choose, min(max(day, start), end))
    row: Row = {PLACE: law.place, "release_at": release.isoformat()}
    if choose.random() < 0.3:
        hours, minutes = choose.choice([0, 1, 47, 48, 49, 96, 120, 700]), choose.randrange(60)
        row["asked_at"] = (release + timedelta(hours=hours, minutes=minutes)).isoformat()
    row |= {each.name: _value(choose, each.name, each.type, release.date()) for each in fact_columns()}
    for part in ("detainer", "judicial_warrant"):
        row[part] = choose.choice([True, True, False, None])
        if not row[part]:
            row |= {name: None for name in row if name.startswith(f"{part}_")}
    if row["person_date_of_birth"]:
        row["person_age"] = None
    return row


def sound(row: Row, law: Law, first: date, last: date) -> Case | None:
    """A row as a case; None for one that cannot be, or whose moments lie beyond these days or the law."""
    for part in ("detainer", "judicial_warrant"):
        if row[part] is False and any(row[name] is not None for name in row if name.startswith(f"{part}_")):
            return None  # there is none to say anything of
    if any(one["has_released_on"] is False and one["released_on"] for one in row["convictions"] or ()):
        return None
    with suppress(CaseError, ValueError):
        case = case_of(row)
        situation = situate(case, law.where)
        days = (situation.release_day, situation.asked_day)
        if law.in_force(situation.asked_day) and all(first <= day <= last for day in days):
            return case
    return None


def spoiled(choose: random.Random, row: Row, columns: Sequence[FactColumn]) -> Row:
    """A row with a fact or two of these columns as they may not be."""
    found = dict(row)
    release = date.fromisoformat(row["release_at"][:10])
    for column in choose.sample(list(columns), choose.choice([0, 1, 1, 2])):
        found[column.name] = _spoiled(choose, column.name, column.type, release)
    if choose.random() < 0.2:
        at = choose.choice(["03-09T02:30", "11-02T01:30", "01-01T00:00", "12-31T23:59"])
        found[choose.choice(MOMENTS)] = f"{choose.choice([release.year, release.year + 1])}-{at}"
    return found


def _spoiled(choose: random.Random, name: str, type_: Type, day: date) -> Any:
    match type_:
        case Truth():
            return choose.choice([True, False])
        case Number():
            return choose.choice([-1, 0, 130, 131])
        case Word():
            return choose.choice(["junk", "", "i-247a"])
        case Words(choices=choices):
            return [choose.choice(choices), choose.choice(["junk", choices[0]])]
        case Day():
            return str(
                choose.choice([day, day + timedelta(1), date(1899, 12, 31), date(1900, 1, 1), date(2099, 12, 31)])
            )
        case Records():
            entry = _conviction(choose, type_, day)
            fact = choose.choice([each for each in entry_columns(type_).values() if each.name != "ncic"])
            return [entry | {fact.name: _spoiled(choose, fact.name, fact.type, day)}]
        case _:
            return None


def _moment(choose: random.Random, day: date) -> datetime:
    hour, minute = choose.choice(
        [(0, 0), (1, 59), (3, 0), (10, 0), (23, 59), (choose.randrange(24), choose.randrange(60))]
    )
    return datetime(day.year, day.month, day.day, hour, minute)


def _value(choose: random.Random, name: str, type_: Type, day: date) -> Any:
    if choose.random() < 0.3:
        return None
    match type_:
        case Truth():
            return choose.random() < 0.6
        case Number():
            return choose.choice([16, 17, 18, 19, 40])
        case Word(choices=choices):
            return choose.choice(choices or ("0912", "5400"))
        case Words(choices=choices):
            return choose.sample(choices, choose.randrange(3))
        case Day():
            years = (
                choose.choice([17, 18, 18, 19, 40])
                if name == "person_date_of_birth"
                else choose.choice([0, 1, 5, 10, 10, 11])
            )
            return str(_years_before(day, years) + timedelta(days=choose.choice([-1, 0, 1, -200])) if years else day)
        case Records():
            return [_conviction(choose, type_, day) for _ in range(choose.choice([0, 1, 1, 2, 3]))]
        case _:
            return None


def _conviction(choose: random.Random, records: Records, day: date) -> Row:
    entry = {each.name: _value(choose, each.name, each.type, day) for each in entry_columns(records).values()}
    if "ncic" in entry:
        entry["ncic"] = None
    if entry.get("has_released_on") is False:
        entry["released_on"] = None
    if entry.get("released_on") and entry.get("convicted_on"):
        entry["convicted_on"], entry["released_on"] = sorted((entry["convicted_on"], entry["released_on"]))
    return entry


def _years_before(day: date, years: int) -> date:
    return clock.years_before(day, years)[0]
