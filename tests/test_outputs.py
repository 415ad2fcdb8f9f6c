"""What is written is apart from what is read, one run's, and there whole or not at all, whatever goes wrong."""

from __future__ import annotations

import gzip
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detainer import DetainerError, outputs
from detainer.columnar.bulk import Bulk
from detainer.columnar.decider import DuckDB

from tables import MAPPING, detainer, places_of, table_of, written

# -- what is read is not written -------------------------------------------------------------------------------------------


def _link(make: Callable[[Path, Path], None]) -> Callable[[Path], Path]:
    def other(named: Path) -> Path:
        make(named, named.with_name("other.csv"))
        return named.with_name("other.csv")

    return other


@pytest.mark.parametrize(
    "other",
    [
        lambda named: named,
        lambda named: named.parent / ".." / named.parent.name / named.name,
        _link(lambda named, other: other.symlink_to(named)),
        _link(lambda named, other: other.hardlink_to(named)),
    ],
    ids=["itself", "by another way", "symlink", "hard link"],
)
def test_what_is_read_is_never_written_over(
    other: Callable[[Path], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = table_of(tmp_path / "in.csv")
    (tmp_path / "map.yaml").write_text(MAPPING)
    before = named.read_bytes()
    out, mapping = other(named), ("--mapping", tmp_path / "map.yaml")
    records = written(tmp_path / "records.csv", {"at": ["x"]})
    for arguments in (
        ("bulk", named, out),
        ("import", "bookings", named, out, *mapping),
        ("import", "bookings", records, out, *mapping, "--facilities", named),
    ):
        assert detainer(*arguments) == 2
        assert "is what is read" in capsys.readouterr().err
        assert named.read_bytes() == before


@pytest.mark.parametrize(
    ("given", "out"),
    [
        ("years", "years/out.csv"),
        ("years", "years/deep/er/out.csv"),
        ("years", "years/out"),
        ("link", "years/out.csv"),
        ("years", "link/out.parquet"),
        ("years/*.csv", "years/out.csv"),
        ("*/*.csv", "years/out.csv"),
    ],
)
def test_what_the_next_run_would_read_is_notwritten(
    given: str, out: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "years").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "years")
    table_of(tmp_path / "years" / "2014.csv")
    assert detainer("bulk", tmp_path / given, tmp_path / out) == 2
    assert "read from; name a place apart from it" in capsys.readouterr().err
    assert sorted(each.name for each in (tmp_path / "years").iterdir()) == ["2014.csv"]


def test_a_place_apart_is_written(tmp_path: Path) -> None:
    (tmp_path / "years").mkdir()
    table_of(tmp_path / "years" / "2014.csv")
    for given, out in (
        ("years", "out.csv"),
        ("years", "years-out"),
        ("years/*.csv", "years/out.parquet"),
        ("years/2014.csv", "years/o.csv"),
    ):
        assert detainer("bulk", tmp_path / given, tmp_path / out) == 0


def test_scenarios_are_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("id: a\njurisdiction: us/wa/king\nevents: [{at: 2014-03-01T10:00, event: booked}]\n")
    assert detainer("timeline", file, "--svg", file) == 2
    assert detainer("mutate", tmp_path, "--place", "us", "--witnesses", tmp_path / "b.yaml") == 2
    assert capsys.readouterr().err.count("read") >= 2
    assert [each.name for each in tmp_path.iterdir()] == ["a.yaml"]


# -- one run at a time -----------------------------------------------------------------------------------------------------


def test_a_second_run_is_refused_while_the_first_is_at_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named, out = table_of(tmp_path / "in.csv"), tmp_path / "out.csv"
    out.write_text("old")
    (tmp_path / "map.yaml").write_text(MAPPING)
    commands = [
        ("bulk", named, out),
        ("bulk", named, out, "--resume"),
        (
            "import",
            "bookings",
            written(tmp_path / "records.csv", {"at": ["x"]}),
            out,
            "--mapping",
            tmp_path / "map.yaml",
        ),
        ("import", "synthetic", out, "--rows", 3),
    ]
    with outputs.alone(out):
        for arguments in commands:
            assert detainer(*arguments) == 2
            assert "is being written by another run" in capsys.readouterr().err
            assert out.read_text() == "old"
    for arguments in commands:
        assert detainer(*arguments) == 0
    assert not list(tmp_path.glob(".*"))


def test_two_runs_at_once_mix_nothing(tmp_path: Path) -> None:
    out = tmp_path / "same.csv"
    runs: list[subprocess.Popen[bytes]] = []
    for place in ("us/or/clackamas", "us/wa/pierce"):
        named = written(
            tmp_path / f"{place.replace('/', '-')}.csv",
            {
                "jurisdiction": [place] * 3000,
                "release_at": [f"2012-03-{1 + n % 28:02d}T10:00" for n in range(3000)],
                "judicial_warrant": ["false"] * 3000,
                "detainer": ["false"] * 3000,
            },
        )
        command = [sys.executable, "-m", "detainer", "bulk", str(named), str(out), "--part-rows", "200"]
        runs.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    codes = [run.wait() for run in runs]
    for run in runs:
        run.communicate()
    assert sorted(codes) in ([0, 0], [0, 2])  # where one ended before the other began, it wrote over it
    assert len(set(places_of(out))) == 1 and len(places_of(out)) == 3000
    assert not list(tmp_path.glob(".*"))


def test_the_lock_of_a_killed_run_holds_nobody_up(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    code = f"""import os, pathlib, detainer.outputs
with detainer.outputs.alone(pathlib.Path({str(out)!r})):
    os._exit(9)"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert (tmp_path / ".out.csv.lock").exists()
    assert detainer("bulk", table_of(tmp_path / "in.csv"), out) == 0
    assert not list(tmp_path.glob(".*"))


# -- faults ----------------------------------------------------------------------------------------------------------------

GARBAGE = {
    "nothing": b"",
    "zeros": bytes(1000),
    "noise": bytes(range(256)) * 40,
    "half a Parquet file": b"PAR1" + bytes(100),
    "a Parquet file without a middle": b"PAR1" + bytes(100) + (8).to_bytes(4, "little") + b"PAR1",
    "half a zip": b"PK\x03\x04" + bytes(40),
    "half a gzip": gzip.compress(b"at\n2014-03-03T10:00\n" * 100)[:30],
    "an open quote": b'jurisdiction,release_at\n"us/wa/king',
    "not UTF-8": b"jurisdiction,release_at\nus/wa/king,\xff\n",
}


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl", ".arrow", ".csv.gz", ".xlsx", ".duckdb"])
@pytest.mark.parametrize("what", GARBAGE)
def test_garbage_is_refused_in_one_line(
    what: str, suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named, out = tmp_path / f"in{suffix}", tmp_path / "out.csv"
    named.write_bytes(GARBAGE[what])
    (tmp_path / "map.yaml").write_text(MAPPING)
    commands: list[tuple[object, ...]] = []
    if suffix in (".parquet", ".csv", ".jsonl", ".arrow"):
        commands.append(("bulk", named, out))
    if suffix in (".parquet", ".csv", ".arrow", ".jsonl", ".duckdb"):
        commands.append(("report", named))
    if suffix in (".parquet", ".csv", ".csv.gz", ".xlsx"):
        commands.append(("import", "bookings", named, out, "--mapping", tmp_path / "map.yaml"))
    for arguments in commands:
        out.write_text("old")
        code = detainer(*arguments)
        said = capsys.readouterr().err
        if code == 0:  # a row that cannot be read is rejected by itself
            assert "bulk" in arguments
            continue
        assert code == 2
        assert "Traceback" not in said and said.count("\n") == 1 and str(named) in said
        assert out.read_text() == "old"
        assert not list(tmp_path.glob(".*"))


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl", ".arrow", ".duckdb", ""])
def test_a_full_disk_leaves_the_old_file_whole(suffix: str, tmp_path: Path) -> None:
    """No file can grow beyond 20,000 bytes, as if there was no more room."""
    named = written(
        tmp_path / "in.csv",
        {
            "jurisdiction": ["us/wa/king"] * 5000,
            "release_at": ["2014-03-03T10:00"] * 5000,
            "id": [f"{n * 7919:x}" for n in range(5000)],
        },
    )
    out = tmp_path / f"out{suffix}"
    old = out / "kept" if not suffix else out
    if suffix:
        out.write_text("old")
    command = [sys.executable, "-m", "detainer", "bulk", str(named), str(out)]
    ended = subprocess.run(command, capture_output=True, text=True, preexec_fn=_limited, check=False)
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr and ended.stderr.count("\n") == 1 and out.name in ended.stderr
    assert (old.read_text() == "old") if suffix else not out.exists()
    assert not [each for each in tmp_path.rglob(".*") if each.name.endswith(".writing")]
    assert not (tmp_path / f"{out.name}.rejected").exists()


@pytest.mark.parametrize("command", ["bulk", "import", "synthetic", "report", "timeline"])
def test_a_place_where_nothing_can_be_written(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not even by root."""
    named = table_of(tmp_path / "in.csv")
    (tmp_path / "file").touch()
    records = written(tmp_path / "records.csv", {"at": ["x"]})
    (tmp_path / "map.yaml").write_text(MAPPING)
    (tmp_path / "a.yaml").write_text(
        "id: a\njurisdiction: us/wa/king\nevents: [{at: 2014-03-01T10:00, event: booked}]\n"
    )
    assert detainer("bulk", named, tmp_path / "decided.csv") == 0
    for out in (tmp_path / "file" / "out.csv", Path("/proc/out.csv")):
        arguments: tuple[object, ...] = {
            "bulk": ("bulk", named, out),
            "import": ("import", "bookings", records, out, "--mapping", tmp_path / "map.yaml"),
            "synthetic": ("import", "synthetic", out, "--rows", 3),
            "report": ("report", tmp_path / "decided.csv", "--to", out),
            "timeline": ("timeline", tmp_path / "a.yaml", "--svg", out),
        }[command]
        capsys.readouterr()
        assert detainer(*arguments) == 2
        said = capsys.readouterr().err
        assert "Traceback" not in said and said.count("\n") == 1 and "out.csv" in said


def test_parts_that_are_removed_under_way_are_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = written(tmp_path / "in.csv", {"jurisdiction": ["us/wa/king"] * 6, "release_at": ["2014-03-03T10:00"] * 6})
    out = tmp_path / "out.csv"
    out.write_text("old")
    write = DuckDB.write

    def removing(self: DuckDB, table: Any, path: Path) -> None:
        write(self, table, path)
        for each in path.parent.glob("*000001.parquet"):
            each.unlink()

    monkeypatch.setattr(DuckDB, "write", removing)
    with pytest.raises(DetainerError, match="No files found"):
        Bulk([named], out, part_rows=2).run()
    assert out.read_text() == "old"
    monkeypatch.setattr(DuckDB, "write", write)
    assert Bulk([named], out, part_rows=2).run(resume=True).rows == 6


def test_rows_that_are_lost_or_come_twice_are_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = written(tmp_path / "in.csv", {"jurisdiction": ["us/wa/king"] * 6, "release_at": ["2014-03-03T10:00"] * 6})
    write = DuckDB.write
    for wrong in (lambda table: table.limit(3), lambda table: table.union(table)):
        monkeypatch.setattr(DuckDB, "write", lambda self, table, path, wrong=wrong: write(self, wrong(table), path))
        with pytest.raises(DetainerError, match="none may be lost or come twice"):
            Bulk([named], tmp_path / "out.csv").run()
        assert [each.name for each in tmp_path.iterdir()] == ["in.csv"]


def test_parts_of_another_run_are_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though they lie in the folder, and the note beside them was written over."""
    king = written(tmp_path / "king.csv", {"jurisdiction": ["us/wa/king"] * 4, "release_at": ["2014-03-03T10:00"] * 4})
    pierce = written(tmp_path / "p.csv", {"jurisdiction": ["us/wa/pierce"] * 4, "release_at": ["2014-03-03T10:00"] * 4})
    out = tmp_path / "out.csv"
    run = Bulk([king], out, part_rows=2)
    monkeypatch.setattr(Bulk, "_finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        run.run()
    assert len(list(run.folder.glob("*.parquet"))) == 2
    monkeypatch.undo()
    other = Bulk([pierce], out, part_rows=2)
    with pytest.raises(DetainerError, match="is of another run"):
        other.run(resume=True)
    (run.folder / "run.json").write_text(other._about)
    assert other.run(resume=True).by_ruling[0][0] == "us/wa/pierce"
    assert set(places_of(out)) == {"us/wa/pierce"}
    assert not run.folder.exists()
