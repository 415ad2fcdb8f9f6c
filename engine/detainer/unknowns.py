"""The ways in which the unknown facts could turn out, as far as the law in force can tell them apart. Decides nothing.

An unknown fact has endless values, but the tests that the law makes of it tell few of them apart: one value on each side of
each line is enough, and makes the answers exact. Facts that no test joins are looked at apart (`Group`), because what one
of them is says nothing about the other. A list is a group: how many of its entries meet each condition is all that counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import chain, combinations, product
from types import SimpleNamespace
from typing import Any, TypeVar

from detainer import clock
from detainer.case import UNKNOWN
from detainer.errors import Path
from detainer.language import Test
from detainer.language.fields import Day, Record, Records, Truth, Type, Word, Words, case_fields
from detainer.language.terms import Age, DayOf
from detainer.language.tree import OPERATORS, Compare, Contains, Count, OneOf, WithinYears
from detainer.situation import Situation

MAX_WAYS = 4096
"""How many ways are looked at, of one group and of all together. With more, the answer is an unsettled release."""

_DAY = timedelta(days=1)
_NEAR = tuple(k * _DAY for k in (-2, -1, 0, 1, 2))
_FIRST_DAY = date(1900, 1, 1)
_CONVICTION, _END_OF_CONFINEMENT = "convicted_on", "released_on"


class TooManyWays(Exception):
    """More than `MAX_WAYS`: the question is not answered by trying."""


Answers = tuple[bool, ...]


@dataclass(slots=True)
class Group:
    """Unknown facts that tests join, and every way in which they could answer these tests.

    `ways` holds, in the order of `tests`, the answers of each way; `moves` holds for each fact the pairs of ways that
    differ in nothing but it.
    """

    tests: tuple[Test, ...]
    ways: list[Answers] = field(default_factory=list[Answers])
    moves: dict[Path, set[tuple[Answers, Answers]]] = field(default_factory=dict[Path, set[tuple[Answers, Answers]]])


def groups_of(tests: Iterable[Test], situation: Situation) -> list[Group]:
    """The groups of the facts that keep `tests` from being answered. Raises `TooManyWays`.

    No test among them may ask of an entry of a list what hangs on an unknown outside it: see `outside`.
    """
    return [_group(blanks, joined, situation) for blanks, joined in _joined(tests, situation)]


def outside(tests: Iterable[Test], situation: Situation) -> Path | None:
    """An unknown fact outside a list that a test of its entries hangs on; None where there is none."""
    for test in tests:
        if isinstance(test, Count):
            for each in test.each.tests():
                outer = [path for path in each.paths() if not path.of_item]
                if len(outer) == len(each.paths()) and each.truth(situation) is not None:
                    continue
                for path in outer:
                    for blank in path.first_unknown(situation, None, ()):
                        return blank
    return None


def fillings(blank: Path, tests: Iterable[Test], situation: Situation) -> list[Any]:
    """One value of an unknown fact outside the lists for each way in which it could answer `tests`."""
    of_it = list(chain.from_iterable(_asked(test) for test in tests))
    return list(_values(blank, of_it, situation))


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


# -- which facts belong together ---------------------------------------------------------------------------------------


def _joined(tests: Iterable[Test], situation: Situation) -> list[tuple[list[Path], list[Test]]]:
    """Unknown facts and the tests of them, apart wherever no test joins them. The facts of a list are always together."""
    lists = {name for name, type_ in case_fields().fields.items() if isinstance(type_, Records)}
    found: list[tuple[set[Path], list[Path], list[Test]]] = []
    for test in tests:
        blanks = list(dict.fromkeys(test.unknowns(situation)))
        keys: set[Path] = {blank[:1] if blank[0] in lists else blank for blank in blanks}
        with_it = [each for each in found if each[0] & keys]
        for each in with_it:
            found.remove(each)
        found.append(
            (
                keys.union(*(each[0] for each in with_it)),
                list(dict.fromkeys([*chain(*(each[1] for each in with_it)), *blanks])),
                [*chain(*(each[2] for each in with_it)), test],
            )
        )
    return [(blanks, together) for _, blanks, together in found]


def _group(blanks: Sequence[Path], tests: Sequence[Test], situation: Situation) -> Group:
    type_ = case_fields().fields[str(blanks[0][0])]
    if isinstance(type_, Records):
        return _of_list(str(blanks[0][0]), type_.item, tests, situation)
    group = Group(tuple(tests))
    choices = [fillings(blank, tests, situation) for blank in blanks]
    _bound(choices)
    answers: dict[tuple[int, ...], Answers] = {}
    for way in product(*map(range, map(len, choices))):
        full = situation
        for blank, values, index in zip(blanks, choices, way, strict=True):
            full = filled(full, blank, values[index])
        answers[way] = tuple([_known(test.truth(full)) for test in tests])
    group.ways = sorted(set(answers.values()))
    for place, blank in enumerate(blanks):
        group.moves[blank] = _moves(answers, place)
    return group


_Kind = TypeVar("_Kind", Answers, tuple[int, ...])


def _moves(kinds: Mapping[tuple[int, ...], _Kind], place: int) -> set[tuple[_Kind, _Kind]]:
    """The pairs of different kinds between ways that differ in one place only."""
    alike: dict[tuple[int, ...], set[_Kind]] = {}
    for way, kind in kinds.items():
        alike.setdefault((*way[:place], *way[place + 1 :]), set()).add(kind)
    return {pair for found in alike.values() for pair in combinations(sorted(found), 2)}


def _known(truth: bool | None) -> bool:
    assert truth is not None, "every fact that the test asks for was filled in"
    return truth


def _bound(choices: Iterable[Sequence[Any]]) -> None:
    ways = 1
    for each in choices:
        ways *= len(each)
        if ways > MAX_WAYS:
            raise TooManyWays


# -- lists: how many entries meet each condition -------------------------------------------------------------------------


def _of_list(name: str, item: Record, tests: Sequence[Test], situation: Situation) -> Group:
    """A list whose entries, or facts of them, are unknown. Counts above what any test asks for are all the same."""
    group = Group(tuple(tests))
    caps = tuple(test.number + 1 if isinstance(test, Count) else 1 for test in tests)
    nothing = (0,) * len(tests)

    @cache  # few counts differ, and they are added up often
    def plus(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
        return tuple([min(a + b, cap) for a, b, cap in zip(one, other, caps, strict=True)])

    @cache
    def answers(counts: tuple[int, ...]) -> Answers:
        return tuple(
            [
                OPERATORS[test.op](count, test.number) if isinstance(test, Count) else count > 0
                for test, count in zip(tests, counts, strict=True)
            ]
        )

    def meets(entry: Any) -> tuple[int, ...]:
        return tuple(
            [int(_known(test.each.truth(situation, entry))) if isinstance(test, Count) else 1 for test in tests]
        )

    asked = [each for test in tests if isinstance(test, Count) for each in test.each.tests()]
    known: Any = getattr(situation.case, name)
    if known is UNKNOWN:
        ways = _of_entry(SimpleNamespace(**dict.fromkeys(_attributes(item), UNKNOWN)), item, asked, situation)[1]
        kinds = {meets(entry) for entry in ways.values()}
        reached, new = {nothing}, {nothing}
        while new:
            new = {plus(counts, kind) for counts in new for kind in kinds} - reached
            reached |= new
            if len(reached) > MAX_WAYS:
                raise TooManyWays
        group.ways = sorted({answers(counts) for counts in reached})
        group.moves[(name,)] = set(combinations(group.ways, 2))
        return group

    entries: list[tuple[list[str], dict[tuple[int, ...], tuple[int, ...]]]] = []
    for entry in known:
        unknown, ways = _of_entry(entry, item, asked, situation)
        entries.append((unknown, {way: meets(full) for way, full in ways.items()}))
    sums = [_sums([kinds.values() for _, kinds in entries[:n]], nothing, plus) for n in range(len(entries) + 1)]
    rest = [_sums([kinds.values() for _, kinds in entries[n:]], nothing, plus) for n in range(len(entries) + 1)]
    group.ways = sorted(set(map(answers, sums[-1])))
    for index, (unknown, kinds) in enumerate(entries):
        others = {plus(before, after) for before in sums[index] for after in rest[index + 1]}
        for place, fact in enumerate(unknown):
            found = {
                (answers(plus(counts, one)), answers(plus(counts, other)))
                for one, other in _moves(kinds, place)
                for counts in others
            }
            group.moves[(name, index, fact)] = {(min(pair), max(pair)) for pair in found if pair[0] != pair[1]}
    return group


def _sums(
    each: Sequence[Iterable[tuple[int, ...]]],
    nothing: tuple[int, ...],
    plus: Callable[[tuple[int, ...], tuple[int, ...]], tuple[int, ...]],
) -> set[tuple[int, ...]]:
    """Every sum of one of each."""
    found = {nothing}
    for kinds in each:
        found = {plus(counts, kind) for counts in found for kind in set(kinds)}
        if len(found) > MAX_WAYS:
            raise TooManyWays
    return found


def _of_entry(
    entry: Any, item: Record, asked: Sequence[Test], situation: Situation
) -> tuple[list[str], dict[tuple[int, ...], Any]]:
    """The unknown facts of an entry that are asked for, and the entry filled in every way that tells the tests apart."""
    names = dict.fromkeys(path.names[0] for test in asked for path in test.paths() if path.of_item)
    unknown = [name for name in names if getattr(entry, name) is UNKNOWN]
    choices = [_apart(name, item.fields[name.rstrip("_")], asked, situation, entry, of_item=True) for name in unknown]
    _bound(choices)
    ways: dict[tuple[int, ...], Any] = {}
    for way in product(*map(range, map(len, choices))):
        values = {name: values[index] for name, values, index in zip(unknown, choices, way, strict=True)}
        full = SimpleNamespace(**{**vars(entry), **values})
        if _can_be(full):
            ways[way] = full
    return unknown, ways


def _attributes(item: Record) -> list[str]:
    return [f"{name}_" if name == "class" else name for name in item.fields]


def _can_be(entry: Any) -> bool:
    """Nobody leaves confinement for a conviction before it."""
    convicted, released = getattr(entry, _CONVICTION, None), getattr(entry, _END_OF_CONFINEMENT, None)
    return not (isinstance(convicted, date) and isinstance(released, date) and released < convicted)


# -- one value for each way of answering -------------------------------------------------------------------------------


def _asked(test: Test) -> Iterator[Test]:
    """The tests that a test asks of facts outside the lists: its own, or those it asks of each entry."""
    if isinstance(test, Count):
        yield from test.each.tests()
    else:
        yield test


def _values(blank: Path, tests: Sequence[Test], situation: Situation) -> Iterator[Any]:
    """Values of a fact outside the lists: of a part of the case, first that there is none."""
    type_: Type = case_fields()
    for name in blank:
        assert isinstance(type_, Record)
        type_ = type_.fields[str(name).rstrip("_")]
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
    _bound(choices)
    for values in product(*choices):
        yield SimpleNamespace(**dict(zip(below, values, strict=True)))


def _apart(
    name: str, type_: Type, tests: Sequence[Test], situation: Situation, entry: Any, *, of_item: bool, owner: Path = ()
) -> list[Any]:
    """Values of one fact, one for each way in which it answers the tests that ask for it.

    Of those that answer alike the earliest day stands for all, of the end of confinement the latest: so two days are found
    in their right order wherever any two of their kinds can be.
    """
    names = (*owner, name)
    about = [t for t in tests if any(p.names == names and p.of_item is of_item for p in t.paths())]
    values = list(_candidates(type_, about, situation, entry))
    if name == _END_OF_CONFINEMENT:
        values.reverse()
    alone = [_of_one(test, names) for test in about]
    if None in alone:
        return values  # where it is held against another fact, only the value itself will do
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


def _days(about: Sequence[Test], situation: Situation, entry: Any) -> Iterator[date]:
    """Days on each side of every line that a test draws, and on it; none after the moment asked about."""
    lines: set[date] = set()
    last = situation.asked_day
    for test in about:
        match test:
            case WithinYears(years=years):
                lines.add(clock.years_before(situation.release_day, years)[0])
            case Compare(left=Age(on=on), right=years):
                last = situation.release_day
                day: date = on.value(situation, None)
                lines |= {clock.years_before(day, age)[0] for age in (years, years + 1) if 0 <= age < day.year - 1900}
            case Compare(left=DayOf() as left, right=right):
                sides = (
                    [right]
                    if isinstance(right, date)
                    else [left.value(situation, entry), right.value(situation, entry)]
                )
                lines.update(side for side in sides if isinstance(side, date))
            case _:
                pass
    for name in (_CONVICTION, _END_OF_CONFINEMENT):
        known = getattr(entry, name, None)
        if isinstance(known, date) and not isinstance(known, datetime):
            lines.add(known)
    lines |= {last, _FIRST_DAY}
    days = {line + near for line in lines for near in _NEAR if line + near <= last}
    yield from sorted(day for day in days if day >= _FIRST_DAY)
