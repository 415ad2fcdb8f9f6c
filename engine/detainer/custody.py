"""Custody as it happens: events come one after the other, and at every instant it is clear what the law asks of the jail.

Time is simulated: it passes as events come or as it is asked about, never by a clock on the wall. Between events, changes of
law at local midnight and the ends of limits are looked at as events, too. A limit runs from scheduled release, once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from itertools import count, islice
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError, model_validator

from detainer import clock
from detainer.case import UNKNOWN, Booking, Case, Conviction, Detainer, Facts, JudicialWarrant, Moment
from detainer.decision import NOTES, Decision
from detainer.engines import Engine, EngineName, decide_in, load
from detainer.errors import CaseError, DetainerError
from detainer.language.terms import Age, DayOf
from detainer.language.tree import Compare, Count
from detainer.library import Law, Library, library_at
from detainer.resolve import limit_end
from detainer.situation import situate

EventKind = Literal[
    "booked", "detainer_lodged", "detainer_served", "detainer_withdrawn", "judicial_warrant_served", "warrant_quashed",
    "release_due", "conviction", "ice_took_custody", "released",
]  # fmt: skip
EVENTS: tuple[EventKind, ...] = get_args(EventKind)

Status = Literal["in_custody", "hold_permitted", "hold_required", "release_required"]
"""In custody on charges; past scheduled release: the jail may hold, must hold, must release."""

STATUSES: dict[Status, str] = {
    "in_custody": "in custody on charges",
    "hold_permitted": "hold permitted",
    "hold_required": "hold required",
    "release_required": "release required",
}

_CARRIES = {"detainer_lodged": "detainer", "judicial_warrant_served": "judicial_warrant", "conviction": "conviction"}
"""What an event brings with it."""
_ENDS = ("released", "ice_took_custody")
MAX_STEPS = 4000
"""How many changes of law, ends of limits and days are looked ahead for the next deadline."""

_HOUR = timedelta(hours=1)
_sessions = count(1)


class EventError(DetainerError):
    """An event that cannot be: out of order, a duplicate, or impossible as things stand. `index` counts from 0."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index
        self.message = message


class Event(Facts):
    """Something that happens in custody. `at` is local to the place unless it carries an offset."""

    at: Moment
    event: EventKind
    note: str | None = None
    reason: Literal["bail_posted", "sentence_served", "charges_dropped"] | None = Field(
        default=None, description="With `release_due`: why the person is due for release"
    )
    detainer: Detainer | None = Field(default=None, description="With `detainer_lodged`: what is known of it")
    judicial_warrant: JudicialWarrant | None = Field(default=None, description="With `judicial_warrant_served`")
    conviction: Conviction | None = Field(default=None, description="With `conviction`; dated that day if left out")

    @model_validator(mode="after")
    def _fits(self) -> Event:
        for kind, name in (*_CARRIES.items(), ("release_due", "reason")):
            if getattr(self, name) is not None and self.event != kind:
                raise ValueError(f"`{name}` belongs to an event `{kind}`, not to `{self.event}`; delete it")
        return self

    def to_dict(self) -> dict[str, Any]:
        """Plain data as a scenario file has it."""
        return {name: value for name, value in super().to_dict().items() if value is not None}


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time, [`start`, `end`), in which nothing changes; instants in UTC, `end` None where it is still running.

    `decision` is the answer at its start, None while the person is in custody on charges.
    """

    start: datetime
    end: datetime | None
    status: Status
    decision: Decision | None = None

    @property
    def hours(self) -> float:
        """Elapsed hours; 0 while it is running."""
        return (self.end - self.start) / _HOUR if self.end else 0.0

    @property
    def settled(self) -> bool:
        """Whether no unknown fact could change the answer."""
        return self.decision is None or self.decision.settled

    @property
    def unlawful_hours(self) -> float:
        """Elapsed hours in which the person was kept although the law required release, whatever is unknown."""
        return self.hours if self.status == "release_required" and self.settled else 0.0

    @property
    def open_hours(self) -> float:
        """Elapsed hours in which no authority is shown for keeping the person, and an unknown fact could supply one."""
        return self.hours if self.status == "release_required" and not self.settled else 0.0

    def same(self, other: Interval) -> bool:
        """Whether another interval has the same status for the same reason."""
        a, b = self.decision, other.decision
        if a is None or b is None:
            return a is b and self.status == other.status
        return (
            self.status == other.status
            and a.resolution.control.ruling is b.resolution.control.ruling
            and a.resolution.control.hold_until == b.resolution.control.hold_until
            and a.resolution.deciding == b.resolution.deciding
            and a.settled == b.settled
        )

    def to_dict(self, where: tzinfo) -> dict[str, Any]:
        """Plain data; times local with their offset."""
        decision = self.decision
        return {
            "start": self.start.astimezone(where).isoformat(),
            "end": self.end.astimezone(where).isoformat() if self.end else None,
            "status": self.status,
            "hours": round(self.hours, 4),
            "unlawful_hours": round(self.unlawful_hours, 4),
            "open_hours": round(self.open_hours, 4),
            "ruling": decision.ruling.id if decision else None,
            "hold_until": decision.hold_until.isoformat() if decision and decision.hold_until else None,
            "settled": self.settled,
            "open_questions": [each.fact for each in decision.open_questions] if decision else [],
        }


@dataclass(frozen=True, slots=True)
class Timeline:
    """What became of one custody, interval by interval. `where` is the place's time zone."""

    place: str
    where: tzinfo
    events: tuple[Event, ...]
    intervals: tuple[Interval, ...]

    @property
    def unlawful_hours(self) -> float:
        """Elapsed hours in which the person was kept although the law required release."""
        return sum(each.unlawful_hours for each in self.intervals)

    @property
    def open_hours(self) -> float:
        """Elapsed hours past release for which an unknown fact decides whether they were lawful."""
        return sum(each.open_hours for each in self.intervals)

    @property
    def deadline(self) -> datetime | None:
        """The end of the last hold that has one, as the law stood then (local); None where there is none."""
        ends = [each.decision.hold_until for each in self.intervals if each.decision and each.decision.hold_until]
        return ends[-1] if ends else None

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {
            "place": self.place,
            "unlawful_hours": round(self.unlawful_hours, 4),
            "open_hours": round(self.open_hours, 4),
            "deadline": self.deadline.isoformat() if self.deadline else None,
            "intervals": [each.to_dict(self.where) for each in self.intervals],
            "events": [each.to_dict() for each in self.events],
            "notes": list(NOTES),
        }


@dataclass(frozen=True, slots=True)
class _State:
    """How things stand after the last event: `due` is scheduled release, `gone` how the person left custody."""

    booking: Booking
    last: Event | None = None
    last_at: datetime | None = None
    due: datetime | None = None
    gone: str | None = None


class Custody:
    """One person's custody, live: feed it events, ask how things stand and when the next deadline falls.

    `booking` says where the jail is and what is known when the person is booked; what it leaves out is unknown. Any number
    may be open at once. Raises `PlaceError`, `FileError`, `DetainerError` like `decide`.

    >>> custody = Custody(Booking(jurisdiction="us/or/clackamas", detainer=None, judicial_warrant=None))
    >>> custody.feed({"at": "2012-03-14T10:00", "event": "booked"})
    >>> custody.feed({"at": "2012-03-15T10:00", "event": "detainer_lodged", "detainer": {"form": "I-247"}})
    >>> custody.feed({"at": "2012-03-29T12:00", "event": "release_due"})
    >>> custody.now().status, custody.deadline().isoformat()
    ('hold_permitted', '2012-04-02T12:00:00-07:00')
    """

    def __init__(self, booking: Booking, *, engine: EngineName = "rete", library: Library | None = None) -> None:
        self._library = library or library_at()
        self._engine = load(engine)
        self._first = booking
        self._state = _State(booking)
        self._events: list[Event] = []
        self._past: list[Interval] = []
        self._session = f"custody {next(_sessions)}"
        self._asserted_in: list[Law] = []
        self.where = self._library.where(booking.jurisdiction)

    # -- what happens --------------------------------------------------------------------------------------------------

    @property
    def events(self) -> tuple[Event, ...]:
        """The events so far."""
        return tuple(self._events)

    def feed(self, *events: Event | dict[str, Any]) -> None:
        """Take in events, in the order of time. Raises `EventError` for the first that cannot be, and then takes in none.

        The reason is said: out of order, a duplicate, impossible as things stand, or dated wrongly.
        """
        before = (self._state, list(self._events), list(self._past))
        try:
            for event in events:
                self._take(event)
        except BaseException:
            self._state, self._events, self._past = before
            raise

    def _take(self, given: Event | dict[str, Any]) -> None:
        index = len(self._events)
        try:
            event = given if isinstance(given, Event) else Event.model_validate(given)
            at = clock.instant(event.at, self.where)
        except ValidationError as error:
            first = error.errors()[0]
            raise EventError(index, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        except clock.LocalTimeError as error:
            raise EventError(index, str(error)) from None
        state = self._state
        wrong = _wrong(state, event, at)
        if wrong:
            raise EventError(index, f"`{event.event}` at {event.at.isoformat(timespec='minutes')}: {wrong}")
        following = _after(state, event, at, at.astimezone(self.where).date())
        try:  # the facts must be possible now, not only when they are next asked about
            situate(_case(following, at), self.where)
        except CaseError as error:
            raise EventError(index, f"`{event.event}`: {error}") from None
        if state.last_at is not None:
            for interval in self._intervals(state, state.last_at, at):
                self._add(interval)
        self._state = following
        self._events.append(event)
        if following.gone:
            _close(self._engine, self._asserted_in, self._session)

    def _add(self, interval: Interval) -> None:
        last = self._past[-1] if self._past else None
        if last is not None and last.same(interval):
            self._past[-1] = replace(last, end=interval.end)
        else:
            self._past.append(interval)

    # -- how things stand ----------------------------------------------------------------------------------------------

    def now(self, at: datetime | None = None) -> Interval:
        """How things stand at an instant: that of the last event if left out. A moment without an offset is local.

        Raises `DetainerError` before the last event, before the booking, and after the person left custody.
        """
        return self._at(self._asked(at))

    def deadline(self, at: datetime | None = None) -> datetime | None:
        """When the person must be released at the latest, if nothing more happens (local); None where nothing says when.

        That is the end of the hold or a change of law before it; the moment asked about, where release is due already.
        Raises like `now`.
        """
        asked = self._asked(at)
        if self._state.due is None:
            return None
        for interval in islice(self._steps(self._state, asked, None), MAX_STEPS):
            if interval.status == "release_required":
                return interval.start.astimezone(self.where)
        return None

    def case(self, at: datetime | None = None) -> Case:
        """The case as it stood at an instant, for `decide` and `explain`: that of the last event if left out.

        Events of that very instant count; that the person left custody does not. Raises `CaseError` where no release was
        due yet, so that there is nothing to decide.
        """
        asked = clock.instant(at, self.where) if at is not None else self._state.last_at
        state = _State(self._first)
        for event in self._events:
            when = clock.instant(event.at, self.where)
            if asked is not None and when <= asked and event.event not in _ENDS:
                state = _after(state, event, when, when.astimezone(self.where).date())
        if asked is None or state.due is None:
            message = (
                "no release was due by then: the person is in custody on charges, if at all; see `detainer timeline`"
            )
            raise CaseError(("asked_at",), message)
        return _case(state, asked)

    def timeline(self, until: datetime | None = None) -> Timeline:
        """Every interval up to the last event, and on to `until`; where the person is in custody still, the last one runs on.

        Raises `DetainerError` for an `until` before the last event.
        """
        intervals = Custody._merged(self._past)
        state = self._state
        if state.last_at is not None and not state.gone:
            if until is not None:
                end = self._asked(until)
                intervals = Custody._merged([*intervals, *self._intervals(state, state.last_at, end)])
            else:
                intervals = Custody._merged([*intervals, replace(self._at(state.last_at), end=None)])
        return Timeline(self._first.jurisdiction, self.where, tuple(self._events), tuple(intervals))

    @staticmethod
    def _merged(intervals: Iterable[Interval]) -> list[Interval]:
        merged: list[Interval] = []
        for each in intervals:
            if merged and merged[-1].same(each):
                merged[-1] = replace(merged[-1], end=each.end)
            else:
                merged.append(each)
        return merged

    # -- saved and restored --------------------------------------------------------------------------------------------

    def to_json(self) -> str:
        """The booking and the events, from which `from_json` makes the same custody again."""
        return json.dumps({"booking": self._first.to_dict(), "events": [event.to_dict() for event in self._events]})

    @classmethod
    def from_json(cls, text: str, *, engine: EngineName = "rete", library: Library | None = None) -> Custody:
        """The custody that `to_json` saved, decided under the law of the library given. Raises `DetainerError`."""
        try:
            saved = json.loads(text)
            custody = cls(Booking.model_validate(saved["booking"]), engine=engine, library=library)
            custody.feed(*saved["events"])
        except (ValueError, KeyError, TypeError) as error:
            raise DetainerError(f"this is no saved custody: {error}; give what `to_json` wrote") from None
        return custody

    # -- the law over time ---------------------------------------------------------------------------------------------

    def _asked(self, at: datetime | None) -> datetime:
        state = self._state
        if state.last_at is None:
            raise DetainerError("nobody is booked yet; feed an event `booked` first")
        if state.gone:
            raise DetainerError(f"the person left custody on {state.last_at.astimezone(self.where)} (`{state.gone}`)")
        if at is None:
            return state.last_at
        asked = clock.instant(at, self.where)
        if asked < state.last_at:
            raise DetainerError(
                f"{at} lies before the last event, at {state.last_at.astimezone(self.where)}; see `timeline`"
            )
        return asked

    def _at(self, at: datetime) -> Interval:
        state = self._state
        if state.due is None:
            return Interval(at, None, "in_custody")
        return next(self._steps(state, at, None))

    def _intervals(self, state: _State, start: datetime, end: datetime) -> Iterator[Interval]:
        if start >= end:
            return
        if state.due is None:
            yield Interval(start, end, "in_custody")
            return
        yield from self._steps(state, start, end)

    def _steps(self, state: _State, start: datetime, end: datetime | None) -> Iterator[Interval]:
        """Decide at `start`, and again wherever the law or the hour could give another answer, up to `end`."""
        now: datetime | None = start
        while now is not None and (end is None or now < end):
            decision = decide_in(self._engine, self._session, _case(state, now), self._library)
            self._note(decision.law)
            following = _next_change(decision, now)
            stop = min(following, end) if following and end else following or end
            yield Interval(now, stop, _status(decision), decision)
            now = following

    def _note(self, law: Law) -> None:
        """Keep in mind where this person's session is open, and forget it under law that is past."""
        if law not in self._asserted_in:
            _close(self._engine, self._asserted_in, self._session)
            self._asserted_in.append(law)


def _case(state: _State, at: datetime) -> Case:
    """The case as it stands; where no release is due yet, as if it were due then."""
    facts = {name: getattr(state.booking, name) for name in Booking.model_fields}
    return Case.model_construct(**facts, release_at=state.due or at, asked_at=at)


def _close(engine: Engine, laws: list[Law], session: str) -> None:
    while laws:
        engine.close(laws.pop(), session)


def _status(decision: Decision) -> Status:
    if decision.outcome == "release":
        return "release_required"
    return "hold_required" if decision.ruling.effect == "requires" else "hold_permitted"


def _next_change(decision: Decision, now: datetime) -> datetime | None:
    """The next instant at which another answer is possible although nothing happens: a midnight or the end of a limit."""
    situation, law = decision.situation, decision.law
    changes = [
        limit_end(law, situation, rule)
        for rule, truth in zip(law.rules, decision.truths, strict=True)
        if rule.effect == "limits" and truth is not False
    ]
    if law.until is not None:
        changes.append(clock.midnight(law.until, situation.where))
    if _asks_the_day(law):
        changes.append(clock.midnight(situation.asked_day + timedelta(days=1), situation.where))
    return min((each for each in changes if each > now), default=None)


def _asks_the_day(law: Law) -> bool:
    """Whether a test of the law in force could answer otherwise on another day, all facts being the same."""
    found = law.kept.get("asks the day")
    if not isinstance(found, bool):
        tests = [each for test in law.tests for each in (test, *(test.each.tests() if isinstance(test, Count) else ()))]
        compared = [test.left for test in tests if isinstance(test, Compare)]
        found = law.kept["asks the day"] = any(
            isinstance(left, DayOf) or (isinstance(left, Age) and left.on.path.names[0] == "asked_at")
            for left in compared
        )
    return found


# -- which events can be -----------------------------------------------------------------------------------------------


def _wrong(state: _State, event: Event, at: datetime) -> str | None:
    """Why an event cannot be as things stand; None where it can."""
    kind, booking, last = event.event, state.booking, state.last
    if last is None or state.last_at is None:
        return None if kind == "booked" else "nothing happens in custody before the event `booked`; put it first"
    if state.gone:
        return f"the person had left custody (`{state.gone}`); what happens in a later custody belongs to a booking of its own"
    if at < state.last_at:
        return f"out of order: `{last.event}` at {last.at.isoformat(timespec='minutes')} came before it; sort the events by time"
    if event == last:
        return "a duplicate of the event before it; delete it"
    has_detainer = booking.detainer is not None and booking.detainer is not UNKNOWN
    has_warrant = booking.judicial_warrant is not None and booking.judicial_warrant is not UNKNOWN
    if kind == "booked":
        return "a duplicate: the person is booked already; a later booking is a custody of its own"
    if kind == "release_due" and state.due is not None:
        return "a duplicate: release is due already; the hours run once, from the first time"
    if kind in ("detainer_served", "detainer_withdrawn") and not has_detainer:
        return "impossible: there is no detainer; put `detainer_lodged` before it"
    if kind == "detainer_served" and isinstance(booking.detainer, Detainer) and booking.detainer.served is True:
        return "a duplicate: a copy of this detainer was served already"
    if kind == "judicial_warrant_served" and has_warrant:
        return "a judge's warrant is in hand already; if another takes its place, put `warrant_quashed` before it"
    if kind == "warrant_quashed" and not has_warrant:
        return "impossible: there is no judge's warrant; put `judicial_warrant_served` before it"
    return None


def _after(state: _State, event: Event, at: datetime, day: date) -> _State:
    """How things stand after an event that can be. Of several detainers the last one lodged is looked at."""
    booking = state.booking
    update: dict[str, Any] = {}
    match event.event:
        case "detainer_lodged":
            update["detainer"] = event.detainer or Detainer()
        case "detainer_served":
            assert isinstance(booking.detainer, Detainer)
            update["detainer"] = booking.detainer.model_copy(update={"served": True})
        case "detainer_withdrawn":
            update["detainer"] = None
        case "judicial_warrant_served":
            update["judicial_warrant"] = event.judicial_warrant or JudicialWarrant()
        case "warrant_quashed":
            update["judicial_warrant"] = None
        case "conviction" if booking.convictions is not UNKNOWN:
            conviction = event.conviction or Conviction()
            if conviction.convicted_on is UNKNOWN:
                conviction = conviction.model_copy(update={"convicted_on": day})
            update["convictions"] = (*booking.convictions, conviction)
        case _:  # a conviction more leaves a list unknown that was unknown before
            pass
    return _State(
        booking.model_copy(update=update) if update else booking,
        event,
        at,
        at if event.event == "release_due" else state.due,
        event.event if event.event in _ENDS else None,
    )
