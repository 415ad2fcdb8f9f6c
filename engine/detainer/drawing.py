"""How the plotting library is asked for SVG: the same input gives the same text, and all text is taken as it stands."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from typing import Any


def library(name: str) -> Any:
    """A module of the plotting library, imported when it is needed; its types are too loose to be checked."""
    return import_module(name)


@contextmanager
def as_told(**settings: object) -> Generator[None]:
    """A setting in which text stays text: never mathematics, never outlines, whether or not there is a font for it here."""
    fixed = {"svg.hashsalt": "detainer", "svg.fonttype": "none", "text.parse_math": False}
    with library("matplotlib").rc_context(fixed | settings), warnings.catch_warnings():
        for said in ("Glyph .* missing", "constrained_layout not applied"):  # readers have fonts of their own
            warnings.filterwarnings("ignore", said, UserWarning)
        yield


def svg(figure: Any) -> str:
    """A figure as the text of an SVG file."""
    written = BytesIO()
    figure.savefig(written, format="svg", metadata={"Date": None, "Creator": "detainer"})
    return written.getvalue().decode()
