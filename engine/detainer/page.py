"""A page of sections: for a terminal, in Markdown, or in HTML. Knows nothing of what it says, and trusts no text of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import fill
from typing import Any
from urllib.parse import quote

from detainer.safe import html, markdown, printable
from detainer.saved import shown

_WIDTH = 110

NO_MATHEMATICS = "tex2jax_ignore mathjax_ignore"
"""The class of what a notebook must not take for mathematics, however many dollar signs stand in it."""


class Link(str):
    """A cell of a table that leads to where it can be read. Only addresses of the web are followed."""

    __slots__ = ("url",)
    url: str | None

    def __new__(cls, text: str, url: str | None) -> Link:
        link = super().__new__(cls, text)
        link.url = url if url and url.startswith(("https://", "http://")) else None
        return link


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, sentences, points below them, a table, its first row the heads of its columns (cells may be a `Link`), and a
    picture (SVG), which only a page of HTML shows.
    """

    heading: str
    sentences: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    picture: str = ""

    def __str__(self) -> str:
        lines = [printable(self.heading)]
        lines += [_filled(each, "  ", "  ") for each in self.sentences]
        lines += [_filled(each, "  - ", "    ") for each in self.points]
        lines += _columns(self.table) if self.table else []
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Page:
    """Sections, to be shown as text, Markdown or HTML."""

    title: str
    sections: tuple[Section, ...]

    def plus(self, *sections: Section) -> Page:
        """The same with more sections, before the caveats."""
        return Page(self.title, (*self.sections[:-1], *sections, *self.sections[-1:]))

    def text(self) -> str:
        """For a terminal, 110 columns wide."""
        title = printable(self.title)
        return "\n\n".join([f"{title}\n{'=' * len(title)}", *map(str, self.sections)]) + "\n"

    def __str__(self) -> str:
        return self.text()

    def markdown(self) -> str:
        """For a report."""
        lines = [f"# {markdown(self.title)}"]
        for section in self.sections:
            lines += ["", f"## {markdown(section.heading)}"]
            for each in section.sentences:
                lines += ["", markdown(each)]
            if section.points:
                lines += ["", *(f"- {markdown(each)}" for each in section.points)]
            if section.table:
                head, *rows = (f"| {' | '.join(map(_markdown_cell, row))} |" for row in section.table)
                lines += ["", head, f"|{'---|' * len(section.table[0])}", *rows]
        return "\n".join(lines) + "\n"

    def html(self) -> str:
        """A page of its own, without scripts or anything to be loaded."""
        return (
            f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{html(self.title)}</title>\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            "<style>body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}"
            "body{overflow-wrap:break-word}@media(max-width:40rem){table{font-size:.8rem}}"
            "table{border-collapse:collapse}th,td{border:1px solid;padding:.2rem .6rem;text-align:left;overflow-wrap:normal}"
            # what is wider than a telephone is moved by itself, and stays large enough to be read
            "figure{margin:1rem 0}figure,.wide{overflow-x:auto}svg{min-width:34rem;max-width:100%;height:auto}</style></head>\n"
            f"<body>\n<h1>{html(self.title)}</h1>\n{self._body()}\n</body>\n</html>\n"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON; pictures are left out."""
        sections = [
            {"heading": each.heading, "sentences": each.sentences, "points": each.points, "table": each.table}
            for each in self.sections
        ]
        return {"title": self.title, "sections": sections}

    def fragment(self) -> str:
        """For a place that has a style of its own, such as a notebook."""
        return f'<div class="{NO_MATHEMATICS}">\n<h1>{html(self.title)}</h1>\n{self._body()}\n</div>\n'

    def _repr_html_(self) -> str:
        return self.fragment()

    def __repr__(self) -> str:
        return shown("Page", f"`{self.title}`: {len(self.sections)} sections")

    def _body(self) -> str:
        parts: list[str] = []
        for section in self.sections:
            parts.append(f"<h2>{html(section.heading)}</h2>")
            parts += [f"<p>{html(each)}</p>" for each in section.sentences]
            if section.picture:
                parts.append(f"<figure>{section.picture}</figure>")
            if section.points:
                parts.append(f"<ul>{''.join(f'<li>{html(each)}</li>' for each in section.points)}</ul>")
            if section.table:
                head, *rows = section.table
                body = "".join(_row(row, "td") for row in rows)
                parts.append(
                    f'<div class="wide"><table><thead>{_row(head, "th")}</thead><tbody>{body}</tbody></table></div>'
                )
        return "\n".join(parts)


def _columns(table: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    """A table side by side where it fits, else cell below cell."""
    table = tuple(tuple(map(printable, row)) for row in table)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    if sum(widths) + 2 * len(widths) <= _WIDTH:
        for row in table:
            yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        return
    (_, *heads), *rows = table
    for first, *cells in rows:
        yield f"  {first}"
        for head, cell in zip(heads, cells, strict=True):
            yield _filled(f"{head}: {cell}", "    ", "      ")


def _filled(text: str, first: str, others: str) -> str:
    return fill(printable(text), _WIDTH, initial_indent=first, subsequent_indent=others, break_on_hyphens=False)


def _row(cells: tuple[str, ...], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{_html_cell(cell)}</{tag}>' for cell in cells)}</tr>"


def _html_cell(cell: str) -> str:
    if isinstance(cell, Link) and cell.url:
        return f'<a href="{html(cell.url)}">{html(cell)}</a>'
    return html(cell)


def _markdown_cell(cell: str) -> str:
    shown = markdown(cell, cell=True)
    if isinstance(cell, Link) and cell.url:
        return f"[{_BRACKETS.sub(_ESCAPED, shown)}](<{quote(printable(cell.url), safe=_OF_ADDRESSES)}>)"
    return shown


_BRACKETS, _ESCAPED = re.compile(r"(?<!\\)[\[\]]"), r"\\\g<0>"

_OF_ADDRESSES = "/:?#[]@!$&'()*+,;=%-._~"
"""Signs that an address may have; all others are written by their numbers in it."""
