"""A million mixed decisions in one process: memory at each tenth of the way."""

from __future__ import annotations

import os
import sys
import time
from itertools import cycle, islice
from pathlib import Path

from detainer import decide, load_scenarios


def megabytes() -> float:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    cases = load_scenarios(Path(__file__).parent.parent / "scenarios")
    start = time.perf_counter()
    for part in range(10):
        for case in islice(cycle(cases), total // 10):
            decide(case)
        done = (part + 1) * (total // 10)
        print(f"{done:9} decisions  {megabytes():6.1f} MB  {done / (time.perf_counter() - start):7.0f}/s", flush=True)
