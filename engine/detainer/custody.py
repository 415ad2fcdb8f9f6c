"""Custody as it happens: events come one after the other, and at every instant it is clear what the law asks of the jail.

Time is simulated: it passes as events come or as it is asked about, never by a clock on the wall. Between events, changes of
law at local midnight and the ends of limits are looked at as events, too. A limit runs from scheduled release, once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import count
from typing import Any, cast

from pydantic_core import to_json

from detainer import clock
from detainer.case import Booking, Case, parse_moment
from detainer.decision import Decision
from detainer.ending import next_change
from detainer.engines import Engine, EngineName, decide_in, load
from detainer.errors import CaseError, DetainerError
from detainer.events import ENDS, Event, EventError, Standing, after, case_of, wrong
from detainer.given import Data
from detainer.library import Law, Library, library_for
from detainer.saved import part_of, read_object, shown
from detainer.situation import situate
from detainer.stated import facts_of
from detainer.timeline import Interval, Status, Timeline, extended

Instant = datetime | str
"""A moment that is asked about, such as ``2014-03-05T10:00``: local to the place unless it carries an offset."""

_sessions = count(1)


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

    def __init__(
        self, booking: Booking | Data, *, engine: EngineName | None = None, library: Library | None = None
    ) -> None:
        self._library = library_for(library)
        self._engine = load(engine)
        self._asked_for: EngineName | None = engine
        booking = self._first = _booking(booking)
        self._state = Standing(booking)
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

    def feed(self, *events: Event | Data) -> None:
        """Take in events, in the order of time. Raises `EventError` for the first that cannot be, and then takes in none.

        The reason is said: out of order, a duplicate, impossible as things stand, or dated wrongly.
        """
        before = (self._state, list(self._events), self._past)
        try:
            for event in events:
                self._take(event)
        except BaseException:
            self._state, self._events, self._past = before
            raise

    def _take(self, given: Event | Data) -> None:
        index = len(self._events)
        try:
            event = facts_of(given, Event)
            at = clock.instant(event.at, self.where)
        except (CaseError, clock.LocalTimeError) as error:
            raise EventError(index, str(error)) from None
        state = self._state
        why = wrong(state, event, at)
        if why:
            raise EventError(index, f"`{event.event}` at {event.at.isoformat(timespec='minutes')}: {why}")
        following = after(state, event, at, self.where)
        try:  # the facts must be possible now, not only when they are next asked about
            situate(case_of(following, at), self.where)
        except CaseError as error:
            raise EventError(index, f"`{event.event}`: {error}") from None
        if state.last_at is not None:
            self._past = extended(self._past, self._intervals(state, state.last_at, at))
        self._state = following
        self._events.append(event)
        if following.gone:
            _close(self._engine, self._asserted_in, self._session)

    # -- how things stand ----------------------------------------------------------------------------------------------

    def now(self, at: Instant | None = None) -> Interval:
        """How things stand at an instant: that of the last event if left out.

        Raises `DetainerError` before the last event, before the booking, and after the person left custody.
        """
        return self._at(self._asked(at))

    def deadline(self, at: Instant | None = None) -> datetime | None:
        """When the person must be released at the latest, if nothing more happens (local); None where nothing says when.

        That is `Decision.hold_until`, or the moment asked about, where release is due already. Raises like `now`.
        """
        asked = self._asked(at)
        decision = self._at(asked).decision
        if decision is None or decision.outcome == "hold":
            return decision and decision.hold_until
        return clock.local(asked, self.where)

    def case(self, at: Instant | None = None) -> Case:
        """The case as it stood at an instant, for `decide` and `explain`: that of the last event if left out.

        Events of that very instant count; that the person left custody does not. Raises `CaseError` where no release was
        due yet, so that there is nothing to decide.
        """
        asked = self._instant(at) if at is not None else self._state.last_at
        state = Standing(self._first)
        for event in self._events:
            when = clock.instant(event.at, self.where)
            if asked is not None and when <= asked and event.event not in ENDS:
                state = after(state, event, when, self.where)
        if asked is None or state.due is None:
            message = (
                "no release was due by then: the person is in custody on charges, if at all; see `detainer timeline`"
            )
            raise CaseError(("asked_at",), message)
        return case_of(state, asked).but(
            release_at=clock.local(state.due, self.where), asked_at=clock.local(asked, self.where)
        )

    def timeline(self, until: Instant | None = None) -> Timeline:
        """Every interval up to the last event, and on to `until`; where the person is in custody still, the last one runs on.

        Raises `DetainerError` for an `until` before the last event.
        """
        intervals, state = self._past, self._state
        end = self._asked(until) if until is not None and state.last_at is not None and not state.gone else None
        if state.last_at is not None and not state.gone:
            if end is not None:
                intervals = extended(intervals, self._intervals(state, state.last_at, end))
            else:
                intervals = extended(intervals, [self._at(state.last_at)])
        last = end and clock.local(end, self.where)
        return Timeline(self._first, self.where, tuple(self._events), tuple(intervals), last, self._digest)

    # -- saved and restored --------------------------------------------------------------------------------------------

    def to_json(self) -> str:
        """The booking and the events, from which `from_json` makes the same custody again."""
        return to_json(
            {"booking": self._first.to_dict(), "events": [event.to_dict() for event in self._events]}
        ).decode()

    @classmethod
    def from_json(cls, text: str, *, engine: EngineName | None = None, library: Library | None = None) -> Custody:
        """The custody that `to_json` saved, decided under the law of the library given. Raises `DetainerError`."""
        return cls.of(read_object(text, "custody"), engine=engine, library=library)

    @classmethod
    def of(cls, saved: dict[str, Any], *, engine: EngineName | None = None, library: Library | None = None) -> Custody:
        """The custody of a `booking` and `events`, as plain data. Raises `DetainerError`."""
        try:
            custody = cls(part_of(saved, "booking", "custody"), engine=engine, library=library)
        except CaseError as error:
            raise DetainerError(f"this is no saved custody: {error}; give what `to_json` wrote") from None
        events = part_of(saved, "events", "custody")
        if not isinstance(events, list):
            raise DetainerError("this is no saved custody: `events` is no list; give what `to_json` wrote")
        custody.feed(*cast("list[Any]", events))
        return custody

    def __reduce__(self) -> tuple[object, ...]:
        """Booking, events and which law it is: what they come to is worked out again where it is loaded."""
        return _again, (type(self), self._first, self.events, self._asked_for, self._library)

    def __eq__(self, other: object) -> bool:
        """Whether the same became of the same person under the same law. What changes has no hash."""
        return isinstance(other, Custody) and self._value == other._value

    @property
    def _value(self) -> tuple[Booking, list[Event], str]:
        return self._first, self._events, self._digest

    @property
    def _digest(self) -> str:
        return self._library.law(self._first.jurisdiction, date.min).digest

    def __repr__(self) -> str:
        last = self._events[-1] if self._events else None
        said = f", the last `{last.event}` at {last.at:%Y-%m-%d %H:%M}" if last else ""
        return shown("Custody in", f"{self._first.jurisdiction}: {len(self._events)} events{said}")

    # -- the law over time ---------------------------------------------------------------------------------------------

    def _asked(self, at: Instant | None) -> datetime:
        state = self._state
        if state.last_at is None:
            raise DetainerError("nobody is booked yet; feed an event `booked` first")
        if state.gone:
            raise DetainerError(f"the person left custody on {state.last_at.astimezone(self.where)} (`{state.gone}`)")
        if at is None:
            return state.last_at
        asked = self._instant(at)
        if asked < state.last_at:
            raise DetainerError(
                f"{at} lies before the last event, at {state.last_at.astimezone(self.where)}; see `timeline`"
            )
        return asked

    def _instant(self, at: Instant) -> datetime:
        try:
            return clock.instant(parse_moment(at), self.where)
        except ValueError as error:
            raise DetainerError(str(error)) from None

    def _at(self, at: datetime) -> Interval:
        state = self._state
        if state.due is None:
            return self._interval(at, None, "in_custody")
        return replace(next(self._steps(state, at, None)), end=None)

    def _intervals(self, state: Standing, start: datetime, end: datetime) -> Iterator[Interval]:
        if start >= end:
            return
        if state.due is None:
            yield self._interval(start, end, "in_custody")
            return
        yield from self._steps(state, start, end)

    def _steps(self, state: Standing, start: datetime, end: datetime | None) -> Iterator[Interval]:
        """Decide at `start`, and again wherever the law or the hour could give another answer, up to `end`."""
        now: datetime | None = start
        while now is not None and (end is None or now < end):
            decision = decide_in(self._engine, self._session, case_of(state, now), self._library)
            self._note(decision.law)
            following = next_change(decision.law, decision.situation, decision.truths)
            stop = min(following, end) if following and end else following or end
            yield self._interval(now, stop, _status(decision), decision)
            now = following

    def _interval(
        self, start: datetime, end: datetime | None, status: Status, decision: Decision | None = None
    ) -> Interval:
        return Interval(clock.local(start, self.where), end and clock.local(end, self.where), status, decision)

    def _note(self, law: Law) -> None:
        """Keep in mind where this person's session is open, and forget it under law that is past."""
        if law not in self._asserted_in:
            _close(self._engine, self._asserted_in, self._session)
            self._asserted_in.append(law)


def _booking(given: Booking | Data) -> Booking:
    """What is known when the person is booked. What a case or a scenario says beyond that would be lost, so they are refused."""
    booking = facts_of(given, Booking)
    for name in type(booking).model_fields:
        if name not in Booking.model_fields:
            message = "is no fact of a booking; give a `Booking` and feed the events, or see `decide` and `follow`"
            raise CaseError((name,), message)
    return booking


def _again(
    kind: type[Custody], booking: Booking, events: tuple[Event, ...], engine: EngineName | None, library: Library
) -> Custody:
    custody = kind(booking, engine=engine, library=library)
    custody.feed(*events)
    return custody


def _close(engine: Engine, laws: list[Law], session: str) -> None:
    while laws:
        engine.close(laws.pop(), session)


def _status(decision: Decision) -> Status:
    if decision.outcome == "release":
        return "release_required"
    return "hold_required" if decision.ruling.effect == "requires" else "hold_permitted"
