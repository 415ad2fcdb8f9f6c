"""Hypothesis strategies for what happens in jails: places, days, moments, cases, custodies, near the lines of the law.

What is drawn is always possible: every local time exists, nothing is dated after the moment it is asked about, nobody is both of
an age and born on a day, and events come in an order in which they can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Any, TypeVar, cast, get_args

from hypothesis import strategies as st

from detainer import clock
from detainer.case import FIRST, LAST, Booking, Case
from detainer.clock import written
from detainer.events import ENDS, Event, EventKind, Standing, after, wrong
from detainer.language.fields import Day, Number, Record, Records, Truth, Type, Word, Words, case_fields
from detainer.library import Library, library_for
from detainer.stated import plain
from detainer.testing.lines import Lines, lines

Fields = dict[str, Any]
Place = str | st.SearchStrategy[str] | None

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_TIMES = (time(10), time(0), time(23, 59), time(0, 1), time(1, 30), time(2, 30), time(12))
_WAITS = tuple(timedelta(hours=hours) for hours in (1, 24, 48, 72, 96, 120))
_LEAP = (date(2012, 2, 29), date(2016, 2, 29), date(2020, 2, 29), date(2014, 2, 28))
_RECENT = (date(1998, 1, 1), date(2025, 12, 31))
_OLDEST = 90
_MOST = 3
"""How many entries a list has at most."""


Span = tuple[date, date]
"""Days from the first to the last, both meant."""

EVER: Span = (FIRST + 400 * _DAY, LAST - 400 * _DAY)
"""The days of cases, with room for what came before and for limits after."""


def places(library: Library | None = None) -> st.SearchStrategy[str]:
    """Places that have a local time, the law's own order first. Raises `FileError` when drawn, for a ruleset that is wrong."""
    law = library_for(library)
    return st.deferred(lambda: st.sampled_from([each for each in law.places if law.book(each).timezone]))


def days(place: Place = None, library: Library | None = None, span: Span = EVER) -> st.SearchStrategy[date]:
    """Local days on which scheduled release could fall: near changes of law and of the clocks, leap days, any others."""

    @st.composite
    def at(draw: Draw, found: str, law: Library) -> date:
        return _day(draw, lines(law, found), span)

    return _at_place(place, library, at)


def moments(place: Place = None, library: Library | None = None, span: Span = EVER) -> st.SearchStrategy[datetime]:
    """Instants (UTC) near the lines of the law: on such days, at midnight, around it, in the hour that clocks skip or repeat."""

    @st.composite
    def at(draw: Draw, found: str, law: Library) -> datetime:
        return _moment(draw, lines(law, found), span)

    return _at_place(place, library, at)


def cases(place: Place = None, library: Library | None = None, span: Span = EVER) -> st.SearchStrategy[Case]:
    """Cases of a place, of places that a strategy gives, or of any: each fact known or not, values near the lines of the law.

    Scheduled release lies in `span`, local days. They shrink toward few facts and round times; `Case.to_dict` is the scenario.
    Raises like `places` when drawn.
    """

    @st.composite
    def at(draw: Draw, found: str, law: Library) -> Case:
        setting = setting_of(draw, found, law, span)
        return Case.model_validate(fields_of(found, setting) | facts(draw, setting))

    return _at_place(place, library, at)


def custodies(place: Place = None, library: Library | None = None) -> st.SearchStrategy[tuple[Booking, list[Event]]]:
    """What is known of someone who is booked, and what happens then, in an order in which it can: for `Custody`."""
    return _at_place(place, library, _custodies)


def events(place: Place = None, library: Library | None = None) -> st.SearchStrategy[list[Event]]:
    """What could happen to someone of whom nothing is known when custody begins, from `booked` on: for `Custody.feed`."""

    @st.composite
    def at(draw: Draw, found: str, law: Library) -> list[Event]:
        of = lines(law, found)
        return _events(draw, Booking(jurisdiction=found), _moment(draw, of), of)

    return _at_place(place, library, at)


Drawn = TypeVar("Drawn")


def _at_place(
    place: Place, library: Library | None, make: Callable[[str, Library], st.SearchStrategy[Drawn]]
) -> st.SearchStrategy[Drawn]:
    law = library_for(library)
    if isinstance(place, str):
        return st.deferred(lambda: make(place, law))
    return (place if place is not None else places(law)).flatmap(lambda found: make(found, law))


# -- how things are drawn ----------------------------------------------------------------------------------------------------
# Choices are drawn from strategies that are made once: what there is to choose from hangs on what was drawn before, and to make
# strategies of it anew each time costs more than all the rest.

Draw = st.DrawFn
Choice = TypeVar("Choice")


@cache
def _below(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


def _one_of(draw: Draw, choices: Sequence[Choice]) -> Choice:
    """One of several; the first is the simplest."""
    return choices[draw(_below(len(choices)))]


def _mostly(draw: Draw) -> bool:
    """True three times out of four; False is simpler."""
    return draw(_below(4)) > 0


# -- days and moments --------------------------------------------------------------------------------------------------------


def _near(line: date, first: date, last: date) -> list[date]:
    """A day and those beside it, as far as they lie between two others."""
    return [day for day in (line, line - _DAY, line + _DAY) if first <= day <= last]


def _any_day(draw: Draw, near: Sequence[Sequence[date]], first: date, last: date) -> date:
    """A day out of some lists of those that matter, as often as any other of a span."""
    lists = [each for each in near if each]
    chosen = draw(_below(len(lists) + 1))
    return _one_of(draw, lists[chosen]) if chosen < len(lists) else draw(st.dates(first, last))


@lru_cache(maxsize=256)
def _days_that_matter(of: Lines, span: Span) -> tuple[tuple[date, ...], ...]:
    near = tuple(day for line in of.changes for day in _near(line, *span))
    clocks = tuple(day for line in of.clock_changes for day in _near(line, *span))
    return near, clocks, tuple(day for day in _LEAP if span[0] <= day <= span[1])


def _day(draw: Draw, of: Lines, span: Span = EVER) -> date:
    first, last = span
    overlaps = first <= _RECENT[1] and last >= _RECENT[0]
    recent = (max(first, _RECENT[0]), min(last, _RECENT[1])) if overlaps else span
    return _any_day(draw, _days_that_matter(of, span), *recent)


def _moment(draw: Draw, of: Lines, span: Span = EVER) -> datetime:
    """The instant of a local time; of one that the clocks skip, the one that they show instead."""
    day = _day(draw, of, span)
    local = datetime.combine(day, _one_of(draw, _TIMES), of.where)
    return local.replace(fold=_one_of(draw, (0, 1))).astimezone(UTC)


def later(draw: Draw, release: datetime, of: Lines, first: datetime | None = None) -> datetime:
    """A moment that might be asked about: the release itself, around the ends of limits, some hours later, a midnight.

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
    others = [*around, *(release + wait for wait in _WAITS), *midnights, *changes, *(first + wait for wait in _WAITS)]
    return _one_of(draw, [first, *(each for each in others if each >= first)]) if draw(_below(2)) else first


# -- cases -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and when a case is: what its facts can be hangs on it. Nothing is dated before `born`, the day of birth if known."""

    of: Lines
    release: datetime
    asked: datetime
    born: date = FIRST

    @property
    def release_day(self) -> date:
        """The local day of scheduled release."""
        return self.release.astimezone(self.of.where).date()

    @property
    def asked_day(self) -> date:
        """The local day of the moment asked about."""
        return self.asked.astimezone(self.of.where).date()


def setting_of(draw: Draw, place: str, library: Library, span: Span = EVER) -> Setting:
    """Where and when a case could be."""
    of = lines(library, place)
    release = _moment(draw, of, span)
    return Setting(of, release, later(draw, release, of))


def fields_of(place: str, setting: Setting) -> Fields:
    """Place and times of a case, as a scenario file has them."""
    fields: Fields = {"jurisdiction": place, "release_at": written(setting.release, setting.of.where)}
    if setting.asked != setting.release:
        fields["asked_at"] = written(setting.asked, setting.of.where)
    return fields


def facts(draw: Draw, setting: Setting) -> Fields:
    """The facts of a case, as a scenario file has them, each known or not."""
    person = {"person": fact(draw, "person", setting)} if _mostly(draw) else {}
    setting = since_birth(setting, person)
    parts = [name for name, type_ in case_fields().fields.items() if isinstance(type_, Record | Records)]
    return {name: fact(draw, name, setting) for name in parts if name != "person" and _mostly(draw)} | person


def since_birth(setting: Setting, known: Fields) -> Setting:
    """The setting of facts that are added to others: nothing of them is dated before a birth that is known."""
    person: Any = known.get("person")
    born = person.get("date_of_birth") if person else None
    return replace(setting, born=date.fromisoformat(born)) if born else setting


def fact(draw: Draw, name: str, setting: Setting) -> Any:
    """One part of the case, or one list, as a scenario file has it: absent, or there with any of its facts."""
    type_ = case_fields().fields[name]
    if isinstance(type_, Records):
        return [_in_order(_part(draw, type_.item, setting)) for _ in range(draw(_below(_MOST + 1)))]
    assert isinstance(type_, Record)
    return _one_age(_part(draw, type_, setting)) if name == "person" or draw(_below(2)) else None


def _part(draw: Draw, record: Record, setting: Setting) -> Fields:
    return {
        name: value(draw, name, type_, setting)
        for name, type_ in record.fields.items()
        if not (isinstance(type_, Word) and not type_.choices) and _mostly(draw)
    }


def _one_age(person: Fields) -> Fields:
    """A date of birth and an age are not both stated."""
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


def value(draw: Draw, name: str, type_: Type, setting: Setting) -> Any:
    """A value of one fact, as a scenario file has it; words that the law asks for come up most."""
    asked = setting.of.words
    match type_:
        case Truth():
            return draw(_below(2)) > 0
        case Word(choices=choices):
            told_apart = [word for word in choices if word in asked]
            return _one_of(draw, told_apart if told_apart and draw(_below(2)) else choices)
        case Words(choices=choices):
            return [word for word in choices if draw(_below(3)) == 2]
        case Number():
            return _one_of(draw, [*dict.fromkeys(near for age in setting.of.ages for near in (age, age - 1)), 30])
        case Day(or_none=or_none):
            if or_none and draw(_below(3)) == 0:
                return None
            return plain(_birth(draw, setting) if name == "date_of_birth" else _past(draw, setting))
        case _:
            raise AssertionError(f"no fact of a case is {type_}")


def _birth(draw: Draw, setting: Setting) -> date:
    """A birth near the birthdays that the law asks about, on a leap day, or any other."""
    last = setting.release_day
    oldest = max(FIRST, clock.years_before(last, _OLDEST)[0])
    turning = [clock.years_before(last, age)[0] for age in setting.of.ages]
    near = [day for line in turning for day in _near(line, FIRST, last)]
    leap = [day for year in range(1924, last.year, 4) if oldest <= (day := date(year, 2, 29)) <= last]
    return _any_day(draw, (near, leap), oldest, last)


def _past(draw: Draw, setting: Setting) -> date:
    """A day up to the one asked about, near those that the law names and the first days of its lookbacks, or any other."""
    last = setting.asked_day
    first = max(setting.born, clock.years_before(last, _OLDEST)[0])
    looked_back = [clock.years_before(setting.release_day, years)[0] for years in setting.of.lookbacks]
    named = [setting.release_day, last, *setting.of.days, *setting.of.changes]
    near = [[day for line in each for day in _near(line, setting.born, last)] for each in (looked_back, named)]
    return _any_day(draw, near, first, last)


# -- events ------------------------------------------------------------------------------------------------------------------


@st.composite
def _custodies(draw: Draw, place: str, library: Library) -> tuple[Booking, list[Event]]:
    of = lines(library, place)
    start = _moment(draw, of)
    booking = Booking.model_validate({"jurisdiction": place} | facts(draw, Setting(of, start, start)))
    return booking, _events(draw, booking, start, of)


def _events(draw: Draw, booking: Booking, at: datetime, of: Lines) -> list[Event]:
    first = Event.model_validate({"at": written(at, of.where), "event": "booked"})
    state = after(Standing(booking), first, at, of.where)
    found = [first]
    for _ in range(draw(_below(8))):
        at = later(draw, state.due or at, of, at)
        setting = since_birth(Setting(of, at, at), booking.to_dict())
        kind = _one_of(draw, _possible(state, at, of))
        event = Event.model_validate({"at": written(at, of.where), "event": kind, **_brought(draw, kind, setting)})
        if wrong(state, event, at):
            continue
        found.append(event)
        state = after(state, event, at, of.where)
        if state.gone:
            break
    return found


def _possible(state: Standing, at: datetime, of: Lines) -> list[EventKind]:
    """What can happen as things stand; that release falls due is as likely as all that brings papers, the end comes last."""
    kinds: Sequence[EventKind] = get_args(EventKind)
    bare = {kind: Event.model_validate({"at": written(at, of.where), "event": kind}) for kind in kinds}
    can_be = [kind for kind in kinds if not wrong(state, bare[kind], at)]
    due: list[EventKind] = ["release_due"] if "release_due" in can_be else []
    return [*due, *(kind for kind in can_be if kind not in ENDS), *due, *(kind for kind in can_be if kind in ENDS)]


def _brought(draw: Draw, kind: EventKind, setting: Setting) -> Fields:
    """What an event brings with it: a paper, or a conviction."""
    carried = {"detainer_lodged": "detainer", "judicial_warrant_served": "judicial_warrant"}.get(kind)
    if carried:
        return {carried: _part(draw, cast("Record", case_fields().fields[carried]), setting)}
    if kind == "conviction":
        item = cast("Records", case_fields().fields["convictions"]).item
        return {"conviction": _of_that_day(_part(draw, item, setting))}
    return {}
