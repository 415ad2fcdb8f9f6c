"""Tables decided on Spark, by the same plan. Needs the extra `spark`, and Java."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis

from detainer.columnar.decider import Decider
from detainer.columnar.facts import ROW
from detainer.columnar.files import Part, columns_of
from detainer.columnar.plan import Plan
from detainer.errors import DetainerError


class Spark(Decider):
    """A session of Spark: the one given, or the one that its own settings name. Files must lie where all of it sees them.

    Raises `DetainerError` where Spark is not installed or does not start.
    """

    whole_files = True

    def __init__(self, plan: Plan, session: Any = None) -> None:
        self._session = session or _session()
        self._session.conf.set("spark.sql.session.timeZone", "UTC")
        self._session.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        super().__init__(plan, ibis.pyspark.connect(self._session))

    def given(self, part: Part) -> Any:
        if part.table is not None:
            return self._named("given", self._session.createDataFrame(part.table))
        names = ", ".join(f"`{name}`" for name in columns_of(part.path))
        rows = f"SELECT _metadata.row_index + 1 AS {ROW}, {names} FROM parquet.`{part.path.resolve()}`"  # noqa: S608
        return self._named("given", self._session.sql(rows))

    def keep(self, name: str, table: Any) -> Any:
        # worked out here and now: all steps planned as one need more memory than Spark has
        return self._named(name, self._frame(table).localCheckpoint())

    def write(self, table: Any, path: Path) -> None:
        self._frame(table).write.parquet(str(path))

    def _frame(self, table: Any) -> Any:
        self.con._run_pre_execute_hooks(table)
        return self._session.sql(self.con.compile(table))

    def _named(self, name: str, frame: Any) -> Any:
        frame.createOrReplaceTempView(name)
        return self.con.table(name)


def _session() -> Any:
    try:
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.config("spark.ui.showConsoleProgress", "false")
        return builder.config("spark.ui.enabled", "false").getOrCreate()
    except ImportError as error:
        raise DetainerError(f"Spark is not installed ({error}); `pip install 'detainer[spark]'`") from None
    except Exception as error:  # what Spark raises where there is no Java is of no kind of its own
        raise DetainerError(f"Spark does not start: {error}; it needs Java 17 or later") from error
