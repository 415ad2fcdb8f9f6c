"""The ways in which the unknown facts could turn out, as far as the law in force can tell them apart. Decides nothing.

An unknown fact has endless values, but the tests that the law makes of it tell few of them apart: one value on each side of
each line is enough, and makes the answers exact. Facts that no test joins are looked at apart (`Group`), because what one
of them is says nothing about the other. A list is a group: how many of its entries meet each condition is all that counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, combinations, product
from types import SimpleNamespace
from typing import Any, TypeVar

from detainer.case import UNKNOWN
from detainer.errors import Path
from detainer.fillings import MAX_WAYS, TooManyWays, bound, filled, fillings, nothing_known, ways_of_entry
from detainer.language import Test
from detainer.language.fields import Record, Records, case_fields, lists
from detainer.language.tree import OPERATORS, Count
from detainer.situation import Situation

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


# -- which facts belong together ---------------------------------------------------------------------------------------


def _joined(tests: Iterable[Test], situation: Situation) -> list[tuple[list[Path], list[Test]]]:
    """Unknown facts and the tests of them, apart wherever no test joins them. The facts of a list are always together."""
    found: list[tuple[set[Path], list[Path], list[Test]]] = []
    for test in tests:
        blanks = list(dict.fromkeys(test.unknowns(situation)))
        keys: set[Path] = {blank[:1] if blank[0] in lists() else blank for blank in blanks}
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
    bound(choices)
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


_Kind = TypeVar("_Kind", Answers, int)


def _moves(kinds: Mapping[tuple[int, ...], _Kind], place: int) -> set[tuple[_Kind, _Kind]]:
    """The pairs of different kinds between ways that differ in one place only."""
    alike: dict[tuple[int, ...], set[_Kind]] = {}
    for way, kind in kinds.items():
        alike.setdefault((*way[:place], *way[place + 1 :]), set()).add(kind)
    return {pair for found in alike.values() for pair in combinations(sorted(found), 2)}


def _known(truth: bool | None) -> bool:
    if truth is None:
        raise RuntimeError("every fact that the test asks for was filled in, and it is open")
    return truth


# -- lists: how many entries meet each condition -------------------------------------------------------------------------


class Tally:
    """Several counts as one whole number, each up to a cap of its own: few differ, and they are added up millions of times.

    Each count has a field of equally many bits, the first of which is free: it takes what goes beyond the cap.
    """

    def __init__(self, caps: Sequence[int]) -> None:
        self._field = (2 * max(caps, default=0)).bit_length() + 1
        self._top = self._field - 1
        self._tops = self.of([1 << self._top for _ in caps])
        self._caps = self.of(caps)
        self._room = self._tops - self.of([cap + 1 for cap in caps])
        self._places = [self._field * n for n in range(len(caps))]

    def of(self, counts: Sequence[int]) -> int:
        return sum(count << self._field * n for n, count in enumerate(counts))

    def counts(self, tally: int) -> list[int]:
        one = (1 << self._field) - 1
        return [tally >> place & one for place in self._places]

    def plus(self, one: int, other: int) -> int:
        """The sum of each two counts, or its cap."""
        total = one + other
        beyond = total + self._room & self._tops
        whole = beyond - (beyond >> self._top)
        return total & ~whole | self._caps & whole


def _of_list(name: str, item: Record, tests: Sequence[Test], situation: Situation) -> Group:
    """A list whose entries, or facts of them, are unknown. Counts above what any test asks for are all the same."""
    group = Group(tuple(tests))
    tally = Tally([test.number + 1 if isinstance(test, Count) else 1 for test in tests])
    plus = tally.plus

    @cache
    def answers(counts: int) -> Answers:
        return tuple(
            [
                OPERATORS[test.op](count, test.number) if isinstance(test, Count) else count > 0
                for test, count in zip(tests, tally.counts(counts), strict=True)
            ]
        )

    def meets(entry: Any) -> int:
        return tally.of(
            [_known(test.each.truth(situation, entry)) if isinstance(test, Count) else True for test in tests]
        )

    asked = [each for test in tests if isinstance(test, Count) for each in test.each.tests()]
    known: Any = getattr(situation.case, name)
    if known is UNKNOWN:
        ways = ways_of_entry(SimpleNamespace(**nothing_known(item)), item, asked, situation)[1]
        kinds = {meets(entry) for entry in ways.values()}
        reached, new = {0}, {0}
        while new:
            new = {plus(counts, kind) for counts in new for kind in kinds} - reached
            reached |= new
            if len(reached) > MAX_WAYS:
                raise TooManyWays
        group.ways = sorted({answers(counts) for counts in reached})
        group.moves[(name,)] = set(combinations(group.ways, 2))
        return group

    kinds_of: dict[Any, tuple[list[str], dict[tuple[int, ...], int]]] = {}
    for entry in known:
        if entry not in kinds_of:
            unknown, ways = ways_of_entry(entry, item, asked, situation)
            kinds_of[entry] = unknown, {way: meets(full) for way, full in ways.items()}
    entries = [kinds_of[entry] for entry in known]
    sums = [_sums([kinds.values() for _, kinds in entries[:n]], plus) for n in range(len(entries) + 1)]
    rest = [_sums([kinds.values() for _, kinds in entries[n:]], plus) for n in range(len(entries) + 1)]
    group.ways = sorted(set(map(answers, sums[-1])))
    moved: dict[Any, dict[str, set[tuple[Answers, Answers]]]] = {}
    for index, (entry, (unknown, kinds)) in enumerate(zip(known, entries, strict=True)):
        if entry not in moved:  # equal entries move alike
            others = {plus(before, after) for before in sums[index] for after in rest[index + 1]}
            moved[entry] = {
                fact: {
                    (min(pair), max(pair))
                    for one, other in _moves(kinds, place)
                    for counts in others
                    if len(pair := {answers(plus(counts, one)), answers(plus(counts, other))}) == 2
                }
                for place, fact in enumerate(unknown)
            }
        group.moves.update({(name, index, fact): moves for fact, moves in moved[entry].items()})
    return group


def _sums(each: Sequence[Iterable[int]], plus: Callable[[int, int], int]) -> set[int]:
    """Every sum of one of each."""
    found = {0}
    for kinds in each:
        found = {plus(counts, kind) for counts in found for kind in set(kinds)}
        if len(found) > MAX_WAYS:
            raise TooManyWays
    return found
