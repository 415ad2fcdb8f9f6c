"""What a cell says, by the rule that a scenario has for its fact and the type of its column: text as CSV has it, or typed.

A column of a type that no value of the fact has is refused as a whole; of others, each cell that is none is. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from detainer.case import FIRST, LAST, MAX_AGE
from detainer.columnar.facts import MOMENTS, Column, data_type, entry_columns
from detainer.columnar.situate import DAY
from detainer.errors import DetainerError, did_you_mean
from detainer.language.fields import Day, Number, Record, Records, Truth, Type, Word, Words
from detainer.vocabulary import vocabulary

_YES_NO = {text: word == "true" for word in ("true", "false") for text in (word, word.title(), word.upper())}
"""As YAML writes them; pandas and spreadsheets write others than the first."""
YEARS = f"from {FIRST.year} to {LAST.year}"
_WHOLE = r"^[0-9]+\z"
_LONGEST = 60
"""How much of a cell is told, in characters."""


LOST, FOUND = "lost", "found"
"""The fields of an entry that name a fact whose cell is none, and tell what was found there."""


def told(value: Column) -> Column:
    """A value in a sentence."""
    text = value.cast("string").fill_null("")
    short = ibis.cases((text.length() > _LONGEST, text.left(_LONGEST) + ibis.literal("…")), else_=text)
    return ibis.literal("found `") + short + ibis.literal("`, ")


def expected(type_: Type) -> str:
    """What a cell of a fact should be, in words."""
    match type_:
        case Truth():
            return "true or false"
        case Number():
            return f"whole years from 0 to {MAX_AGE}, such as 17"
        case Day(or_moment=True):
            return f"a day such as 2014-03-01 or a day and time such as 2014-03-01T10:00, {YEARS}"
        case Day():
            return f"a day such as 2014-03-01, {YEARS}"
        case Word(choices=()):
            return "the four digits of an NCIC offense code, such as 0912"
        case Word(choices=choices):
            return f"one of {', '.join(choices)}"
        case Words(choices=choices):
            return f"a list of {', '.join(choices)}"
        case Records():
            return "a list of entries"
        case Record():
            raise AssertionError("a part of the case is not one column")


def cells(column: Column, type_: Type, name: str) -> Column:
    """A column, called `name`, by the rule for its fact: NULL, too, where a cell is none. Raises `DetainerError` for a type that
    cannot hold the fact.
    """
    given, wanted = column.type(), data_type(type_)
    if given.is_null():
        return column.cast(wanted)
    match type_:
        case Truth() if given.is_boolean():
            return column
        case Truth() if given.is_string():
            return column.cases(*_YES_NO.items())
        case Number() if given.is_int64():
            return column
        case Number() if given.is_string():
            return ibis.cases((column.re_search(_WHOLE), column.try_cast("int64")))
        case Number() if given.is_numeric():
            whole = column.try_cast("int64")  # engines cut or round what is between
            return ibis.cases((whole == column, whole))
        case Day() if given.is_date():
            return column
        case Day() if given.is_string():
            return ibis.cases((column.re_search(DAY), column.try_cast("date")))
        case Word() if given.is_string():
            return column
        case Words() if given.is_array() and given.value_type.is_string():
            return column
        case Records() if given.is_array() and given.value_type.is_struct():
            return _entries(column, type_, name)
        case Words() | Records() if given.is_array() and given.value_type.is_null():
            return column.map(_nothing(wanted.value_type))
        case _:
            raise DetainerError(f"the column `{name}` holds {said(given)}, expected {_kinds(type_)}")


def _entries(column: Column, type_: Records, name: str) -> Column:
    """A list with the types that its facts should have, and its offenses settled by their codes. An entry with a cell that is
    none has its fact as `LOST`, and what was found as `FOUND`.
    """
    given, known = column.type().value_type, entry_columns(type_)
    for field in given.names:
        if field not in known:
            hint = did_you_mean(field, known)
            raise DetainerError(f"`{field}` is no fact of an entry of the column `{name}`.{hint}")
    if "ncic" not in given.names and all(_as_wanted(given.fields[each], known[each].type) for each in given.names):
        return column

    def entry(one: Column) -> Column:
        found = {each: _fact(one[each], known[each].type, f"{name}.{each}") for each in given.names}
        lost = [
            (one[each].notnull() & value.isnull(), each)
            for each, value in found.items()
            if not _as_wanted(given.fields[each], known[each].type)
        ]
        if lost:
            found[LOST] = ibis.cases(*lost)
            found[FOUND] = ibis.cases(*((wrong, one[each].cast("string")) for wrong, each in lost))
        if "ncic" in found:
            stated = found.get("offense", ibis.null("string"))
            found["offense"] = ibis.coalesce(stated, offense_of(found["ncic"]))
        return ibis.cases((one.notnull(), ibis.struct(found)))

    return column.map(entry)


def _fact(column: Column, type_: Type, name: str) -> Column:
    if name.endswith(".ncic") and column.type().is_integer():  # a code whose zeros in front are lost
        text = column.cast("string")
        return ibis.cases((column.between(0, 9999), text.lpad(4, "0")), else_=text)
    return cells(column, type_, name)


def _as_wanted(given: Any, type_: Type) -> bool:
    return given.copy(nullable=True) == data_type(type_)


def offense_of(code: Column) -> Column:
    """The offense that an NCIC code settles, NULL where it settles none. Of two rules the one for the whole code counts."""
    by_length = {
        length: [pair for pair in sorted(vocabulary().ncic.items()) if len(pair[0]) == length] for length in (4, 2)
    }
    return ibis.coalesce(code.cases(*by_length[4]), code.left(2).cases(*by_length[2]))


def _nothing(type_: Any) -> Callable[[Column], Column]:
    def nothing(_: Column) -> Column:
        return ibis.null(type_)

    return nothing


def check_moments(column: Column, name: str) -> None:
    """Raises `DetainerError` for a column of a type that cannot hold moments."""
    given = column.type()
    if not (given.is_string() or given.is_timestamp() or given.is_date() or given.is_null()):
        also = "" if name in MOMENTS else ", days"
        text = "text such as 2014-03-01T10:00"
        raise DetainerError(f"the column `{name}` holds {said(given)}, expected {text}{also} or timestamps; convert it")


def _kinds(type_: Type) -> str:
    """What a column of a fact may hold, and how a text of it is written."""
    match type_:
        case Truth():
            return "booleans, or the text true or false; convert it"
        case Number():
            return "whole numbers, or text such as 17; convert it"
        case Day():
            return "days without a time, or text such as 2014-03-01; convert it"
        case Word(choices=()):
            return "text such as 0912, or whole numbers; convert it"
        case Word():
            return f"text: {expected(type_)}; convert it"
        case Words():
            return "lists of text; convert it"
        case _:
            return "lists of structs; convert it"


def said(type_: dt.DataType) -> str:
    """A type of columns in words."""
    if type_.is_array():
        value: Any = type_
        return f"lists of {said(value.value_type)}"
    for kind, word in _TYPES:
        if getattr(type_, f"is_{kind}")():
            return word
    return f"values of the type {type_}"


_TYPES = (
    ("boolean", "booleans"),
    ("integer", "whole numbers"),
    ("numeric", "numbers with fractions"),
    ("string", "text"),
    ("timestamp", "timestamps"),
    ("date", "days"),
    ("time", "times of day"),
    ("interval", "durations"),
    ("binary", "bytes"),
    ("struct", "structs"),
    ("map", "maps"),
    ("uuid", "UUIDs"),
    ("null", "nothing"),
)
