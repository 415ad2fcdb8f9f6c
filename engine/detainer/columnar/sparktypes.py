"""Tables of Arrow and Parquet as Spark takes them, which knows fewer types, and reads fewer names of files. Decides nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from detainer.columnar.arrow import plain
from detainer.columnar.facts import ROW
from detainer.columnar.files import Part, columns_of
from detainer.errors import DetainerError

_SAME = (
    pa.types.is_boolean,
    pa.types.is_signed_integer,
    pa.types.is_float32,
    pa.types.is_float64,
    pa.types.is_decimal128,
    pa.types.is_string,
    pa.types.is_binary,
    pa.types.is_date32,
)


def taken(type_: pa.DataType) -> pa.DataType:
    """The type that Spark takes in place of one of Arrow, which says the same; moments are in microseconds there. Raises
    `DetainerError` where it has none.
    """
    if pa.types.is_dictionary(type_):
        return taken(type_.value_type)
    if pa.types.is_struct(type_):
        return pa.struct([(field.name, taken(field.type)) for field in type_.fields])
    if _is_list(type_):
        return pa.list_(taken(type_.value_type))
    if pa.types.is_timestamp(type_):
        return pa.timestamp("us", type_.tz and "UTC")
    if pa.types.is_unsigned_integer(type_):
        return pa.int64() if type_.bit_width < 64 else pa.decimal128(20)
    for like, own in _LIKE:
        if like(type_):
            return own
    if any(same(type_) for same in _SAME):
        return type_
    raise DetainerError(f"{type_}, which Spark does not take; convert it")


_LIKE = (
    (pa.types.is_null, pa.string()),
    (pa.types.is_large_string, pa.string()),
    (pa.types.is_large_binary, pa.binary()),
    (pa.types.is_date64, pa.date32()),
    (pa.types.is_float16, pa.float32()),
)


def as_taken(table: pa.Table) -> pa.Table:
    """A table with columns of such types. Raises `DetainerError` for a column that Spark does not take."""
    fields: Any = table.schema
    for number, field in enumerate(fields):
        try:
            column = table.column(number).cast(taken(field.type), safe=False)  # nanoseconds are cut
        except DetainerError as error:
            raise DetainerError(f"the column `{field.name}` holds {error}") from None
        table = table.set_column(number, field.name, column)
    return table.combine_chunks()  # Spark 4 loses the rows behind two chunks without any


def _is_list(type_: pa.DataType) -> bool:
    return pa.types.is_list(type_) or pa.types.is_large_list(type_) or pa.types.is_fixed_size_list(type_)


def reads(path: Path) -> bool:
    """Whether Spark reads a Parquet file itself: its name is neither hidden nor a pattern, and its columns say the same there."""
    if path.name.startswith(("_", ".")) or set(str(path)) & set("*?[]{}\\"):
        return False
    schema: pa.Schema = pq.read_schema(path)
    return all(_read(schema.field(name).type) for name in columns_of(path))


def _read(type_: pa.DataType) -> bool:
    if pa.types.is_dictionary(type_) or pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return _read(type_.value_type)
    if pa.types.is_struct(type_):
        return all(_read(field.type) for field in type_.fields)
    if pa.types.is_timestamp(type_):
        return type_.unit != "ns"
    return pa.types.is_large_string(type_) or pa.types.is_date64(type_) or any(same(type_) for same in _SAME)


def rows_of(part: Part) -> pa.Table:
    """The rows of part of a Parquet file, numbered in the column `row`."""
    with pq.ParquetFile(part.path) as file:
        groups: list[int] = []
        before = start = 0
        for group in range(file.metadata.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if before + rows <= part.first:
                start += rows
            elif before < part.first + part.rows:
                groups.append(group)
            before += rows
        found = file.read_row_groups(groups, columns_of(part.path)).slice(part.first - start, part.rows)
    found = plain(found)
    numbers = pa.array(range(part.first + 1, part.first + found.num_rows + 1), pa.int64())
    return found.add_column(0, ROW, numbers)
