"""Processes that work for this one: they end with it, however it ends, and what ends one of them from outside is told."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import Literal

from detainer.errors import DetainerError


@contextmanager
def workers(
    jobs: int, begin: Callable[[], None] | None = None, *, start: Literal["fork", "spawn"]
) -> Generator[ProcessPoolExecutor]:
    """So many processes; each calls `begin` first. Forked ones share what is loaded by now, spawned ones start afresh.

    What breaks off the work ends them at once. Raises `DetainerError` where one of them was ended from outside.
    """
    pool = ProcessPoolExecutor(jobs, mp_context=get_context(start), initializer=_begin, initargs=(begin,))
    try:
        yield pool
        pool.shutdown()
    except BrokenProcessPool:
        raise DetainerError(
            "a process that worked for this one was ended from outside, perhaps for want of memory; use fewer --jobs"
        ) from None
    finally:
        for each in list((pool._processes or {}).values()):  # none of them, once they are shut down
            each.kill()
        pool.shutdown(cancel_futures=True)


def _begin(begin: Callable[[], None] | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it reaches the whole group; the process that they work for ends them
    Thread(target=_end_with_parent, daemon=True).start()
    if begin is not None:
        begin()


def _end_with_parent() -> None:
    """End this process as soon as the one that it works for is gone."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
    os._exit(1)
