"""How an engine of Ibis reckons with instants and local times. Decides nothing.

Engines add to a timestamp an order of magnitude slower than to a number, so where they can turn one into the other, an instant is
the number of microseconds since 1970 (UTC); a local time likewise, as if it were UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import ibis
import ibis.expr.datatypes as dt

from detainer.columnar.facts import Column

EngineName = Literal["duckdb", "spark", "any"]
_MICROSECOND = timedelta(microseconds=1)
_START = datetime(1970, 1, 1)


@ibis.udf.scalar.builtin(name="epoch_us", signature=((dt.timestamp,), dt.int64))
def _epoch_us(moment: Column) -> Column: ...


@ibis.udf.scalar.builtin(name="make_timestamp", signature=((dt.int64,), dt.timestamp))
def _make_timestamp(micros: Column) -> Column: ...


@ibis.udf.scalar.builtin(name="unix_micros", signature=((dt.timestamp,), dt.int64))
def _unix_micros(moment: Column) -> Column: ...


@ibis.udf.scalar.builtin(name="timestamp_micros", signature=((dt.int64,), dt.timestamp))
def _timestamp_micros(micros: Column) -> Column: ...


@dataclass(frozen=True)
class Instants:
    """`of`: a column of timestamps as instants; `at`: back. `numbers`: they are numbers."""

    of: Callable[[Column], Column]
    at: Callable[[Column], Column]
    numbers: bool

    @property
    def type(self) -> str:
        """The type of a column of instants."""
        return "int64" if self.numbers else "timestamp"

    def later(self, instant: Column, seconds: Column | int) -> Column:
        """An instant so many seconds later."""
        if self.numbers:
            return instant + seconds * 1_000_000
        return instant + (ibis.interval(seconds=seconds) if isinstance(seconds, int) else seconds.as_interval("s"))

    def plain(self, moment: datetime) -> int | datetime:
        """An instant, or a local time without an offset, as such a column holds it."""
        naive = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
        return (naive - _START) // _MICROSECOND if self.numbers else naive


def _same(moment: Column) -> Column:
    return moment


INSTANTS: dict[EngineName, Instants] = {
    "duckdb": Instants(_epoch_us, _make_timestamp, numbers=True),
    "spark": Instants(_unix_micros, _timestamp_micros, numbers=True),
    "any": Instants(_same, _same, numbers=False),
}
"""By engine; `any` asks for nothing but what every engine has."""
