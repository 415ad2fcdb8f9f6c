"""How to make the tables that a SELECT reads: CREATE statements, in a dialect. Reads no rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from detainer.columnar.facts import MOMENTS, FactColumn
from detainer.language.fields import Day, Number, Records, Truth
from detainer.sql.columns import CASE_ID, ID, WORD, Entries, Read, known
from detainer.sql.dialects import Dialect, Lists


def statements(read: Read, dialect: Dialect, lists: Lists, table: str, beside: Callable[[str], str]) -> Iterator[str]:
    """The statements, in their order: the types that arrays are of, the table of cases, and those of lists. `beside` says what
    something is called that lies where the table lies.
    """
    cases = [(ID, f"{dialect.key_type} {dialect.key}".strip()), *((name, dialect.moment) for name in MOMENTS)]
    cases += [(each.name, type_of(each, dialect)) for each in read.facts]
    for each in read.lists:
        fields = fields_of(each, dialect)
        if lists == "arrays" and dialect.struct and isinstance(each.column.type, Records):
            if dialect.composite:
                yield _create(f"TYPE {beside(_entry(each))} AS", fields)
            cases.append((each.name, dialect.array_of(fields, f"{beside(_entry(each))}")))
        elif lists == "arrays":
            cases.append((each.name, dialect.words or dialect.text))
        if lists == "tables" or not dialect.nullable:
            cases.append((known(each.name), dialect.truth))
    yield _create(f"TABLE {table}", cases) + dialect.engine
    if lists == "tables":
        for each in read.lists:
            yield (
                _create(
                    f"TABLE {beside(each.name)}",
                    [
                        (CASE_ID, f"{dialect.key_type} NOT NULL" if dialect.key else dialect.key_type),
                        *fields_of(each, dialect),
                    ],
                )
                + dialect.engine
            )
            if "PRIMARY KEY" in dialect.key:
                yield f"CREATE INDEX {each.name}_of_case ON {beside(each.name)} ({CASE_ID})"


def _entry(entries: Entries) -> str:
    """What the type of an entry is called."""
    return f"{entries.name}_entry"


def fields_of(entries: Entries, dialect: Dialect) -> list[tuple[str, str]]:
    """The facts of an entry, and how each is held."""
    return [(each.name, type_of(each, dialect)) for each in entries.facts] or [(WORD, dialect.text)]


def type_of(fact: FactColumn, dialect: Dialect) -> str:
    """How a dialect holds a fact."""
    match fact.type:
        case Truth():
            return dialect.truth
        case Day():
            return dialect.day
        case Number():
            return dialect.number
        case _:
            return dialect.text


def _create(what: str, columns: list[tuple[str, str]]) -> str:
    lines = ",\n".join(f"  {name} {type_}" for name, type_ in columns)
    return f"CREATE {what} (\n{lines}\n)"
