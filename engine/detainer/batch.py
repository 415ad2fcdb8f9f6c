"""Many scenario files at once: which parts to run where, and one plain record a scenario, in input order.

A record is `Result.to_dict`. A file that cannot be read is a record, too, so that no output can pass for a whole one.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from detainer.engines import EngineName
from detainer.errors import FileError, Problem
from detainer.library import library_at
from detainer.scenarios import Result, entries, how_many, run_entry
from detainer.yamlfile import read

Record = dict[str, Any]
TICK = 100
"""After how many scenarios progress is told."""

RARELY = (100_000, 50, 50)
"""How often a process that decides batches collects garbage: hardly anything that it makes is cyclic, and it makes much."""

PART_BYTES = 200_000
"""A file larger than this is worth splitting between processes."""


@dataclass(frozen=True, slots=True)
class Batch:
    """How to run. `rulesets` is the folder of the law, the shipped one for None; `considered` asks for every rule's fate."""

    engine: EngineName = "rete"
    rulesets: Path | None = None
    asked_at: datetime | None = None
    considered: bool = True
    jobs: int = 1


Part = tuple[Batch, Path | None, int, int]


def run(files: Sequence[Path | None], batch: Batch, progress: Callable[[int], None] | None = None) -> Iterator[Record]:
    """A record for each scenario of the files, in order. None is standard input. Calls `progress` with the bytes done."""
    sizes = [file.stat().st_size if file and file.exists() else 0 for file in files]
    if batch.jobs == 1:
        for file, size in zip(files, sizes, strict=True):
            yield from _part((batch, file, 0, 1), progress, size)
        return
    parts: list[Part] = []
    weights: list[int] = []
    for file, size in zip(files, sizes, strict=True):
        count = batch.jobs if size > PART_BYTES else 1
        parts += [(batch, file, index, count) for index in range(count)]
        weights += [size * (index + 1) // count - size * index // count for index in range(count)]
    if None in files:  # standard input can be read once, and only here
        for part in parts:
            yield from _part(part)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(batch.jobs, initializer=gc.set_threshold, initargs=RARELY) as pool:
        for records, weight in zip(pool.map(_whole_part, parts), weights, strict=True):
            yield from records
            if progress:
                progress(weight)


def _whole_part(part: Part) -> list[Record]:
    return list(_part(part))


def _part(part: Part, progress: Callable[[int], None] | None = None, size: int = 0) -> Iterator[Record]:
    batch, file, index, count = part
    library = library_at(batch.rulesets)
    told = 0
    try:
        source = read(file)
        share = size * TICK // how_many(source)
        for number, entry in enumerate(entries(source, index, count), 1):
            if progress and number % TICK == 0:
                progress(share)
                told += share
            result = run_entry(entry, engine=batch.engine, library=library, asked_at=batch.asked_at)
            yield result.to_dict(considered=batch.considered)
    except FileError as error:
        if index == 0:
            yield failed_file(error.problems, str(file or "<stdin>"))
    if progress:
        progress(size - told)


def failed_file(problems: Iterable[Problem], name: str) -> Record:
    """The record of a file none of whose scenarios could be run."""
    return {**Result("", name, problems=tuple(problems)).to_dict(), "id": None}
