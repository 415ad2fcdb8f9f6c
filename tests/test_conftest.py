"""Tests that start what is not here, such as Spark without Java, are left out, not skipped, and the last line says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import ROOT

TESTS = """
import pytest

@pytest.mark.xdist_group("spark")
def test_one(): pass

@pytest.mark.xdist_group("spark")
def test_two(): pass

@pytest.mark.xdist_group("another")
def test_three(): pass

def test_four(): pass
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    pytester.makeconftest((ROOT / "tests/conftest.py").read_text("utf-8"))
    pytester.makepyfile(TESTS)
    java = tmp_path / "bin/java"
    java.parent.mkdir()
    java.write_text("")
    java.chmod(0o755)
    monkeypatch.chdir(pytester.path)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    return pytester


@pytest.mark.parametrize("processes", ["0", "2"])
def test_with_java_all_run(suite: pytest.Pytester, processes: str) -> None:
    found = suite.runpytest_subprocess("-n", processes)
    found.assert_outcomes(passed=4)
    assert "left out" not in found.stdout.str()


@pytest.mark.parametrize("processes", ["0", "2"])
@pytest.mark.parametrize(
    ("chosen", "said"),
    [("one or two or three", "2 tests were left out: "), ("one or four", "1 test was left out: "), ("three", "")],
)
def test_without_java_the_last_line_says_what_was_left_out(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, processes: str, chosen: str, said: str
) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    found = suite.runpytest_subprocess("-n", processes, "-k", chosen)
    assert found.parseoutcomes()["passed"] == 1
    assert "skipped" not in found.parseoutcomes()
    assert found.outlines[-1].startswith(said) if said else "left out" not in found.stdout.str()
