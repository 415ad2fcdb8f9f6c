"""Text that others wrote, made safe for those who read it: at a terminal, in XML, Markdown, HTML, in a spreadsheet. Pure.

Law, scenarios and tables may hold anything. What is written for people goes through here where it is written.
"""

from __future__ import annotations

import re
from html import escape

_STARTS = re.compile(r"^(\s*)([#>+\-=]|\d+(?=[.)]))")
_SIGNS = re.compile(r"([\\*|$]|~(?=~)|(?<![^\W_])_|_(?![^\W_])|\](?=[(\[:])|!(?=\[)|#(?=#*\s*$)|<|&(?=#?\w+;))")
_NAMED = {"<": "&lt;", "&": "&amp;"}


def printable(text: str) -> str:
    """One line that any terminal can show and any XML can hold: signs that steer or hide are written out, ``\\x1b``.

    >>> printable("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    return text if text.isprintable() else "".join(s if s.isprintable() else ascii(s)[1:-1] for s in text)


def html(text: str) -> str:
    """As text of a page of HTML, or within quotes as an attribute."""
    return escape(printable(text))


def markdown(text: str, *, cell: bool = False) -> str:
    """As a line of Markdown that shows the text and nothing else; between backticks it may be shown as code, but in a `cell`.

    >>> print(markdown("<b> [a](b) |"))
    &lt;b> [a\\](b) \\|
    """
    shown = _SIGNS.sub(lambda found: _NAMED.get(found[1], f"\\{found[1]}"), printable(text))
    if cell:
        return shown.replace("`", "\\`")
    return _STARTS.sub(lambda found: f"{found[1]}{_start(found[2])}", shown)


def _start(sign: str) -> str:
    """What would begin a heading, a list or a quotation."""
    return f"{sign}\\" if sign.isdecimal() else f"\\{sign}"


def for_spreadsheet(text: str) -> str:
    """As a cell that no spreadsheet takes for a formula: one that begins like a formula gets an apostrophe before it.

    >>> for_spreadsheet("=1+1"), for_spreadsheet("us/wa/king")
    ("'=1+1", 'us/wa/king')
    """
    return f"'{text}" if text.startswith(FORMULAS) else text


FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""With what a cell begins that a spreadsheet works out."""
