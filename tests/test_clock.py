"""The clock: holidays by the statute's rule, limits against a minute-by-minute count, clocks that change, birthdays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detainer import Case, CaseError, Decision, clock, decide
from detainer.case import LAST
from detainer.clock import (
    LocalTimeError,
    age_on,
    excluded,
    instant,
    limit_end,
    public_holidays,
    years_before,
    zone,
)

from strategies import small_library

PACIFIC = zone("America/Los_Angeles")


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _by_statute(year: int) -> set[date]:
    """5 USC 6103(a), and (b) for days that fall on a weekend (Saturday: the Friday before; Sunday: the Monday after)."""
    days = {
        _nth(year, 1, 0, 3),
        _nth(year, 2, 0, 3),
        max(day for day in (date(year, 5, n) for n in range(25, 32)) if day.weekday() == 0),
        _nth(year, 9, 0, 1),
        _nth(year, 10, 0, 2),
        _nth(year, 11, 3, 4),
    }
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25), date(year + 1, 1, 1)]
    if year >= 2021:
        fixed.append(date(year, 6, 19))
    for day in fixed:
        observed = day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))
        days |= {each for each in (day, observed) if each.year == year}
    if date(year - 1, 12, 31).weekday() == 5:
        days.discard(date(year, 1, 3))
    return days


@pytest.mark.parametrize("year", range(2010, 2028))
def test_federal_holidays_are_those_of_the_statute(year: int) -> None:
    assert set(public_holidays("US", year)) == _by_statute(year)


def test_juneteenth_begins_in_2021_and_inauguration_day_is_none() -> None:
    assert date(2021, 6, 18) in public_holidays("US", 2021)
    assert date(2020, 6, 19) not in public_holidays("US", 2020)
    assert date(2017, 1, 20) not in public_holidays("US", 2017)


_WITHOUT = st.frozensets(st.sampled_from(["saturdays", "sundays", "holidays"]))
_STARTS = st.datetimes(datetime(2010, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
)


@given(_STARTS, st.integers(1, 60), _WITHOUT)
def test_a_limit_is_what_counting_by_the_quarter_hour_gives(
    start: datetime, hours: int, without: frozenset[str]
) -> None:
    quarter = timedelta(minutes=15)
    now, left = start, hours * 4
    while left:
        left -= excluded(now.astimezone(PACIFIC).date(), without, "US") is None
        now += quarter
    assert limit_end(start, hours, without, PACIFIC, "US") == now


@given(_STARTS, st.integers(1, 60), _WITHOUT)
def test_leaving_days_out_never_shortens_and_later_release_never_ends_earlier(
    start: datetime, hours: int, without: frozenset[str]
) -> None:
    plain = limit_end(start, hours, (), PACIFIC)
    assert plain == start + timedelta(hours=hours)
    assert limit_end(start, hours, without, PACIFIC, "US") >= plain
    later = limit_end(start + timedelta(hours=1), hours, without, PACIFIC, "US")
    assert later >= limit_end(start, hours, without, PACIFIC, "US")


_ZONES = st.sampled_from(
    ["America/Los_Angeles", "America/Boise", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"]
)
_NEAR_CHANGES = st.builds(
    lambda day, minutes: datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes),
    st.sampled_from(
        [
            date(2018, 3, 11),
            date(2018, 11, 4),
            date(2018, 4, 1),
            date(2011, 12, 30),
            date(2018, 5, 13),
            date(2018, 6, 17),
        ]
    ),
    st.integers(-48 * 60, 72 * 60),
)


@given(_NEAR_CHANGES, _ZONES)
def test_a_local_time_is_one_instant_or_is_refused(moment: datetime, name: str) -> None:
    """Refused where, and only where, the two ways to read it (before and after a change of clocks) are not one."""
    where = zone(name)
    both = {moment.replace(tzinfo=where, fold=fold).astimezone(UTC) for fold in (0, 1)}
    if len(both) == 1:
        assert instant(moment, where) == both.pop()
    else:
        with pytest.raises(LocalTimeError, match=r"happens twice there|does not exist there"):
            instant(moment, where)


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2017, 1, 13), None),
        (date(2017, 1, 14), "saturdays"),
        (date(2017, 1, 15), "sundays"),
        (date(2017, 1, 16), "holidays"),
    ],
)
def test_each_kind_of_day_is_left_out_under_its_own_name(day: date, why: str | None) -> None:
    assert excluded(day, ("saturdays", "sundays", "holidays"), "US") == why
    others = tuple(name for name in ("saturdays", "sundays", "holidays") if name != why)
    assert excluded(day, others, "US") is None


def test_a_time_that_the_clocks_skip_is_refused_with_the_choices() -> None:
    with pytest.raises(LocalTimeError, match="does not exist there") as skipped:
        instant(datetime(2018, 3, 11, 2, 30), PACIFIC)
    assert "2018-03-11T01:30" in str(skipped.value)
    assert "2018-03-11T03:30" in str(skipped.value)


def test_a_time_that_comes_twice_is_refused_with_both_offsets() -> None:
    with pytest.raises(LocalTimeError, match="happens twice there") as twice:
        instant(datetime(2018, 11, 4, 1, 30), PACIFIC)
    assert "2018-11-04T01:30-07:00 or 2018-11-04T01:30-08:00" in str(twice.value)
    assert instant(datetime.fromisoformat("2018-11-04T01:30-08:00"), PACIFIC) == datetime(
        2018, 11, 4, 9, 30, tzinfo=UTC
    )


def test_the_offered_offsets_are_two_different_instants() -> None:
    first, second = (instant(datetime.fromisoformat(f"2018-11-04T01:30-0{n}:00"), PACIFIC) for n in (7, 8))
    assert second - first == timedelta(hours=1)


@given(st.dates(date(1950, 1, 1), date(2010, 12, 31)), st.dates(date(2011, 1, 1), date(2027, 12, 31)))
def test_age_turns_on_the_birthday(born: date, day: date) -> None:
    birthday = (born.month, born.day) if (born.month, born.day) != (2, 29) else (2, 29)
    turned = (day.month, day.day) >= birthday
    assert age_on(born, day) == day.year - born.year - (not turned)


def test_29_february() -> None:
    assert years_before(date(2016, 2, 29), 10) == (date(2006, 2, 28), True)
    assert years_before(date(2016, 2, 29), 4) == (date(2012, 2, 29), False)
    assert (age_on(date(1996, 2, 29), date(2014, 2, 28)), age_on(date(1996, 2, 29), date(2014, 3, 1))) == (17, 18)


def test_a_window_that_starts_on_29_february_of_a_common_year_is_the_wider_one_and_says_so(tmp_path: Path) -> None:
    lately = "any(within_years(c.convicted_on, 10) for c in convictions)"
    library = small_library(
        tmp_path, f"  - {{id: old, authority: a, effect: permits, when: '{lately}', because: old}}\n"
    )

    def held(day: str) -> Decision:
        fields = {"jurisdiction": "us", "release_at": "2016-02-29T10:00", "convictions": [{"convicted_on": day}]}
        return decide(Case.model_validate(fields), library=library)

    assert held("2006-02-28").outcome == "hold"
    assert held("2006-02-27").outcome == "release"
    assert "29 February has no counterpart 10 years earlier" in " ".join(held("2006-02-28").caveats)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"asked_at": "2014-03-03T09:59"}, ("asked_at",)),
        ({"detainer": {"issued_at": "2014-03-04"}}, ("detainer", "issued_at")),
        ({"judicial_warrant": {"issued_at": "2014-03-03T10:01"}}, ("judicial_warrant", "issued_at")),
        ({"convictions": [{"convicted_on": "2014-03-04"}]}, ("convictions", 0, "convicted_on")),
        (
            {"convictions": [{"convicted_on": "2010-03-04", "released_on": "2009-01-01"}]},
            ("convictions", 0, "released_on"),
        ),
        ({"person": {"date_of_birth": "2014-03-04"}}, ("person", "date_of_birth")),
    ],
)
def test_facts_that_cannot_be_are_refused(fields: dict[str, object], path: tuple[str | int, ...]) -> None:
    case = Case.model_validate({"jurisdiction": "us/wa/king", "release_at": "2014-03-03T10:00", **fields})
    with pytest.raises(CaseError) as refused:
        decide(case)
    assert refused.value.path == path


def test_the_moment_of_scheduled_release_may_be_asked_about() -> None:
    """Left out or written out, it is the same moment."""
    case = Case.model_validate({"jurisdiction": "us/wa/king", "release_at": "2014-03-03T10:00", "detainer": None})
    same = case.model_copy(update={"asked_at": case.release_at})
    assert decide(same).to_dict(case=False) == decide(case).to_dict(case=False)


def test_a_calendar_that_knows_no_later_holidays_stops_no_clock() -> None:
    """The calendars of the `holidays` package end; a limit that leaves holidays out still has an end."""
    start = datetime(2150, 12, 27, 10, tzinfo=UTC)
    assert clock.public_holidays("US", 2150) == frozenset()
    for hours in (48, 24 * 366):
        assert limit_end(start, hours, ("holidays",), zone("UTC"), "US") == start + timedelta(hours=hours)
    assert clock.public_holidays("US", LAST.year), "every day that a case can bear is one whose holidays are known"
