"""Hypothesis strategies for what happens in jails: places, days, moments, cases, bookings and events, near the lines of the law.

What is drawn is always possible: every local time exists, nothing is dated after the moment it is asked about, nobody is both of
an age and born on a day, and events come in an order in which they can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any, TypeVar, cast, get_args

from hypothesis import strategies as st

from detainer import clock
from detainer.case import FIRST, LAST, Booking, Case, plain
from detainer.clock import written
from detainer.events import ENDS, Event, EventKind, Standing, after, wrong
from detainer.language.fields import Day, Number, Record, Records, Truth, Type, Word, Words, case_fields
from detainer.library import Library, library_at
from detainer.testing.lines import Lines, lines

Fields = dict[str, Any]
Place = str | st.SearchStrategy[str] | None

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_TIMES = (time(10), time(0), time(23, 59), time(0, 1), time(1, 30), time(2, 30), time(12))
_WAITS = tuple(timedelta(hours=hours) for hours in (1, 24, 48, 72, 96, 120))
_OLDEST = 90
_MOST = 3
"""How many entries a list has at most."""


def places(library: Library | None = None) -> st.SearchStrategy[str]:
    """Places that have a local time, the law's own order first. Raises `FileError` when drawn, for a ruleset that is wrong."""
    law = library or library_at()
    return st.deferred(lambda: st.sampled_from([each for each in law.places if law.book(each).timezone]))


def days(place: Place = None, library: Library | None = None) -> st.SearchStrategy[date]:
    """Local days on which scheduled release could fall: near changes of law and of the clocks, leap days, any others."""

    def at(found: str, law: Library) -> st.SearchStrategy[date]:
        return _days(lines(law, found))

    return _at_place(place, library, at)


def moments(place: Place = None, library: Library | None = None) -> st.SearchStrategy[datetime]:
    """Instants (UTC) near the lines of the law: on such days, at midnight, around it, in the hour that clocks skip or repeat."""

    def at(found: str, law: Library) -> st.SearchStrategy[datetime]:
        return _moments(lines(law, found))

    return _at_place(place, library, at)


def cases(place: Place = None, library: Library | None = None) -> st.SearchStrategy[Case]:
    """Cases of a place, of places that a strategy gives, or of any: each fact known or not, values near the lines of the law.

    They shrink towards few facts and round times; `Case.to_dict` is the scenario. Raises like `places` when drawn.
    """
    return _at_place(place, library, _cases)


def custodies(place: Place = None, library: Library | None = None) -> st.SearchStrategy[tuple[Booking, list[Event]]]:
    """What is known of someone who is booked, and what happens then, in an order in which it can: for `Custody`."""
    return _at_place(place, library, _custodies)


def events(place: Place = None, library: Library | None = None) -> st.SearchStrategy[list[Event]]:
    """What could happen to someone of whom nothing is known when custody begins, from `booked` on: for `Custody.feed`."""

    def at(found: str, law: Library) -> st.SearchStrategy[list[Event]]:
        of = lines(law, found)
        return _moments(of).flatmap(lambda start: _events(Booking(jurisdiction=found), start, of))

    return _at_place(place, library, at)


Drawn = TypeVar("Drawn")


def _at_place(
    place: Place, library: Library | None, make: Callable[[str, Library], st.SearchStrategy[Drawn]]
) -> st.SearchStrategy[Drawn]:
    law = library or library_at()
    if isinstance(place, str):
        return st.deferred(lambda: make(place, law))
    return (place if place is not None else places(law)).flatmap(lambda found: make(found, law))


# -- days and moments --------------------------------------------------------------------------------------------------------


def _near(line: date, first: date, last: date) -> list[date]:
    """A day and those beside it, as far as they lie between two others."""
    return [day for day in (line, line - _DAY, line + _DAY) if first <= day <= last]


def _days(of: Lines) -> st.SearchStrategy[date]:
    first, last = FIRST + 400 * _DAY, LAST - 400 * _DAY
    near = [day for line in of.changes for day in _near(line, first, last)]
    clocks = [day for line in of.clock_changes for day in _near(line, first, last)]
    leap = [date(2012, 2, 29), date(2016, 2, 29), date(2020, 2, 29), date(2014, 2, 28)]
    choices = [st.sampled_from(each) for each in (near, clocks, leap) if each]
    return st.one_of(*choices, st.dates(date(1998, 1, 1), date(2025, 12, 31)))


def _instant(day: date, at: time, fold: int, of: Lines) -> datetime:
    """The instant of a local time; of one that the clocks skip, the one that they show instead."""
    return datetime.combine(day, at, of.where).replace(fold=fold).astimezone(UTC)


def _moments(of: Lines) -> st.SearchStrategy[datetime]:
    return st.builds(partial(_instant, of=of), _days(of), st.sampled_from(_TIMES), st.sampled_from((0, 1)))


def later(release: datetime, of: Lines, first: datetime | None = None) -> st.SearchStrategy[datetime]:
    """Moments that might be asked about: the release itself, around the ends of limits, some hours later, midnights.

    None is before the `first`.
    """
    first = first or release
    ends = [
        clock.limit_end(release, hours, excluding, of.where, of.calendar)
        for hours, excluding in of.limits
        if of.calendar or "holidays" not in excluding
    ]
    around = [end + by for end in ends for by in (-_MINUTE, timedelta(), _MINUTE)]
    today = release.astimezone(of.where).date()
    midnights = [clock.midnight(today + ahead * _DAY, of.where) for ahead in (1, 2, 3)]
    changes = [clock.midnight(day, of.where) for day in of.changes if today <= day <= today + 10 * _DAY]
    others = [*around, *(release + wait for wait in _WAITS), *midnights, *changes]
    others += [first + wait for wait in _WAITS]
    return st.one_of(st.just(first), st.sampled_from([each for each in others if each >= first]))


# -- cases -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and when a case is: what its facts can be hangs on it."""

    of: Lines
    release: datetime
    asked: datetime

    @property
    def release_day(self) -> date:
        """The local day of scheduled release."""
        return self.release.astimezone(self.of.where).date()

    @property
    def asked_day(self) -> date:
        """The local day of the moment asked about."""
        return self.asked.astimezone(self.of.where).date()


@st.composite
def _cases(draw: st.DrawFn, place: str, library: Library) -> Case:
    of = lines(library, place)
    release = draw(_moments(of))
    setting = Setting(of, release, draw(later(release, of)))
    return Case.model_validate(fields_of(place, setting) | draw(facts(setting)))


def fields_of(place: str, setting: Setting) -> Fields:
    """Place and times of a case, as a scenario file has them."""
    fields: Fields = {"jurisdiction": place, "release_at": written(setting.release, setting.of.where)}
    if setting.asked != setting.release:
        fields["asked_at"] = written(setting.asked, setting.of.where)
    return fields


def facts(setting: Setting) -> st.SearchStrategy[Fields]:
    """The facts of a case, as a scenario file has them, each known or not."""
    return st.fixed_dictionaries({}, optional={name: fact(name, setting) for name in _facts()})


def _facts() -> list[str]:
    return [name for name, type_ in case_fields().fields.items() if isinstance(type_, Record | Records)]


def fact(name: str, setting: Setting) -> st.SearchStrategy[Any]:
    """One part of the case, or one list, as a scenario file has it: absent, or there with any of its facts."""
    type_ = case_fields().fields[name]
    if isinstance(type_, Records):
        return st.lists(_part(type_.item, setting).map(_in_order), max_size=_MOST)
    assert isinstance(type_, Record)
    there = _part(type_, setting).map(_one_age)
    return there if name == "person" else st.one_of(st.none(), there)


def _part(record: Record, setting: Setting) -> st.SearchStrategy[Fields]:
    each = {name: value(name, type_, setting) for name, type_ in record.fields.items() if _has_values(type_)}
    return st.fixed_dictionaries({}, optional=each)


def _has_values(type_: Type) -> bool:
    return not (isinstance(type_, Word) and not type_.choices)


def _one_age(person: Fields) -> Fields:
    return {name: each for name, each in person.items() if name != "age" or "date_of_birth" not in person}


def _in_order(entry: Fields) -> Fields:
    """Nobody leaves confinement for a conviction before it."""
    convicted, released = entry.get("convicted_on"), entry.get("released_on")
    if convicted and released and released < convicted:
        return entry | {"convicted_on": released, "released_on": convicted}
    return entry


def _of_that_day(entry: Fields) -> Fields:
    """A conviction whose day is not stated is of the day it is told, and nobody has left confinement for it before."""
    known = _in_order(entry)
    return {name: each for name, each in known.items() if name != "released_on" or "convicted_on" in known}


def value(name: str, type_: Type, setting: Setting) -> st.SearchStrategy[Any]:
    """A value of one fact, as a scenario file has it; words that the law asks for come up most."""
    asked = setting.of.words
    match type_:
        case Truth():
            return st.booleans()
        case Word(choices=choices):
            told_apart = [word for word in choices if word in asked]
            return st.one_of(*(st.sampled_from(each) for each in (told_apart, choices) if each))
        case Words(choices=choices):
            return st.lists(st.sampled_from(choices), unique=True).map(sorted)
        case Number():
            return st.sampled_from([*{near for age in setting.of.ages for near in (age, age - 1)}, 30])
        case Day(or_none=or_none):
            found = _births(setting) if name == "date_of_birth" else _past(setting)
            day = found.map(plain)
            return st.one_of(st.none(), day) if or_none else day
        case _:
            raise AssertionError(f"no fact of a case is {type_}")


def _births(setting: Setting) -> st.SearchStrategy[date]:
    """Births near the birthdays that the law asks about, on leap days, and any others."""
    last = setting.release_day
    turning = [clock.years_before(last, age)[0] for age in setting.of.ages]
    near = [day for line in turning for day in _near(line, FIRST, last)]
    oldest = clock.years_before(last, _OLDEST)[0]
    leap = [date(year, 2, 29) for year in range(1920, last.year) if year % 4 == 0]
    choices = [st.sampled_from(each) for each in (near, [day for day in leap if oldest <= day <= last]) if each]
    return st.one_of(*choices, st.dates(oldest, last))


def _past(setting: Setting) -> st.SearchStrategy[date]:
    """Days up to the one asked about, near those that the law names, and near the first days of its lookbacks."""
    last = setting.asked_day
    named = [*setting.of.days, setting.release_day, last, *setting.of.changes]
    named += [clock.years_before(setting.release_day, years)[0] for years in setting.of.lookbacks]
    near = [day for line in named for day in _near(line, FIRST, last)]
    return st.one_of(st.sampled_from(near), st.dates(clock.years_before(last, _OLDEST)[0], last))


# -- events ------------------------------------------------------------------------------------------------------------------


@st.composite
def _custodies(draw: st.DrawFn, place: str, library: Library) -> tuple[Booking, list[Event]]:
    of = lines(library, place)
    start = draw(_moments(of))
    booking = Booking.model_validate({"jurisdiction": place} | draw(facts(Setting(of, start, start))))
    return booking, draw(_events(booking, start, of))


@st.composite
def _events(draw: st.DrawFn, booking: Booking, at: datetime, of: Lines) -> list[Event]:
    first = Event.model_validate({"at": written(at, of.where), "event": "booked"})
    state = after(Standing(booking), first, at, of.where)
    found = [first]
    for _ in range(draw(st.integers(0, 7))):
        at = draw(later(state.due or at, of, at))
        setting = Setting(of, at, at)
        possible = [each for each in _possible(state, at, of) if each not in ENDS or draw(st.integers(0, 3)) == 0]
        kind = cast("EventKind", draw(st.sampled_from(possible)))
        event = Event.model_validate({"at": written(at, of.where), "event": kind, **draw(_brought(kind, setting))})
        if wrong(state, event, at):
            continue
        found.append(event)
        state = after(state, event, at, of.where)
        if state.gone:
            break
    return found


def _possible(state: Standing, at: datetime, of: Lines) -> list[EventKind]:
    kinds: Sequence[EventKind] = get_args(EventKind)
    bare = {kind: Event.model_validate({"at": written(at, of.where), "event": kind}) for kind in kinds}
    return sorted(
        (kind for kind in kinds if not wrong(state, bare[kind], at)), key=lambda kind: (kind in ENDS, kinds.index(kind))
    )


def _brought(kind: EventKind, setting: Setting) -> st.SearchStrategy[Fields]:
    """What an event brings with it: a paper, or a conviction."""
    carried = {"detainer_lodged": "detainer", "judicial_warrant_served": "judicial_warrant"}.get(kind)
    if carried:
        record = case_fields().fields[carried]
        return _part(cast("Record", record), setting).map(lambda part: {carried: part})
    if kind == "conviction":
        record = case_fields().fields["convictions"]
        return _part(cast("Records", record).item, setting).map(lambda entry: {"conviction": _of_that_day(entry)})
    return st.just({})
