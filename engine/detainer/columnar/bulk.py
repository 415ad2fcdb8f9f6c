"""Tables of any size decided part by part, so that a run that is killed can go on where it was.

Beside OUT lies a folder of parts while a run lasts; each part is there whole or not at all. What is rejected is a table, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import count, takewhile
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

import detainer
from detainer import outputs
from detainer.columnar import files, writing
from detainer.columnar.database import connect
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
    """A run over tables. `place` stands where a table has no column `jurisdiction`, or an object of JSON none.
    `progress` is called with rows done. `with_next`: what the next law of each place says, too (`plan.NEXT`).
    `spreadsheet`: see `writing.write`.
    """

    inputs: Sequence[Path]
    out: Path
    library: Library = field(default_factory=library_at)
    place: str | None = None
    part_rows: int = PART_ROWS
    progress: Callable[[int], None] | None = None
    engine: EngineName = "duckdb"
    with_next: bool = False
    spreadsheet: bool = False

    @cached_property
    def folder(self) -> Path:
        """Where the parts lie until they are all there."""
        return writing.parts_of(self.out)

    @property
    def rejects(self) -> Path:
        """Where the rows go that cannot be decided."""
        return self.out.with_name(f"{self.out.name}.rejected")

    @cached_property
    def _plan(self) -> Plan:
        return Plan(self.library, engine=self.engine, with_next=self.with_next)

    @cached_property
    def _decider(self) -> Decider:
        if self.engine == "duckdb":
            return DuckDB(self._plan)
        from detainer.columnar.spark import Spark

        return Spark(self._plan)

    def run(self, *, resume: bool = False, strict: bool = False) -> Tally:
        """Decide all rows and write them. Raises `DetainerError` for input that is no table, or a run that cannot go on; with
        `strict`, too, where a row is rejected, and then nothing is written.
        """
        writing.check_output(self.out)
        outputs.refuse_what_is_read(self.out, self.inputs)
        with writing.alone(self.out):
            go_on = resume and self._can_go_on()
            try:
                if not go_on:
                    self._start()
                paths: list[Path] = []
                for path, part in self._parts():
                    paths.append(path)
                    if part is not None:
                        self._decide(part, path)
                tally = self._finish(paths, strict)
            except BaseException:
                if not any(self.folder.glob(f"{self._run}-*.parquet")):  # there is nothing to go on with
                    outputs.delete(self.folder)
                raise
            outputs.delete(self.folder)
            return tally

    @property
    def _note(self) -> Path:
        return self.folder / "run.json"

    def _can_go_on(self) -> bool:
        """Whether there are parts of this run. Raises `DetainerError` where they are of another."""
        if not self._note.is_file():
            return False
        if self._note.read_text("utf-8") != self._about:
            raise DetainerError(
                f"{self.folder} is of another run: its input, law or options differ; run without --resume to start over"
            )
        return True

    def _start(self) -> None:
        outputs.delete(self.folder)
        self.folder.mkdir(parents=True)
        with outputs.whole(self._note) as temporary:
            temporary.write_text(self._about, "utf-8")

    @cached_property
    def _run(self) -> str:
        """What the parts of this run are known by: no part of another run bears it."""
        return sha256(self._about.encode()).hexdigest()[:16]

    @cached_property
    def _about(self) -> str:
        """All that the parts of a run hang on."""
        about = {
            "version": detainer.__version__,
            "inputs": [[str(file), file.stat().st_size, file.stat().st_mtime_ns] for file in self.inputs],
            "law": sorted({law.digest for law in self._plan.laws}),
            "place": self.place,
            "part_rows": self.part_rows,
            "engine": self.engine,
            "with_next": self.with_next,
        }
        return json.dumps(about, indent=1)

    def _part(self, file: int, part: int) -> Path:
        return self.folder / f"{self._run}-{file:06d}-{part:06d}.parquet"

    def _parts(self) -> Iterator[tuple[Path, files.Part | None]]:
        """Where the parts of all files go, in order, each with its rows, or None where it is done."""
        for number, file in enumerate(self.inputs):
            done = [*takewhile(Path.exists, (self._part(number, part) for part in count()))]
            for path in done:
                if self.progress:
                    self.progress(writing.rows_in([path]) + writing.rows_in([path.with_suffix(".rejected")]))
                yield path, None
            size = _ENDLESS if self._decider.whole(file) else self.part_rows
            for part, rows in enumerate(files.parts(file, size, len(done)), len(done)):
                yield self._part(number, part), rows

    def _decide(self, part: files.Part, path: Path) -> None:
        rejected: list[tuple[Any, ...]] = [(str(part.path), *each) for each in part.bad]
        with writing.failures(part.path):
            decided = self._decided(part)
        if decided is not None:
            found = decided.rejected.to_pylist()
            rejected += [(str(part.path), row[ROW], row["column"], row["reason"]) for row in found]
        rejected.sort(key=lambda each: each[1])
        if rejected:
            columns = list(map(list, zip(*rejected, strict=True)))
            with outputs.whole(path.with_suffix(".rejected")) as temporary:
                pq.write_table(pa.table(columns, schema=_REJECTED), temporary)
        with outputs.whole(path) as temporary:
            if decided is None:
                pq.write_table(_nothing(), temporary)
            else:
                of_file = {"file": ibis.literal(str(part.path))} if len(self.inputs) > 1 else {}
                table = decided.decisions.mutate(**of_file)
                self._decider.write(table.select(*of_file, *decided.decisions.columns), temporary)
        made = writing.rows_in([path]) + len(rejected)
        if made != part.rows:
            outputs.delete(path)
            raise DetainerError(
                f"{part.path}: of {part.rows:,} rows read {made:,} were decided or rejected; none may be lost or come twice, so "
                "nothing is written. Run it again; if that is said again, it is a fault of this package"
            )
        if self.progress:
            self.progress(part.rows)

    def _decided(self, part: files.Part) -> Decided | None:
        """None where no row of the part can be read."""
        if part.rows == len(part.bad):
            return None
        given = self._decider.given(part)
        if self.place is not None and (PLACE not in given.columns or part.path.suffix in files.OF_OBJECTS):
            said = [given[PLACE]] if PLACE in given.columns else []
            given = given.mutate(**{PLACE: ibis.coalesce(*said, ibis.literal(self.place))})
        try:
            return self._decider.decide(given)
        except DetainerError as error:
            raise DetainerError(f"{part.path}: {error}") from None

    def _finish(self, parts: list[Path], strict: bool) -> Tally:
        rejected = [each for part in parts if (each := part.with_suffix(".rejected")).is_file()]
        tally = Tally(rejected=writing.rows_in(rejected))
        if strict and tally.rejected:
            first = pq.read_table(rejected[0]).slice(0, 1).to_pylist()[0]
            outputs.delete(self.folder)
            raise DetainerError(
                f"{tally.rejected} rows are rejected, and --strict writes nothing then; the first is row {first['row']} of "
                f"{first['file']}: {first['column']}: {first['reason']}"
            )
        if not parts:
            parts = [self._part(0, 0)]
            pq.write_table(_nothing(), parts[0])
        con = connect()
        con.raw_sql(f"CREATE VIEW decided AS FROM {writing.scan(parts)}")
        table = con.table("decided")
        grouped = table.group_by([PLACE, "outcome", "ruling"]).agg(
            n=table.count(), settled=table.settled.cast("int64").sum()
        )
        for row in con.to_pyarrow(grouped.order_by([PLACE, ibis.desc("n"), "ruling"])).to_pylist():
            tally.rows += row["n"]
            tally.settled += row["settled"]
            tally.by_ruling.append((row[PLACE], row["outcome"], row["ruling"], row["n"]))
        self._put(parts, rejected, tally, con)
        return tally

    def _put(self, parts: list[Path], rejected: list[Path], tally: Tally, con: Any) -> None:
        """Both files are whole before either is put in place."""
        with outputs.whole(self.out) as decided, outputs.whole(self.rejects) as refused:
            writing.write(parts, decided, self.out.suffix, con, "decisions", tally.rows, spreadsheet=self.spreadsheet)
            if rejected:
                writing.write(rejected, refused, ".csv", con, "rejected", tally.rejected, spreadsheet=self.spreadsheet)
        if not rejected:
            self.rejects.unlink(missing_ok=True)


def _nothing() -> pa.Table:
    return pa.table({name: pa.array([], type_) for name, type_ in _DECIDED.items()})


_DECIDED = {
    ROW: pa.int64(), PLACE: pa.string(), "outcome": pa.string(), "hold_until": pa.timestamp("us", "UTC"), "ended_by": pa.string(),
    "limit_ends": pa.timestamp("us", "UTC"), "ruling": pa.string(),
    "authority": pa.string(), "settled": pa.bool_(), "caveats": pa.string(), "open_questions": pa.string(),
    "law_as_of": pa.date32(), "digest": pa.string(),
}  # fmt: skip
