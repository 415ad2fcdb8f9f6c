"""How an engine of Ibis reckons with instants and local times. Decides nothing.

Engines add to a timestamp an order of magnitude slower than to a number, so where they can turn one into the other, an instant is
the number of microseconds since 1970 (UTC); a local time likewise, as if it were UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import ibis
import ibis.expr.datatypes as dt

from detainer.columnar.facts import Column

EngineName = Literal["duckdb", "spark"]
Dialect = Literal["duckdb", "spark", "any"]
_MICROSECOND = timedelta(microseconds=1)
_START = datetime(1970, 1, 1)
_UTC: Any = ibis.schema({"utc": "timestamp('UTC')"})["utc"]


def _function(name: str, from_: Any, to: Any) -> Callable[[Column], Column]:
    """A function that an engine has under that name."""

    def function(_value: Any) -> Any: ...

    return ibis.udf.scalar.builtin(function, name=name, signature=((from_,), to))


@dataclass(frozen=True)
class Instants:
    """`of`: a column of timestamps as instants; `at`: back; `told`: as timestamps in UTC. `numbers`: they are numbers."""

    of: Callable[[Column], Column]
    at: Callable[[Column], Column]
    told: Callable[[Column], Column]
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


def _told(moment: Column) -> Column:
    return moment.cast(_UTC)


_micros = _function("timestamp_micros", dt.int64, dt.timestamp)
_unix_micros = _function("unix_micros", _UTC, dt.int64)

INSTANTS: dict[Dialect, Instants] = {
    "duckdb": Instants(
        _function("epoch_us", dt.timestamp, dt.int64),
        _function("make_timestamp", dt.int64, dt.timestamp),
        _function("make_timestamptz", dt.int64, _UTC),
        numbers=True,
    ),
    "spark": Instants(
        lambda moment: _unix_micros(_told(moment)),  # it takes no timestamp without time zone
        _micros,
        lambda instant: _told(_micros(instant)),
        numbers=True,
    ),
    "any": Instants(_same, _same, _told, numbers=False),
}
"""By engine; `any` asks for nothing but what every engine has."""
