"""Ctrl-C: what the user breaks off ends at once, with the databases and solvers that are at work in this process.

DuckDB (1.5.6, Python) and z3 (5.4.1) each take Ctrl-C for themselves and lose one that comes while a query begins; what either
then says or raises differs from query to query. So they are told to stop from beside, until they do, and whatever comes of that
is the user's breaking off. The thread that tells them starts with the first of them: where there is none, as in a batch that is
shared out, the process has no thread that it did not ask for, and can be forked.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from _thread import interrupt_main, start_new_thread
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from itertools import count
from threading import Event, current_thread, main_thread
from typing import Any, NoReturn
from weakref import WeakValueDictionary

_AGAIN = 0.05
"""Seconds after which what is at work is told again."""

_MANY = 8
"""After so many times the main thread is told again, too."""

_AT_WORK: WeakValueDictionary[int, Any] = WeakValueDictionary()
_BEGIN: list[Callable[[], None]] = []
"""Starts the thread that tells, once, while a command runs whose Ctrl-C is ours to handle."""


def stoppable(at_work: Any) -> None:
    """Ctrl-C will call the `interrupt` of it."""
    _AT_WORK[id(at_work)] = at_work
    for begin in _BEGIN:
        begin()


def handled() -> bool:
    """Whether Ctrl-C is ours to handle, so that nothing else need do it."""
    return bool(_BEGIN)


@contextmanager
def breaking_off() -> Generator[Event]:
    """While a command runs: the event is set once the user has broken off. Leaves alone what handles Ctrl-C otherwise."""
    broken_off, over, begun = Event(), Event(), Event()
    if current_thread() is not main_thread() or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield broken_off
        return

    at_work: dict[int, Any] = {}  # held, because a database that is let go waits for the end of its query

    def stop_all() -> None:
        at_work.update(_AT_WORK)
        for each in list(at_work.values()):
            with suppress(Exception):  # such as of one that has been let go
                each.interrupt()

    def stop(*_: object) -> NoReturn:
        broken_off.set()
        stop_all()
        logging.disable()  # what others say of it is of no use to who broke off
        raise KeyboardInterrupt

    def tell() -> None:
        with os.fdopen(signals, "rb", buffering=0) as told:
            while told.read(1) != bytes([signal.SIGINT]):
                if over.is_set():
                    return
            broken_off.set()
            for again in count(1):
                if over.wait(_AGAIN):
                    return
                stop_all()
                if not again % _MANY:  # it was raised where nobody hears of it, such as in the end of an object
                    interrupt_main()

    def begin() -> None:
        if not begun.is_set():
            begun.set()
            start_new_thread(tell, ())

    def unheard(said: sys.UnraisableHookArgs) -> None:
        if broken_off.is_set():
            begin()
        else:
            sys.__unraisablehook__(said)

    signals, telling = os.pipe()
    os.set_blocking(telling, False)
    before = signal.set_wakeup_fd(telling)
    signal.signal(signal.SIGINT, stop)
    _BEGIN.append(begin)
    hook, sys.unraisablehook = sys.unraisablehook, unheard
    try:
        yield broken_off
    finally:
        sys.unraisablehook = hook
        _BEGIN.remove(begin)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.set_wakeup_fd(before)
        over.set()
        os.close(telling)
        if not begun.is_set():
            os.close(signals)
