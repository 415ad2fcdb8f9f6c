"""What a table says of a cell, a scenario says of the same value: the same answer, or both refuse. Junk in every column."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from detainer import Case, decide
from detainer.cli import cli
from detainer.columnar import files
from detainer.columnar.bulk import Bulk
from detainer.columnar.decider import DuckDB
from detainer.columnar.facts import MOMENTS, PLACE, entry_columns, fact_columns, moments
from detainer.columnar.plan import Plan
from detainer.errors import DetainerError
from detainer.language.fields import Number, Records, Truth, Words
from junk import ANYTHING, ARRAYS, TEXTS, VALUES

BASES: list[dict[str, Any]] = [
    {"jurisdiction": "us/wa/king", "release_at": "2014-03-03T10:00", "detainer_form": "I-247", "judicial_warrant": False,
     "person_date_of_birth": "1960-02-03", "charges": [],
     "convictions": [{"offense": "homicide", "convicted_on": "1999-05-06", "shown_in_writing": True}]},
    {"jurisdiction": "us/wa/king", "release_at": "2014-03-03T10:00", "asked_at": "2014-03-04T10:00", "detainer": True},
    {"jurisdiction": "us/or/clackamas", "release_at": "2012-03-29T12:00-07:00", "detainer_form": "I-247",
     "detainer_issued_at": "2012-03-28", "detainer_probable_cause": ["affidavit"], "judicial_warrant": False},
    {"jurisdiction": "us/wa/clark", "release_at": "2018-07-01T00:00", "judicial_warrant_kind": "criminal",
     "judicial_warrant_issued_by": "federal_judge", "judicial_warrant_issued_at": "2018-06-30T09:00", "detainer": False},
]  # fmt: skip

COLUMNS = [PLACE, *MOMENTS, *(each.name for each in fact_columns())]
TYPES = {each.name: each.type for each in fact_columns()}


@cache
def decider() -> DuckDB:
    return DuckDB(Plan())


def answer(case: Case) -> tuple[Any, ...]:
    found = decide(case, engine="direct")
    until = found.hold_until and found.hold_until.astimezone(UTC)
    questions = " ".join(each.fact for each in found.open_questions)
    return found.outcome, until, found.ruling.id, found.settled, questions


def by_scenario(row: dict[str, Any]) -> tuple[Any, ...] | None:
    """The answer to the case that a row says, None where it is refused. Unlike in a scenario, null is unknown in a row."""
    facts: dict[str, Any] = {name: row[name] for name in (PLACE, *MOMENTS) if row.get(name) is not None}
    known = {each.name: (each, row[each.name]) for each in fact_columns() if row.get(each.name) is not None}
    for column, value in known.values():
        if column.there and value is True:
            facts[column.name] = {}
        elif column.there and value is False:
            facts[column.name] = None
        elif column.there:
            return None
    for column, value in known.values():
        part = column.fact[0]
        if isinstance(column.type, Records):
            facts[part] = [_entry(each, column.type) for each in value] if isinstance(value, list) else value
        elif not column.there:
            if facts.setdefault(part, {}) is None:
                return None  # said of what is known not to be there
            facts[part][column.fact[1]] = value
    try:
        return answer(Case.model_validate(facts))
    except (ValidationError, DetainerError, UnicodeEncodeError):
        return None


def _entry(entry: Any, records: Records) -> Any:
    if not isinstance(entry, dict):
        return entry
    known = entry_columns(records)
    found = {name: value for name, value in entry.items() if value is not None or name not in known}
    for name, column in known.items():
        if column.there and name in found:
            has = found.pop(name)
            if not isinstance(has, bool) or (not has and column.fact[0] in found):
                return "refused"
            if not has:
                found[column.fact[0]] = None
    return found


def by_table(path: Path) -> dict[int, tuple[Any, ...]]:
    """The answers of the rows of a file that are decided. Every other is rejected, once."""
    found: dict[int, tuple[Any, ...]] = {}
    rejected: list[int] = []
    rows = 0
    for part in files.parts(path, 1_000_000):
        rows += part.rows
        rejected += [each.row for each in part.bad]
        if part.rows > len(part.bad):
            decided = decider().decide(decider().given(part))
            for row in decider().con.to_pyarrow(decided.decisions).to_pylist():
                names = ("outcome", "hold_until", "ruling", "settled", "open_questions")
                found[row["row"]] = tuple(row[name] for name in names)
            for row in decided.rejected.to_pylist():
                assert row["column"] and row["reason"], row
                rejected.append(row["row"])
    assert sorted([*found, *rejected]) == list(range(1, rows + 1))
    return found


def agreed(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """`rows` as scenarios would say them."""
    found = by_table(path)
    differ = [row for number, row in enumerate(rows, 1) if found.get(number) != by_scenario(row)]
    assert not differ, (path.suffix, len(differ), differ[:5])


EACH_KIND = (
    PLACE, "release_at", "detainer", "detainer_form", "detainer_issued_at", "detainer_probable_cause", "person_age",
    "person_date_of_birth", "convictions",
)  # fmt: skip
"""A column of each kind of fact."""


def of_typed(name: str, value: Any) -> Any:
    """The value of a scenario that a typed cell says: a number without a fraction is a whole one, whatever it is stored as."""
    type_ = TYPES.get(name)
    match type_, value:
        case _, str():
            return of_text(name, value) if value and not isinstance(type_, Words | Records) else value
        case Number(), float() | Decimal() if value == value // 1:  # neither infinite nor none
            return int(value)
        case Records(), list():
            return [_typed_entry(each, type_) if isinstance(each, dict) else each for each in value]
        case _:
            return value


def _typed_entry(entry: dict[str, Any], records: Records) -> dict[str, Any]:
    truths = {name for name, each in entry_columns(records).items() if isinstance(each.type, Truth)}
    return {
        name: YES_NO.get(value, value) if name in truths and isinstance(value, str) else value
        for name, value in entry.items()
    }


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        *((name, ".arrow") for name in EACH_KIND),
        *((name, ".parquet") for name in ("release_at", "person_age", "convictions")),
    ],
)
def test_every_type_in_every_column(tmp_path: Path, name: str, suffix: str) -> None:
    """Row by row what a scenario says; a column is refused as a whole only where a scenario refuses each of its values. Neighbors
    take turns with the types.
    """
    wholes = 0
    for number, array in enumerate(ARRAYS[EACH_KIND.index(name) % 2 :: 2]):
        plain = base(number, [name]) | {name: None}
        rows = [plain | {name: value} for value in array.to_pylist()]
        said = [plain | {name: of_typed(name, row[name])} for row in rows]
        others = {other: pa.array([value] * len(rows)) for other, value in plain.items() if other != name}
        try:
            path = stored(tmp_path / f"{number}{suffix}", pa.table({**others, name: array}))
        except pa.ArrowException:  # Parquet has no such type
            continue
        try:
            agreed(path, said)
        except DetainerError as error:
            wholes += 1
            assert f"`{name}" in str(error), error
            assert "\n" not in str(error)
            assert not any(by_scenario(row) for row in said if row[name] not in (None, [])), (array.type, str(error))
    assert wholes


def test_moments_beyond_all_calendars_are_refused_row_by_row(tmp_path: Path) -> None:
    far = pa.array([2**63 - 1, 2**63 - 2, 1 - 2**63, 0, -(2**62), 2**62], pa.int64())
    days = pa.array([2**31 - 1, 1 - 2**31, 2**30, -(2**30), 3_000_000, -3_000_000], pa.int32()).cast(pa.date32())
    base = {"jurisdiction": pa.array(["us/wa/king"] * 6), "release_at": pa.array(["2014-03-03T10:00"] * 6)}
    for name in (*MOMENTS, *moments()):
        for type_, suffix in (("us", ".arrow"), ("ns", ".parquet")):
            for zone in (None, "UTC"):
                path = stored(tmp_path / f"far{suffix}", pa.table(base | {name: far.cast(pa.timestamp(type_, zone))}))
                assert not {row for row in by_table(path) if row != 4}
        with pytest.raises(DetainerError, match=f"the column `{name}` holds timestamp.s., which cannot be read"):
            by_table(stored(tmp_path / "far.arrow", pa.table(base | {name: far.cast(pa.timestamp("s"))})))
    for name in (*moments(), "person_date_of_birth"):
        assert not by_table(stored(tmp_path / "far.parquet", pa.table(base | {name: days})))


YES_NO = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def of_text(name: str, text: str) -> Any:
    """The value of a scenario that a cell of CSV says (docs/tables.md); the text itself where it says none of the kind."""
    match TYPES.get(name):
        case _ if not text:
            return None
        case Truth():
            return YES_NO.get(text, text)
        case Number():
            return int(text) if re.fullmatch("[0-9]{1,1000}", text) else text
        case Words() | Records():
            with suppress(ValueError):
                return json.loads(text, object_pairs_hook=once)
            return text
        case _:
            return text


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is there twice")
    return found


def to_text(row: dict[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in row.items()}


def written(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        if path.suffix == ".csv":
            writer = csv.DictWriter(file, COLUMNS, restval="")
            writer.writeheader()
            writer.writerows(rows)
        else:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def base(number: int, junk: Sequence[str]) -> dict[str, Any]:
    """A row that is decided, for junk in some of its columns."""
    row = dict(BASES[number % len(BASES)])
    if "person_age" in junk:
        row.pop("person_date_of_birth", None)
    if any(name.startswith("detainer_") for name in junk) and row.get("detainer") is False:
        del row["detainer"]
    return row


def test_junk_in_every_column_of_csv(tmp_path: Path) -> None:
    rows = [
        to_text(base(number, [name])) | {name: text}
        for name in COLUMNS
        for number, text in enumerate((*TEXTS, *map(json.dumps, VALUES)))
    ]
    agreed(written(tmp_path / "junk.csv", rows), [{name: of_text(name, row[name]) for name in row} for row in rows])


def test_junk_in_every_column_of_jsonl(tmp_path: Path) -> None:
    rows = [base(n, [name]) | {name: value} for name in COLUMNS for n, value in enumerate((*TEXTS, *VALUES))]
    agreed(written(tmp_path / "junk.jsonl", rows), rows)


def test_junk_in_every_column_of_text_in_arrow(tmp_path: Path) -> None:
    """Text is read as that of CSV is, but that empty text is not NULL; a list is none."""
    names = [name for name in COLUMNS if not isinstance(TYPES.get(name), Words | Records)]
    bases = [{name: value for name, value in row.items() if name in names} for row in BASES]
    rows = [to_text(bases[n % len(bases)]) | {name: text} for name in names for n, text in enumerate(TEXTS)]
    table = pa.Table.from_pylist(rows, pa.schema({name: pa.string() for name in names}))
    said = [{name: of_text(name, row[name]) if row[name] else "" for name in row} for row in rows]
    agreed(stored(tmp_path / "junk.parquet", table), said)
    views = pa.schema({name: pa.string_view() for name in names})
    agreed(stored(tmp_path / "junk.arrow", table.cast(views)), said)


def stored(path: Path, table: pa.Table) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    else:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    return path


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a table takes minutes to make smaller
)
@given(st.data())
def test_junk_in_several_columns(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    junk = st.dictionaries(st.sampled_from(COLUMNS), ANYTHING, min_size=1, max_size=3)
    rows = [
        to_text(base(n, [*each])) | each for n, each in enumerate(data.draw(st.lists(junk, min_size=50, max_size=100)))
    ]
    said = [{name: of_text(name, row[name]) for name in row} for row in rows]
    folder = tmp_path_factory.mktemp("junk")
    agreed(written(folder / "junk.csv", rows), said)
    agreed(written(folder / "junk.jsonl", said), said)


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    row = "us/wa/king,2014-03-03T10:00,true,false\n"
    (tmp_path / "twice.csv").write_text(f"jurisdiction,release_at,detainer,detainer\n{row}")
    (tmp_path / "case.csv").write_text(f"jurisdiction,release_at,Detainer,detainer\n{row}")
    columns = [pa.array(["us/wa/king"]), pa.array(["2014-03-03T10:00"]), pa.array([True]), pa.array([False])]
    for name, other in (("twice", "detainer"), ("case", "Detainer")):
        table = pa.table(columns, ["jurisdiction", "release_at", other, "detainer"])
        stored(tmp_path / f"{name}.parquet", table)
        stored(tmp_path / f"{name}.arrow", table)
    for path in tmp_path.iterdir():
        with pytest.raises(DetainerError, match=rf"{path.name}: the column `detainer` is there 2 times; keep one"):
            by_table(path)
    (tmp_path / "fine.csv").write_text(f"jurisdiction,release_at,note,note\n{row}")
    assert len(by_table(tmp_path / "fine.csv")) == 1
    rows = '{"jurisdiction": "us/wa/king", "release_at": "2014-03-03T10:00", "detainer": true, "detainer": false}\n'
    (tmp_path / "twice.jsonl").write_text(rows + rows.replace(', "detainer": false', ""))
    assert [*by_table(tmp_path / "twice.jsonl")] == [2]


def test_what_is_refused_is_told_in_one_line(tmp_path: Path) -> None:
    """A column as a whole ends the run; a cell is told with its column, what was found, and what was expected."""
    number = pa.table({"jurisdiction": ["us/wa/king"], "release_at": [1393840800]})
    path = stored(tmp_path / "number.parquet", number)
    done = CliRunner().invoke(cli, ["bulk", str(path), str(tmp_path / "out.csv")])
    assert isinstance(done.exception, DetainerError)
    message = (
        "the column `release_at` holds whole numbers, expected text such as 2014-03-01T10:00 or timestamps; convert it"
    )
    assert str(done.exception) == f"{path}: {message}"
    assert not (tmp_path / "out.csv").exists()
    cells = [
        {"person_age": "17.5"}, {"detainer": "off", "detainer_form": "I-247"}, {"release_at": "9999-12-31T00:00"},
        {"detainer": "false", "detainer_issued_at": "2014-03-01"}, {"release_at": "2014-03-03T24:00"},
        {"charges": '[{"class": "Felony"}]'}, {"charges": "x" * 500},
    ]  # fmt: skip
    rows = [{"jurisdiction": "us/wa/king", "release_at": "2014-03-03T10:00"} | row for row in cells]
    tally = Bulk([written(tmp_path / "cases.csv", rows)], tmp_path / "out.csv").run()
    assert (tally.rows, tally.rejected) == (1, 6)
    told = list(csv.DictReader((tmp_path / "out.csv.rejected").read_text().splitlines()))
    assert [(each["row"], each["column"], each["reason"]) for each in told] == [
        ("1", "person_age", "found `17.5`, expected whole years from 0 to 130, such as 17"),
        ("2", "detainer", "found `off`, expected true or false"),
        (
            "3",
            "release_at",
            "found `9999-12-31T00:00`, expected a day and time such as 2014-03-01T10:00, from 1900 to 2099",
        ),
        ("4", "detainer", "is false, so there is none to say anything of; delete this or what is said of it"),
        ("6", "charges.class", "found `Felony`, expected one of felony, gross_misdemeanor, misdemeanor"),
        ("7", "charges", f"found `{'x' * 60}…`, expected a list as JSON, such as []"),
    ]


def test_an_identifier_is_handed_on_whatever_it_is(tmp_path: Path) -> None:
    for array in ARRAYS[::3]:
        others = {"jurisdiction": ["us/wa/king"] * len(array), "release_at": ["2014-03-03T10:00"] * len(array)}
        (part,) = files.parts(stored(tmp_path / "id.arrow", pa.table(others | {"id": array})), 1_000_000)
        decider().write(decider().decide(decider().given(part)).decisions, tmp_path / "out.parquet")
        found = pq.read_table(tmp_path / "out.parquet")
        assert (found.num_rows, found.column("id").null_count) == (len(array), array.null_count), array.type
