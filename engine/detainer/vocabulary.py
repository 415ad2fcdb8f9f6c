"""The words that are data: kinds of offense, and which of them an NCIC code settles. Reads one shipped file, once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml12


class Vocabulary(NamedTuple):
    """`offenses` in the order of the file; `ncic` maps a code, or its first two digits, to one of them."""

    offenses: tuple[str, ...]
    ncic: dict[str, str]

    def offense_of(self, code: str) -> str | None:
        """The offense that an NCIC code of four digits settles, or None where it settles none."""
        return self.ncic.get(code) or self.ncic.get(code[:2])


@cache
def shipped_rulesets() -> Path:
    """The folder of the shipped law: inside the wheel, or beside `engine/` in an editable install."""
    here = Path(__file__).resolve().parent
    inside = here / "rulesets"
    return inside if inside.is_dir() else here.parent.parent / "rulesets"


@cache
def vocabulary() -> Vocabulary:
    """The shipped vocabulary, from ``rulesets/vocabulary/offenses.yaml``."""
    data: Any = yaml12.parse_yaml((shipped_rulesets() / "vocabulary" / "offenses.yaml").read_text("utf-8"))
    return Vocabulary(tuple(data["offenses"]), dict(data["ncic"]))
