"""A case as a row of a table, and a row as a case: what `facts` says of columns, for one row in Python."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, cast

from detainer.case import UNKNOWN, Case, Facts
from detainer.columnar.facts import MOMENTS, PLACE, entry_columns, fact_columns, moments
from detainer.errors import CaseError
from detainer.language.fields import Records


def row_of(case: Case) -> dict[str, Any]:
    """A case as a row: every column, None for what is unknown. Moments and days of issue are text, as a scenario has them."""
    row: dict[str, Any] = {PLACE: case.jurisdiction}
    for name in MOMENTS:
        value: datetime | None = getattr(case, name)
        row[name] = value.isoformat() if value is not None else None
    for column in fact_columns():
        owner: Any = getattr(case, column.fact[0])
        if column.there:
            row[column.name] = None if owner is UNKNOWN else owner is not None
        elif isinstance(column.type, Records):
            row[column.name] = None if owner is UNKNOWN else [_entry(each, column.type) for each in owner]
        else:
            gone = owner is None or owner is UNKNOWN
            value = None if gone else _plain(getattr(owner, column.fact[1]))
            row[column.name] = str(value) if column.name in moments() and value is not None else value
    return row


def _plain(value: Any) -> Any:
    if value is UNKNOWN:
        return None
    if isinstance(value, frozenset):
        return sorted(cast("frozenset[str]", value))
    return value.isoformat() if isinstance(value, datetime) else value


def _entry(entry: Facts, records: Records) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, column in entry_columns(records).items():
        value = getattr(entry, f"{name}_" if name == "class" else column.fact[0])
        if column.there:
            found[name] = None if value is UNKNOWN else value is not None
        else:
            found[name] = _plain(value)
    return found


def case_of(row: Mapping[str, Any]) -> Case:
    """The case that a row says. Raises `CaseError` where a column holds what it cannot."""
    facts: dict[str, Any] = {PLACE: row[PLACE]}
    facts |= {name: row[name] for name in MOMENTS if row.get(name) is not None}
    for name, part, fact, entries in _columns():
        value = row.get(name)
        if value is None:
            continue
        if fact is not None:
            if facts.setdefault(part, {}) is None:
                raise CaseError((part,), f"is false, so there is no `{fact}`; delete one of the two")
            facts[part][fact] = value
        elif entries is not None:
            facts[part] = [_facts_of(each, entries) for each in value]
        elif value:
            facts.setdefault(part, {})
        else:
            facts[part] = None
    return Case.model_validate(facts)


@cache
def _columns() -> list[tuple[str, str, str | None, list[tuple[str, str, bool]] | None]]:
    """Each column with the part of the case that it belongs to, and the fact of that part or the columns of its entries: their
    names, what they are of, and whether they say of it that it is there.
    """
    found: list[tuple[str, str, str | None, list[tuple[str, str, bool]] | None]] = []
    for column in fact_columns():
        part = column.fact[0]
        if isinstance(column.type, Records):
            entries = [(name, each.fact[0], each.there) for name, each in entry_columns(column.type).items()]
            found.append((column.name, part, None, entries))
        else:
            found.append((column.name, part, None if column.there else column.fact[1], None))
    return found


def _facts_of(entry: Mapping[str, Any], columns: list[tuple[str, str, bool]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, fact, there in columns:
        value = entry.get(name)
        if there:
            if value is False:
                found[fact] = None
        elif value is not None:
            found[name] = value
    return found
