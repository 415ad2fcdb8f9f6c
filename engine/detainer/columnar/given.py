"""Whether a table is one of decisions, as `bulk` writes them: each column holds what a decision can have. Reads no file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from detainer.columnar.facts import PLACE, Column
from detainer.errors import DetainerError
from detainer.library import Library

NEEDED = (PLACE, "outcome", "ruling", "authority", "settled", "caveats", "open_questions", "law_as_of", "digest")

_CODE = r"(\S+#(caution|open-limit|day-unknown|confidence-[ABC]|doubt-[0-9]+)|too-many-ways|leap-day-[0-9]+)"
_FACT = r"[a-z_]+(\[[0-9]+\])?(\.[a-z_]+)?"


def require_decisions(con: Any, paths: Sequence[Path], table: Any, library: Library) -> None:
    """Raises `DetainerError` for a column that is missing, and for the first one that holds what no decision has."""
    name = str(paths[0]) if len(paths) == 1 else f"one of {len(paths)} files"
    mend = "give what `detainer bulk` wrote"
    lacking = [each for each in NEEDED if each not in table.columns]
    if lacking:
        raise DetainerError(f"{name}: the column `{lacking[0]}` is missing; {mend}")
    known = [place for place in library.places if library.history(place)[0].timezone is not None]
    text = {each: table[each].cast("string").fill_null("") for each in NEEDED}
    expected: dict[str, tuple[Column, str]] = {
        PLACE: (text[PLACE].isin(known), "one of those of `detainer places`"),
        "outcome": (text["outcome"].isin(["hold", "release"]), "hold or release"),
        "ruling": (text["ruling"] != "", "the id of a rule"),
        "authority": (text["authority"] != "", "what the ruling rests on"),
        "settled": (text["settled"].isin(["true", "false"]), "true or false"),
        "caveats": (text["caveats"].re_search(f"^$|^{_CODE}( {_CODE})*$"), "codes such as <rule>#doubt-1"),
        "open_questions": (text["open_questions"].re_search(f"^$|^{_FACT}( {_FACT})*$"), "facts such as detainer.form"),
        "law_as_of": (text["law_as_of"].try_cast("date").notnull(), "a day such as 2014-03-01"),
        "digest": (text["digest"] != "", "the digest of the law"),
    }
    counted = {each: (~fine).sum() for each, (fine, _) in expected.items()}
    wrong = con.to_pyarrow(table.aggregate(**counted)).to_pylist()[0]
    for column, count in wrong.items():
        if count:
            fine, wanted = expected[column]
            found = con.to_pyarrow(table.filter(~fine).select(found=text[column]).limit(1)).to_pylist()[0]["found"]
            rows = "1 row" if count == 1 else f"{count:,} rows"
            raise DetainerError(f"{name}: column `{column}`: found `{found[:60]}` ({rows}), expected {wanted}; {mend}")
