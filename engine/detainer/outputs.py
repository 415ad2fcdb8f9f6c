"""What is written: apart from all that is read, by one run at a time, and whole or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path

from detainer.errors import DetainerError


def refuse_what_is_read(out: Path, given: Iterable[Path | str], suffixes: Sequence[str] = ()) -> None:
    """Raises `DetainerError` where `out` is a file that is read, by whatever name, or would be read the next time: it lies in a
    folder that is given, or is named as a pattern wants it beside files of that pattern. Files in folders are read where their
    names end in one of `suffixes`; of tables, what has no suffix is a folder of such files.
    """
    like_them = out.suffix in suffixes or (not out.suffix and ".parquet" in suffixes)
    beside = out.absolute().parent
    for each in given:
        place = Path(each)
        pattern = place.absolute()
        if out.exists() and place.exists() and out.samefile(place):
            raise DetainerError(f"`{out}` is what is read (`{each}`); name another file for what is written")
        if place.is_dir():
            there = beside.resolve().is_relative_to(place.resolve())
        else:
            there = not place.exists() and beside.match(str(pattern.parent)) and Path(out.name).match(pattern.name)
        if like_them and there:
            raise DetainerError(f"`{out}` lies where `{each}` is read from; name a place apart from it")


@contextmanager
def alone(out: Path) -> Generator[None]:
    """Keep any other run from writing `out` meanwhile. The lock of a run that was killed holds nobody up.

    Raises `DetainerError` where another run is at work, OSError where there can be no file.
    """
    path = out.with_name(f".{out.name}.lock")
    while True:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists() and path.stat().st_ino == os.fstat(lock).st_ino:
                break  # else another run let go of it and deleted it since it was opened
        except BlockingIOError:
            os.close(lock)
            raise DetainerError(f"`{out}` is being written by another run; wait for it, or name another file") from None
        os.close(lock)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(lock)


@contextmanager
def whole(path: Path) -> Generator[Path]:
    """A path to write to, a file or a folder; what was written gets its name once it is on the disk, and is gone where it failed.

    For one run at a time: see `alone`. Raises OSError.
    """
    temporary = path.with_name(f".{path.name}.writing")
    delete(temporary)
    try:
        yield temporary
        if temporary.exists():
            for each in temporary.rglob("*") if temporary.is_dir() else [temporary]:
                with each.open("rb") as file:
                    os.fsync(file.fileno())
            temporary.replace(path)
    finally:
        delete(temporary)


def write_text(path: Path, content: str) -> None:
    """Write a text as a whole or not at all. Raises `DetainerError` where it cannot be written."""
    try:
        with alone(path), whole(path) as temporary:
            temporary.write_text(content, "utf-8")
    except OSError as error:
        raise DetainerError(f"{path}: cannot be written: {error.strerror or error}") from None


def delete(path: Path) -> None:
    """Delete a file or a folder, if it is there. Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
