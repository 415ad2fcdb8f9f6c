"""What Spark's SQL means hangs on settings of its session. Here they are held to those that the plan was tried with.

A session that is given is left as it is: the plan runs in one beside it, which takes over what was set there (where data lie, how
much is done at once) but for what says what a query means. Decides nothing.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import Any

from detainer.errors import DetainerError

FAMILIES = ("spark.sql.ansi.", "spark.sql.function.", "spark.sql.legacy.", "spark.sql.parser.")
"""The beginnings of the names of settings that go back to Spark's own values."""

PINS = {
    "spark.sql.ansi.enabled": "true",  # else the length of NULL is -1, and what overflows wraps
    "spark.sql.session.timeZone": "UTC",  # local times are reckoned with as if they were UTC
    "spark.sql.timestampType": "TIMESTAMP_LTZ",  # what a cast to TIMESTAMP makes
    "spark.sql.caseSensitive": "true",
    "spark.sql.groupByOrdinal": "true",  # Ibis writes GROUP BY 1
    "spark.sql.orderByOrdinal": "true",
    "spark.sql.variable.substitute": "false",  # `${…}` in the words of a law is text
    "spark.sql.files.ignoreCorruptFiles": "false",  # no row is left out silently
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.sources.useV1SourceList": "avro,csv,json,kafka,orc,parquet,text",  # the reader that numbers rows
    "spark.sql.parquet.binaryAsString": "false",
    "spark.sql.parquet.compression.codec": "snappy",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.fieldId.read.enabled": "false",  # columns go by their names
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",  # an instant in UTC, and the file says so
    "spark.sql.parquet.writeLegacyFormat": "false",
    "spark.sql.execution.arrow.useLargeVarTypes": "false",
}
"""Settings by name, and what they are held to."""


def pin(session: Any, given: Any) -> None:
    """Give a session the settings of another, but for those that say what a query means. Raises `DetainerError` where Spark does
    not let one be what it has to be.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are no longer used
        _take_over(session.conf, given.conf)
        for name, value in PINS.items():
            try:
                session.conf.set(name, value)
            except Exception as error:  # a service may let few settings be changed
                if session.conf.get(name, None) != value:
                    raise DetainerError(
                        f"Spark does not let `{name}` be {value} here, and decisions hang on that"
                    ) from error


def _take_over(conf: Any, given: Any) -> None:
    for name, value in given.getAll.items():
        if conf.get(name, None) != value:
            with suppress(Exception):  # it is fixed for all sessions
                conf.set(name, value)
    for name in conf.getAll:
        if name.startswith(FAMILIES) and name not in PINS and conf.isModifiable(name):
            conf.unset(name)
