"""Scheduled release and the moment asked about, every one that there can be, as unknowns of the solver.

What hangs on the calendar and on the clocks (local days, anniversaries, the ends of limits) is bounded from both sides here,
which is enough for most proofs. `exactly` says what it is for one release and one question: what a witness is made of.
Instants are whole seconds since 1970 (UTC), days are ordinals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

import z3

from detainer import clock
from detainer.case import FIRST, LAST
from detainer.clock import Excluding
from detainer.verify.logic import Formula, Whole, both, equal, implies

HOUR = 3600
_DAY = 24 * HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()


def seconds(moment: datetime) -> int:
    """An instant as the solver has it."""
    return int((moment - _EPOCH) / timedelta(seconds=1))


def moment(at: int) -> datetime:
    """The instant that the solver has so, in UTC."""
    return _EPOCH + timedelta(seconds=at)


def local_day(at: int, where: tzinfo) -> int:
    """The local day of an instant."""
    return moment(at).astimezone(where).toordinal()


@lru_cache(maxsize=64)
def _offsets(where: tzinfo) -> tuple[int, int]:
    """The least and the most that local time is ahead of UTC, in seconds, on the days that a case can bear."""
    noons = (
        datetime(year, month, 1, 12, tzinfo=UTC) for year in range(FIRST.year, LAST.year + 1) for month in range(1, 13)
    )
    found = {noon.astimezone(where).utcoffset() or timedelta() for noon in noons}
    return int(min(found).total_seconds()) - HOUR, int(max(found).total_seconds()) + HOUR


@dataclass(frozen=True, slots=True)
class Limit:
    """What ends a hold: so many hours, some days left out, among them the holidays of a calendar."""

    hours: int
    excluding: Excluding
    calendar: str | None = None


@dataclass(slots=True)
class Moments:
    """Scheduled release and one or more questions about it, at one place. `name` tells them apart from others."""

    name: str
    where: tzinfo
    since: int
    until: int
    asked: list[z3.ArithRef] = field(default_factory=list[z3.ArithRef])
    asked_days: list[z3.ArithRef] = field(default_factory=list[z3.ArithRef])
    release: z3.ArithRef = field(init=False)
    release_day: z3.ArithRef = field(init=False)
    said: list[Formula] = field(default_factory=list[Formula])
    """What is so of all of them."""
    _back: dict[tuple[int, int], z3.ArithRef] = field(default_factory=dict[tuple[int, int], z3.ArithRef])
    _ends: dict[Limit, Whole] = field(default_factory=dict[Limit, Whole])

    def __post_init__(self) -> None:
        self.release, self.release_day = z3.Int(f"{self.name}.release"), z3.Int(f"{self.name}.day")
        self._local("release", self.release, self.release_day)
        self.said.append(both(self.release_day >= FIRST.toordinal(), self.release_day <= LAST.toordinal()))

    def _local(self, name: str, at: z3.ArithRef, day: z3.ArithRef) -> None:
        """That an instant lies on a local day."""
        least, most = _offsets(self.where)
        ahead, time_of_day = z3.Int(f"{self.name}.{name}.ahead"), z3.Int(f"{self.name}.{name}.time")
        self.said += [
            both(ahead >= least, ahead <= most),
            both(time_of_day >= 0, time_of_day < _DAY),
            at + ahead == (day - _EPOCH_DAY) * _DAY + time_of_day,
        ]

    def ask(self) -> int:
        """One more question, asked while the law is unchanged; its number."""
        number = len(self.asked)
        at, day = z3.Int(f"{self.name}.asked{number}"), z3.Int(f"{self.name}.asked{number}.day")
        self.asked.append(at)
        self.asked_days.append(day)
        self._local(f"asked{number}", at, day)
        self.said += [
            at >= self.release,
            both(day >= self.since, day < self.until),
            implies(at == self.release, day == self.release_day),
        ]
        return number

    def back(self, question: int | None, years: int) -> z3.ArithRef:
        """The first day that lies within so many years before the day of release, or of a question."""
        key = (-1 if question is None else question, years)
        known = self._back.get(key)
        if known is None:
            day = self.release_day if question is None else self.asked_days[question]
            known = self._back[key] = z3.Int(f"{self.name}.back{key[0]}.{years}")
            leaps = years // 4
            self.said.append(
                both(known <= day - 365 * years - leaps + years // 100 + 2, known >= day - 365 * years - leaps - 2)
            )
        return known

    def asked_back(self) -> list[tuple[int, z3.ArithRef]]:
        """For each number of years that was asked for, the first day within them before the day of release."""
        return [(years, first) for (question, years), first in self._back.items() if question < 0]

    def end(self, limit: Limit) -> Whole:
        """When a limit ends a hold that began at scheduled release."""
        known = self._ends.get(limit)
        if known is None:
            earliest = self.release + limit.hours * HOUR
            if not limit.excluding:
                known = earliest
            else:
                known = z3.Int(f"{self.name}.end{len(self._ends)}")
                self.said.append(known >= earliest)
                for other, end in self._ends.items():
                    if other.excluding:
                        self.said += _in_order(limit, known, other, end)
            self._ends[limit] = known
        return known

    def tighten(self, least: dict[Limit, int], most: dict[Limit, int]) -> Iterator[Formula]:
        """How much longer than its hours a limit that leaves out days can last at all, in seconds."""
        for limit, end in self._ends.items():
            if limit in most:
                started = self.release + limit.hours * HOUR
                yield both(end >= started + least[limit], end <= started + most[limit])

    @property
    def limits(self) -> tuple[Limit, ...]:
        """All limits that were asked for."""
        return tuple(self._ends)

    @property
    def uncertain(self) -> tuple[Limit, ...]:
        """The limits whose end hangs on the calendar."""
        return tuple(limit for limit in self._ends if limit.excluding)

    def exactly(self, release: int, asked: tuple[int, ...]) -> Iterator[Formula]:
        """What all of it is, for one release and the questions about it."""
        days = (local_day(release, self.where), *(local_day(at, self.where) for at in asked))
        yield equal(self.release, release)
        yield equal(self.release_day, days[0])
        for at, day, each, its_day in zip(self.asked, self.asked_days, asked, days[1:], strict=True):
            yield both(equal(at, each), equal(day, its_day))
        for (question, years), first in self._back.items():
            yield equal(first, first_day_back(days[question + 1], years))
        for limit, end in self._ends.items():
            yield equal(end, end_exactly(limit, release, self.where))


def end_exactly(limit: Limit, release: int, where: tzinfo) -> int:
    """When a limit ends a hold that began at one release."""
    return seconds(clock.limit_end(moment(release), limit.hours, limit.excluding, where, limit.calendar))


def first_day_back(day: int, years: int) -> int:
    """The first day within so many years before a day."""
    return clock.years_before(date.fromordinal(day), years)[0].toordinal()


def _in_order(one: Limit, end: Whole, other: Limit, other_end: Whole) -> Iterator[Formula]:
    """More hours, or more days left out, never end sooner."""
    if one.calendar != other.calendar:
        return
    if one.hours <= other.hours and set(one.excluding) <= set(other.excluding):
        yield end <= other_end
    if other.hours <= one.hours and set(other.excluding) <= set(one.excluding):
        yield other_end <= end
