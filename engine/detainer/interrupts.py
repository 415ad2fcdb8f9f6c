"""Ctrl-C: what the user breaks off ends at once, with the databases and solvers that are at work in this process.

DuckDB (1.5.6, Python) and z3 (5.4.1) each take Ctrl-C for themselves and lose one that comes while a query begins; what either
then says or raises differs from query to query. So they are told to stop from beside, until they do, and whatever comes of that
is the user's breaking off.
"""

from __future__ import annotations

import os
import signal
import sys
from _thread import interrupt_main
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from threading import Event, Thread, current_thread, main_thread
from typing import Any, NoReturn
from weakref import WeakValueDictionary

_AGAIN = 0.05
"""Seconds after which what is at work is told again."""

_MANY = 8
"""After so many times the main thread is told again, too."""

_AT_WORK: WeakValueDictionary[int, Any] = WeakValueDictionary()
_handled = Event()


def stoppable(at_work: Any) -> None:
    """Ctrl-C will call the `interrupt` of it."""
    _AT_WORK[id(at_work)] = at_work


def handled() -> bool:
    """Whether Ctrl-C is ours to handle, so that nothing else need do it."""
    return _handled.is_set()


@contextmanager
def breaking_off() -> Generator[Event]:
    """While a command runs: the event is set once the user has broken off. Leaves alone what handles Ctrl-C otherwise."""
    broken_off, over = Event(), Event()
    if current_thread() is not main_thread() or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield broken_off
        return

    at_work: dict[int, Any] = {}  # held, because a database that is let go waits for the end of its query

    def stop(*_: object) -> NoReturn:
        at_work.update(_AT_WORK)
        broken_off.set()
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
                at_work.update(_AT_WORK)
                for each in list(at_work.values()):
                    each.interrupt()
                if not again % _MANY:  # it was raised where nobody hears of it, such as in the end of an object
                    interrupt_main()

    def unheard(said: sys.UnraisableHookArgs) -> None:
        if not broken_off.is_set():
            sys.__unraisablehook__(said)

    signals, telling = os.pipe()
    os.set_blocking(telling, False)
    before = signal.set_wakeup_fd(telling)
    signal.signal(signal.SIGINT, stop)
    Thread(target=tell, daemon=True).start()
    _handled.set()
    hook, sys.unraisablehook = sys.unraisablehook, unheard
    try:
        yield broken_off
    finally:
        sys.unraisablehook = hook
        _handled.clear()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.set_wakeup_fd(before)
        over.set()
        os.close(telling)
