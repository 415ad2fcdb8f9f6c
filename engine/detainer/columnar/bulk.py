"""Tables of any size decided part by part, so that a run that is killed can go on where it was.

Beside OUT lies a folder of parts while a run lasts; each part is there whole or not at all. What is rejected is a table, too.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count, takewhile
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

import detainer
from detainer.columnar import files
from detainer.columnar.decider import Decided, Decider, DuckDB
from detainer.columnar.facts import PLACE, ROW
from detainer.columnar.instants import EngineName
from detainer.columnar.plan import Plan
from detainer.errors import DetainerError
from detainer.library import Library, library_at

PART_ROWS = 1_000_000
"""How many rows are decided at once, and how many a killed run may have to decide again."""

_ENDLESS = 2**62

_REJECTED = pa.schema([("file", pa.string()), ("row", pa.int64()), ("column", pa.string()), ("reason", pa.string())])


@dataclass
class Tally:
    """What became of the rows of a run."""

    rows: int = 0
    rejected: int = 0
    settled: int = 0
    by_ruling: list[tuple[str, str, str, int]] = field(default_factory=list[tuple[str, str, str, int]])


@dataclass(frozen=True)
class Bulk:
    """A run over tables. `place` stands where a table has no column `jurisdiction`. `progress` is called with rows done.
    `with_next`: what the next law of each place says, too (`plan.NEXT`).
    """

    inputs: Sequence[Path]
    out: Path
    library: Library = field(default_factory=library_at)
    place: str | None = None
    part_rows: int = PART_ROWS
    progress: Callable[[int], None] | None = None
    engine: EngineName = "duckdb"
    with_next: bool = False

    @cached_property
    def folder(self) -> Path:
        """Where the parts lie until they are all there."""
        return self.out.with_name(f".{self.out.name}.parts")

    @property
    def rejects(self) -> Path:
        """Where the rows go that cannot be decided."""
        return self.out.with_name(f"{self.out.name}.rejected")

    @cached_property
    def _decider(self) -> Decider:
        if self.engine == "duckdb":
            return DuckDB(Plan(self.library, with_next=self.with_next))
        from detainer.columnar.spark import Spark

        return Spark(Plan(self.library, engine="spark", with_next=self.with_next))

    def run(self, *, resume: bool = False, strict: bool = False) -> Tally:
        """Decide all rows and write them. Raises `DetainerError` for input that is no table, or a run that cannot go on; with
        `strict`, too, where a row is rejected, and then nothing is written.
        """
        files.check_output(self.out)
        self._start(resume)
        paths: list[Path] = []
        for path, part in self._parts():
            paths.append(path)
            if part is not None:
                self._decide(part, path)
        return self._finish(paths, strict)

    def _start(self, resume: bool) -> None:
        note = self.folder / "run.json"
        about = json.dumps(self._about(), indent=1)
        if resume and note.is_file():
            if note.read_text("utf-8") != about:
                raise DetainerError(
                    f"{self.folder} is of another run: its input, law or options differ; run without --resume to start over"
                )
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        with _whole(note) as temporary:
            temporary.write_text(about, "utf-8")

    def _about(self) -> dict[str, Any]:
        """All that the parts of a run hang on."""
        return {
            "version": detainer.__version__,
            "inputs": [[str(file), file.stat().st_size, file.stat().st_mtime_ns] for file in self.inputs],
            "law": sorted({law.digest for law in self._decider.plan.laws}),
            "place": self.place,
            "part_rows": self.part_rows,
            "engine": self.engine,
            "with_next": self.with_next,
        }

    def _parts(self) -> Iterator[tuple[Path, files.Part | None]]:
        """Where the parts of all files go, in order, each with its rows, or None where it is done."""
        for number, file in enumerate(self.inputs):
            paths = (self.folder / f"{number:06d}-{part:06d}.parquet" for part in count())
            done = [*takewhile(Path.exists, paths)]
            for path in done:
                if self.progress:
                    self.progress(files.rows_in([path]) + files.rows_in([path.with_suffix(".rejected")]))
                yield path, None
            size = _ENDLESS if self._decider.whole(file) else self.part_rows
            for part, rows in enumerate(files.parts(file, size, len(done)), len(done)):
                yield self.folder / f"{number:06d}-{part:06d}.parquet", rows

    def _decide(self, part: files.Part, path: Path) -> None:
        rejected: list[tuple[Any, ...]] = [(str(part.path), *each) for each in part.bad]
        decided = self._decided(part)
        if decided is not None:
            found = decided.rejected.to_pylist()
            rejected += [(str(part.path), row[ROW], row["column"], row["reason"]) for row in found]
        rejected.sort(key=lambda each: each[1])
        if rejected:
            columns = list(map(list, zip(*rejected, strict=True)))
            with _whole(path.with_suffix(".rejected")) as temporary:
                pq.write_table(pa.table(columns, schema=_REJECTED), temporary)
        with _whole(path) as temporary:
            if decided is None:
                pq.write_table(_nothing(), temporary)
            else:
                of_file = {"file": ibis.literal(str(part.path))} if len(self.inputs) > 1 else {}
                table = decided.decisions.mutate(**of_file)
                self._decider.write(table.select(*of_file, *decided.decisions.columns), temporary)
        assert files.rows_in([path]) + len(rejected) == part.rows, "no row is lost, and none comes twice"
        if self.progress:
            self.progress(part.rows)

    def _decided(self, part: files.Part) -> Decided | None:
        """None where no row of the part can be read."""
        if part.rows == len(part.bad):
            return None
        given = self._decider.given(part)
        if PLACE not in given.columns and self.place is not None:
            given = given.mutate(**{PLACE: ibis.literal(self.place)})
        try:
            return self._decider.decide(given)
        except DetainerError as error:
            raise DetainerError(f"{part.path}: {error}") from None

    def _finish(self, parts: list[Path], strict: bool) -> Tally:
        rejected = [each for part in parts if (each := part.with_suffix(".rejected")).is_file()]
        tally = Tally(rejected=files.rows_in(rejected))
        if strict and tally.rejected:
            first = pq.read_table(rejected[0]).slice(0, 1).to_pylist()[0]
            shutil.rmtree(self.folder)
            raise DetainerError(
                f"{tally.rejected} rows are rejected, and --strict writes nothing then; the first is row {first['row']} of "
                f"{first['file']}: {first['column']}: {first['reason']}"
            )
        if not parts:
            parts = [self.folder / "000000-000000.parquet"]
            pq.write_table(_nothing(), parts[0])
        con = ibis.duckdb.connect()
        table = con.read_parquet(files.in_parts(parts))
        grouped = table.group_by([PLACE, "outcome", "ruling"]).agg(
            n=table.count(), settled=table.settled.cast("int64").sum()
        )
        for row in con.to_pyarrow(grouped.order_by([PLACE, ibis.desc("n"), "ruling"])).to_pylist():
            tally.rows += row["n"]
            tally.settled += row["settled"]
            tally.by_ruling.append((row[PLACE], row["outcome"], row["ruling"], row["n"]))
        if rejected:
            temporary = self.folder / "rejected.csv"
            files.write(rejected, temporary, con, "rejected")
            temporary.replace(self.rejects)
        else:
            self.rejects.unlink(missing_ok=True)
        files.write(parts, self.out, con, "decisions")
        shutil.rmtree(self.folder)
        return tally


def _nothing() -> pa.Table:
    return pa.table({name: pa.array([], type_) for name, type_ in _DECIDED.items()})


_DECIDED = {
    ROW: pa.int64(), PLACE: pa.string(), "outcome": pa.string(), "hold_until": pa.timestamp("us", "UTC"), "ended_by": pa.string(),
    "limit_ends": pa.timestamp("us", "UTC"), "ruling": pa.string(),
    "authority": pa.string(), "settled": pa.bool_(), "caveats": pa.string(), "open_questions": pa.string(),
    "law_as_of": pa.date32(), "digest": pa.string(),
}  # fmt: skip


@contextmanager
def _whole(path: Path) -> Generator[Path]:
    """A path to write to, a file or a folder; what was written gets its name once it is on the disk."""
    temporary = path.with_name(f"{path.name}.writing")
    if temporary.is_dir():
        shutil.rmtree(temporary)
    yield temporary
    for each in temporary.rglob("*") if temporary.is_dir() else [temporary]:
        with each.open("rb") as file:
            os.fsync(file.fileno())
    temporary.replace(path)
