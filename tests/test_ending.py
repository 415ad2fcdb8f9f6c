"""One deadline: until `hold_until` it is a hold, at it a release by the rule that ends it, through every change of law."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detainer import Booking, Case, Custody, Decision, Library, decide, testing
from detainer.case import LAST
from detainer.ending import later
from detainer.library import library_at
from detainer.verify.constraints import load_constraints
from detainer.verify.prove import prove

from strategies import cases, libraries, small_library

ROOMY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
MINUTE = timedelta(minutes=1)


def at(decision: Decision, moment: datetime, library: Library | None = None) -> Decision:
    """The same facts, asked about at another moment."""
    fields = decision.case.to_dict() | {"asked_at": moment.isoformat()}
    return decide(Case.model_validate(fields), engine="direct", library=library)


def hold_lasts(decision: Decision, library: Library | None, share: float) -> None:
    """What is said of a hold: one minute before its end it is one, at its end it is a release, and in between it is a hold."""
    start, end = decision.situation.asked_at, decision.hold_until and decision.hold_until.astimezone(UTC)
    last = datetime(LAST.year, 12, 1, tzinfo=UTC)
    if end is None:
        assert decision.ended_by is None
        assert at(decision, start + share * (last - start), library).outcome == "hold"
        return
    assert start < end
    if end.year <= LAST.year:
        over = at(decision, end, library)
        assert (over.outcome, over.ruling.id) == ("release", decision.ended_by)
    for moment in (end - MINUTE, start + share * (end - start)):
        if start <= moment < last:
            before = at(decision, moment, library)
            assert (before.outcome, before.hold_until, before.ended_by) == ("hold", end, decision.ended_by)


@ROOMY
@given(libraries(), cases(), st.floats(0, 1, exclude_max=True))
def test_a_hold_lasts_until_its_end_and_no_longer(library: Library, fields: dict[str, Any], share: float) -> None:
    decision = decide(Case.model_validate(fields), engine="direct", library=library)
    if decision.outcome == "hold":
        hold_lasts(decision, library, share)


@ROOMY
@given(testing.libraries(), st.data(), st.floats(0, 1, exclude_max=True))
def test_near_every_line_of_generated_law_too(library: Library, data: st.DataObject, share: float) -> None:
    decision = decide(data.draw(testing.cases(library=library)), engine="direct", library=library)
    if decision.outcome == "hold":
        hold_lasts(decision, library, share)


@ROOMY
@given(testing.cases(), st.floats(0, 1, exclude_max=True))
def test_under_the_shipped_law(case: Case, share: float) -> None:
    decision = decide(case)
    if decision.outcome == "hold":
        hold_lasts(decision, None, share)


@pytest.mark.parametrize("place", [place for place in library_at().places if library_at().book(place).timezone])
def test_it_is_proven_of_every_stretch_of_the_shipped_law(place: str) -> None:
    (checked,) = (each for each in load_constraints() if each.id == "hold-until-is-the-first-moment")
    proofs = [prove(law, checked) for law in library_at().history(place)]
    assert proofs and all(proof is not None and proof.verdict == "proven" for proof in proofs)


def king(release_at: str, **facts: Any) -> Decision:
    given = {"detainer": {"form": "I-247"}, "judicial_warrant": None, "person": {"age": 40}} | facts
    homicide = [{"offense": "homicide", "shown_in_writing": True}]
    return decide(
        Case.model_validate({"jurisdiction": "us/wa/king", "release_at": release_at, "convictions": homicide} | given)
    )


def test_a_change_of_law_ends_a_hold_before_its_limit() -> None:
    decision = king("2014-09-12T10:00")
    assert str(decision.hold_until) == "2014-09-15 00:00:00-07:00"
    assert decision.ended_by == "us/wa/king/criminal-warrant-only"
    assert str(decision.limit_ends) == "2014-09-16 10:00:00-07:00"
    plain = decision.to_dict()
    assert [plain[name] for name in ("hold_until", "ended_by", "limit_ends")] == [
        "2014-09-15T00:00:00-07:00",
        "us/wa/king/criminal-warrant-only",
        "2014-09-16T10:00:00-07:00",
    ]


def test_that_the_day_of_the_change_is_doubtful_is_said() -> None:
    codes = king("2014-09-03T10:00").caveat_codes, king("2014-08-11T10:00").caveat_codes
    assert "us/wa/king/criminal-warrant-only#day-unknown" not in codes[1]  # it ends two weeks before that
    decision = king("2014-09-03T10:00")
    assert (
        decision.limit_ends == decision.hold_until
    )  # before the day that is written, after the earliest that it could be
    late = king("2014-09-12T10:00")
    assert "us/wa/king/criminal-warrant-only#day-unknown" in late.caveat_codes
    assert "us/wa/king/criminal-warrant-only#doubt-1" in late.caveat_codes


def test_a_hold_without_a_limit_that_a_later_law_ends_has_an_end() -> None:
    state = {"kind": "criminal", "issued_by": "state_judge"}
    forever = king("2012-03-05T10:00", detainer=None, judicial_warrant=state)
    assert (forever.hold_until, forever.ended_by, forever.limit_ends) == (None, None, None)
    before_the_cap = king("1990-03-05T10:00")
    assert before_the_cap.limit_ends is None
    assert before_the_cap.hold_until is not None
    assert before_the_cap.ended_by is not None


RULES = """
  - {id: may, authority: a, effect: permits, when: detainer, because: it may}
  - {id: two-days, authority: a, until: 2017-06-06, effect: limits, hours: 48, because: two days}
"""
LATER = {
    "a longer limit": ("effect: limits, from: 2017-06-06, hours: 96", "2017-06-09T10:00"),
    "a shorter limit": ("effect: limits, from: 2017-06-06, hours: 6", "2017-06-06T00:00"),
    "no limit any more, and it is forbidden a week later": ("effect: prohibits, from: 2017-06-13", "2017-06-13T00:00"),
    "an age that is reached": ("effect: prohibits, when: age_on(asked_at) >= 18", "2017-06-06T00:00"),
    "a day after the end of confinement": (
        'effect: prohibits, when: "any(c.released_on < asked_at for c in convictions)"',
        "2017-06-06T00:00",
    ),
}


@pytest.mark.parametrize("kind", LATER)
def test_whatever_comes_first_on_the_same_facts_ends_it(kind: str, tmp_path: Path) -> None:
    rule, until = LATER[kind]
    library = small_library(tmp_path, f"{RULES}  - {{id: ends-it, authority: a, {rule}, because: it does}}\n")
    case = Case.model_validate(
        {
            "jurisdiction": "us",
            "release_at": "2017-06-05T10:00",
            "detainer": {},
            "person": {"date_of_birth": "1999-06-06"},
            "convictions": [{"convicted_on": "2017-01-01", "released_on": "2017-06-05"}],
        }
    )
    decision = decide(case, library=library)
    assert decision.hold_until is not None
    assert decision.hold_until.replace(tzinfo=None).isoformat(timespec="minutes") == until
    assert decision.ended_by == "us/ends-it"
    custody = Custody(Booking.model_validate(_booking(case)), library=library)
    custody.feed({"at": "2017-06-05T09:00", "event": "booked"}, {"at": "2017-06-05T10:00", "event": "release_due"})
    assert custody.deadline() == custody.timeline().deadline == decision.hold_until


def _booking(case: Case) -> dict[str, Any]:
    return {name: value for name, value in case.to_dict().items() if name not in ("release_at", "asked_at")}


def test_facts_stay_as_they_are_when_time_goes_on() -> None:
    decision = king("2014-03-03T10:00")
    moved = later(decision.situation, decision.situation.asked_at + timedelta(days=1))
    assert moved.case is decision.case
    assert (moved.release_at, moved.asked_day) == (decision.situation.release_at, date(2014, 3, 4))


def test_the_last_law_has_none_after_it() -> None:
    history = library_at().history("us/wa/king")
    assert [law.after for law in history] == [*history[1:], None]
