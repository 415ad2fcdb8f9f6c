"""Tables of any size decided part by part, so that a run that is killed can go on where it was. Decides by `plan` and, where that
only approximates, by the engine `direct`.

Beside OUT lies a folder of parts while a run lasts; each part is there whole or not at all. What is rejected is a table, too.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import detainer
from detainer.columnar import files, reading
from detainer.columnar.facts import MOMENTS, PLACE, moments
from detainer.columnar.plan import Plan
from detainer.columnar.rows import case_of
from detainer.engines import decide
from detainer.errors import DetainerError
from detainer.library import Library, library_at

PART_ROWS = 1_000_000
"""How many rows are decided at once, and how many a killed run may have to decide again."""

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
    """A run over tables. `place` stands where a table has no column `jurisdiction`. `progress` is called with rows done."""

    inputs: Sequence[Path]
    out: Path
    library: Library = field(default_factory=library_at)
    place: str | None = None
    part_rows: int = PART_ROWS
    progress: Callable[[int], None] | None = None

    @cached_property
    def folder(self) -> Path:
        """Where the parts lie until they are all there."""
        return self.out.with_name(f".{self.out.name}.parts")

    @property
    def rejects(self) -> Path:
        """Where the rows go that cannot be decided."""
        return self.out.with_name(f"{self.out.name}.rejected")

    @cached_property
    def _con(self) -> Any:
        con = ibis.duckdb.connect()
        con.raw_sql("SET TimeZone = 'UTC'")
        return con

    @cached_property
    def _plan(self) -> Plan:
        return Plan(self.library)

    def run(self, *, resume: bool = False, strict: bool = False) -> Tally:
        """Decide all rows and write them. Raises `DetainerError` for input that is no table, or a run that cannot go on; with
        `strict`, too, where a row is rejected, and then nothing is written.
        """
        files.suffix_of(self.out, files.OUTPUTS)
        self._start(resume)
        parts: list[Path] = []
        for number, (file, part) in enumerate(self._parts()):
            path = self.folder / f"{number:06d}.parquet"
            parts.append(path)
            if part is not None:
                self._decide(file, part, path)
        return self._finish(parts, strict)

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
        _whole(note, about.encode())

    def _about(self) -> dict[str, Any]:
        """All that the parts of a run hang on."""
        return {
            "version": detainer.__version__,
            "inputs": [[str(file), file.stat().st_size, file.stat().st_mtime_ns] for file in self.inputs],
            "law": sorted({law.digest for law in self._plan.laws}),
            "place": self.place,
            "part_rows": self.part_rows,
        }

    def _parts(self) -> Iterator[tuple[Path, files.Part | None]]:
        """The parts of all files in order, None for those that are done."""
        number = 0
        for file in self.inputs:
            done = 0
            while (self.folder / f"{number:06d}.parquet").is_file() and self._is_of(number, file):
                if self.progress:
                    self.progress(pq.ParquetFile(self.folder / f"{number:06d}.parquet").metadata.num_rows)
                yield file, None
                number += 1
                done += 1
            for part in files.parts(file, self.part_rows, done):
                yield file, part
                number += 1

    def _is_of(self, number: int, file: Path) -> bool:
        metadata: Any = pq.ParquetFile(self.folder / f"{number:06d}.parquet").schema_arrow.metadata or {}
        return metadata.get(b"file") == str(file).encode()

    def _decide(self, file: Path, part: files.Part, path: Path) -> None:
        decided = self._decided(part.table) if part.table.num_rows else None
        rejected = [(str(file), each.row, each.column, each.reason) for each in part.bad]
        if decided is not None:
            wrong = decided.filter(pc.is_valid(decided["problem_column"]))
            rejected += [
                (str(file), row["row"], row["problem_column"], row["problem"])
                for row in wrong.select(["row", "problem_column", "problem"]).to_pylist()
            ]
            decided = decided.filter(pc.is_null(decided["problem_column"])).drop_columns(["problem_column", "problem"])
        rejected.sort(key=lambda each: each[1])
        if rejected:
            columns = list(zip(*rejected, strict=True))
            _write_parquet(pa.table(list(map(list, columns)), schema=_REJECTED), path.with_suffix(".rejected"))
        if decided is None:
            decided = _nothing()
        if len(self.inputs) > 1:
            decided = decided.add_column(0, "file", pa.array([str(file)] * decided.num_rows, pa.string()))
        _write_parquet(decided.replace_schema_metadata({"file": str(file)}), path)
        if self.progress:
            self.progress(part.table.num_rows + len(part.bad))

    def _decided(self, table: pa.Table) -> pa.Table:
        if PLACE not in table.column_names and self.place is not None:
            table = table.append_column(PLACE, pa.array([self.place] * table.num_rows, pa.string()))
        con = self._con
        con.con.register("given", table)
        given, plan = con.table("given"), self._plan
        answered = plan.answered(given, plan.calendar(*_days(table)))
        con.con.register("answered", con.to_pyarrow(answered))
        con.con.register("controls", con.to_pyarrow(plan.controls(plan.keys(con.table("answered")))))
        decided: pa.Table = con.to_pyarrow(plan.joined(con.table("answered"), con.table("controls")).order_by("row"))
        return self._finished(given, decided)

    def _finished(self, given: Any, decided: pa.Table) -> pa.Table:
        """With the rows that three-valued logic only approximates decided by the engine `direct`."""
        open_ = decided.filter(pc.equal(decided["exact"], pa.scalar(False)))
        if not open_.num_rows:
            return decided
        numbers = ibis.memtable(open_.select(["row"]))
        read = reading.read(given)
        read = read.semi_join(numbers, "row").order_by("row")
        answers: dict[str, list[Any]] = {name: [] for name in _ANSWERS}
        for row in self._con.to_pyarrow(read).to_pylist():
            case = case_of({name.removesuffix("_raw"): value for name, value in row.items()})
            decision = decide(case, engine="direct", library=self.library)
            end = decision.hold_until
            answers["outcome"].append(decision.outcome)
            answers["hold_until"].append(end.astimezone(UTC) if end else None)
            answers["ruling"].append(decision.ruling.id)
            answers["authority"].append(decision.ruling.authority.cite)
            answers["settled"].append(decision.settled)
            answers["exact"].append(not decision.resolution.bounded)
        mask = pc.equal(decided["exact"], pa.scalar(False)).combine_chunks().fill_null(False)
        for name, values in answers.items():
            index = decided.schema.get_field_index(name)
            column = decided[name].combine_chunks()
            filled = pc.replace_with_mask(column, mask, pa.array(values, column.type))
            decided = decided.set_column(index, decided.schema.field(index), filled)
        return decided

    def _finish(self, parts: list[Path], strict: bool) -> Tally:
        con, tally = self._con, Tally()
        rejected = [each for part in parts if (each := part.with_suffix(".rejected")).is_file()]
        tally.rejected = sum(pq.ParquetFile(each).metadata.num_rows for each in rejected)
        if strict and tally.rejected:
            first = pq.read_table(rejected[0]).slice(0, 1).to_pylist()[0]
            shutil.rmtree(self.folder)
            raise DetainerError(
                f"{tally.rejected} rows are rejected, and --strict writes nothing then; the first is row {first['row']} of "
                f"{first['file']}: {first['column']}: {first['reason']}"
            )
        if not parts:
            parts = [self.folder / "000000.parquet"]
            _write_parquet(_nothing(), parts[0])
        table = con.read_parquet([str(each) for each in parts])
        tally.rows = int(table.count().execute())
        if tally.rows:
            tally.settled = int(table.settled.sum().execute())
            grouped = (
                table.group_by([PLACE, "outcome", "ruling"])
                .agg(n=table.count())
                .order_by([PLACE, ibis.desc("n"), "ruling"])
            )
            tally.by_ruling = [tuple(row.values()) for row in con.to_pyarrow(grouped).to_pylist()]  # type: ignore[misc]
        if rejected:
            temporary = self.folder / "rejected.csv"
            files.write(rejected, temporary, con, "rejected")
            temporary.replace(self.rejects)
        else:
            self.rejects.unlink(missing_ok=True)
        files.write(parts, self.out, con, "decisions")
        shutil.rmtree(self.folder)
        return tally


_ANSWERS = ("outcome", "hold_until", "ruling", "authority", "settled", "exact")


def _nothing() -> pa.Table:
    return pa.table({name: pa.array([], type_) for name, type_ in _DECIDED.items()})


_DECIDED = {
    "row": pa.int64(), PLACE: pa.string(), "outcome": pa.string(), "hold_until": pa.timestamp("us", "UTC"), "ruling": pa.string(),
    "authority": pa.string(), "settled": pa.bool_(), "exact": pa.bool_(), "law_as_of": pa.date32(), "digest": pa.string(),
}  # fmt: skip


def _days(table: pa.Table) -> tuple[date, date]:
    """The days between which all moments of a table lie, as far as they can be read."""
    found: list[date] = []
    for name in (*MOMENTS, *moments()):
        if name in table.column_names:
            ends: Any = pc.min_max(table[name]).as_py()
            for value in (ends["min"], ends["max"]):
                try:
                    found.append(date.fromisoformat(str(value)[:10]))
                except ValueError:
                    continue
    return (min(found), max(found)) if found else (date(2000, 1, 1), date(2000, 1, 1))


def _write_parquet(table: pa.Table, path: Path) -> None:
    temporary = path.with_name(f"{path.name}.writing")
    pq.write_table(table, temporary)
    _synced(temporary, path)


def _whole(path: Path, content: bytes) -> None:
    temporary = path.with_name(f"{path.name}.writing")
    temporary.write_bytes(content)
    _synced(temporary, path)


def _synced(temporary: Path, path: Path) -> None:
    """Give a file its name once what it holds is on the disk."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)
