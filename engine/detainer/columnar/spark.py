"""Tables decided on Spark, by the same plan: in this process, on a cluster, or by Spark Connect. Needs the extra `spark`.

What Spark cannot do is said in one line. The session that is given stays as it is, see `pins`.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.operations as ops
import pyarrow as pa
import pyarrow.parquet as pq

from detainer.columnar.database import query
from detainer.columnar.decider import Decider
from detainer.columnar.facts import ROW
from detainer.columnar.files import Part, columns_of
from detainer.columnar.pins import pin
from detainer.columnar.plan import Plan
from detainer.columnar.sessions import beside, session_here, told
from detainer.columnar.sparktypes import as_taken, reads, rows_of, taken


class Spark(Decider):
    """A session of Spark: the one given, or the one that the surroundings name. Files must lie where all of it sees them.

    Raises `DetainerError` where Spark is not installed, does not start, or fails.
    """

    def __init__(self, plan: Plan, session: Any = None) -> None:
        given = session or session_here()
        with told("fails"):
            self._session = beside(given)
            con = ibis.pyspark.connect(self._session)
            pin(self._session, given)  # Ibis sets some itself
        self._frames: dict[str, Any] = {}
        super().__init__(plan, con)

    def whole(self, path: Path) -> bool:
        return path.suffix == ".parquet" and reads(path)

    def given(self, part: Part) -> Any:
        with told(f"does not read {part.path}"), self._active():
            if part.table is None and reads(part.path):
                return self._named("given", self._read(part.path))
            return self._named("given", self._sent(rows_of(part) if part.table is None else part.table))

    def put(self, name: str, table: pa.Table) -> Any:
        with told("fails"), self._active():
            return self._named(name, self._sent(table))

    def keep(self, name: str, table: Any) -> Any:
        with told("fails"), self._active():
            # worked out here and now: all steps planned as one need more memory than Spark has
            return self._named(name, self._frame(table).localCheckpoint())

    def fetched(self, table: Any) -> pa.Table:
        with told("fails"), self._active():
            found = self._frame(table).toArrow()
        return found.cast(pa.schema([field.with_nullable(True) for field in found.schema]))

    def write(self, table: Any, path: Path) -> None:
        with told("fails"), self._active():
            self._frame(table).write.parquet(_local(path))

    @contextmanager
    def _active(self) -> Generator[None]:
        """Spark Connect 4 gives a checkpoint to the session that is active, whichever it was made in."""
        active = getattr(self._session, "_active_session", None)
        before = getattr(active, "session", None)
        if active is None:
            yield
            return
        active.session = self._session
        try:
            yield
        finally:
            active.session = before

    def _read(self, path: Path) -> Any:
        """The rows of a Parquet file, numbered in the column `row`."""
        names = columns_of(path)
        schema = pa.schema([(name, taken(pq.read_schema(path).field(name).type)) for name in names])
        frame = self._session.read.schema(_schema(schema)).parquet(_local(path))
        return frame.selectExpr(f"_metadata.row_index + 1 AS {ROW}", *(f"`{name}`" for name in names))

    def _sent(self, table: pa.Table) -> Any:
        table = as_taken(table)
        return self._session.createDataFrame(table, schema=_schema(table.schema))

    def _frame(self, table: Any) -> Any:
        for each in table.op().find(ops.InMemoryTable):  # Ibis takes the way over pandas
            held = each.data.to_pyarrow(each.schema)
            self._sent(held).createOrReplaceTempView(each.name)
        return self._session.sql(query(self.con, table))

    def _named(self, name: str, frame: Any) -> Any:
        """A table under a name. Ibis 12 says of Spark's instants that they have no time zone."""
        frame.createOrReplaceTempView(name)
        self._frames[name] = frame  # Spark Connect forgets what nobody holds
        table = self.con.table(name)
        instants = [field.name for field in frame.schema if field.dataType.typeName() == "timestamp"]
        return table.mutate(**{each: table[each].cast("timestamp('UTC')") for each in instants})


def _schema(schema: pa.Schema) -> Any:
    """Columns of Arrow as columns of Spark; a timestamp without time zone stays one."""
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema, prefer_timestamp_ntz=True)


def _local(path: Path) -> str:
    """A file of this machine, wherever Spark would look for one."""
    return f"file:{path.resolve()}"
