"""The file that is named is that file, whatever signs are in the name and whatever lies beside it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detainer.columnar.files import exactly

from conftest import ROOT
from tables import DECOY, MAPPING, detainer, places_of, table_of, written

SIGNS = ["in[1]", "y?", "*", "a{b,c}", "it's", "new\nline", "-l"]
"""Names that a shell, a pattern or SQL would take for something else."""
DECOYS = ["in1", "yy", "x", "ab", "ac", "it"]
"""Names that they could be taken for, as patterns."""

FORMATS = {".parquet": ".csv", ".csv": ".duckdb", ".jsonl": ".arrow", ".arrow": ".jsonl"}
"""Formats of what is read, each with one of what is written."""


@given(st.text(alphabet="ab1*?[]{},!^-'\"% \n$#~;|&.", min_size=1, max_size=8))
def test_duckdb_is_told_of_one_file(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    folder = tmp_path_factory.mktemp("files")
    for other in ("a", "b", "1", "ab", "a1", "b1", "aa", "bb"):
        (folder / f"{other}.csv").write_text("v\ndecoy\n")
    (folder / f"{name}.csv").write_text("v\nnamed\n")
    with duckdb.connect() as con:
        found = con.execute(
            f"FROM read_csv({exactly(folder / f'{name}.csv')}, all_varchar = true, header = true)"
        ).fetchall()
    assert found == [("named",)]


@pytest.mark.parametrize("sign", SIGNS)
def test_the_file_that_is_named_is_decided(sign: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder whose name has the signs, too; each sign in another format."""
    for name in (sign, *DECOYS):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / sign)
    suffix, out = list(FORMATS.items())[(SIGNS.index(sign) + 1) % len(FORMATS)]
    table_of(Path(f"{sign}{suffix}"))
    for decoy in DECOYS:
        for other in (f"{decoy}{suffix}", f"../{decoy}/{sign}{suffix}", f"../{decoy}/{decoy}{suffix}"):
            table_of(Path(other), DECOY)
    assert detainer("bulk", f"./{sign}{suffix}", f"./{sign}-out{out}") == 0
    assert places_of(Path(f"{sign}-out{out}")) == ["us/wa/king"]
    assert detainer("report", f"./{sign}-out{out}", "--to", f"./{sign}-report") == 0
    assert "has 1 decision " in Path(f"{sign}-report.md").read_text()


def test_a_folder_is_written_whatever_signs_are_in_its_name(tmp_path: Path) -> None:
    table_of(tmp_path / "in.csv")
    assert detainer("bulk", tmp_path / "in.csv", tmp_path / "a[b]*{c,d}?'") == 0
    assert places_of(tmp_path / "a[b]*{c,d}?'") == ["us/wa/king"]


@pytest.mark.parametrize("sign", SIGNS)
def test_the_file_that_is_named_is_imported(sign: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    suffix = (".parquet", ".csv", ".csv.gz", ".xlsx")[SIGNS.index(sign) % 4]
    for decoy in DECOYS:
        written(tmp_path / f"{decoy}{suffix}", {"at": ["2000-01-01T10:00"]})
        (tmp_path / f"{decoy}.yaml").write_text(MAPPING.replace("king", "pierce"))
    written(tmp_path / f"{sign}{suffix}", {"at": ["2014-03-03T10:00"]})
    (tmp_path / f"{sign}.yaml").write_text(MAPPING)
    arguments = (f"./{sign}{suffix}", f"./{sign}-out.parquet", "--mapping", f"./{sign}.yaml")
    assert detainer("import", "bookings", *arguments) == 0
    table = pq.ParquetFile(f"{sign}-out.parquet").read()
    assert (table["jurisdiction"].to_pylist(), table["release_at"].to_pylist()) == (
        ["us/wa/king"],
        ["2014-03-03T10:00"],
    )


@pytest.mark.parametrize("sign", SIGNS)
def test_the_yaml_file_that_is_named_is_read(
    sign: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    scenario = "id: {}\njurisdiction: us/wa/king\nrelease_at: 2014-03-03T10:00\n"
    for decoy in DECOYS:
        Path(f"{decoy}.yaml").write_text(scenario.format("decoy"))
    Path(f"{sign}.yaml").write_text(scenario.format("named"))
    for command, *named in (("run",), ("explain", "named")):
        assert detainer(command, f"./{sign}.yaml", *named) == 0
        assert "decoy" not in capsys.readouterr().out
    events = "\n  - {at: 2014-03-01T10:00, event: booked}\n  - {at: 2014-03-02T10:00, event: release_due}\n"
    Path(f"{sign}-events.yaml").write_text(f"id: named\njurisdiction: us/wa/king\nevents:{events}")
    assert detainer("timeline", f"./{sign}-events.yaml", "--svg", f"./{sign}.svg") == 0
    assert Path(f"{sign}.svg").stat().st_size
    rulesets = Path(f"{sign}-rulesets")
    rulesets.mkdir()
    (rulesets / "us.yaml").write_text((ROOT / "rulesets" / "us.yaml").read_text())
    assert detainer("places", "--rulesets", f"./{rulesets}") == 0
    assert detainer("check", f"./{rulesets}") == 0
    head = "booking,booked_at,released_at,immigration_hold,released_to_immigration"
    Path(f"{sign}.csv").write_text(f"{head}\n1,2014-03-01 10:00,2014-03-02 10:00,1,0\n")
    assert detainer("timeline", "--from-bookings", f"./{sign}.csv", "--place", "us/wa/pierce") == 0


def test_a_folder_says_no_fact(tmp_path: Path) -> None:
    """DuckDB makes columns of folders that are named so."""
    folder = tmp_path / "detainer=false" / "at=2014-03-03T10:00"
    folder.mkdir(parents=True)
    written(folder / "a.parquet", {"jurisdiction": ["us/wa/king"], "release_at": ["2014-03-03T10:00"]})
    out = tmp_path / "out.csv"
    assert detainer("bulk", folder / "a.parquet", out) == 0
    assert "detainer" in out.read_text()  # among what is open


def test_a_name_that_duckdb_cannot_be_told_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert detainer("bulk", table_of(tmp_path / "in.csv"), tmp_path / "y?.duckdb") == 2
    assert "DuckDB cannot write a database where there is a `?` in the path" in capsys.readouterr().err
    named = table_of(tmp_path / "b\\[1].parquet")
    assert detainer("bulk", named, tmp_path / "out.csv") == 2
    assert "has a backslash and one of" in capsys.readouterr().err
