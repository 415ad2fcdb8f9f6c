"""How an engine of Ibis reckons with instants and local times. Decides nothing.

Engines add to a timestamp an order of magnitude slower than to a number, so an instant is the number of microseconds since 1970
(UTC); a local time likewise, as if it were UTC.
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
_MICROSECOND = timedelta(microseconds=1)
_START = datetime(1970, 1, 1)
_UTC: Any = ibis.schema({"utc": "timestamp('UTC')"})["utc"]


def _function(name: str, from_: Any, to: Any) -> Callable[[Column], Column]:
    """A function that an engine has under that name."""

    def function(_value: Any) -> Any: ...

    return ibis.udf.scalar.builtin(function, name=name, signature=((from_,), to))


@dataclass(frozen=True)
class Instants:
    """`of`: a column of timestamps as instants; `at`: back; `told`: as timestamps in UTC."""

    of: Callable[[Column], Column]
    at: Callable[[Column], Column]
    told: Callable[[Column], Column]
    type: str = "int64"
    """The type of a column of instants."""

    def later(self, instant: Column, seconds: Column | int) -> Column:
        """An instant so many seconds later."""
        return instant + seconds * 1_000_000

    def plain(self, moment: datetime) -> int:
        """An instant, or a local time without an offset, as such a column holds it."""
        naive = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
        return (naive - _START) // _MICROSECOND


def _told(moment: Column) -> Column:
    return moment.cast(_UTC)


_micros = _function("timestamp_micros", dt.int64, dt.timestamp)
_unix_micros = _function("unix_micros", _UTC, dt.int64)

INSTANTS: dict[EngineName, Instants] = {
    "duckdb": Instants(
        _function("epoch_us", dt.timestamp, dt.int64),
        _function("make_timestamp", dt.int64, dt.timestamp),
        _function("make_timestamptz", dt.int64, _UTC),
    ),
    "spark": Instants(
        lambda moment: _unix_micros(_told(moment)),  # it takes no timestamp without time zone
        _micros,
        lambda instant: _told(_micros(instant)),
    ),
}
"""By engine."""
