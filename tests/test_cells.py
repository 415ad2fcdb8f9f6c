"""What a table says of a cell, a scenario says of the same value: the same answer, or both refuse. Junk in every column."""

from __future__ import annotations

import csv
import json
import re
import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from detainer import Case, decide
from detainer.columnar import files
from detainer.columnar.decider import DuckDB
from detainer.columnar.facts import MOMENTS, PLACE, entry_columns, fact_columns
from detainer.columnar.plan import Plan
from detainer.errors import DetainerError
from detainer.language.fields import Number, Records, Truth, Words

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

TEXTS = [
    "", " ", "true", "True", "TRUE", "tRue", "false", "False", "FALSE", "yes", "no", "on", "off", "y", "t", "1", "0", "null",
    "NULL",
    "None", "~", "nan", "NaN", "inf", "infinity", "-infinity", "Infinity", "epoch", "today", "now", "tomorrow", "[]", "{}",
    "unknown",
    "17", "017", "+17", "-17", "17.0", "17.5", "1e1", "1_7", "0x12", "0o12", "0b1", "17 ", " 17", "１７", "17\u00a0", "130",
    "131",
    "99999999999999999999", "2014-03-01", "2014-3-1", "20140301", "2014-W09-6", "2014-060", "2014-02-30", "2014-02-29",
    "2012-02-29",
    "2014-13-01", "2014-00-10", "2014/03/01", "03/01/2014", "2014-03-01 ", " 2014-03-01", "2014-03-01\n", "２０１４-03-01",
    "2014-03-01\u00a0", "0001-01-01", "1899-12-31", "1900-01-01", "2099-12-31", "2100-01-01", "9999-12-31", "10000-01-01",
    "99999-01-01", "-2014-03-01", "0000-00-00", "2014-03-01 (BC)", "2014-03-01T10:00", "2014-03-01 10:00", "2014-03-01t10:00",
    "2014-03-01  10:00", "2014-03-01T10", "2014-03-01T10:00:00", "2014-03-01T10:00:60", "2014-03-01T10:60", "2014-03-01T25:00",
    "2014-03-01T9:00", "2014-03-01T10:00:00.5", "2014-03-01T10:00:00.123456789", "2014-03-01T10:00:00.",
    "2014-03-01T10:00:00,5",
    "2014-03-01T10:00Z", "2014-03-01T10:00z", "2014-03-01T10:00 Z", "2014-03-01T10:00+00", "2014-03-01T10:00+0000",
    "2014-03-01T10:00+00:00", "2014-03-01T10:00-00:00", "2014-03-01T10:00-08:00", "2014-03-01T10:00+14:00",
    "2014-03-01T10:00+23:59",
    "2014-03-01T10:00+24:00", "2014-03-01T10:00+05:60", "2014-03-01T10:00-08:00:30", "2014-03-01T10:00 America/Los_Angeles",
    "2014-03-01T10:00 PST", "2014-03-01T10:00UTC", "2014-03-09T02:30", "2014-11-02T01:30", "2014-11-02T01:30-07:00", "10:00",
    "2014-03-01T10:00\n", "2014-03-01T10:00\u2028", "2014-03-03T10:00:00.000001", "1393840800", "41700", "0002-03-01T10:00",
    "9999-12-31T00:00", "99999-12-31T00:00", "1899-12-31T23:59", "1900-01-01T00:00", "1900-01-02T00:00Z", "2099-12-30T23:59",
    "2100-01-01T00:00", "2014-03-01T24:00", "2014-03-01 24:00:00.000-08:00", "2014-03-01T24:00Z",
    "2014-03-01T24:00:01", "2014-03-08T24:00", "2014-02-30T24:00", "2099-12-31T24:00", "9999-12-31T24:00",
    "2014-03-01T24:00:00.5",
    "1900-01-01T00:00+14:00", "1900-01-01T08:00Z", "1900-01-02T08:00+14:00", "2099-12-31T16:00-08:00",
    "2099-12-31T23:59-08:00", "I-247", "i-247", "I-247 ", "I–247", "criminal", "Criminal", "federal_judge", "homicide",
    "affidavit", "I-200",
    "none", "us/wa/king", "US/WA/KING", "us/wa/king/", "us/wa/../wa/king", " us/wa/king", "us", "us/wa", "us/wa/kin", "king",
    "0912", "912", "912.0", "09-12", "0999", "homicide\u0000", "\u0000", "\u001b[31mred\u001b[0m", "\ufeff17", "=1+1", "'",
    '"', "`", "\\",
    "x" * 5000, "9" * 5000, "é", "e\u0301", "\U0001f600", '["affidavit"]', '["affidavit", null]', '[["affidavit"]]', "[1]",
    "[true]",
    '{"affidavit": true}', "[", "[NaN]", '[{"offense": "homicide"}]', '[{"offense": "homicide", "offense": "drug"}]', "[null]",
    '[{"offence": "homicide"}]', '[{"offense": 5}]', '[{"ncic": 912}]', '[{"ncic": "912"}]', '[{"ncic": "0912"}]',
    '[{"ncic": true}]',
    '[{"ncic": "０９１２"}]', '[{"shown_in_writing": "true"}]', '[{"shown_in_writing": 1}]', '[{"convicted_on": "1999-5-6"}]',
    '[{"convicted_on": "1999-05-06T10:00"}]', '[{"convicted_on": 19990506}]', '[{"released_on": false}]', "[[]]", "[{}]",
    '"[]"',
    '[{"has_released_on": false}]', '[{"has_released_on": false, "released_on": "2001-01-01"}]',
    '[{"convicted_on": "infinity"}]',
    '[{"has_released_on": "no"}]', '[{"offense": "\\ud800"}]', "[" * 50,
]  # fmt: skip
VALUES: list[Any] = [
    True, False, 0, 1, -1, 17, 17.0, 17.5, 1e1, 1e300, 130, 131, 10**18, 10**19, 10**30, 912, 9, 1393840800, [], {}, [[]], [{}], [None],
    [1], [True], ["affidavit"], ["affidavit", "affidavit"], ["affidavit", None], ["Affidavit"], [["affidavit"]],
    {"form": "I-247"},
    [{"offense": "homicide"}], [{"offense": None}], [{"offense": 5}], [{"offence": "homicide"}], [{"offense": "homicide"},
    None],
    [{"ncic": 912}], [{"ncic": "912"}], [{"ncic": 91234}], [{"ncic": -12}], [{"ncic": 9.0}], [{"ncic": True}],
    [{"ncic": "0912", "offense": "drug"}],
    [{"shown_in_writing": "true"}], [{"shown_in_writing": 1}], [{"shown_in_writing": []}], [{"convicted_on": "1999-5-6"}],
    [{"convicted_on": "1999-05-06 "}], [{"convicted_on": "9999-01-01"}], [{"convicted_on": "0001-01-01"}],
    [{"convicted_on": 1999}],
    [{"class": "felony"}], [{"class": "Felony"}], [{"released_on": None}], [{"has_released_on": False}],
    [{"has_released_on": True}], [{"has_released_on": False, "released_on": "2001-01-01"}], [{"has_released_on": "false"}],
    "\ud800",
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
NOON = datetime(2014, 3, 1, 12)
DAYS = [date(2014, 3, 1), date(1900, 1, 1), date(1899, 12, 31), date(2100, 1, 1), date(9999, 12, 31), None]
TIMES = [NOON, datetime(2014, 3, 9, 2, 30), datetime(1899, 12, 30), datetime(2100, 1, 3), None]
WORDS = ["true", "17", "2014-03-01", "2014-03-01T10:00", "I-247", "none", "homicide", "us/wa/king", "", None]
CRIME = {"offense": "homicide", "convicted_on": date(1999, 5, 6), "shown_in_writing": True}
OFFENSE = pa.struct({"offense": pa.string()})


def structs(**fields: Any) -> Any:
    """Lists of entries: each field with its values, of which none is NULL; at last an entry and a list that are."""
    entries = [
        dict(zip(fields, values, strict=True))
        for values in zip(*(each.to_pylist() for each in fields.values()), strict=True)
    ]
    type_ = pa.list_(pa.struct({name: each.type for name, each in fields.items()}))
    return pa.array([*([entry] for entry in entries), [], [None], None], type_)


ARRAYS = [
    *(pa.array([17, 0, 1, 100, None], type_) for type_ in (pa.int8(), pa.uint16(), pa.int32(), pa.int64())),
    pa.array([-1, 131, 2**63 - 1], pa.int64()), pa.array([17, 2**64 - 1], pa.uint64()),
    pa.array([17.0, 17.5, -0.0, float("nan"), float("inf"), 1e300, None], pa.float64()), pa.array([17.0, 17.5], pa.float32()),
    pa.array([Decimal("17.00"), Decimal("17.50"), Decimal("-1.00"), None], pa.decimal128(5, 2)),
    pa.array([True, False, None]), pa.array([None, None]), pa.array([None], pa.bool_()), pa.array([None, None], pa.int64()),
    pa.array(WORDS), pa.array(WORDS, pa.large_string()), pa.array(WORDS, pa.string_view()), pa.array(WORDS).dictionary_encode(),
    pa.array(DAYS, pa.date32()), pa.array(DAYS, pa.date64()),
    *(pa.array(TIMES, pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns")),
    pa.array(TIMES, pa.timestamp("us", "UTC")), pa.array(TIMES, pa.timestamp("ns", "America/Los_Angeles")),
    pa.array([NOON], pa.timestamp("s", "+14:00")),
    pa.array([time(10), None], pa.time64("us")), pa.array([timedelta(days=1), None], pa.duration("s")),
    pa.array([b"true", b"17", None]), pa.array([b"2014-03-01"], pa.binary(10)), pa.array([uuid.UUID(int=0).bytes], pa.uuid()),
    *(
        pa.array([["affidavit"], [], None, [None], ["affidavit", "a feeling"]], type_)
        for type_ in (pa.list_(pa.string()), pa.large_list(pa.string_view()), pa.list_(pa.dictionary(pa.int8(), pa.string())))
    ),
    pa.array([["affidavit"], None], pa.list_(pa.string(), 1)), pa.array([["affidavit"], [], None], pa.list_view(pa.string())),
    pa.array([[], None, [None]], pa.list_(pa.null())), pa.array([[1], []]), pa.array([[True], []]), pa.array([[["affidavit"]]]),
    pa.array([{"offense": "homicide"}, None]), pa.array([[("offense", "homicide")]], pa.map_(pa.string(), pa.string())),
    pa.array([[CRIME], [CRIME, {"offense": "theft"}], [{"convicted_on": date(9999, 1, 1)}], [{}], [CRIME, None]]),
    structs(offense=pa.array(["homicide", "Homicide", ""]).dictionary_encode()), structs(offence=pa.array(["homicide"])),
    structs(offense=pa.array([5])), structs(Offense=pa.array(["homicide"]), offense=pa.array(["drug"])),
    structs(ncic=pa.array([912, 9, 91234, -912, -1], pa.int32())), structs(ncic=pa.array(["0912", "912", "0912\n", "０９１２"])),
    structs(ncic=pa.array([912.0])), structs(ncic=pa.array([True])), structs(ncic=pa.array(["0912"]), offense=pa.array(["drug"])),
    structs(convicted_on=pa.array(["1999-05-06", "1999-5-6", "1999-05-06 ", "infinity", "1999-05-06T10:00", ""])),
    structs(convicted_on=pa.array([date(1999, 5, 6)])), structs(convicted_on=pa.array([NOON])), structs(released_on=pa.array([1])),
    structs(shown_in_writing=pa.array(["true", "off", "FALSE", "1", ""])), structs(shown_in_writing=pa.array([1, 0])),
    structs(has_released_on=pa.array([True, False])), structs(has_released_on=pa.array(["false", "none"])),
    structs(released_on=pa.array([date(2001, 1, 1)] * 2), has_released_on=pa.array([True, False])),
    structs(offense=pa.array(["homicide"]), shown_in_writing=pa.array([None]), convicted_on=pa.array([None])),
]  # fmt: skip


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
    """Row by row what a scenario says; a column is refused as a whole only where a scenario refuses each of its values."""
    wholes = 0
    for number, array in enumerate(ARRAYS):
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
    far = pa.array([2**63 - 1, 2**63 - 2, 1 - 2**63, 0, -(2**53), 2**53], pa.int64())
    days = pa.array([2**31 - 1, 1 - 2**31, 2**30, -(2**30), 3_000_000, -3_000_000], pa.int32()).cast(pa.date32())
    base = {"jurisdiction": pa.array(["us/wa/king"] * 6), "release_at": pa.array(["2014-03-03T10:00"] * 6)}
    for name in (*MOMENTS, *moments()):
        for type_ in (pa.timestamp("us"), pa.timestamp("us", "UTC"), pa.timestamp("ns"), pa.timestamp("s")):
            path = stored(tmp_path / "far.arrow", pa.table(base | {name: far.cast(type_)}))
            assert not {row for row in by_table(path) if row != 4}
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


NEARLY = st.builds(
    "{}{:02}-{:02}-{:02}{}{:02}:{:02}{}{}".format,
    st.sampled_from(["", "", "", " ", "-", "+"]), st.sampled_from([2014, 2014, 2012, 14, 1900, 1899, 2099, 2100, 20140]),
    st.integers(0, 13), st.sampled_from([0, 1, 9, 28, 29, 30, 31, 32]), st.sampled_from(["T", "T", " ", "t", "  ", "\u00a0",
    ""]),
    st.integers(0, 25), st.sampled_from([0, 1, 30, 59, 60]), st.sampled_from(["", "", ":00", ":59", ":60", ":00.5", ":00.0",
    ":0"]),
    st.sampled_from(["", "", "Z", "z", "-08:00", "+14:00", "-07:60", "+24:00", "+0000", " ", "\n"]),
)  # fmt: skip
ANYTHING = st.one_of(
    NEARLY, NEARLY.map(lambda text: text[:10]), st.sampled_from(TEXTS), st.text(st.characters(exclude_categories=["Cs"])),
    st.from_regex(r"[0-9+.eE_-]{1,5}", fullmatch=True), st.sampled_from(VALUES[:-1]).map(json.dumps),
)  # fmt: skip


@settings(
    max_examples=15,
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
