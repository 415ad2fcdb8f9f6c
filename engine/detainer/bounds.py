"""How much is taken at most: what is larger is refused before anything is made of it, and told how to be let in.

Nothing that people write or a jail's software exports comes near these bounds; a file that was made to fill a machine's memory or
disk does. docs/bounds.md lists them.
"""

from __future__ import annotations

import csv
import gzip
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from detainer.errors import DetainerError

DEPTH = 64
"""How many lists and mappings may lie within each other in YAML and JSON. No field goes that deep, so nothing raises it."""

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Bound:
    """A bound: the environment variable that raises it, what it is otherwise, and what it is of."""

    variable: str
    default: int
    of: str

    @property
    def value(self) -> int:
        """The bound in force. Raises `DetainerError` where the variable holds no whole number."""
        given = os.environ.get(self.variable)
        if given is None:
            return self.default
        if not (given.isascii() and given.isdecimal() and len(given) < 20 and int(given)):
            raise DetainerError(
                f"{self.variable}: found `{given[:60]}`, expected a whole number such as {self.default}"
            )
        return int(given)

    def told(self) -> str:
        """That it is passed, and how to raise it; the end of a sentence that begins with what passes it."""
        return f"has more than {self.value:,} {self.of}; if it is meant to, set {self.variable} to more"


FILE = Bound("DETAINER_MAX_FILE", 64 * 1024 * 1024, "bytes")
"""Of a file of YAML: some 100,000 scenarios."""
UNPACKED = Bound("DETAINER_MAX_UNPACKED", 16 * 1024**3, "bytes once it is unpacked")
"""Of a compressed file: gzip, a workbook, Parquet."""
ROWS = Bound("DETAINER_MAX_ROWS", 1_000_000_000, "rows")
"""Of a file of Parquet, which can say in a few bytes that it has any number of them."""
LINE = Bound("DETAINER_MAX_LINE", 2 * 1024 * 1024, "characters in one line")
"""Of a line of CSV or JSON."""
CELL = Bound("DETAINER_MAX_CELL", 128 * 1024, "characters in one cell")
"""Of a cell of CSV, which can go over many lines."""

RAISABLE = (FILE, UNPACKED, ROWS, LINE, CELL)

_BRACKETS = re.compile(r"[\[\]{}]")


def too_deep(text: str) -> bool:
    """Whether brackets lie within each other more than `DEPTH` deep; those in quotes count, for nothing is read yet."""
    if text.count("[") + text.count("{") <= DEPTH:
        return False
    depth = 0
    for sign in _BRACKETS.finditer(text):
        depth += 1 if sign[0] in "[{" else -1
        if depth > DEPTH:
            return True
    return False


def lines_of(file: TextIO) -> Iterator[str]:
    """The lines of a text. Raises `DetainerError` for one that is too long, before it is read as a whole."""
    most = LINE.value
    number = 0
    while line := file.readline(most + 1):
        number += 1
        if len(line) > most:
            raise DetainerError(f"line {number} {LINE.told()}")
        yield line


def csv_lines(file: TextIO) -> Iterator[str]:
    """The lines of a CSV file, of which the module `csv` will take no cell that is too long. Raises like `lines_of`."""
    csv.field_size_limit(CELL.value)
    return lines_of(file)


def of_csv(error: csv.Error) -> str:
    """What is wrong with a CSV file, and how a cell that is too long is let in."""
    return f"it {CELL.told()}" if "field limit" in str(error) else str(error)


def check_file(path: Path) -> None:
    """Raises `DetainerError` for a file that is too large once it is unpacked, or is cut off or spoilt: what is compressed is
    unpacked beforehand without keeping any of it. Raises OSError, and what Arrow raises.
    """
    try:
        match path.suffix.lower():
            case ".gz":
                _check_size(_of_gzip(path))
            case ".xlsx":
                _check_size(_of_zip(path))
            case ".parquet":
                from pyarrow.parquet import ParquetFile

                check_parquet(ParquetFile(path).metadata)
            case _:
                pass
    except EOFError:
        raise DetainerError("cannot be read: it breaks off in the middle; fetch it again") from None
    except (gzip.BadGzipFile, zlib.error, BadZipFile) as error:
        raise DetainerError(f"cannot be read: {error}; fetch it again") from None


def _check_size(blocks: Iterator[int]) -> None:
    most, size = UNPACKED.value, 0
    for block in blocks:
        size += block
        if size > most:
            raise DetainerError(UNPACKED.told())


def check_parquet(about: Any) -> int:
    """How many rows a file of Parquet has by its metadata. Raises `DetainerError` where they are too many, or too large."""
    size = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
    for bound, found in ((ROWS, about.num_rows), (UNPACKED, size)):
        if found > bound.value:
            raise DetainerError(bound.told())
    return about.num_rows


def _of_gzip(path: Path) -> Iterator[int]:
    with gzip.open(path) as file:
        while block := file.read(_BLOCK):
            yield len(block)


def _of_zip(path: Path) -> Iterator[int]:
    """What is there counts, whatever the archive says of it."""
    with path.open("rb") as raw, ZipFile(raw) as archive:
        for each in archive.infolist():
            raw.seek(each.header_offset + 26)  # where its header says how long the name and what follows it are
            raw.seek(sum(int.from_bytes(raw.read(2), "little") for _ in range(2)), os.SEEK_CUR)
            if each.compress_type == ZIP_STORED:
                yield each.compress_size
                continue
            unpacking, left = zlib.decompressobj(-zlib.MAX_WBITS), each.compress_size
            while left > 0 and not unpacking.eof:
                packed = raw.read(min(left, _BLOCK // 16))
                left -= len(packed)
                while packed and not unpacking.eof:
                    yield len(unpacking.decompress(packed, _BLOCK))
                    packed = unpacking.unconsumed_tail
                if not packed and left and raw.tell() >= path.stat().st_size:
                    raise EOFError
