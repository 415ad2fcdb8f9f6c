"""Values that stand in cells by mistake, and such as look like one: text, values of JSON, arrays of every type of Arrow."""

from __future__ import annotations

import json
import uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

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
    '[{"ofense": "homicide"}]', '[{"offense": 5}]', '[{"ncic": 912}]', '[{"ncic": "912"}]', '[{"ncic": "0912"}]',
    '[{"ncic": true}]',
    '[{"ncic": "０９１２"}]', '[{"shown_in_writing": "true"}]', '[{"shown_in_writing": 1}]', '[{"convicted_on": "1999-5-6"}]',
    '[{"convicted_on": "1999-05-06T10:00"}]', '[{"convicted_on": 19990506}]', '[{"released_on": false}]', "[[]]", "[{}]",
    '"[]"',
    '[{"has_released_on": false}]', '[{"has_released_on": false, "released_on": "2001-01-01"}]',
    '[{"convicted_on": "infinity"}]',
    '[{"has_released_on": "no"}]', '[{"offense": "\\ud800"}]', "[" * 50,
]  # fmt: skip
VALUES: list[Any] = [
    True, False, 0, 1, -1, 17, 17.0, 17.5, 1e1, 1e300, 130, 131, 10**18, 10**19, 10**30, 912, 9, 1393840800,
    [], {}, [[]], [{}], [None],
    [1], [True], ["affidavit"], ["affidavit", "affidavit"], ["affidavit", None], ["Affidavit"], [["affidavit"]],
    {"form": "I-247"},
    [{"offense": "homicide"}], [{"offense": None}], [{"offense": 5}], [{"ofense": "homicide"}], [{"offense": "homicide"},
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

NOON = datetime(2014, 3, 1, 12)
DAYS = [date(2014, 3, 1), date(1900, 1, 1), date(1899, 12, 31), date(2100, 1, 1), date(9999, 12, 31), None]
TIMES = [NOON, datetime(2014, 3, 9, 2, 30), datetime(1899, 12, 30), datetime(2100, 1, 3), None]
WORDS = ["true", "17", "2014-03-01", "2014-03-01T10:00", "I-247", "none", "homicide", "us/wa/king", "", None]
CRIME = {"offense": "homicide", "convicted_on": date(1999, 5, 6), "shown_in_writing": True}


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
    structs(offense=pa.array(["homicide", "Homicide", ""]).dictionary_encode()), structs(ofense=pa.array(["homicide"])),
    structs(offense=pa.array([5])), structs(Offense=pa.array(["homicide"]), offense=pa.array(["drug"])),
    structs(ncic=pa.array([912, 9, 91234, -912, -1], pa.int32())), structs(ncic=pa.array(["0912", "912", "0912\n", "０９１２"])),
    structs(ncic=pa.array([912.0])), structs(ncic=pa.array([True])), structs(ncic=pa.array(["0912"]), offense=pa.array(["drug"])),
    structs(convicted_on=pa.array(["1999-05-06", "1999-5-6", "1999-05-06 ", "infinity", "1999-05-06T10:00", ""])),
    structs(convicted_on=pa.array([date(1999, 5, 6)])), structs(convicted_on=pa.array([NOON])),
    structs(released_on=pa.array([1])),
    structs(shown_in_writing=pa.array(["true", "off", "FALSE", "1", ""])), structs(shown_in_writing=pa.array([1, 0])),
    structs(has_released_on=pa.array([True, False])), structs(has_released_on=pa.array(["false", "none"])),
    structs(released_on=pa.array([date(2001, 1, 1)] * 2), has_released_on=pa.array([True, False])),
    structs(offense=pa.array(["homicide"]), shown_in_writing=pa.array([None]), convicted_on=pa.array([None])),
]  # fmt: skip


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
