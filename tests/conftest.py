"""Shared by all tests: where the project is, and what is left out where a machine lacks Java."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

SPARK = pytest.mark.xdist_group("spark").mark
"""Tests that start Spark, which is Java, bear this mark: so one process starts it for all of them."""

_left_out = pytest.StashKey[int]()


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths in output are as a reader at the project's root sees them."""
    monkeypatch.chdir(ROOT)


def _java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home, "bin"))) if home else shutil.which("java")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without Java, the tests that start Spark are left out."""
    if _java():
        return
    spark = [item for item in items if any(mark == SPARK for mark in item.iter_markers())]
    items[:] = [item for item in items if item not in spark]
    config.hook.pytest_deselected(items=spark)
    config.stash[_left_out] = len(spark)
    if hasattr(config, "workeroutput"):  # a process of pytest-xdist, each of which collects all tests
        config.workeroutput["left out"] = len(spark)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What a process of pytest-xdist left out."""
    node.config.stash[_left_out] = getattr(node, "workeroutput", {}).get("left out", 0)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """The last line says how many tests were left out, and why."""
    yield
    count = session.config.stash.get(_left_out, 0)
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if count and reporter:
        many = "1 test was" if count == 1 else f"{count} tests were"
        reporter.write_line(
            f"{many} left out: they start Spark, and there is no Java here (Debian: default-jre-headless)"
        )
