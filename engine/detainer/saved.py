"""What was saved, read back: JSON objects, and what tells one law from another. Decides nothing.

What never changes is its own copy, however deep.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn, Self, cast

from detainer.errors import DetainerError

MAX_REPR = 120
"""How many signs a `repr` has at most, so that it fits one line."""


class Unchanging:
    """What is the same for good: copying it gives itself."""

    __slots__ = ()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


def shown(kind: str, *said: str) -> str:
    """A `repr` on one line: ``<Law of us/wa/king: 9 rules>``."""
    text = " ".join(" ".join((kind, *said)).split())
    text = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
    return f"<{text}>" if len(text) <= MAX_REPR - 2 else f"<{text[: MAX_REPR - 3]}…>"


def read_object(text: str | bytes, what: str) -> dict[str, Any]:
    """The JSON object that `to_json` wrote of a `what`. Raises `DetainerError` for anything else, and for a name given twice."""
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise _wrong(what, "it is nested too deeply") from None
    except (ValueError, TypeError) as error:  # TypeError: no text at all
        raise _wrong(what, str(error)) from None
    if not isinstance(found, dict):
        raise _wrong(what, "it is no object in braces")
    return cast("dict[str, Any]", found)


def part_of(saved: dict[str, Any], name: str, what: str) -> Any:
    """A part that everything saved of a `what` has. Raises `DetainerError` where it is missing."""
    if name not in saved:
        raise _wrong(what, f"`{name}` is missing")
    return saved[name]


def same_law(saved: object, here: str, place: str) -> None:
    """Raises `DetainerError` where what was saved was decided under another law than is here, by their digests."""
    if saved != here:
        raise DetainerError(
            f"what was saved rests on another law of {place} than is here: {saved}, and here it is {here}; give the library of "
            "that law, or decide the case anew"
        )


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name `{name}` stands twice")
        found[name] = value
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"`{name}` is no number of JSON")


def _wrong(what: str, why: str) -> DetainerError:
    return DetainerError(f"this is no saved {what}: {why}; give what `to_json` wrote")
