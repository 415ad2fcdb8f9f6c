"""Sessions of Spark: the one that the surroundings name, one beside another, and what they raise as one line. Decides nothing."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from logging import CRITICAL
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from detainer.errors import DetainerError
from detainer.interrupts import handled, stoppable

_LONGEST = 400
"""How many signs of an error are told."""


def session_here() -> Any:
    """The session that there is, or the one that `SPARK_REMOTE` or Spark's own settings name. Raises `DetainerError`."""
    try:
        from pyspark import SparkContext
        from pyspark.logger import PySparkLogger
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise DetainerError(f"Spark is not installed ({error}); `pip install 'detainer[spark]'`") from None
    PySparkLogger.getLogger("SQLQueryContextLogger").setLevel(CRITICAL)  # it tells once more, as JSON, what is raised
    with told("does not start"):
        if "SPARK_REMOTE" in os.environ:
            _answers(os.environ["SPARK_REMOTE"])
        elif os.environ.get("SPARK_API_MODE", "").lower() != "connect" and SparkContext._active_spark_context is None:
            _start()
        return SparkSession.builder.getOrCreate()


def _answers(address: str) -> None:
    """That somebody listens at ``sc://host:port``: Spark tries for ten minutes else. Raises `DetainerError`."""
    if not address.startswith("sc://") or {"grpc_proxy", "https_proxy", "http_proxy"} & set(os.environ):
        return
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or 15002
    try:
        socket.create_connection((host, port), timeout=10).close()
    except OSError as error:
        raise DetainerError(
            f"Spark Connect does not answer at {host}:{port} (SPARK_REMOTE): {error.strerror or error}"
        ) from None


def _start() -> None:
    """Start Spark in a process of its own. What that tells of its work is kept from the terminal, unless settings of its log are
    given: a failure is told once.
    """
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway

    conf = SparkConf().set("spark.ui.enabled", "false").set("spark.ui.showConsoleProgress", "false")
    of_log = Path(os.environ.get("SPARK_CONF_DIR", ""), "log4j2.properties")
    with tempfile.TemporaryFile() as log:
        try:
            gateway = launch_gateway(conf, None if of_log.is_file() else {"stderr": log})
        except Exception as error:
            log.seek(0)
            lines = log.read().decode(errors="replace").splitlines()
            said = next((line for line in lines if line and not line.startswith("WARNING")), _line(error))
            raise DetainerError(f"Spark does not start: {said[:_LONGEST]}; it needs Java 17 or later") from None
    _STARTED.append(_Started(gateway.proc))
    stoppable(_STARTED[-1])
    heard = signal.getsignal(signal.SIGINT)
    SparkContext(conf=conf, gateway=gateway)
    if handled():
        signal.signal(signal.SIGINT, heard)  # Spark hears it itself from now on, and asks for the end of all jobs first


class _Started:
    """A Spark that was started here. Whoever breaks off ends it: its tasks would write on."""

    def __init__(self, process: Any) -> None:
        self._process = process

    def interrupt(self) -> None:
        self._process.kill()


_STARTED: list[_Started] = []
"""It lives as long as this process."""


def beside(session: Any) -> Any:
    """A session like another, with settings and names of its own. Raises `DetainerError`."""
    if hasattr(session, "newSession"):
        return session.newSession()
    found = type(session)(session.client._builder)  # Spark Connect before 4.3
    if found.session_id == session.session_id:
        raise DetainerError("the address of Spark Connect names a `session_id`; leave that out")
    return found


@contextmanager
def told(what: str) -> Generator[None]:
    """Raise what Spark raises, which is of many kinds and many lines, as a `DetainerError` of one line."""
    try:
        yield
    except DetainerError:
        raise
    except Exception as error:
        raise DetainerError(f"Spark {what}: {_line(error)}") from error


def _line(error: Exception) -> str:
    """The first line of what an error says."""
    if isinstance(error, ConnectionError) or type(error).__name__ == "Py4JNetworkError":
        return "its process has ended"
    raised = getattr(error, "java_exception", None)
    lines = (str(error) if raised is None else str(raised.toString())).strip().splitlines()
    return lines[0][:_LONGEST] if lines else type(error).__name__
