"""What can be wrong with what we are given, and where. Never raises by itself and never prints.

Every mistake is a `Problem`: where it stands, what was found and expected, and the mend. Everything that the package
raises for a reader derives from `DetainerError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from os import PathLike, fspath
from pathlib import Path as FilePath
from typing import NamedTuple, TypeVar, cast

from detainer.safe import printable

Path = tuple[str | int, ...]
"""The way to a value inside a file or a case: ``("convictions", 0, "offense")``."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one place. `line` and `column` count from 1; it is one line that any terminal can show."""

    message: str
    file: str
    line: int = 1
    column: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", printable(self.message))  # it quotes what was found

    def __str__(self) -> str:
        return f"{printable(self.file)}:{self.line}:{self.column}: {self.message}"

    def to_dict(self) -> dict[str, str | int]:
        """Plain data, ready for JSON."""
        return {"message": self.message, "file": self.file, "line": self.line, "column": self.column}


class DetainerError(Exception):
    """The base of every error that this package raises on purpose. Any terminal can show what it says."""

    def __str__(self) -> str:
        return "\n".join(map(printable, super().__str__().splitlines()))


class FileError(DetainerError):
    """A file that cannot be used. `problems` lists all of its mistakes, not just the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)  # what another process needs to raise it again

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class PlaceError(DetainerError):
    """A jurisdiction that is not written as one, or for which there is no ruleset."""


class Mistake(NamedTuple):
    """What is wrong with the value at `path`, or, where `of_name`, with its name. `alone`: the sentence says by itself what it
    is about.
    """

    path: Path
    message: str
    of_name: bool = False
    alone: bool = False

    def __str__(self) -> str:
        about = self.path[:-1] if self.alone else self.path
        return printable(f"{dotted(about)}: {self.message}" if about else self.message)


class PartError(DetainerError):
    """What is given as facts, a rule, an authority or a constraint and cannot be one.

    `path` names the offending field and `message` says what is wrong with it; `mistakes` lists all that is wrong.
    """

    def __init__(self, path: Path, message: str, mistakes: Sequence[Mistake] = ()) -> None:
        super().__init__(path, message, mistakes)  # what another process needs to raise it again
        self.path = path
        self.message = message
        self.mistakes = tuple(mistakes) or (Mistake(path, message),)

    def __str__(self) -> str:
        return "\n".join(map(str, self.mistakes))


class CaseError(PartError):
    """Facts that are none, that cannot all be true, or a time that does not exist there."""


class EngineError(DetainerError):
    """An engine that is not there, or cannot be loaded."""


class EngineWarning(UserWarning):
    """Another engine decides than usual, and why. Its answers are the same."""


class ExpressionError(DetainerError):
    """A mistake in a condition. `start` and `end` are offsets into its text, in characters."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


Kind = TypeVar("Kind")


def wanted(given: object, kind: type[Kind], name: str, mend: str) -> Kind:
    """What a program hands over as `name`, if it is of that kind. Raises `DetainerError` with the mend."""
    if not isinstance(given, kind):
        found = type(given).__name__ if given is not None else "None"
        raise DetainerError(f"{name}: found a `{found}`, expected a `{kind.__name__}`; {mend}")
    return given


def path_to(given: object, name: str = "path") -> FilePath:
    """A path that a program hands over, as such or as text. Raises `DetainerError`."""
    mend = "name a file or folder as text or as a path"
    text = given if isinstance(given, str) else fspath(cast("PathLike[str]", wanted(given, PathLike, name, mend)))
    return FilePath(wanted(text, str, name, mend))


def dotted(path: Path) -> str:
    """A path as people write it.

    >>> dotted(("convictions", 0, "offense"))
    'convictions[0].offense'
    """
    text = ""
    for part in path:
        name = part if isinstance(part, int) else part.rstrip("_")  # `class_` is written `class`
        text += f"[{name}]" if isinstance(name, int) else f".{name}" if text else name
    return text


def did_you_mean(found: object, known: Iterable[str]) -> str:
    """A sentence that offers the nearest known word, else lists a handful of them, else nothing.

    >>> did_you_mean("offense", ["offense", "class"])
    ' Did you mean `offense`?'
    """
    words = sorted(known)
    near = get_close_matches(str(found), words, n=1, cutoff=0.6)
    if near:
        return f" Did you mean `{near[0]}`?"
    if 0 < len(words) <= 12:
        return f" Known here: {', '.join(words)}."
    return ""
