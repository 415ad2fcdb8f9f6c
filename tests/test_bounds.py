"""What is too large is told with its bound and how to raise it; what is raised is taken. Only the bounds are small here."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detainer import DetainerError, FileError, bounds
from detainer.yamlfile import Source

from conftest import ROOT
from tables import MAPPING, detainer, table_of, written

SCENARIO = "id: a\njurisdiction: us/wa/king\nrelease_at: 2014-03-03T10:00\ndetainer: null\n"
BOOKINGS = (
    "booking,booked_at,released_at,immigration_hold,released_to_immigration\n1,2014-03-01 10:00,2014-03-02 10:00,1,0\n"
)


def _files(folder: Path) -> dict[str, tuple[object, ...]]:
    """A call that reads a file of each kind, by the variable of the bound that it would pass if that was 20, and a word."""
    (folder / "map.yaml").write_text(MAPPING)
    (folder / "a.yaml").write_text(SCENARIO)
    (folder / "b.csv.gz").write_bytes(gzip.compress(BOOKINGS.encode()))
    (folder / "b.csv").write_text(BOOKINGS)
    many = {"jurisdiction": ["us/wa/king"] * 30, "release_at": ["2014-03-03T10:00"] * 30}
    records, mapping = {"at": ["2014-03-03T10:00"] * 30}, ("--mapping", folder / "map.yaml")
    out = folder / "out.csv"
    place = ("--place", "us/wa/pierce")
    return {
        "FILE scenario": ("run", folder / "a.yaml"),
        "UNPACKED bookings": ("timeline", "--from-bookings", folder / "b.csv.gz", *place),
        "UNPACKED gzip": ("import", "bookings", written(folder / "r.csv.gz", records), out, *mapping),
        "UNPACKED xlsx": ("import", "bookings", written(folder / "r.xlsx", records), out, *mapping),
        "UNPACKED records": ("import", "bookings", written(folder / "r.parquet", records), out, *mapping),
        "ROWS records": ("import", "bookings", folder / "r.parquet", out, *mapping),
        "UNPACKED table": ("bulk", written(folder / "t.parquet", many), out),
        "ROWS table": ("bulk", folder / "t.parquet", out),
        "LINE csv": ("bulk", table_of(folder / "t.csv"), out),
        "LINE jsonl": ("bulk", table_of(folder / "t.jsonl"), out),
        "LINE bookings": ("timeline", "--from-bookings", folder / "b.csv", *place),
        "CELL csv": ("bulk", folder / "t.csv", out),
        "CELL bookings": ("timeline", "--from-bookings", folder / "b.csv", *place),
    }


def test_what_is_too_large_is_told_with_its_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for what, arguments in _files(tmp_path).items():
        name = f"DETAINER_MAX_{what.split()[0]}"
        monkeypatch.setenv(name, "10")
        capsys.readouterr()
        assert detainer(*arguments) == 2, what
        said = "".join(capsys.readouterr())
        assert "has more than 10 " in said and f"if it is meant to, set {name} to more" in said, what
        assert not (tmp_path / "out.csv").exists()
        monkeypatch.delenv(name)
        assert detainer(*arguments) == 0, what
        (tmp_path / "out.csv").unlink(missing_ok=True)


@pytest.mark.parametrize("given_", ["", "-1", "0", "1e9", "16 GiB", "\u0661", "9" * 30])
def test_a_bound_is_a_whole_number(given_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DETAINER_MAX_FILE", given_)
    with pytest.raises(DetainerError, match=r"DETAINER_MAX_FILE: found .*, expected a whole number such as 67108864"):
        _ = bounds.FILE.value


def test_the_documentation_lists_every_bound() -> None:
    text = (ROOT / "docs" / "bounds.md").read_text()
    for each in bounds.RAISABLE:
        assert f"{each.default:,}" in text and f"`{each.variable}`" in text
    assert f"| {bounds.DEPTH} |" in text


@pytest.mark.parametrize("suffix", [".csv.gz", ".xlsx"])
def test_a_file_that_is_cut_off_is_never_taken_for_a_shorter_one(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "map.yaml").write_text(MAPPING)
    whole = written(tmp_path / f"whole{suffix}", {"at": [f"2014-03-03T10:{n:02d}" for n in range(60)]}).read_bytes()
    for length in range(1, len(whole), max(1, len(whole) // 40)):
        (tmp_path / f"cut{suffix}").write_bytes(whole[:length])
        arguments = (
            "import",
            "bookings",
            tmp_path / f"cut{suffix}",
            tmp_path / "out.csv",
            "--mapping",
            tmp_path / "map.yaml",
        )
        assert detainer(*arguments) == 2, length
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and "cannot be read" in said


def test_a_zip_is_counted_by_what_is_in_it_and_not_by_what_it_says(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("stored", b"x" * 1000, zipfile.ZIP_STORED)
        archive.writestr("packed", b"x" * 70_000)
    sizes = sum(bounds._of_zip(tmp_path / "a.xlsx"))
    assert sizes == 71_000
    raw = (tmp_path / "a.xlsx").read_bytes().replace((70_000).to_bytes(4, "little"), (5).to_bytes(4, "little"))
    (tmp_path / "b.xlsx").write_bytes(raw)
    assert sum(bounds._of_zip(tmp_path / "b.xlsx")) == sizes


# -- depth -----------------------------------------------------------------------------------------------------------------


@given(st.integers(0, 60), st.sampled_from(["[{}]", '{{"a": {}}}']))
def test_what_is_not_deep_is_read(depth: int, layer: str) -> None:
    text = "1"
    for _ in range(depth):
        text = layer.format(text)
    assert not bounds.too_deep(text)
    assert Source(f"a: {text}\n", "x").data == {"a": json.loads(text)}


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "a: " + "[" * 100 + "]" * 100,
        "a: " + '{"a": ' * 100 + "1" + "}" * 100,
        "a:\n" + "- " * 100_000 + "1\n",
        "".join(f"{' ' * n}a:\n" for n in range(200)),
        "? " * 1000 + "a",
    ],
)
def test_what_is_deep_reaches_no_parser_that_goes_down_to_the_end(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detainer.yamlfile._quick", lambda text: pytest.fail("a quick parser was asked"))
    with pytest.raises(FileError, match=r"nested more than 64 levels deep|a key must be a plain word|this is not YAML"):
        Source(text, "x")


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_cells_and_lines_are_not_deep(suffix: str, tmp_path: Path) -> None:
    deep = "[" * 100 + "]" * 100
    named, out = tmp_path / f"in{suffix}", tmp_path / "out.csv"
    if suffix == ".csv":
        rows = ('us/wa/king,2014-03-03T10:00,"[]"', f'us/wa/king,2014-03-03T10:00,"{deep}"')
        named.write_text("\n".join(("jurisdiction,release_at,convictions", *rows)))
    else:
        head = '{"jurisdiction": "us/wa/king", "release_at": "2014-03-03T10:00", "convictions": '
        named.write_text(f"{head}[]}}\n{head}{deep}}}\n")
    assert detainer("bulk", named, out) == 0
    assert len(out.read_text().splitlines()) == 2
    assert len((tmp_path / "out.csv.rejected").read_text().splitlines()) == 2


def test_rows_that_a_file_only_claims_to_have_are_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One value, repeated: a file of few bytes."""
    pq.write_table(pa.table({"a": pa.array(["x"] * 100_000).dictionary_encode()}), tmp_path / "a.parquet")
    assert (tmp_path / "a.parquet").stat().st_size < 10_000
    monkeypatch.setenv("DETAINER_MAX_ROWS", "99999")
    with pytest.raises(DetainerError, match="has more than 99,999 rows"):
        bounds.check_file(tmp_path / "a.parquet")
