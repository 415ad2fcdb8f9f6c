"""What others wrote is safe to read: whatever the text is, a reader of the output sees the text and nothing happens."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from detainer import DetainerError, Library
from detainer.columnar.summary import Bar, _chart
from detainer.formats import WRITERS, in_table, plain
from detainer.page import Link, Page, Section
from detainer.safe import FORMULAS, for_spreadsheet, html, markdown, printable

from strategies import small_library

MANY = settings(max_examples=400, deadline=None)
HOSTILE = [
    "\x1b[31mred", "\x00", "\x9b2J", "‮txt.exe", "a\u200bb", "line\nbreak", "a\r\nb", "\ttab", "a|b", "<script>x</script>",
    "<b>", "&lt;", "&amp;x", "`code`", "``", "[a](https://example.org)", "![x](y)", "[x]: y", "*bold*", "**b**", "_i_", "__b__",
    "a_b_c", "~~s~~", "$a$", "$$x$$", r"\frac", "# head", "- list", "+ list", "> said", "1. one", "2) two", "===", "---",
    "=1+1", "+1", "-1", "@x", '"', "'", "a\\", "\\|", "https://example.org", "<https://example.org>", "]]>", "-->", "é", "名",
]  # fmt: skip
texts = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=4), min_size=1, max_size=4).map(" ".join).filter(str.strip)


class Seen(HTMLParser):
    """What a page shows, and of which tags it is made."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.shown: list[str] = []
        self.links: list[str | None] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.shown.append(data)


def page(text: str) -> Page:
    table = (("head", text), (text, Link(text, f"https://example.org/{text}")), ("x", Link(text, f"javascript:{text}")))
    return Page(text, (Section(text, (text,), (text,), table),))


def plainly(text: str) -> str:
    return " ".join(printable(text).split())


@MANY
@given(texts)
def test_a_page_of_html_shows_it_and_nothing_else(text: str) -> None:
    seen = Seen(page(text).html())
    assert seen.tags <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "ul", "li", "div", "table", "thead", "tbody", "tr",
        "th", "td", "a",
    }  # fmt: skip
    assert len([each for each in seen.shown if plainly(each) == plainly(text)]) >= 8
    assert len(seen.links) == 1 and str(seen.links[0]).startswith("https://example.org/")


@MANY
@given(texts)
def test_markdown_shows_it_and_nothing_else(text: str) -> None:
    calm = text.replace("`", "'")  # between backticks our own sentences show code
    rendered = Seen(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(page(calm).markdown()))
    assert rendered.tags <= {"h1", "h2", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "a"}
    assert rendered.links == [link for link in rendered.links if str(link).startswith("https://example.org/")]
    words = "".join(rendered.shown)
    assert words.count(printable(calm).strip()) >= 7 or plainly(words).count(plainly(calm)) >= 7


@given(texts)
def test_a_cell_of_markdown_is_one_cell(text: str) -> None:
    rendered = (
        MarkdownIt("commonmark").enable("table").render(f"| a | b |\n|---|---|\n| {markdown(text, cell=True)} | x |\n")
    )
    assert rendered.count("<td>") == 2
    assert "<code>" not in rendered


@MANY
@given(texts)
def test_a_terminal_sees_no_sign_that_steers_it(text: str) -> None:
    assert all(sign.isprintable() for line in page(text).text().splitlines() for sign in line)
    assert printable(text).isprintable()
    assert printable(printable(text)) == printable(text)


def failed(text: str) -> dict[str, Any]:
    return {"id": text, "file": text, "errors": [{"message": text, "file": text, "line": 1, "column": 1}]}


@MANY
@given(texts)
def test_every_format_of_run_can_be_read_back(text: str) -> None:
    record = failed(text)
    for name, write in WRITERS.items():
        out = StringIO()
        try:
            write([in_table(record) if name == "table" else record], out, plain)
        except AttributeError:
            continue  # JSON is written as bytes
        written = out.getvalue()
        if name == "junit":
            case = ElementTree.fromstring(written.encode()).find("testcase")
            assert case is not None and case.get("name") == printable(text)
        elif name == "csv":
            assert next(csv.DictReader(StringIO(written, newline="")))["id"] == printable(text)
        elif name == "markdown":
            assert written.count("\n") == 3
        else:
            assert all(sign.isprintable() for line in written.split("\n") for sign in line)


@given(texts)
def test_a_chart_takes_no_text_for_mathematics(text: str) -> None:
    drawn = _chart([Bar(text, 1, 2, 3)], across=True)
    root = ElementTree.fromstring(drawn)
    words = [" ".join("".join(each.itertext()).split()) for each in root.iter("{http://www.w3.org/2000/svg}text")]
    said = plainly(text)
    assert any(said == each or (each.endswith("…") and said.startswith(each[:-1])) for each in words)
    assert printable(text) in str(root.get("aria-label"))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_spreadsheet_works_nothing_out(text: str) -> None:
    cell = for_spreadsheet(text)
    assert not cell.startswith(FORMULAS)
    assert cell.removeprefix("'") == text.removeprefix("'")


@pytest.mark.parametrize("sign", ["\\x1b[31m", "\\u202e", "\\0", "\\u200b"])
def test_law_with_signs_that_cannot_be_seen_is_refused(sign: str, tmp_path: Path) -> None:
    library: Library = small_library(
        tmp_path, f'  - {{id: may, authority: a, effect: permits, when: detainer, because: "it {sign} may"}}\n'
    )
    with pytest.raises(DetainerError, match="signs that cannot be seen; delete them") as found:
        library.history("us")
    assert str(found.value).isprintable()


def test_attributes_are_closed_by_nothing_in_them() -> None:
    assert html('"><script>') == "&quot;&gt;&lt;script&gt;"
    assert not re.search(r"[<>\"]", html("<\">'"))
