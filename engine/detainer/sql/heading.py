"""What stands above a SELECT, as comments: whose law it is, which columns it reads, and what the names in it mean."""

from __future__ import annotations

from collections.abc import Iterator

from detainer.decision import NOTES
from detainer.sql.columns import CASE_ID, known
from detainer.sql.ddl import fields_of
from detainer.sql.dialects import Dialect, Lists
from detainer.sql.select import CASES, Select


def heading(select: Select, dialect: Dialect, lists: Lists, table: str = CASES) -> Iterator[str]:
    """The lines, without the signs that make them comments."""
    law = select.chain[0]
    days = f"for moments from {select.first} to {select.last}"
    yield f"The law of {law.name} ({law.place}) from {law.since or 'ever'} until {law.until or 'now'}, {days}."
    later = [str(each.since) for each in select.chain[1:]]
    if later:
        yield f"hold_until is reckoned with the later law of {', '.join(later)}."
    yield from read(select, dialect, lists, table)
    yield f"{law.digest}. {NOTES[0]}"
    yield (
        f"Run by the tests on {dialect.runs}."
        if dialect.runs
        else "Printed only: the tests run no database of this dialect."
    )
    yield f"Seconds (…_s) count from {select.calendar.origin:%Y-%m-%d} 00:00 UTC; yes is 1, no is 0, unknown is NULL."
    for (test, _), name in select.tests.items():
        yield f"{name}: {' '.join(test.text.split())}"
    for (condition, _), name in select.conditions.items():
        ids = dict.fromkeys(rule.id for law in select.chain for rule in law.rules if rule.when == condition)
        yield f"{name}: {', '.join(ids)}"


def read(select: Select, dialect: Dialect, lists: Lists, table: str) -> Iterator[str]:
    """The tables and columns that it reads."""
    columns = select.read.columns(arrays=lists == "arrays", nullable=dialect.nullable)
    yield f"It reads {table}: {', '.join(columns)}."
    if lists == "tables":
        for each in select.read.lists:
            yield f"It reads {each.name}: {', '.join([CASE_ID, *(name for name, _ in fields_of(each, dialect))])}."
    for each in select.read.lists:
        if known(each.name) in columns:
            what = each.name.replace("_", " ")
            yield f"{known(each.name)}: true where all of the {what} are known, NULL where they are not."
