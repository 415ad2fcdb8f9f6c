"""Two ways to read YAML, one answer: on shipped files and on what slips of the hand make of them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import yaml12
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detainer import FileError
from detainer.yamlfile import Source, _Exact, _quick

from conftest import ROOT

TEXTS = [file.read_text("utf-8") for room in ("scenarios", "rulesets") for file in (ROOT / room).rglob("*.yaml")]
SLIPS = st.sampled_from([*"[]{},:-'\"#\n \t|>?~@`%&*!0aé\\=<.", "- ", ": ", "''", "\n  ", " !", " &a", " *a"])


@st.composite
def slipped(draw: st.DrawFn) -> str:
    """A piece of a shipped file with a few characters put in, left out or replaced."""
    lines = draw(st.sampled_from(TEXTS)).split("\n")
    start = draw(st.integers(0, max(0, len(lines) - 12)))
    text = "\n".join(lines[start : start + 12])
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(SLIPS | st.just("")) + text[at + draw(st.integers(0, 1)) :]
    return "a:\n" + text if draw(st.booleans()) else text


def _exact(text: str) -> Any:
    try:
        return _Exact(text, "x").root.value
    except FileError:
        return FileError


@given(slipped())
@example("a: !\n")
@example("a: [b,! c]\n")
@example("a: {b: 1, c: &x 2}\n")
@example("a: .inf\nb: [-.INF, .nan, 1e3, 0o17, 0x1F, +5, 010, ~, Null, NO, True]\n")
@example(": a\n")
@example("a: 1\na: 2\n")
@example("a: {b: 1, b: 2}\n")
@example("a: 1\n---\na: 2\n")
@example("a:\t{b: 1}\n")
@example("a: @b\nc: `d`\n")
@example("a: }\n")
@example("a: b\n\n]c: d\n")
@example("a: {b: c, `d: e}\n")
def test_the_quick_way_gives_what_the_exact_way_gives(text: str) -> None:
    """Or nothing. Where the exact way is the stricter of the two, it is about punctuation that YAML 1.2 has made lawful."""
    source = None
    try:
        source = Source(text, "x")
    except FileError:
        assert _exact(text) is FileError
    if source is not None and (exact := _exact(text)) is not FileError:
        assert repr(source.data) == repr(exact)
    if source is not None:
        assert "Yaml(" not in repr(source.data)
        if _exact(text) is FileError:
            yaml12.parse_yaml(text)


@st.composite
def scalars(draw: st.DrawFn) -> str:
    """Keys and values, plain and quoted, many of which are no text."""
    word = st.text("0123456789+-.eEfInNaAuUlLtTrRsS~_xo", min_size=1, max_size=6)
    odd = st.sampled_from(
        ["~", "Null", "True", "FALSE", "0x1F", "010", "+5", "-01", ".inf", "nan", "1.", "1e3", "yes", "2014-03-03"]
    )
    lines: list[str] = []
    for number in range(draw(st.integers(1, 4))):
        value, quote = draw(word | odd), draw(st.sampled_from(["", "", "'", '"']))
        key = draw(st.just(f"k{number}") | odd | st.just(f"'{number}'"))
        lines.append(f"{key}: {draw(st.sampled_from(['', '[b, ']))}")
        lines[-1] += f"{quote}{value}{quote}" + ("]" if "[" in lines[-1] else "")
    return "\n".join(lines) + "\n"


@settings(max_examples=500)
@given(scalars())
@example("a: 123456789012345678901234567890\n")
@example("a: ''\nb: '~'\nc: 'True'\n")
def test_a_scalar_is_the_same_on_every_way(text: str) -> None:
    found, exact = _quick(text), _exact(text)
    if found is not None and exact is not FileError:
        assert repr(found) == repr(exact)


def test_texts_that_look_like_numbers_go_a_quick_way() -> None:
    """A bookkeeper's program quotes every name of a case that is made of digits."""
    assert _quick("scenarios:\n  - id: '0017'\n") == {"scenarios": [{"id": "0017"}]}


def test_shipped_files_go_the_quick_way() -> None:
    quick = sum(_quick(text) is not None for text in TEXTS)
    assert quick == len(TEXTS)


@pytest.mark.parametrize("text", ["a: {b: c,\nd: e}\n", "a:\n  b: 1\n c: 2\n", "a: [1\n"])
def test_the_parsers_themselves_say_nothing(text: str, capfd: pytest.CaptureFixture[str]) -> None:
    _quick(text)
    assert capfd.readouterr() == ("", "")


def test_quiet_only_while_it_reads() -> None:
    """Standard error is there again afterwards, also for a process that has none."""
    code = (
        "from detainer.yamlfile import _quick; import sys; _quick('a: {b: c,\\nd: e}'); print('heard', file=sys.stderr)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr == "heard\n"
    code = "import os; os.close(2); from detainer.yamlfile import _quick; print(_quick('a: 1'))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "{'a': 1}\n"
