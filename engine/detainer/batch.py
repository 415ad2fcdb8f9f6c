"""Many scenario files at once: which parts to run where, and one plain record a scenario, in input order.

A record is `Result.to_dict`. A file that cannot be read is a record, too, so that no output can pass for a whole one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, cast

from detainer.engines import EngineName, load
from detainer.errors import FileError, Problem
from detainer.garbage import collect_rarely
from detainer.library import Library, library_at
from detainer.scenarios import Entry, Result, entries, how_many, run_entry
from detainer.yamlfile import Source, mapping, read, read_text

Record = dict[str, Any]
TICK = 100
"""After how many scenarios progress is told."""

PARTS_EACH = 8
"""Into how many parts for each process a large file is split, so that records are taken in while others are worked out."""

PART_BYTES = 200_000
"""A file larger than this is worth splitting between processes."""


@dataclass(frozen=True, slots=True)
class Batch:
    """How to run. `rulesets` is the folder of the law, the shipped one for None; `considered` asks for every rule's fate,
    `case` for the facts, `view` is what is asked of each record, a function of some module, if not all of it.
    """

    engine: EngineName | None = None
    rulesets: Path | None = None
    asked_at: datetime | None = None
    considered: bool = True
    case: bool = True
    view: Callable[[Record], Record] | None = None
    jobs: int = 1

    def seen(self, record: Record) -> Record:
        """What is asked of a record."""
        return self.view(record) if self.view else record


def run(files: Sequence[Path | None], batch: Batch, progress: Callable[[int], None] | None = None) -> Iterator[Record]:
    """A record for each scenario of the files, in order. None is standard input. Calls `progress` with the bytes done."""
    if batch.jobs == 1 or None in files:  # standard input can be read once, and only here
        for file in files:
            yield from _alone(file, batch, progress)
        return
    from detainer.workers import workers

    load(batch.engine)  # what is loaded now is there in every process
    library_at(batch.rulesets)
    with workers(batch.jobs, collect_rarely, start="fork") as pool:
        named = [file for file in files if file is not None]
        found = {
            file: [pool.submit(_of_part, batch, file, part) for part in _parts(file, batch.jobs * PARTS_EACH)]
            for file in named
        }
        for file in named:
            records = [future.result() for future in found.pop(file)]
            if not _go_together(records):  # what is wrong with it is said of the whole
                yield from _alone(file, batch, progress)
                continue
            size, count = file.stat().st_size, len(records)
            for number, each in enumerate(records):
                yield from each or ()
                if progress:
                    progress(size * (number + 1) // count - size * number // count)


_SCENARIOS = re.compile(r"^scenarios:[ \t]*\n", re.MULTILINE)
_ITEM = re.compile(r"^( *)- ", re.MULTILINE)
_OUTERMOST = re.compile(r"^[^\s#-]", re.MULTILINE)


class Part(NamedTuple):
    """Where a piece of a scenario file lies in its text, in characters: its head, and some of its scenarios with as many lines in
    between as make each stand on its own line.
    """

    head: int
    lines: int
    first: int
    last: int

    def of(self, text: str) -> str:
        """The piece, a scenario file itself."""
        return text[: self.head] + "\n" * self.lines + text[self.first : self.last]


def split(text: str, count: int) -> list[Part]:
    """A scenario file in pieces; none where it is not laid out as a block of scenarios. A piece is one in truth only if nothing
    stands behind the scenarios in it (`is_part`).
    """
    head = _SCENARIOS.search(text)
    item = _ITEM.search(text, head.end()) if head else None
    if head is None or item is None:
        return []
    start, starts = item.start(), re.compile(rf"^{item[1]}- ", re.MULTILINE)
    near = (starts.search(text, start + (len(text) - start) * part // count) for part in range(1, count))
    bounds = dict.fromkeys([start, *(each.start() for each in near if each), len(text)])
    found: list[Part] = []
    lines = text.count("\n", head.end(), start)
    for first, last in pairwise(bounds):
        found.append(Part(head.end(), lines, first, last))
        lines += text.count("\n", first, last)
    return found


def is_part(text: str) -> bool:
    """Whether nothing stands behind the scenarios of a piece."""
    head = _SCENARIOS.search(text)
    return head is not None and _OUTERMOST.search(text, head.end()) is None


def all_named(source: Source) -> bool:
    """Whether each scenario of a file has an `id`, and needs no number for a name."""
    items: Any = mapping(source.data).get("scenarios")
    return isinstance(items, list) and all("id" in mapping(item) for item in cast("list[Any]", items))


def _go_together(records: Sequence[list[Record] | None]) -> bool:
    """Whether parts of a file were read, and no two scenarios of it have one name."""
    if len(records) == 1:
        return records[0] is not None
    ids = [record["id"] for part in records for record in part or ()]
    return bool(records) and None not in records and len(set(ids)) == len(ids)


def _parts(file: Path, count: int) -> Sequence[Part | None]:
    """The pieces of a large file, None for a whole one; none where it cannot be read."""
    try:
        return (split(_text_of(file), count) or [None]) if file.stat().st_size > PART_BYTES else [None]
    except (OSError, FileError):
        return []


@lru_cache(maxsize=1)
def _text_of(file: Path) -> str:
    """The text of a file, which a process that was forked since need not read again. Raises `FileError`."""
    return read_text(file)


def _of_part(batch: Batch, file: Path, part: Part | None) -> list[Record] | None:
    """The records of a file or a part of one, None where it can only be told of the whole what they are."""
    library = library_at(batch.rulesets)
    try:
        text = _text_of(file)
        source = Source(part.of(text) if part else text, str(file))
        alone = part is None or (is_part(source.text) and all_named(source))
        return [_record(entry, batch, library) for entry in entries(source)] if alone else None
    except FileError:
        return None


def _alone(file: Path | None, batch: Batch, progress: Callable[[int], None] | None) -> Iterator[Record]:
    library = library_at(batch.rulesets)
    size, told = file.stat().st_size if file and file.exists() else 0, 0
    try:
        source = read(file)
        share = size * TICK // how_many(source)
        for number, entry in enumerate(entries(source), 1):
            if progress and number % TICK == 0:
                progress(share)
                told += share
            yield _record(entry, batch, library)
    except FileError as error:
        yield batch.seen(failed_file(error.problems, str(file or "<stdin>")))
    if progress:
        progress(size - told)


def _record(entry: Entry, batch: Batch, library: Library) -> Record:
    result = run_entry(entry, engine=batch.engine, library=library, asked_at=batch.asked_at)
    record = result.to_dict(considered=batch.considered, case=batch.case)
    return batch.seen(record)


def failed_file(problems: Iterable[Problem], name: str) -> Record:
    """The record of a file none of whose scenarios could be run."""
    return {**Result("", name, problems=tuple(problems)).to_dict(), "id": None}
