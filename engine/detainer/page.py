"""A page of sections: for a terminal, in Markdown, or in HTML. Knows nothing of what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from textwrap import fill

from detainer.saved import shown

_WIDTH = 110


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, sentences, points below them, a table, its first row the heads of its columns, and a picture (SVG), which only a
    page of HTML shows.
    """

    heading: str
    sentences: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    picture: str = ""

    def __str__(self) -> str:
        lines = [self.heading]
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
        return "\n\n".join([f"{self.title}\n{'=' * len(self.title)}", *map(str, self.sections)]) + "\n"

    def __str__(self) -> str:
        return self.text()

    def markdown(self) -> str:
        """For a report."""
        lines = [f"# {self.title}"]
        for section in self.sections:
            lines += ["", f"## {section.heading}"]
            for each in section.sentences:
                lines += ["", each]
            if section.points:
                lines += ["", *(f"- {each}" for each in section.points)]
            if section.table:
                head, *rows = (f"| {' | '.join(row)} |" for row in section.table)
                lines += ["", head, f"|{'---|' * len(section.table[0])}", *rows]
        return "\n".join(lines) + "\n"

    def html(self) -> str:
        """A page of its own, without scripts or anything to be loaded."""
        return (
            f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(self.title)}</title>\n'
            "<style>body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}"
            "table{border-collapse:collapse}th,td{border:1px solid;padding:.2rem .6rem;text-align:left}"
            "figure{margin:1rem 0}svg{max-width:100%;height:auto}</style></head>\n"
            f"<body>\n<h1>{escape(self.title)}</h1>\n{self._body()}\n</body>\n</html>\n"
        )

    def fragment(self) -> str:
        """For a place that has a style of its own, such as a notebook."""
        return f"<h1>{escape(self.title)}</h1>\n{self._body()}\n"

    def _repr_html_(self) -> str:
        return self.fragment()

    def __repr__(self) -> str:
        return shown("Page", f"`{self.title}`: {len(self.sections)} sections")

    def _body(self) -> str:
        parts: list[str] = []
        for section in self.sections:
            parts.append(f"<h2>{escape(section.heading)}</h2>")
            parts += [f"<p>{escape(each)}</p>" for each in section.sentences]
            if section.picture:
                parts.append(f"<figure>{section.picture}</figure>")
            if section.points:
                parts.append(f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in section.points)}</ul>")
            if section.table:
                head, *rows = section.table
                parts.append(
                    f"<table><thead>{_row(head, 'th')}</thead><tbody>{''.join(_row(row, 'td') for row in rows)}</tbody></table>"
                )
        return "\n".join(parts)


def _columns(table: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    """A table side by side where it fits, else cell below cell."""
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
    return fill(text, _WIDTH, initial_indent=first, subsequent_indent=others, break_on_hyphens=False)


def _row(cells: tuple[str, ...], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"
