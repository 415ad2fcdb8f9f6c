"""Work that falls into tasks, on one processor or several. Results come in the order of the tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Task = TypeVar("Task")
Made = TypeVar("Made")


def spread(
    work: Callable[[Task], list[Made]], tasks: Sequence[Task], jobs: int, progress: Callable[[int], None] | None = None
) -> Iterator[Made]:
    """What the work makes of each task. `progress` is called with the number of tasks done. Raises what the work raises."""
    if jobs == 1:
        for task in tasks:
            yield from work(task)
            if progress:
                progress(1)
        return
    from detainer.workers import workers

    with workers(jobs, start="spawn") as pool:
        for made in pool.map(work, tasks):
            yield from made
            if progress:
                progress(1)
