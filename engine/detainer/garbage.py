"""What is no longer used: how often a process that decides many cases looks for it."""

from __future__ import annotations

import gc


def collect_rarely() -> None:
    """For this process: hardly anything that deciding makes is cyclic, and it makes much."""
    gc.set_threshold(100_000, 50, 50)
