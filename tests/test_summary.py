"""The report on a table of decisions: its figures are those of the table, and it stands by itself."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detainer.columnar.bulk import Bulk
from detainer.columnar.summary import report
from detainer.errors import DetainerError
from detainer.library import library_at
from detainer.page import Page, Section

HOMICIDE = [{"offense": "homicide", "convicted_on": "1999-05-06", "shown_in_writing": True}]
CASES: list[dict[str, Any]] = [
    {"jurisdiction": place, "release_at": at, "detainer_form": "I-247", "judicial_warrant": warrant, "convictions": convictions,
     "person_date_of_birth": "1980-02-03"}
    for place in ("us/wa/king", "us/or/clackamas")
    for at in ("2014-03-03T10:00", "2017-03-20T10:00")
    for warrant in (False, None)
    for convictions in (HOMICIDE, [], None)
]  # fmt: skip


def decisions(folder: Path, **options: Any) -> Path:
    pq.write_table(pa.Table.from_pylist(CASES), folder / "cases.parquet")
    out = folder / "decisions.parquet"
    Bulk([folder / "cases.parquet"], out, **options).run()
    return out


def section(page: Page, heading: str) -> Section:
    return next(each for each in page.sections if each.heading == heading)


def test_the_figures_are_those_of_the_table(tmp_path: Path) -> None:
    out = decisions(tmp_path)
    rows = pq.read_table(out).to_pylist()
    page = report([out], library_at())
    open_ = sum(not row["settled"] for row in rows)
    hold = sum(row["outcome"] == "hold" for row in rows)
    release = sum(row["outcome"] == "release" and row["settled"] for row in rows)
    assert min(open_, hold, release) > 0
    assert f"hold in {hold} " in section(page, "In short").sentences[0]
    assert section(page, "In short").sentences[1].startswith(f"{open_} ")
    for heading in ("By place", "By year"):
        table = [tuple(map(_number, row[1:5])) for row in section(page, heading).table[1:]]
        assert tuple(map(sum, zip(*table, strict=True))) == (len(rows), hold, release, open_)
    by_ruling = section(page, "By ruling").table[1:]
    assert {(row[0], _number(row[3])) for row in by_ruling} == {
        (ruling, sum(row["ruling"] == ruling for row in rows)) for ruling in {row["ruling"] for row in rows}
    }
    asked = {row[1]: _number(row[0]) for row in section(page, "Open questions").table[1:]}
    assert asked == {
        fact: sum(fact in row["open_questions"].split() for row in rows)
        for fact in {fact for row in rows for fact in row["open_questions"].split()}
    }


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def test_what_the_next_law_alters_is_counted_where_it_was_asked(tmp_path: Path) -> None:
    rows = section(
        report([decisions(tmp_path, with_next=True)], library_at()), "What the next change of law would alter"
    ).table
    assert ("King County, Washington", "2014-09-15", "hold", "release", "1") in rows
    assert rows[0] == ("Place", "Next law from", "Decided", "Then", "Decisions")


def test_without_it_the_rulings_that_cease_are_named(tmp_path: Path) -> None:
    told = section(report([decisions(tmp_path)], library_at()), "What the next change of law would alter")
    ceases = "us/wa/king/homicide-conviction, on which 2 decisions rest, is no longer in force from 15 September 2014."
    assert f"King County, Washington: {ceases}" in told.points
    assert "--next-law" in told.sentences[1]


def test_the_page_stands_by_itself(tmp_path: Path) -> None:
    html = report([decisions(tmp_path)], library_at()).html()
    assert "src=" not in html
    links = set(
        re.findall(r"<a href=\"([^\"]*)\">", html)
    )  # to what the rulings rest on, which nothing follows by itself
    assert links and all(link.startswith("https://") for link in links)
    assert not re.findall(r"href=[\"'](?!#|https://)", html)
    assert "<script" not in html
    pictures = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert len(pictures) == 4
    for each in pictures:
        assert "hold" in (ElementTree.fromstring(each).get("aria-label") or "")


@pytest.mark.parametrize(
    "name", ["decisions.csv", "decisions.jsonl", "decisions.arrow", "decisions.duckdb", "decisions"]
)
def test_all_that_bulk_writes_can_be_reported_on(tmp_path: Path, name: str) -> None:
    wanted = report([decisions(tmp_path)], library_at())
    out = tmp_path / name
    Bulk([tmp_path / "cases.parquet"], out).run()
    found = report([out] if out.suffix else sorted(out.iterdir()), library_at())
    assert found.sections[1:] == wanted.sections[1:]


def test_the_command(tmp_path: Path) -> None:
    out = decisions(tmp_path)

    def detainer(*args: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "detainer", "report", *map(str, args)], capture_output=True, text=True
        )

    done = detainer(out, "--to", tmp_path / "council")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "council.md").read_text().startswith("# Immigration detainers: what the law said\n")
    assert (tmp_path / "council.html").read_text().startswith("<!doctype html>")
    done = detainer(tmp_path / "cases.parquet")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the column `outcome` is missing" in done.stderr
    (tmp_path / "broken.parquet").write_text("no table")
    assert "broken.parquet: cannot be read" in detainer(tmp_path / "broken.parquet").stderr


def test_no_decisions_at_all(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("")
    Bulk([tmp_path / "none.jsonl"], tmp_path / "none.parquet").run()
    page = report([tmp_path / "none.parquet"], library_at())
    assert "none.parquet has no decisions." in page.markdown()
    with pytest.raises(DetainerError):
        report([tmp_path / "none.jsonl"], library_at())
