"""Values of an unknown fact, one for each way in which it could answer the tests that the law makes of it. Decides nothing.

An unknown fact has endless values, but tests tell few of them apart: one on each side of each line that they draw is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import chain, combinations, product
from types import SimpleNamespace
from typing import Any

from detainer import clock
from detainer.case import FIRST, MAX_AGE, UNKNOWN
from detainer.errors import Path
from detainer.language import Test
from detainer.language.fields import Day, Record, Records, Truth, Type, Word, Words, fact_type, lists
from detainer.language.terms import Age, DayOf
from detainer.language.tree import Compare, Contains, Count, OneOf, WithinYears
from detainer.situation import Situation

MAX_WAYS = 4096
"""How many ways are looked at, of one group and of all together. With more, the answer is an unsettled release."""

_DAY = timedelta(days=1)
REACH = 2
"""How many days before and behind a line are tried."""

_NEAR = tuple(k * _DAY for k in range(-REACH, REACH + 1))
_CONVICTION, _END_OF_CONFINEMENT = "convicted_on", "released_on"
_LATEST_FIRST = (_END_OF_CONFINEMENT, "date_of_birth")


class TooManyWays(Exception):
    """More than `MAX_WAYS`: the question is not answered by trying."""


def fillings(blank: Path, tests: Iterable[Test], situation: Situation) -> list[Any]:
    """One value of an unknown fact outside the lists for each way in which it could answer `tests`."""
    of_it = list(chain.from_iterable(test.asked() for test in tests))
    return list(_values(blank, of_it, situation))


def entries_apart(name: str, entry: Any, counts: Sequence[Count], situation: Situation) -> dict[str, list[Any]]:
    """For an entry of a list, or a new one for None: the facts that `counts` ask of it, each with one value for each way."""
    type_ = fact_type((name,))
    assert isinstance(type_, Records)
    asked = [each for count in counts for each in count.each.tests()]
    return {
        fact: _apart(fact, type_.item.fields[fact.rstrip("_")], asked, situation, entry, of_item=True)
        for fact in _of_entry(asked)
    }


def _of_entry(asked: Iterable[Test]) -> dict[str, None]:
    """The facts of an entry that tests ask for, each once."""
    return dict.fromkeys(path.names[0] for test in asked for path in test.paths() if path.of_item)


def filled(situation: Situation, blank: Path, value: Any) -> Situation:
    """The situation with one more fact known. The case in it is no longer checked: it is for asking tests only."""
    whole = SimpleNamespace(**vars(situation.case))
    if len(blank) == 1:
        setattr(whole, str(blank[0]), value)
    else:
        owner, name = blank
        part = SimpleNamespace(**vars(getattr(whole, str(owner))))
        setattr(part, str(name), value)
        setattr(whole, str(owner), part)
    return situation._replace(case=whole, known={})  # type: ignore[arg-type]


def ways_of_entry(
    entry: Any, item: Record, asked: Sequence[Test], situation: Situation
) -> tuple[list[str], dict[tuple[int, ...], Any]]:
    """The unknown facts of an entry that are asked for, and the entry filled in every way that tells the tests apart."""
    unknown = [name for name in _of_entry(asked) if getattr(entry, name) is UNKNOWN]
    choices = [_apart(name, item.fields[name.rstrip("_")], asked, situation, entry, of_item=True) for name in unknown]
    bound(choices)
    ways: dict[tuple[int, ...], Any] = {}
    for way in product(*map(range, map(len, choices))):
        values = {name: values[index] for name, values, index in zip(unknown, choices, way, strict=True)}
        full = SimpleNamespace(**{**vars(entry), **values})
        if _can_be(full):
            ways[way] = full
    return unknown, ways


def nothing_known(record: Record) -> dict[str, Any]:
    """Every fact of a part of the case or of an entry, unknown, under the names that the models have for them."""
    return {f"{name}_" if name == "class" else name: UNKNOWN for name in record.fields}


def _can_be(entry: Any) -> bool:
    """Nobody leaves confinement for a conviction before it."""
    convicted, released = getattr(entry, _CONVICTION, None), getattr(entry, _END_OF_CONFINEMENT, None)
    return not (isinstance(convicted, date) and isinstance(released, date) and released < convicted)


def bound(choices: Iterable[Sequence[Any]]) -> None:
    """Raises `TooManyWays` where one of each can be chosen in too many ways."""
    ways = 1
    for each in choices:
        ways *= len(each)
        if ways > MAX_WAYS:
            raise TooManyWays


def _values(blank: Path, tests: Sequence[Test], situation: Situation) -> Iterator[Any]:
    """Values of a fact outside the lists: of a part of the case, first that there is none."""
    type_ = fact_type(blank)
    if not isinstance(type_, Record):
        yield from _apart(str(blank[-1]), type_, tests, situation, None, of_item=False, owner=blank[:-1])
        return
    yield None
    below = dict.fromkeys(
        path.names[1] for test in tests for path in test.paths() if path.names[:1] == blank and len(path.names) > 1
    )
    choices = [
        _apart(name, type_.fields[name.rstrip("_")], tests, situation, None, of_item=False, owner=blank)
        for name in below
    ]
    bound(choices)
    for values in product(*choices):
        yield SimpleNamespace(**nothing_known(type_) | dict(zip(below, values, strict=True)))


def _apart(
    name: str, type_: Type, tests: Sequence[Test], situation: Situation, entry: Any, *, of_item: bool, owner: Path = ()
) -> list[Any]:
    """Values of one fact, one for each way in which it answers the tests that ask for it.

    Of those that answer alike the earliest day stands for all, of the end of confinement the latest: so two days are found
    in their right order wherever any two of their kinds can be. Of births it is the latest, too: nobody is made the oldest.
    """
    names = (*owner, name)
    about = [t for t in tests if any(p.names == names and p.of_item is of_item for p in t.paths())]
    alone = [_of_one(test, names) for test in about]
    if None in alone:  # held against another fact: the lines that are drawn for that one count here, too
        about += [test for test in tests if test not in about and not isinstance(getattr(test, "left", None), Age)]
    values = list(_candidates(type_, about, situation, entry))
    if name in _LATEST_FIRST:
        values.reverse()
    if None in alone:
        return values
    apart: dict[tuple[Any, ...], Any] = {}
    for value in values:
        if of_item:
            full, one = situation, SimpleNamespace(**{name: value})
        else:
            part = SimpleNamespace(**{name: value}) if owner else value
            full, one = filled(situation, owner or (name,), part), None
        apart.setdefault((value is None, *[test and test.truth(full, one) for test in alone]), value)
    return list(apart.values())


def _of_one(test: Test, names: Path) -> Test | None:
    """What a test asks of one fact, whatever the others are; None where that cannot be said apart from them."""
    if len(test.paths()) == 1:
        return test
    if isinstance(test, WithinYears):
        return WithinYears(tuple(day for day in test.days if day.path.names == names), test.years)
    return None


def _candidates(type_: Type, about: Sequence[Test], situation: Situation, entry: Any) -> Iterator[Any]:
    match type_:
        case Truth():
            yield from (False, True)
        case Word(choices=choices):
            asked = {word for test in about if isinstance(test, OneOf) for word in test.words}
            yield from sorted(choices, key=lambda word: word in asked)
        case Words(choices=choices):
            asked = [test.word for test in about if isinstance(test, Contains)]
            other = [word for word in choices if word not in asked][:1]
            for size in range(len(asked) + len(other) + 1):
                yield from map(frozenset, combinations([*dict.fromkeys(asked), *other], size))
        case Day(or_none=or_none):
            if or_none:
                yield None
            yield from _days(about, situation, entry)
        case _:
            raise AssertionError(f"no fact of a case is {type_}")


def stated(side: Any, situation: Situation, entry: Any) -> Iterator[date]:
    """The days that are known of one side of a comparison: of an entry, or, where none is looked at, of all."""
    if not isinstance(side, DayOf):
        return
    known: list[Any] = [entry]
    if side.path.of_item and entry is None:
        values = (getattr(situation.case, name) for name in lists())
        known = [
            each for value in values if value is not UNKNOWN for each in value if hasattr(each, side.path.names[0])
        ]
    for one in known:
        value = side.value(situation, one)
        if isinstance(value, date):
            yield value


def _days(about: Sequence[Test], situation: Situation, entry: Any) -> Iterator[date]:
    """Days on each side of every line that a test draws, and on it; none after the moment asked about."""
    lines: set[date] = set()
    first, last = FIRST, situation.asked_day
    for test in about:
        match test:
            case WithinYears(years=years):
                lines.add(clock.years_before(situation.release_day, years)[0])
            case Compare(left=Age(on=on), right=years):
                last = situation.release_day
                first = clock.years_before(last, MAX_AGE + 1)[0] + _DAY
                day: date = on.value(situation, None)
                lines |= {clock.years_before(day, age)[0] for age in (years, years + 1) if 0 <= age <= MAX_AGE + 1}
            case Compare(left=DayOf() as left, right=right):
                for side in (left, right):
                    lines.update([side] if isinstance(side, date) else stated(side, situation, entry))
            case _:
                pass
    for name in (_CONVICTION, _END_OF_CONFINEMENT):
        known = getattr(entry, name, None)
        if isinstance(known, date) and not isinstance(known, datetime):
            lines.add(known)
    days = {line + near for line in (*lines, first, last) for near in _NEAR}
    yield from sorted(day for day in days if first <= day <= last)
