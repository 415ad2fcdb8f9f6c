"""Shared by all tests: where the project is, and what is left out where a machine lacks Java or a database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from detainer.garbage import collect_rarely

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

collect_rarely()  # as commands do: what tests make beside what hundreds of them have loaded takes several times as long else

_left_out = pytest.StashKey[dict[str, int]]()


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths in output are as a reader at the project's root sees them."""
    monkeypatch.chdir(ROOT)


def _java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home, "bin"))) if home else shutil.which("java")


def _program(name: str, *folders: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *folders]))


def _postgres() -> str | None:
    return _program("initdb", *map(str, Path("/usr/lib/postgresql").glob("*/bin")))


def _mariadb() -> str | None:
    return _program("mariadbd", "/usr/sbin")


NEEDS: dict[str, tuple[Callable[[], str | None], str]] = {
    "spark": (_java, "start Spark, and there is no Java here (Debian: default-jre-headless)"),
    "postgres": (_postgres, "start PostgreSQL, which is not here (Debian: postgresql)"),
    "mariadb": (_mariadb, "start MariaDB, which is not here (Debian: mariadb-server-core mariadb-client-core)"),
}
"""What tests start that no package of Python brings, whether it is here, and what is said where it is not. Such tests bear the
mark of `xdist_group` of that name, so that one process starts it for all of them.
"""


@pytest.fixture(scope="session")
def spark() -> Generator[Any]:
    """The one session of Spark of all tests, which serves Spark Connect, too. Nothing is compiled for its small tables."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "2g",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.port": "0",
    }
    session = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that start what is not here are left out."""
    missing = {name: pytest.mark.xdist_group(name).mark for name, (here, _) in NEEDS.items() if not here()}
    left_out = {name: [each for each in items if mark in each.iter_markers()] for name, mark in missing.items()}
    gone = dict.fromkeys(each for found in left_out.values() for each in found)
    items[:] = [item for item in items if item not in gone]
    config.hook.pytest_deselected(items=list(gone))
    config.stash[_left_out] = {name: len(found) for name, found in left_out.items()}
    if hasattr(config, "workeroutput"):  # a process of pytest-xdist, each of which collects all tests
        config.workeroutput["left out"] = config.stash[_left_out]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What a process of pytest-xdist left out."""
    node.config.stash[_left_out] = getattr(node, "workeroutput", {}).get("left out", {})


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """The last lines say how many tests were left out, and why."""
    yield
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    for name, count in session.config.stash.get(_left_out, {}).items():
        if count and reporter:
            many = "1 test was" if count == 1 else f"{count} tests were"
            reporter.write_line(f"{many} left out: they {NEEDS[name][1]}")
