"""The database that works in this process, and what databases are asked."""

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


def query(con: Any, table: Any) -> str:
    """A table as a query of a backend of Ibis, step by step: engines see through that sooner than Ibis fuses the steps."""
    sql = ibis.options.sql
    fuses = sql.fuse_selects
    sql.fuse_selects = False
    try:
        return str(con.compile(table))
    finally:
        sql.fuse_selects = fuses
