"""Columns of Arrow in the few types that every engine reads: no dictionaries, views or sizes of lists. What they say stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from detainer.columnar.facts import MOMENTS, moments, schema
from detainer.columnar.lines import columns
from detainer.errors import DetainerError


def wanted(names: Sequence[str]) -> list[str]:
    """Those of the columns that are read."""
    return [name for name in names if name in columns()]


def plain(table: pa.Table) -> pa.Table:
    """The columns that are read, each in a plain type. Raises `DetainerError` where one cannot be turned into it."""
    names = wanted(table.column_names)
    return pa.table({name: _plain(name, table.column(name)) for name in names}) if names else table.select([])


def says_nothing(type_: pa.DataType) -> bool:
    """Whether a type, or a part of it, has no values but unknown ones: engines make numbers of these."""
    return pa.types.is_null(type_) or any(says_nothing(type_.field(n).type) for n in range(type_.num_fields))


def _plain(name: str, column: Any) -> Any:
    if pa.types.is_run_end_encoded(column.type):
        column = pa.chunked_array([pc.run_end_decode(chunk) for chunk in column.chunks], column.type.value_type)
    target = _type(column.type, _known(name))
    try:
        return column if column.type == target else column.cast(target)
    except pa.ArrowException as error:
        raise DetainerError(f"the column `{name}` holds {column.type}, which cannot be read: {error}") from None


def _known(name: str) -> pa.DataType:
    """What a column holds where its own type does not say."""
    if name not in schema() or name in (*MOMENTS, *moments()):
        return pa.string()
    return ibis.schema({name: schema()[name]}).to_pyarrow().field(name).type


def _type(given: Any, known: Any) -> Any:
    """The plain type; `known` is what the column should hold, for parts that say nothing."""
    types = pa.types
    if types.is_null(given):
        return known
    if isinstance(given, pa.BaseExtensionType):
        return _type(given.storage_type, known)
    if types.is_dictionary(given) or types.is_run_end_encoded(given):
        return _type(given.value_type, known)
    if types.is_large_string(given) or types.is_string_view(given):
        return pa.string()
    if types.is_timestamp(given) and given.unit in ("s", "ms"):  # far from our time no engine could even tell these
        return pa.timestamp("us", given.tz)
    if types.is_date64(given):
        return pa.date32()
    if _is_list(given):
        return pa.list_(_type(given.value_type, known.value_type if types.is_list(known) else pa.string()))
    if types.is_struct(given):
        fields = {field.name: field.type for field in known} if types.is_struct(known) else {}
        return pa.struct([(each.name, _type(each.type, fields.get(each.name, pa.string()))) for each in given])
    return given


def _is_list(given: Any) -> bool:
    types = pa.types  # views of lists stay: engines read them, and pyarrow 26 makes lists of them that it calls invalid
    return any(kind(given) for kind in (types.is_list, types.is_large_list, types.is_fixed_size_list))
