"""What a run says of each scenario: where it stands, what was decided of which facts, when, here and in UTC."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from detainer.cli import cli
from detainer.scenarios import entries
from detainer.yamlfile import Source

from conftest import ROOT

BLOCK = """# a comment
defaults: {jurisdiction: us/wa/king}

scenarios:
  - id: one
    release_at: 2014-03-03T10:00
    note: |
      - not an entry
  # between

  - {id: two, release_at: 2014-03-03T10:00}
  -   id: three
      release_at: 2014-11-02T01:30-07:00
      convictions:
      - {offense: drug}
"""
TEXTS = {
    "a block": (BLOCK, [5, 11, 12]),
    "a flow": ("scenarios: [\n  {id: one, jurisdiction: us},\n\n  {id: two, jurisdiction: us}]\n", [2, 4]),
    "an entry below its dash": ("scenarios:\n-\n  id: one\n- id: two\n", [3, 4]),
    "alone": ("id: one\njurisdiction: us\nrelease_at: 2014-03-03T10:00\n", [1]),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_each_scenario_knows_its_line(kind: str) -> None:
    text, lines = TEXTS[kind]
    assert [entry.line for entry in entries(Source(text, "x.yaml"))] == lines


def run(*args: str) -> str:
    return CliRunner().invoke(cli, ["run", *args]).stdout


def test_no_two_rows_are_alike_by_accident(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(BLOCK, "utf-8")
    rows = list(csv.DictReader(StringIO(run(str(tmp_path), "--format", "csv"))))
    assert len(rows) == len({tuple(row.values()) for row in rows}) == 6
    third = rows[2]
    assert (third["file"], third["line"], third["place"]) == (str(tmp_path / "one.yaml"), "12", "us/wa/king")
    assert (third["release_at"], third["release_at_utc"]) == ("2014-11-02T01:30:00-07:00", "2014-11-02T08:30:00Z")
    assert json.loads(third["facts"]) == {"person": {}, "convictions": [{"offense": "drug"}]}
    jobs = run(str(tmp_path), "--format", "csv", "--jobs", "2")
    assert list(csv.DictReader(StringIO(jobs))) == rows


def test_every_format_says_the_same() -> None:
    path = str(ROOT / "scenarios/article-2017/the-dispute.yaml")
    records: list[dict[str, Any]] = json.loads(run(path, "--format", "json"))
    rows = list(csv.DictReader(StringIO(run(path, "--format", "csv"))))
    cases = list(ElementTree.fromstring(run(path, "--format", "junit")).iter("testcase"))
    for record, row, case in zip(records, rows, cases, strict=True):
        properties = {each.get("name"): each.get("value") for each in case.iter("property")}
        assert case.get("line") == row["line"] == str(record["line"])
        assert case.get("file") == row["file"] == record["file"]
        assert row["place"] == record["case"]["jurisdiction"] == properties["place"]
        for name in ("release_at", "hold_until", "limit_ends"):
            for each in (name, f"{name}_utc"):
                assert row[each] == (record[each] or "")
        assert properties["release_at_utc"] == record["release_at_utc"]
        assert row["facts"] == properties["facts"]


def test_a_spreadsheet_is_given_no_formula(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text("id: '=1+1'\njurisdiction: us\nrelease_at: 2014-03-03T10:00\n", "utf-8")
    for options, wanted in (((), "=1+1"), (("--spreadsheet",), "'=1+1")):
        (row,) = csv.DictReader(StringIO(run(str(file), "--format", "csv", *options)))
        assert row["id"] == wanted
