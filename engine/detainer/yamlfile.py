"""YAML text to plain data, with the line and column of every value when something is wrong.

Three ways to the same answer. The quickest is `rapidyaml` (C++), whose tree goes through JSON. Of two equal keys the last is
kept there without a word, so the tree's nodes are counted: where as many came through, nothing was dropped. JSON knows fewer
numbers than YAML and one way to write null, so where a text came through that could be something else, unless it was quoted,
`yaml12` (Rust) is asked, and counted the same. Anything that could be an anchor, an alias, a tag or a directive, and anything
that does not add up, goes the exact way: PyYAML's events, which carry positions.

Scalars are those of YAML 1.2 (core schema): dates and times stay text, `no` is a word. Anchors, aliases, tags and a
second document are refused on all ways, so a file can neither run code nor grow beyond its own size.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from threading import Lock
from typing import Any, cast

from detainer import bounds
from detainer.errors import FileError, Mistake, Path, Problem

_DEEP_BLOCK = re.compile(r"^[ \t?:-]{129}", re.MULTILINE)
"""How a line begins in which blocks may lie deeper within each other than anything that is read here."""
_MAY_BE_SPECIAL = re.compile(r"(?:^|[\s\[{,:?-])[&*!]|[\[{,]\s*[?]|^%", re.MULTILINE)
_TAME_KEY = re.compile(r"[A-Za-z_][\w/.-]*")
_WILD = re.compile(r"^[^\w(]|[{}\[\]`\"\\]|: |:$|[ ]#|[^ -~\xa0-\ud7ff\ue000-\ufffd]|^'|'$|[ ]$")
"""Signs in a text by which one could take it for more than a text, or for the rest of a slip."""
_BESIDE = tuple(re.compile(rf"{bracket} +[^\s,}}\]:#]") for bracket in (r"\}", r"\]"))
"""Something beside a closing bracket that has no place there; a pattern for each, which are looked for quickly so."""
_stderr = Lock()
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)


@dataclass(slots=True)
class _Node:
    value: Any
    line: int
    column: int
    offset: int
    entries: dict[str | int, _Node] = field(default_factory=dict[str | int, "_Node"])
    keys: dict[str | int, _Node] = field(default_factory=dict[str | int, "_Node"])


class Source:
    """The text of one YAML file, its data, and where each value of it stands.

    Raises `FileError` when the text is no YAML that we take; every duplicate key is listed, not just the first.
    """

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.text = text
        self._root: _Node | None = None
        self._lines: dict[str | int, list[int]] = {}
        special = any(sign in text for sign in "&*!%?") and _MAY_BE_SPECIAL.search(text)
        deep = bounds.too_deep(text) or _DEEP_BLOCK.search(text)  # PyYAML's events can be stopped half-way
        data = None if special or deep else _quick(text)
        if data is None:
            self._root = _Exact(text, name).root
            data = self._root.value
        self.data: Any = data

    def line_of(self, name: str | int, index: str | int) -> int:
        """The line on which an entry of a list at the top of the file begins. Quick where the list is laid out as a block."""
        if name not in self._lines:
            self._lines[name] = _lines_of_block(self.text, str(name))
        lines, items = self._lines[name], mapping(self.data).get(str(name))
        if isinstance(items, list) and len(cast("list[Any]", items)) == len(lines):
            return lines[int(index)]
        return self.problem("", (name, index)).line

    def problem(self, message: str, path: Path = (), *, within: str = "", at_key: bool = False) -> Problem:
        """A problem at the value that `path` leads to (or at its key, or at the piece of text `within` it).

        A path that leads nowhere stands for the nearest value on the way: that is where something is missing.
        """
        node = self._root = self._root or _Exact(self.text, self.name).root
        key: _Node | None = None
        for part in path:
            if part not in node.entries:
                break
            key = node.keys.get(part)
            node = node.entries[part]
        spot = key if at_key and key else node
        line, column = spot.line, spot.column
        if within:
            found = self.text.find(within, spot.offset)
            if found >= 0:
                line = self.text.count("\n", 0, found) + 1
                column = found - self.text.rfind("\n", 0, found)
        return Problem(message, self.name, line, column)


def _lines_of_block(text: str, name: str) -> list[int]:
    """The lines on which the entries of a block of entries begin, as far as its layout tells."""
    head = re.search(rf"^{re.escape(name)}:[ \t]*\n", text, re.MULTILINE)
    first = re.compile(r"^( *)- ", re.MULTILINE).search(text, head.end()) if head else None
    if first is None:
        return []
    found: list[int] = []
    line, at = 1, 0
    for each in re.compile(rf"^{first[1]}- ", re.MULTILINE).finditer(text, first.start()):
        line += text.count("\n", at, each.start())
        at = each.start()
        found.append(line)
    return found


def read(path: FilePath | None) -> Source:
    """The file at `path`, or standard input for None. Raises `FileError`; reads at most `bounds.FILE`."""
    return Source(read_text(path), _name(path))


def read_text(path: FilePath | None) -> str:
    """The text of a file, whatever it says. Raises like `read`."""
    name = _name(path)
    most = bounds.FILE.value
    too_large = f"the file {bounds.FILE.told()}, or split it into several files and name their folder"
    try:
        if path is not None and path.stat().st_size > most:
            raise FileError([Problem(too_large, name)])
        with path.open("rb") if path is not None else nullcontext(sys.stdin.buffer) as stream:
            raw = stream.read(most + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FileError([Problem(f"cannot be read: {reason}", name)]) from None
    if len(raw) > most:
        raise FileError([Problem(too_large, name)])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise FileError([Problem(message, name, line, column)]) from None


def _name(path: FilePath | None) -> str:
    return "<stdin>" if path is None else str(path)


def _quick(text: str) -> Any | None:
    """The data, where none of its nodes was lost; None sends the text the exact way."""
    with (
        _without_stderr(),
        suppress(Exception),
    ):  # what a parser objects to, the exact way says with a line and a column
        import ryml

        parser: Any = ryml
        tree = parser.parse_in_arena(text.encode())
        for way in (_through_json, _by_yaml12):
            with suppress(Exception):
                data, nodes = way(text, tree)
                if nodes == tree.size():
                    return data
    return None


def _through_json(text: str, tree: Any) -> tuple[Any, int | None]:
    """The data of a tree of rapidyaml and how many nodes it has; None where any of it could be something else, or its author's
    slip.
    """
    import ryml
    from pydantic_core import from_json

    if "\t" in text or any(each.search(text) for each in _BESIDE):
        return None, None
    parser: Any = ryml
    data = from_json(parser.emit_json(tree))
    nodes, keys, words = _counted(data)
    tame = all(map(_TAME_KEY.fullmatch, keys)) and not any(map(_WILD.search, words))
    return data, nodes if tame and all(type(scalar(word)) is str for word in keys | words) else None


def _by_yaml12(text: str, tree: Any) -> tuple[Any, int | None]:
    import yaml12

    data = yaml12.parse_yaml(text)
    return data, _counted(data)[0]


def _counted(data: Any) -> tuple[int, set[str], set[str]]:
    """How many nodes a document has, a key and its value being one, and its different keys and texts.

    Raises TypeError for a key that is no text, and for a document that is no mapping.
    """
    if type(data) is not dict:
        raise TypeError
    nodes, keys, words = 1, set[str](), set[str]()
    inside: list[Any] = [data]
    for each in inside:
        nodes += len(each)
        children: Iterable[Any] = each
        if type(each) is dict:
            "".join(cast("dict[str, Any]", each))  # the quickest way to ask that of every key
            keys.update(cast("dict[str, Any]", each))
            children = cast("dict[str, Any]", each).values()
        for child in children:
            if type(child) is str:
                words.add(child)
            elif type(child) is dict or type(child) is list:
                inside.append(child)
    return nodes, keys, words


@contextmanager
def _without_stderr() -> Generator[None, None, None]:
    """Keep quiet a library that writes its objections to the process's standard error, whoever may read that."""
    with _stderr:
        try:
            saved = os.dup(2)
        except OSError:  # there is none
            yield
            return
        try:
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  # a number is wanted, no path
                os.dup2(nowhere.fileno(), 2)
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def scalar(text: str) -> bool | int | float | str | None:
    """A plain scalar by YAML 1.2's core schema.

    >>> [scalar(text) for text in ("no", "2014-03-03", "true", "0x10", "1e3", "~")]
    ['no', '2014-03-03', True, 16, 1000.0, None]
    """
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        try:
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        except ValueError:  # thousands of digits: Python's own guard
            return text
    if not _FLOAT.fullmatch(text):
        return text
    return float(text.lower().replace(".i", "i").replace(".n", "n"))  # Python writes .inf and .nan without the point


class _Exact:
    """One pass over PyYAML's events: data, positions, and every duplicate key."""

    def __init__(self, text: str, name: str) -> None:
        import yaml

        self._name = name
        self._problems: list[Problem] = []
        loader = getattr(yaml, "CLoader", yaml.Loader)
        self._events: Iterator[Any] = yaml.parse(text, Loader=loader)  # pyright: ignore[reportUnknownMemberType]
        try:
            self.root = self._document()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            message = f"this is not YAML: {error.problem or error.context}; check the indentation, quotes and brackets"
            raise FileError([*self._problems, Problem(message, name, line, column)]) from None
        except yaml.reader.ReaderError as error:
            before = text[: error.position]
            line, column = before.count("\n") + 1, error.position - before.rfind("\n")
            raise FileError(
                [Problem(f"this character does not belong in YAML: {error.reason}", name, line, column)]
            ) from None
        if self._problems:
            raise FileError(self._problems)

    def _next(self) -> Any:
        return next(self._events)

    def _stop(self, event: Any, message: str) -> FileError:
        mark = event.start_mark
        return FileError([*self._problems, Problem(message, self._name, mark.line + 1, mark.column + 1)])

    def _document(self) -> _Node:
        self._next()  # stream start
        event = self._next()
        if type(event).__name__ != "DocumentStartEvent":
            raise FileError([Problem("the file is empty; it needs at least one entry", self._name)])
        root = self._node(self._next(), 0)
        self._next()  # document end
        event = self._next()
        if type(event).__name__ != "StreamEndEvent":
            raise self._stop(event, "a second document starts here; keep one document a file")
        return root

    def _node(self, event: Any, depth: int) -> _Node:
        kind = type(event).__name__
        mark = event.start_mark
        if kind == "AliasEvent" or event.anchor is not None:
            raise self._stop(event, "anchors and aliases are not used here; write the value out, or use `defaults:`")
        if event.tag is not None:
            raise self._stop(event, f"the tag `{event.tag}` is not used here; write the plain value")
        if depth > bounds.DEPTH:
            raise self._stop(event, f"nested more than {bounds.DEPTH} levels deep; no field goes that deep")
        node = _Node(None, mark.line + 1, mark.column + 1, mark.index)
        if kind == "ScalarEvent":
            node.value = scalar(event.value) if event.implicit[0] else event.value
        elif kind == "SequenceStartEvent":
            items: list[Any] = []
            while type(event := self._next()).__name__ != "SequenceEndEvent":
                child = node.entries[len(items)] = self._node(event, depth + 1)
                items.append(child.value)
            node.value = items
        else:
            entries: dict[Any, Any] = {}
            while type(event := self._next()).__name__ != "MappingEndEvent":
                if type(event).__name__ not in ("ScalarEvent", "AliasEvent"):
                    raise self._stop(event, "a key must be a plain word; put a value that starts with { or [ in quotes")
                key = self._node(event, depth + 1)
                child = self._node(self._next(), depth + 1)
                if key.value in entries:
                    first = node.keys[key.value].line
                    message = f"the key `{key.value}` stands twice (first on line {first}); keep one of them"
                    self._problems.append(Problem(message, self._name, key.line, key.column))
                    continue
                node.keys[key.value], node.entries[key.value] = key, child
                entries[key.value] = child.value
            node.value = entries
        return node


def mapping(value: Any) -> dict[str, Any]:
    """The entries of a mapping whose keys are words; of anything else, none."""
    if not isinstance(value, dict):
        return {}
    return {name: each for name, each in cast("dict[Any, Any]", value).items() if isinstance(name, str)}


def problems_at(
    source: Source, found: Iterable[Mistake], at: Callable[[Path], Path] = lambda path: path
) -> list[Problem]:
    """Mistakes, each at its place in the file: `at` maps its path to a path there."""
    problems: list[Problem] = []
    for each in found:
        path = at(each.path)
        message = each.message if each.alone else f"`{path[-1] if path else 'file'}`: {each.message}"
        problems.append(source.problem(message, path, at_key=each.of_name))
    return problems
