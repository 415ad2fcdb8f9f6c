"""The database that works in this process."""

from __future__ import annotations

from typing import Any

import ibis

from detainer.interrupts import stoppable


def connect() -> Any:
    """A DuckDB of its own, in memory, as a backend of Ibis. No setting of the machine moves what it says of times."""
    con = ibis.duckdb.connect()
    stoppable(con.con)
    con.raw_sql("SET TimeZone = 'UTC'")
    return con
