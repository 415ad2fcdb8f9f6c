"""A table with a row a case: which columns say which facts, and how a test reads them. Decides nothing.

NULL is unknown. A part of the case (`detainer`) is a column of its own, true where it is there and false where it is known
that it is not, and so is what an entry of a list is known not to have (`has_released_on`); the facts of a part are columns
named after both (`detainer_form`); a list is a list of structs. Which facts there are is read off the models of `case.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import ibis
import ibis.expr.datatypes as dt

from detainer.language.fields import Day, Number, Record, Records, Truth, Type, Word, Words, case_fields
from detainer.language.terms import Path
from detainer.language.tree import Defined

Column = Any
"""An expression of Ibis."""

MOMENTS = ("release_at", "asked_at")
PLACE = "jurisdiction"
NEEDED = (PLACE, "release_at")
"""What every row has to say."""

ROW = "row"
"""The column with the number of a row in its file, from 1."""


class FactColumn(NamedTuple):
    """A column: the fact that it says, and what it holds. `there` says of a part or of a day whether there is one."""

    name: str
    fact: tuple[str, ...]
    type: Type
    there: bool = False


def column_name(names: tuple[str, ...]) -> str:
    """The column of a fact outside the lists."""
    return "_".join(name.rstrip("_") for name in names)


@cache
def fact_columns() -> tuple[FactColumn, ...]:
    """The columns that a table may have besides the place and the moments."""
    return tuple(_columns())


def _columns() -> Iterator[FactColumn]:
    for name, type_ in case_fields().fields.items():
        match type_:
            case Record():
                if name != "person":  # there is always one
                    yield FactColumn(name, (name,), Truth(), there=True)
                for fact, each in type_.fields.items():
                    yield FactColumn(column_name((name, fact)), (name, fact), each)
            case Records():
                yield FactColumn(name, (name,), type_)
            case _:
                pass


@cache
def moments() -> tuple[str, ...]:
    """The columns of days of which the time may be stated, besides `MOMENTS`."""
    return tuple(each.name for each in fact_columns() if isinstance(each.type, Day) and each.type.or_moment)


def entry_columns(records: Records) -> dict[str, FactColumn]:
    """The fields of the struct of a list's entry."""
    found: dict[str, FactColumn] = {}
    for fact, type_ in records.item.fields.items():
        found[fact] = FactColumn(fact, (fact,), type_)
        if isinstance(type_, Day) and type_.or_none:
            found[has(fact)] = FactColumn(has(fact), (fact,), Truth(), there=True)
    return found


def has(fact: str) -> str:
    """The field that says whether there is such a day at all."""
    return f"has_{fact}"


def data_type(type_: Type) -> dt.DataType:
    """How a column holds a fact."""
    match type_:
        case Truth():
            return dt.boolean
        case Number():
            return dt.int64
        case Day():
            return dt.date
        case Word():
            return dt.string
        case Words():
            return dt.Array(dt.string)
        case Records():
            return dt.Array(dt.Struct({name: data_type(each.type) for name, each in entry_columns(type_).items()}))
        case Record():
            raise AssertionError("a part of the case is not one column")


def schema() -> dict[str, dt.DataType]:
    """Every column that is read, and how it holds its fact; a moment without an offset is local to the place."""
    return {
        PLACE: dt.string,
        **dict.fromkeys(MOMENTS, dt.timestamp),
        **{each.name: data_type(each.type) for each in fact_columns()},
    }


def number_of(name: str) -> str:
    """The column with the numbers of the words of a column, which are never NULL: after those that the fact can be come the
    number of another word, of what is known not to be there, and of what is unknown.
    """
    return f"{name}_number"


class Facts:
    """The facts of a table whose columns are of the types that `schema` says; columns may be missing.

    `days` are the columns of local days: of scheduled release and of the moment asked about. `since` are columns with the day so
    many years before that of scheduled release, and `named` those of definitions, where the table has them.
    """

    def __init__(
        self,
        table: Any,
        days: Mapping[str, Column],
        since: Mapping[int, Column] | None = None,
        named: Mapping[Defined, Column] | None = None,
    ) -> None:
        self._table = table
        self._days = days
        self._since = since or {}
        self.named = named or {}

    def has(self, name: str) -> bool:
        """Whether the table has a column."""
        return name in self._table.columns

    def column(self, name: str) -> Column:
        """A column; NULL where the table lacks it."""
        return self._table[name] if self.has(name) else ibis.null(schema()[name])

    def since(self, years: int) -> Column:
        """The day so many years before that of scheduled release."""
        if years in self._since:
            return self._since[years]
        day = self._days["release_at"] - ibis.interval(years=years)
        return day.cast("timestamp").cast("date")  # engines make a moment of it

    def number(self, column: FactColumn) -> Column:
        """The numbers of the words of a column: see `number_of`."""
        return self._table[number_of(column.name)]

    def read(self, path: Path, item: Column) -> tuple[Column, Column]:
        """Whether what the fact belongs to is there (None: it always is) and the fact, NULL where unknown."""
        name = path.names[-1].rstrip("_")
        if item is not None and path.of_item:
            fields = item.type().names
            there = item[has(name)].fill_null(True) if has(name) in fields else None
            return there, item[name] if name in fields else ibis.null(_entry_type(name))
        if len(path.names) == 1:
            day = self._days.get(name)
            return None, self.column(name) if day is None else day
        owner = path.names[0]
        there = None if owner not in schema() else self.column(owner)
        return there, self.column(column_name(path.names))


def _entry_type(name: str) -> dt.DataType:
    """The type of a fact of entries, whichever list they are in."""
    lists = [each.type for each in fact_columns() if isinstance(each.type, Records)]
    return next(data_type(found[name].type) for each in lists if name in (found := entry_columns(each)))


def every(conditions: list[Column]) -> Column:
    """All of several conditions; true of none."""
    found, *others = conditions or [ibis.literal(True)]
    for each in others:
        found &= each
    return found
