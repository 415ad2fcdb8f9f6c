"""The rows of CSV and JSONL as tables of Arrow. What their text says stays text; `cells` reads it.

JSON has types, and a value of JSON is held to what a scenario would take: `"true"` is no yes, `17.0` no age. A cell of CSV is
text; an empty one is unknown, and in a column of lists it is JSON. A row that cannot be read is a `Bad` one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple, cast

import pyarrow as pa

from detainer import bounds
from detainer.columnar.cells import expected
from detainer.columnar.facts import MOMENTS, NEEDED, PLACE, ROW, entry_columns, fact_columns
from detainer.errors import DetainerError, did_you_mean
from detainer.language.fields import Number, Records, Truth, Type, Word, Words

KEPT = "id"
"""The column that is no fact and is handed on."""
_SHOWN = 60
"""How much of a value is told, in characters."""


class Bad(NamedTuple):
    """A row that cannot be read: `row` counts from 1 in its file."""

    row: int
    column: str
    reason: str


Row = dict[str, Any] | Bad
"""The cells of a row by column, as text or as JSON has them."""


class _Wrong(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


@cache
def columns() -> dict[str, Type | None]:
    """The columns that are read, and the facts that they say; None for what is text, whatever it says."""
    plain = dict.fromkeys((PLACE, *MOMENTS, KEPT))
    return {**plain, **{each.name: each.type for each in fact_columns()}}


def csv_rows(reader: Iterator[list[str]]) -> Iterator[Row]:
    """Raises `DetainerError` for a column that is there twice."""
    header = next(reader, None)
    if header is None:
        raise DetainerError("is empty, without even a header")
    check_names(header)
    for values in reader:
        if len(values) != len(header):
            yield Bad(0, "", f"has {len(values)} columns, expected {len(header)}")
        else:
            yield dict(zip(header, values, strict=True))


def json_rows(lines: Iterator[str]) -> Iterator[Row]:
    """Every line is a row; its facts may be missing, but that of scheduled release is looked for in each."""
    for line in lines:
        try:
            row = _json(line)
        except _Twice as error:
            yield Bad(0, error.name, "is there twice; keep one")
        except (ValueError, RecursionError) as error:
            yield Bad(0, "", f"is no JSON: {error}")
        else:
            found = cast("dict[str, Any]", row)
            yield {"release_at": None} | found if isinstance(row, dict) else Bad(0, "", "is no JSON object")


def check_names(names: Sequence[str]) -> None:
    """Raises `DetainerError` where two columns have one name, in whatever case, and it is one that is read."""
    counts = Counter(name.casefold() for name in names)
    for name in columns():
        if counts[name] > 1:
            raise DetainerError(f"the column `{name}` is there {counts[name]} times; keep one")


def table_of(rows: Sequence[Row], first: int, *, text: bool) -> tuple[pa.Table, list[Bad]]:
    """Rows as a table, numbered from `first`, and those that cannot be read. `text`: cells are text, JSON only in lists; else
    each row says which columns it has, so that a part of a file does not hang on which rows are in it.
    """
    good: list[dict[str, Any]] = []
    bad: list[Bad] = []
    for number, row in enumerate(rows, first):
        if isinstance(row, Bad):
            bad.append(row._replace(row=number))
            continue
        try:
            good.append({ROW: number} | {name: _cell(name, row[name], text) for name in row if name in columns()})
        except _Wrong as error:
            bad.append(Bad(number, error.column, str(error)))
    names: set[str] = {name for row in good for name in row}
    names.update(() if text else NEEDED)
    types = {name: type_ for name, type_ in _arrow_types(text).items() if name in names}
    return pa.Table.from_pylist(good, pa.schema(types)), bad


@cache
def _arrow_types(text: bool) -> dict[str, pa.DataType]:
    types = {name: _arrow_type(type_, text) for name, type_ in columns().items()}
    return {ROW: pa.int64(), **types}


def _arrow_type(type_: Type | None, text: bool) -> pa.DataType:
    match type_:
        case Truth() if not text:
            return pa.bool_()
        case Number() if not text:
            return pa.int64()
        case Words():
            return pa.list_(pa.string())
        case Records():
            return pa.list_(
                pa.struct([(name, _arrow_type(each.type, False)) for name, each in entry_columns(type_).items()])
            )
        case _:
            return pa.string()


def _cell(name: str, value: Any, text: bool) -> Any:
    """A cell as its column holds it. Raises `_Wrong`."""
    type_ = columns()[name]
    if value is None or (text and value == ""):
        return None
    if not text:
        return _value(name, value, type_)
    if not isinstance(type_, Words | Records):
        return value
    try:
        given = _json(value)
    except _Twice as error:
        raise _Wrong(name, f"`{error.name}` is there twice; keep one") from None
    except (ValueError, RecursionError):
        raise _Wrong(name, f"found `{_short(value)}`, expected a list as JSON, such as []") from None
    return _value(name, given, type_)


def _value(name: str, value: Any, type_: Type | None) -> Any:
    """A value of JSON as its column holds it. Raises `_Wrong`."""
    match type_, value:
        case _, None:
            return None
        case Truth(), bool():
            return value
        case Number(), int() if not isinstance(value, bool) and abs(value) < 2**63:
            return value
        case Words(), list():
            return [_value(name, each, Word(())) for each in cast("list[Any]", value)]
        case Records(), list():
            return [_entry(name, each, type_) for each in cast("list[Any]", value)]
        case ((Truth() | Number() | Words() | Records()), _):
            raise _Wrong(name, f"found `{_short(json.dumps(value))}`, expected {expected(type_)}")
        case _, str():
            return _sound(name, value)
        case _, int() if name.endswith(".ncic") and not isinstance(value, bool):
            return f"{value:04d}"
        case None, int() | float() if name == KEPT:
            return json.dumps(value)
        case _:
            raise _Wrong(name, f"found `{_short(json.dumps(value))}`, expected text")


def _entry(name: str, entry: Any, type_: Records) -> dict[str, Any] | None:
    if entry is None:
        return None
    if not isinstance(entry, dict):
        raise _Wrong(name, f"found `{_short(json.dumps(entry))}`, expected an entry such as {{...}}")
    known = entry_columns(type_)
    facts = cast("dict[str, Any]", entry)
    for fact in facts:
        if fact not in known:
            raise _Wrong(name, f"`{_short(fact)}` is no fact of an entry.{did_you_mean(fact, known)}")
    return {fact: _value(f"{name}.{fact}", value, known[fact].type) for fact, value in facts.items()}


def _sound(name: str, text: str) -> str:
    """Text that has a code in UTF-8. Raises `_Wrong` for half a character, which JSON can name."""
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise _Wrong(name, f"found `{_short(ascii(text)[1:-1])}`, which has half a character")
    return text


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


class _Twice(ValueError):
    def __init__(self, name: str) -> None:
        super().__init__(f"`{name}` is there twice")
        self.name = name


def _json(text: str) -> Any:
    """Raises ValueError for what is no JSON, numbers that are none and names that are there twice among it."""
    if bounds.too_deep(text):
        raise ValueError(f"lists lie within each other more than {bounds.DEPTH} deep, and no fact goes that deep")
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice(next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1))
    return found


def _no_number(constant: str) -> Any:
    raise ValueError(f"{constant} is no number")
