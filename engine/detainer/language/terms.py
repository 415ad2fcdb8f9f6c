"""What a test reads: the way to a fact, and what is worked out from one. Absent is None, unknown is UNKNOWN; never raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from detainer import clock
from detainer.case import UNKNOWN
from detainer.errors import Path as FactPath
from detainer.situation import Situation

Reader = Callable[[Situation, Any], Any]


def _reader(names: tuple[str, ...], of_item: bool) -> Reader:
    """How to read a fact, worked out once: reading is what an engine does most."""
    first, *rest = names
    here = attrgetter(first)

    def of_case(situation: Situation, item: Any) -> Any:
        return here(situation.case)

    def of_an_item(situation: Situation, item: Any) -> Any:
        return here(item)

    near = of_an_item if of_item else of_case
    for each in rest:
        near = _within(near, attrgetter(each))
    return near


def _within(owner: Reader, there: Callable[[Any], Any]) -> Reader:
    """How to read a fact of what another reader reads: what is absent or unknown is so with all its facts."""

    def far(situation: Situation, item: Any) -> Any:
        found = owner(situation, item)
        return found if found is None or found is UNKNOWN else there(found)

    return far


@dataclass(frozen=True, slots=True)
class Path:
    """The way to a fact: from the case, or from the item of a list that is being looked at."""

    names: tuple[str, ...]
    of_item: bool = False
    read: Reader = field(init=False, compare=False, repr=False)
    """The fact, None where it is known absent, UNKNOWN where it or what it belongs to is unknown."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "read", _reader(self.names, self.of_item))

    def first_unknown(self, situation: Situation, item: Any, at: FactPath) -> Iterator[FactPath]:
        """The fact that would have to be known, if any; `at` is the way to `item`."""
        value, way = (item, at) if self.of_item else (situation.case, ())
        for part in self.names:
            if value is None:
                return
            value = getattr(value, part)
            way = (*way, part)
            if value is UNKNOWN:
                yield way
                return


class Term:
    """Something that has a value: a fact, or a number worked out from one."""

    __slots__ = ()
    path: Path

    def value(self, situation: Situation, item: Any) -> Any:
        """A plain value, None where absent, UNKNOWN."""
        raise NotImplementedError  # pragma: no cover


@dataclass(frozen=True, slots=True)
class Fact(Term):
    """The value of a fact."""

    path: Path

    def value(self, situation: Situation, item: Any) -> Any:
        return self.path.read(situation, item)


@dataclass(frozen=True, slots=True)
class DayOf(Term):
    """A fact that is a day, or the local day of a moment of the case."""

    path: Path

    def value(self, situation: Situation, item: Any) -> Any:
        if not self.path.of_item and len(self.path.names) == 1:
            return situation.release_day if self.path.names[0] == "release_at" else situation.asked_day
        value = self.path.read(situation, item)
        if isinstance(value, datetime):
            return (value if value.tzinfo is None else value.astimezone(situation.where)).date()
        return value


@dataclass(frozen=True, slots=True)
class Age(Term):
    """The person's age in whole years on a local day. An age that is stated counts as it stands."""

    on: DayOf
    path: Path = Path(("person", "date_of_birth"))

    def value(self, situation: Situation, item: Any) -> Any:
        person = situation.case.person
        if isinstance(person.date_of_birth, date):
            return clock.age_on(person.date_of_birth, self.on.value(situation, item))
        return person.age
