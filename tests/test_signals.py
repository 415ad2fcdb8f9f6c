"""Whoever breaks off gets the shell back, and nothing stays behind: no process, no traceback, no half of a file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path

import duckdb
import pytest

from tables import MAPPING, table_of, written

PATIENCE = 120
"""Seconds after which a process is taken to hang; no test waits for that long unless it fails."""

BUSY = """
import os, signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell runs the tests in the background
def at_work():
    os.write(2, b"at work\\n")
def loops(*_, **__):
    at_work()
    while True:
        pass
def asks_z3(self):
    at_work()
    hard = z3.SolverFor("QF_LIA")
    holes = [[z3.Bool(f"{pigeon} in {hole}") for hole in range(13)] for pigeon in range(14)]
    hard.add(*(z3.Or(*each) for each in holes))
    for hole in range(13):
        hard.add(*(z3.Not(z3.And(a[hole], b[hole])) for n, a in enumerate(holes) for b in holes[:n]))
    self.reason_unknown = hard.reason_unknown
    return check(hard)
def asks_duckdb(self, *_, after=None):
    threading.Timer(after, at_work).start() if after else at_work()
    con = self if hasattr(self, "raw_sql") else self.con
    con.raw_sql("SELECT sum(a.range * b.range) FROM range(1000000000) a, range(1000000000) b")
def asks_spark(self, *_):
    at_work()
    self._session.sql("SELECT sum(a.id * b.id) FROM range(1000000000) a, range(1000000000) b").collect()
"""
"""What keeps a process busy: in Python, in the solver, in the database, on Spark."""
PYTHON = "import detainer.engines.direct as place; place.truths = loops"
Z3 = "import z3; check = z3.Solver.check; z3.Solver.check = asks_z3"
DUCKDB = "from detainer.columnar.decider import DuckDB as place; place.keep = asks_duckdb"
SPARK = "from detainer.columnar.spark import Spark as place; place.keep = asks_spark"
IN_THE_MIDST = "import functools\nasks_duckdb = functools.partialmethod(asks_duckdb, after=0.2)\n" + DUCKDB
FORKS = """
fork = os.fork
def counted():
    os.write(2, b"threads: %d\\n" % len(os.listdir("/proc/self/task")))
    return fork()
os.fork = counted
"""
READER = "import detainer.columnar.files as at; own = at.stoppable; at.stoppable = lambda con: (at_work(), own(con))"
IMPORTER = "import detainer.records.importer as place; place._source = lambda con, *_: asks_duckdb(con)"


@contextmanager
def started(setting: str, *arguments: object, at_work: str | None = "at work") -> Iterator[subprocess.Popen[str]]:
    """A command in a group of processes of its own, once it has said that it is at work (at once, for None)."""
    code = (
        f"{BUSY}\n{setting}\nfrom detainer.cli import main\nsys.argv = {['detainer', *map(str, arguments)]!r}\nmain()"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        stream = run.stderr if at_work == "at work" else run.stdout
        assert stream is not None
        for line in stream if at_work is not None else ():
            if at_work in line:
                break
        yield run
    finally:
        with suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.communicate()


def left_of(group: int) -> list[int]:
    """The processes of a group, those that are dead and not yet buried left out."""
    found: list[int] = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, of_group = each.read_text().rpartition(")")[2].split()[:3]
            if int(of_group) == group and state != "Z":
                found.append(int(each.parent.name))
    return found


def none_left(group: int) -> bool:
    """Whether all processes of a group end."""
    end = time.monotonic() + PATIENCE
    while left_of(group) and time.monotonic() < end:
        os.sched_yield()
    return not left_of(group)


def _endless(path: Path) -> Path:
    """A database whose cases are a view that takes ages."""
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE VIEW cases AS SELECT sum(a.range * b.range) FROM range(1000000000) a, range(1000000000) b")
    return path


def _commands(folder: Path) -> dict[str, tuple[object, ...]]:
    (folder / "map.yaml").write_text(MAPPING)
    (folder / "a.yaml").write_text(
        "scenarios:\n"
        + "".join(f"- {{id: s{n}, jurisdiction: us/wa/king, release_at: 2014-03-03T10:00}}\n" for n in range(9))
    )
    (folder / "b.yaml").write_text((folder / "a.yaml").read_text())
    table = table_of(folder / "in.csv")
    records = written(folder / "records.csv", {"at": ["2014-03-03T10:00"]})
    direct = ("--engine", "direct")
    return {
        "run": (PYTHON, "run", folder / "a.yaml", *direct),
        "run on two processors": (PYTHON, "run", folder / "a.yaml", folder / "b.yaml", *direct, "--jobs", 2),
        "explain": (PYTHON, "explain", folder / "a.yaml", "s1", *direct),
        "bulk": (DUCKDB, "bulk", table, folder / "out.csv"),
        "bulk on Spark": (SPARK, "bulk", table, folder / "out.csv", "--engine", "spark"),
        "bulk of a view": (READER, "bulk", _endless(folder / "in.duckdb"), folder / "out.csv"),
        "bulk in the midst": (IN_THE_MIDST, "bulk", table, folder / "out.csv"),
        "import": (IMPORTER, "import", "bookings", records, folder / "out.csv", "--mapping", folder / "map.yaml"),
        "verify": (Z3, "verify", "us/wa/king", "--jobs", 1),
        "check": (Z3, "check"),
        "diff": (Z3, "diff", "us/wa/king@2014-09-14", "us/wa/king@2014-09-15"),
        "suggest": (Z3, "scenarios", "suggest", "us/wa/king"),
    }


COMMANDS = (
    "run", "run on two processors", "explain", "bulk", "bulk of a view", "bulk in the midst", "import", "verify", "check", "diff",
    "suggest", pytest.param("bulk on Spark", marks=pytest.mark.xdist_group("spark")),
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_whoever_breaks_off_gets_the_shell_back(command: str, tmp_path: Path) -> None:
    """As at a terminal, where the whole group of processes is told."""
    setting, *arguments = _commands(tmp_path)[command]
    before = sorted(tmp_path.iterdir())
    with started(str(setting), *arguments) as run:
        os.killpg(run.pid, signal.SIGINT)
        _, said = run.communicate(timeout=PATIENCE)
        assert run.returncode == 130
        assert "Traceback" not in said
        assert none_left(run.pid)
    assert sorted(tmp_path.iterdir()) == before


def test_a_process_is_forked_while_it_has_one_thread(tmp_path: Path) -> None:
    """Else the child may hang, as Python says from 3.12 on."""
    _, *arguments = _commands(tmp_path)["run on two processors"]
    with started(FORKS, *arguments, at_work=None) as run:
        _, said = run.communicate(timeout=PATIENCE)
        assert run.returncode == 0
        assert [line for line in said.splitlines() if line.startswith("threads")] == ["threads: 1"] * 2


@pytest.mark.parametrize(
    ("command", "end"),
    [
        *product(("run on two processors", "bulk", "verify"), (signal.SIGTERM, signal.SIGKILL)),
        pytest.param("bulk on Spark", signal.SIGTERM, marks=pytest.mark.xdist_group("spark")),
    ],
)
def test_no_process_outlives_the_one_it_works_for(command: str, end: signal.Signals, tmp_path: Path) -> None:
    setting, *arguments = _commands(tmp_path)[command]
    with started(str(setting), *arguments) as run:
        run.send_signal(end)
        assert run.wait(PATIENCE) == -end
        assert none_left(run.pid)


def test_a_worker_that_is_killed_is_one_line(tmp_path: Path) -> None:
    setting, *arguments = _commands(tmp_path)["run on two processors"]
    with started(str(setting), *arguments) as run:
        worker = next(each for each in left_of(run.pid) if each != run.pid)
        os.kill(worker, signal.SIGKILL)
        _, said = run.communicate(timeout=PATIENCE)
        assert run.returncode == 2
        told = [line for line in said.splitlines() if line != "at work"]
        assert len(told) == 1 and "was ended from outside, perhaps for want of memory; use fewer --jobs" in told[0]
        assert none_left(run.pid)


def test_spawned_workers_end_with_the_process_they_work_for(tmp_path: Path) -> None:
    with started("", "verify", "--jobs", 2, "--time-limit", 60, at_work=None) as run:
        end = time.monotonic() + PATIENCE
        while len(left_of(run.pid)) < 3 and run.poll() is None and time.monotonic() < end:
            os.sched_yield()
        run.kill()
        assert none_left(run.pid)


def test_a_question_is_broken_off(tmp_path: Path) -> None:
    with started("", "ask", "us/wa/king", at_work="") as run:
        os.killpg(run.pid, signal.SIGINT)
        run.communicate(timeout=PATIENCE)
        assert run.returncode in (130, -signal.SIGINT)  # the latter while Python itself begins
