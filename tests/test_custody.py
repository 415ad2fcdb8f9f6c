"""Custody over time: what the events make of it, against the plain decision at every instant; and events that cannot be."""

from __future__ import annotations

import csv
import io
import json
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detainer import Booking, Case, Custody, DetainerError, EventError, Library, clock, decide, follow, load_custodies
from detainer.bookings import Tally, count_bookings, read_bookings
from detainer.engines import ENGINES, EngineName
from detainer.engines.rete import MAX_SESSIONS
from detainer.errors import FileError
from detainer.events import ENDS, Event
from detainer.picture import _flags, _span, described, svg, text
from detainer.testing import custodies
from detainer.timeline import STATUSES

from conftest import ROOT
from strategies import libraries, small_library

ROOMY = settings(max_examples=60, suppress_health_check=list(HealthCheck))
KING: dict[str, Any] = {
    "jurisdiction": "us/wa/king",
    "detainer": None,
    "judicial_warrant": None,
    "person": {"age": 40},
    "convictions": [],
}
BOOKED = {"at": "2014-03-01T09:00", "event": "booked"}
DUE = {"at": "2014-03-03T10:00", "event": "release_due", "reason": "bail_posted"}
LODGED = {"at": "2014-03-02T09:00", "event": "detainer_lodged", "detainer": {"form": "I-247"}}


def _custody(
    *events: dict[str, Any], engine: EngineName = "rete", library: Library | None = None, **facts: Any
) -> Custody:
    custody = Custody(Booking.model_validate(KING | facts), engine=engine, library=library)
    custody.feed(*events)
    return custody


# -- generated custodies -----------------------------------------------------------------------------------------------


def _drawn(data: st.DataObject, library: Library) -> tuple[Booking, list[Event]]:
    return data.draw(custodies("us/xx/yy", library))


def _is_over(events: list[Event]) -> bool:
    return events[-1].event in ENDS


@ROOMY
@given(libraries(), st.data(), st.integers(0, 2**32))
def test_at_every_instant_it_is_what_the_direct_engine_decides(
    library: Library, data: st.DataObject, seed: int
) -> None:
    booking, events = _drawn(data, library)
    custody = Custody(booking, library=library)
    custody.feed(*events)
    timeline = custody.timeline(None if _is_over(events) else _later(events, library))
    for one, other in zip(timeline.intervals, timeline.intervals[1:], strict=False):
        assert one.end == other.start
        assert not one.same(other)
    chance = random.Random(seed)
    for interval in timeline.intervals:
        assert interval.end is not None
        span = interval.end - interval.start
        instants = [interval.start, interval.end - timedelta(minutes=1)]
        instants += [interval.start + chance.random() * span for _ in range(4)]
        for at in instants:
            if interval.status == "in_custody":
                with pytest.raises(DetainerError, match="no release was due"):
                    custody.case(at)
                continue
            if at < interval.start:
                continue  # it lasts less than a minute
            decision = decide(Case.model_validate(_fields(custody.case(at))), engine="direct", library=library)
            assert interval.decision is not None
            assert (decision.outcome == "release") == (interval.status == "release_required")
            assert decision.ruling.id == interval.decision.ruling.id
            assert decision.hold_until == interval.decision.hold_until
            assert decision.settled == interval.settled


def _later(events: list[Event], library: Library) -> datetime:
    """Five days after the last event."""
    return clock.instant(events[-1].at, library.where("us/xx/yy")) + timedelta(days=5)


def _fields(case: Case) -> dict[str, Any]:
    """The case as plain fields, its instants with their offsets, so that it is checked like any other."""
    return case.to_dict() | {
        "release_at": case.release_at.isoformat(),
        "asked_at": case.asked_at and case.asked_at.isoformat(),
    }


@ROOMY
@given(libraries(), st.data())
def test_one_by_one_all_at_once_and_restored_are_the_same(library: Library, data: st.DataObject) -> None:
    booking, events = _drawn(data, library)
    whole = Custody(booking, library=library)
    whole.feed(*events)
    piecemeal = Custody(booking, library=library)
    for event in events:
        piecemeal.feed(event)
        piecemeal = Custody.from_json(piecemeal.to_json(), library=library)
        if event.event not in ENDS:
            piecemeal.now()  # asking changes nothing
            piecemeal.deadline()
    plain = Custody(booking, engine="direct", library=library)
    plain.feed(*events)
    assert whole.timeline().to_dict() == piecemeal.timeline().to_dict() == plain.timeline().to_dict()
    assert json.loads(whole.to_json()) == json.loads(piecemeal.to_json())


@ROOMY
@given(libraries(), st.data())
def test_the_deadline_is_when_release_is_required(library: Library, data: st.DataObject) -> None:
    booking, events = _drawn(data, library)
    custody = Custody(booking, library=library)
    custody.feed(*[event for event in events if event.event not in ENDS])
    deadline = custody.deadline()
    standing = custody.now()
    if standing.status == "in_custody":
        assert deadline is None
    elif deadline is not None:
        assert custody.now(deadline).status == "release_required"
        if deadline > standing.start:
            assert custody.now(deadline - timedelta(seconds=1)).status != "release_required"
    else:
        assert custody.now(_later(events, library)).status != "release_required"


# -- examples ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_the_shipped_custodies_have_pictures(engine: EngineName) -> None:
    found = load_custodies("scenarios/custody")
    assert {each.id for each in found} >= {"miranda-olivares-march-2012", "held-across-the-change-of-law"}
    for each in found:
        timeline = follow(each, engine=engine).timeline()
        drawn = svg([(each.id, timeline)])
        root = ElementTree.fromstring(drawn)
        words = "".join(root.itertext())
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == "title desc"
        for interval in timeline.intervals:
            assert described(interval, timeline) in words
            assert STATUSES[interval.status] in text(each.id, timeline)
        assert svg([(each.id, timeline)]) == drawn


def test_pictures_in_the_docs_are_of_the_shipped_examples() -> None:
    """Their words are: how a version of the plotting library draws its lines is its own affair."""
    import os

    for scenario, file in (
        ("miranda-olivares-march-2012", ROOT / "docs/clackamas-2012.svg"),
        ("held-across-the-change-of-law", ROOT / "docs/king-2014.svg"),
    ):
        (found,) = (each for each in load_custodies("scenarios/custody") if each.id == scenario)
        drawn = svg([(scenario, follow(found).timeline())])
        if os.environ.get("UPDATE_GOLDEN"):
            file.write_text(drawn, "utf-8")
        assert _words(file.read_text("utf-8")) == _words(drawn)


def _words(drawn: str) -> str:
    root = ElementTree.fromstring(drawn)
    return "".join(root.find("{http://www.w3.org/2000/svg}desc").itertext())  # type: ignore[union-attr]


def test_a_picture_tells_unlawful_hours_and_excluded_days_without_color() -> None:
    (found,) = (each for each in load_custodies("scenarios/custody") if each.id == "held-across-the-change-of-law")
    drawn = svg([(found.id, follow(found).timeline())])
    words = "".join(ElementTree.fromstring(drawn).itertext())
    assert "UNLAWFUL: 10 h" in words
    assert "Sat: not counted" in words
    assert "deadline Mon 00:00" in words
    assert "#cb181d" in drawn
    assert drawn.count("<pattern") >= 2  # hatches


def test_now_deadline_and_what_comes_next() -> None:
    custody = _custody(BOOKED, LODGED, DUE, convictions=[{"offense": "homicide", "shown_in_writing": True}])
    assert custody.now().status == "hold_permitted"
    assert custody.deadline() == datetime(2014, 3, 5, 18, tzinfo=UTC)
    assert custody.now("2014-03-05T09:59").status == "hold_permitted"
    assert custody.now(datetime(2014, 3, 5, 10)).status == "release_required"
    custody.feed(
        {"at": "2014-03-04T10:00", "event": "judicial_warrant_served", "judicial_warrant": {"kind": "criminal"}}
    )
    assert custody.now().status == "hold_required"
    assert custody.deadline() is None
    custody.feed({"at": "2014-03-06T10:00", "event": "warrant_quashed"})
    assert custody.now().status == "release_required"
    assert custody.deadline() == datetime(2014, 3, 6, 18, tzinfo=UTC)
    custody.feed({"at": "2014-03-06T12:30", "event": "released"})
    assert custody.timeline().unlawful_hours == 2.5
    with pytest.raises(DetainerError, match="left custody"):
        custody.now()


def test_law_that_changes_at_midnight_is_the_next_deadline() -> None:
    convictions = [{"offense": "homicide", "shown_in_writing": True}]
    custody = _custody(
        {"at": "2014-09-01T09:00", "event": "booked"},
        {"at": "2014-09-02T09:00", "event": "detainer_lodged", "detainer": {"form": "I-247"}},
        {"at": "2014-09-12T10:00", "event": "release_due"},
        convictions=convictions,
    )
    assert custody.deadline() == datetime(2014, 9, 15, 7, tzinfo=UTC)


def test_an_age_that_counts_on_the_day_asked_about_changes_at_midnight(tmp_path: Path) -> None:
    library = small_library(
        tmp_path, "  - {id: r, authority: a, effect: permits, because: b, when: age_on(asked_at) >= 18}\n"
    )
    custody = Custody(
        Booking.model_validate({"jurisdiction": "us", "person": {"date_of_birth": "1996-03-05"}}), library=library
    )
    custody.feed(BOOKED, DUE)
    timeline = custody.timeline(datetime(2014, 3, 6, 10))
    assert [(each.status, each.end) for each in timeline.intervals[1:]] == [
        ("release_required", datetime(2014, 3, 5, 8, tzinfo=UTC)),
        ("hold_permitted", datetime(2014, 3, 6, 18, tzinfo=UTC)),
    ]
    assert timeline.unlawful_hours == 38


def test_what_is_unknown_makes_open_hours_and_no_unlawful_ones() -> None:
    custody = Custody(Booking.model_validate({"jurisdiction": "us/wa/king", "detainer": {"form": "I-247"}}))
    custody.feed(
        {"at": "2017-03-01T09:00", "event": "booked"},
        {"at": "2017-03-20T09:00", "event": "release_due"},
        {"at": "2017-03-20T15:00", "event": "released"},
    )
    timeline = custody.timeline()
    assert (timeline.unlawful_hours, timeline.open_hours) == (0, 6)
    assert [each["open_questions"] for each in timeline.to_dict()["intervals"]] == [[], ["judicial_warrant"]]


def test_thousands_are_open_at_once() -> None:
    open_at_once = [_custody(BOOKED, LODGED, DUE) for _ in range(3000)]
    assert len(open_at_once) > 1024 > MAX_SESSIONS
    for custody in open_at_once[::7]:
        assert custody.now().status == "release_required"
        custody.feed({"at": "2014-03-03T12:00", "event": "judicial_warrant_served", "judicial_warrant": {}})
        assert custody.now().status == "hold_required"


@pytest.mark.parametrize(
    ("events", "index", "reason"),
    [
        ([DUE], 0, "nothing happens in custody before the event `booked`"),
        ([BOOKED, BOOKED], 1, "a duplicate of the event before it"),
        ([BOOKED, {**BOOKED, "at": "2014-03-01T10:00"}], 1, "a duplicate: the person is booked already"),
        ([BOOKED, DUE, LODGED], 2, "out of order: `release_due` at 2014-03-03T10:00 came before it"),
        (
            [BOOKED, DUE, {**DUE, "at": "2014-03-04T10:00"}],
            2,
            "a duplicate: release is due already; the hours run once",
        ),
        ([BOOKED, {"at": "2014-03-02T09:00", "event": "detainer_served"}], 1, "impossible: no detainer is known"),
        ([BOOKED, {"at": "2014-03-02T09:00", "event": "detainer_withdrawn"}], 1, "impossible: no detainer is known"),
        (
            [BOOKED, {"at": "2014-03-02T09:00", "event": "warrant_quashed"}],
            1,
            "impossible: no warrant of a judge is known",
        ),
        (
            [BOOKED, LODGED, *({"at": f"2014-03-02T1{hour}:00", "event": "detainer_served"} for hour in (0, 1))],
            3,
            "a duplicate: a copy of this detainer was served already",
        ),
        (
            [BOOKED, *({"at": f"2014-03-02T1{hour}:00", "event": "judicial_warrant_served"} for hour in (0, 1))],
            2,
            "a judge's warrant is in hand already",
        ),
        (
            [BOOKED, {**DUE, "event": "released", "reason": None}, {**LODGED, "at": "2014-03-04T09:00"}],
            2,
            "had left custody (`released`)",
        ),
        ([BOOKED, {**LODGED, "detainer": {"issued_at": "2014-03-09"}}], 1, "is after the moment asked about"),
        ([BOOKED, {**LODGED, "event": "booked"}], 1, "`detainer` belongs to an event `detainer_lodged`"),
        ([BOOKED, {"at": "2014-03-02", "event": "released"}], 1, "add the time of day"),
        ([BOOKED, {"at": "2014-03-09T02:30", "event": "release_due"}], 1, "does not exist there"),
        ([BOOKED, {"at": "2014-03-02T09:00", "event": "escaped"}], 1, "expected 'booked'"),
    ],
)
def test_events_that_cannot_be_are_refused_with_the_reason(
    events: list[dict[str, Any]], index: int, reason: str
) -> None:
    custody = _custody()
    with pytest.raises(EventError) as caught:
        custody.feed(*events)
    assert caught.value.index == index
    assert reason in str(caught.value)
    assert custody.events == ()  # none is taken in
    custody.feed(*events[:index])
    kept = custody.to_json()
    with pytest.raises(EventError):
        custody.feed(events[index])
    assert custody.to_json() == kept


@pytest.mark.parametrize("saved", ["", "[]", "{}", '{"booking": {}, "events": []}', '{"booking": 1, "events": 2}'])
def test_what_is_no_saved_custody_is_refused(saved: str) -> None:
    with pytest.raises(DetainerError, match="no saved custody"):
        Custody.from_json(saved)


def test_asking_about_the_past_or_before_the_booking_is_refused() -> None:
    custody = _custody()
    with pytest.raises(DetainerError, match="nobody is booked yet"):
        custody.now()
    custody.feed(BOOKED, LODGED)
    with pytest.raises(DetainerError, match="lies before the last event"):
        custody.now(datetime(2014, 3, 1, 10))
    with pytest.raises(DetainerError, match="no release was due"):
        custody.case()
    with pytest.raises(DetainerError, match="expected a day and time"):
        custody.now("soon")
    with pytest.raises(DetainerError, match="does not exist there"):
        custody.now("2014-03-09T02:30")


# -- bookings ------------------------------------------------------------------------------------------------------------

HEADER = "booking,booked_at,released_at,charge,immigration_hold,released_to_immigration,detainer_cancelled"


def _file(folder: Path, *rows: str) -> Path:
    file = folder / "bookings.csv"
    file.write_text("\n".join([HEADER, *rows]) + "\n", "utf-8")
    return file


def test_bookings_are_custodies_with_what_is_missing_unknown(tmp_path: Path) -> None:
    tally = Tally()
    file = _file(
        tmp_path,
        'B1,2019-06-01 10:00,2019-06-03 10:00,"DUI, first",0,0,0',
        "B1,2019-06-01 10:00,2019-06-03 10:00,THEFT 3,0,0,0",
        "B2,2019-06-01 10:00,2019-06-04 10:00,THEFT 3,1,1,0",
    )
    rows = read_bookings(file, tally)
    count_bookings(rows, "us/wa/king", str(file), tally)
    assert (tally.rows, tally.bookings, tally.unsettled, tally.problems) == (3, 2, 2, [])
    assert tally.open_on == {"judicial_warrant": 2}


def test_bookings_before_a_county_refused_hang_on_the_detainer(tmp_path: Path) -> None:
    tally = Tally()
    file = _file(
        tmp_path,
        "B1,2012-06-01 10:00,2012-06-03 10:00,THEFT 3,1,0,0",
        "B2,2012-06-01 10:00,2012-06-03 10:00,THEFT 3,0,0,0",
    )
    count_bookings(read_bookings(file, tally), "us/wa/king", str(file), tally)
    assert set(tally.open_on) == {"judicial_warrant", "detainer", "detainer.form", "detainer.served"}


def test_bad_rows_are_told_with_their_line_and_the_others_counted(tmp_path: Path) -> None:
    tally = Tally()
    file = _file(
        tmp_path,
        "B1,2019-06-01 10:00,2019-06-03 10:00,THEFT 3,0,0,0",
        "B2,,2019-06-03 10:00,THEFT 3,0,0,0",
        "B3,2019-06-05 10:00,2019-06-03 10:00,THEFT 3,0,0,0",
        "B4,2019-06-01 10:00,2019-06-03 10:00,THEFT 3,yes,0,0",
        "B1,2019-06-01 10:00,2019-06-09 10:00,THEFT 3,0,0,0",
        "B5,2016-11-05 10:00,2016-11-06 01:30,THEFT 3,0,0,0",
        "B6,soon,2016-11-06 01:30,THEFT 3,0,0,0",
    )
    count_bookings(read_bookings(file, tally), "us/wa/king", str(file), tally)
    assert tally.bookings == 1
    told = {problem.line: problem.message for problem in tally.problems}
    assert set(told) == {3, 4, 5, 6, 7, 8}
    assert "`booked_at` is empty" in told[3]
    assert "out of order" in told[4]
    assert "found `yes`, expected 1, 0 or nothing" in told[5]
    assert "other times on line 2" in told[6]
    assert "happens twice" in told[7]


def test_a_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("booking,booked_on,released_at,immigration_hold,released_to_immigration\n", "utf-8")
    with pytest.raises(FileError, match=r"the column `booked_at` is missing\. Did you mean `booked_on`\?"):
        read_bookings(file, Tally())
    with pytest.raises(FileError, match="cannot be read"):
        read_bookings(tmp_path / "none.csv", Tally())
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match="cannot be read"):
        read_bookings(file, Tally())


def test_the_small_file_has_the_shape_of_the_real_one() -> None:
    shared = ROOT.parent / "shared/data/pierce-bookings.csv.gz"
    columns = next(csv.reader(io.StringIO(HEADER)))
    if shared.exists():
        import gzip

        with gzip.open(shared, "rt") as file:
            assert set(columns) <= set(next(csv.reader(file)))
    assert date(2016, 12, 1)


@pytest.mark.parametrize(
    "events",
    [
        [BOOKED],
        [BOOKED, {**DUE, "at": BOOKED["at"]}, {"at": BOOKED["at"], "event": "released"}],
        [BOOKED, DUE],
        [BOOKED, {"at": "2014-03-02T09:00", "event": "judicial_warrant_served"}, DUE],
        [BOOKED, LODGED, {"at": "2014-03-02T10:00", "event": "ice_took_custody"}],
    ],
)
def test_every_custody_can_be_drawn(events: list[dict[str, Any]]) -> None:
    for facts in ({}, {"detainer": {}}):
        timeline = _custody(*events, **facts).timeline()
        assert svg([("one", timeline)]).startswith("<?xml")
        assert text("one", timeline).startswith(f"one ({timeline.name})")
        assert json.loads(json.dumps(timeline.to_dict()))["place"] == "us/wa/king"


@ROOMY
@given(libraries(), st.data())
def test_no_name_over_a_picture_runs_into_another(library: Library, data: st.DataObject) -> None:
    booking, events = _drawn(data, library)
    custody = Custody(booking, library=library)
    custody.feed(*events)
    timeline = custody.timeline()
    first, last = _span(timeline)
    flags = _flags(timeline)
    assert [flag.at for flag in flags] == sorted(flag.at for flag in flags)
    events_shown = [event for event in timeline.events if first <= clock.instant(event.at, timeline.where)]
    assert sum(flag.kind == "event" for flag in flags) == len(events_shown)
    assert any(flag.kind == "earlier" for flag in flags) == (len(events_shown) < len(timeline.events))
    for number, flag in enumerate(flags):
        end = flag.at + (last - first) * (len(flag.name) * 0.052 / 8.6)
        for later in flags[number + 1 :]:
            assert later.level < flag.level or end <= later.at
