"""From the truth of every rule to what controls, unknown facts included. Pure; the engines share it.

A hold needs every way that the unknown facts could turn out to allow it. So where a rule is open, every way in which they
could answer the tests of the law in force is tried (see `unknowns`), and what controls is worked out for each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import product
from math import prod
from typing import NamedTuple, cast

from detainer import clock
from detainer.errors import Path
from detainer.fillings import MAX_WAYS, TooManyWays, filled, fillings
from detainer.language import Test
from detainer.language.tree import Truth
from detainer.library import Law
from detainer.precedence import Control, End, control
from detainer.provision import Provision
from detainer.situation import Situation
from detainer.unknowns import Answers, Group, groups_of, outside


def limit_end(law: Law, situation: Situation, limit: Provision) -> datetime:
    """When a limit ends a hold that began at scheduled release (UTC)."""
    rule = limit.rule
    return clock.limit_end(situation.release_at, rule.hours or 0, rule.excluding, situation.where, law.calendar)


class Resolution(NamedTuple):
    """`settled`: every way of filling in the unknown facts gives this outcome. `deciding`: where it is not, the fewest
    unknown facts that settle it, the most decisive first. `bounded`: there were too many ways to try.
    """

    control: Control
    settled: bool
    deciding: tuple[Path, ...] = ()
    bounded: bool = False


def resolve(law: Law, situation: Situation, truths: Sequence[Truth]) -> Resolution:
    """What controls, given the truth of each of `law.rules` in the same order."""
    ends: dict[Provision, datetime] = {}

    def end(limit: Provision) -> datetime:
        if limit not in ends:
            ends[limit] = limit_end(law, situation, limit)
        return ends[limit]

    met = tuple([rule for rule, truth in zip(law.rules, truths, strict=True) if truth])
    certain = control(met, end, situation.asked_at, law.default)
    if None not in truths:
        return Resolution(certain, True)
    trial = _Trial(law, end, situation.asked_at)
    try:
        trial.try_all(situation)
    except TooManyWays:
        return Resolution(Control("release", law.default), False, tuple(trial.blanks), bounded=True)
    holds = [each for each in trial.found if each.outcome == "hold"]
    released = next((each for each in trial.found if each.outcome == "release"), None)
    if released is not None:
        return Resolution(released, not holds, trial.deciding() if holds else ())
    chosen = certain if certain.outcome == "hold" else holds[0]
    earliest = min((each for each in holds if each.hold_until), key=lambda each: each.hold_until or 0, default=None)
    if earliest is not None:
        chosen = Control("hold", chosen.ruling, earliest.hold_until, earliest.limit, chosen.basis)
    return Resolution(chosen, True)


MAX_KEPT = 512
"""Of how many kinds of unknown facts the ways are kept with a law."""

Key = tuple[Truth, ...]
"""What each condition of the law is."""

Ways = tuple[list[Group], list[tuple[tuple[Answers, ...], Key]]]


class _Trial:
    """What controls in every way that the unknown facts could turn out.

    `found` holds each different control once, "no" to everything first; `blanks` every unknown fact that was tried.
    """

    def __init__(self, law: Law, end: End, asked_at: datetime) -> None:
        self._law, self._end, self._asked_at = law, end, asked_at
        self._controls: dict[Key, Control] = {}
        self._turns: dict[Path, list[tuple[int, int]]] = {}
        self._as_given = True  # whether the case is tried as it was given, nothing of it filled in first
        self.found: dict[Control, None] = {}
        self.blanks: dict[Path, None] = {}

    def try_all(self, situation: Situation) -> None:
        """Raises `TooManyWays`."""
        law = self._law
        answers: list[Truth] = [test.truth(situation) for test in law.tests]
        open_conditions = [index for index, shape in enumerate(law.shapes) if shape.formula(answers) is None]
        asked = frozenset[int]().union(*(law.shapes[index].tests for index in open_conditions))
        tests = [law.tests[number] for number in sorted(asked) if answers[number] is None]
        self.blanks.update(dict.fromkeys(blank for test in tests for blank in test.unknowns(situation)))
        outer = outside(tests, situation)
        if outer is not None:  # entries of a list are looked at apart, so what they hang on is filled in first
            self.blanks[outer] = None
            self._as_given = False
            self._turns.setdefault(outer, []).append((1, 1))
            for value in fillings(outer, tests, situation):
                self.try_all(filled(situation, outer, value))
            return
        groups, ways = self._ways(situation, answers, open_conditions, tests)
        tried = {way: self._control(key).outcome == "hold" for way, key in ways}
        for place, group in enumerate(groups):
            for blank, moves in group.moves.items():
                self._turns.setdefault(blank, []).append(_turning(tried, place, moves))

    def _ways(
        self, situation: Situation, answers: list[Truth], conditions: Sequence[int], tests: Sequence[Test]
    ) -> Ways:
        """The groups of the unknown facts and every way of all of them together. Raises `TooManyWays`.

        Where no day is compared, no entry of a list is half known, and none is asked what lies outside the list, they hang on
        nothing but what is known and what is not, and are kept with the law.
        """
        blanks = tuple(self.blanks)
        half_known = any(len(blank) > 2 for blank in blanks)
        alike = self._as_given and not half_known and not any(test.of_values() for test in tests)
        kept = cast("dict[object, Ways]", self._law.kept.setdefault("ways", {}))
        known = kept.get((tuple(answers), blanks)) if alike else None
        if known is not None:
            return known
        groups = [self._told_apart(group, answers, conditions) for group in groups_of(tests, situation)]
        if prod(len(group.ways) for group in groups) > MAX_WAYS:
            raise TooManyWays
        found = groups, list(self._each(groups, answers, conditions))
        if alike:
            if len(kept) >= MAX_KEPT:
                kept.clear()
            kept[tuple(answers), blanks] = found
        return found

    def _control(self, key: Key) -> Control:
        """What controls where each condition of the law is what `key` says; each is worked out once."""
        found = self._controls.get(key)
        if found is None:
            law = self._law
            met = tuple([rule for rule, index in zip(law.rules, law.condition_of, strict=True) if key[index]])
            found = self._controls[key] = control(met, self._end, self._asked_at, law.default)
            self.found[found] = None
        return found

    def _told_apart(self, group: Group, answers: list[Truth], conditions: Sequence[int]) -> Group:
        """The group with only those of its ways that the open conditions tell apart."""
        law = self._law
        numbers = [law.number_of[id(test)] for test in group.tests]
        parts = [part for index in conditions for part in law.shapes[index].of(frozenset(numbers), answers)]
        first: dict[Answers, Answers] = {}
        same: dict[Answers, Answers] = {}
        for way in group.ways:
            full = list(answers)
            for number, answer in zip(numbers, way, strict=True):
                full[number] = answer
            same[way] = first.setdefault(tuple([bool(part(full)) for part in parts]), way)
        moves = {
            blank: {(min(pair), max(pair)) for a, b in pairs if len(pair := {same[a], same[b]}) == 2}
            for blank, pairs in group.moves.items()
        }
        return Group(group.tests, list(first.values()), moves)

    def _each(
        self, groups: Sequence[Group], answers: list[Truth], conditions: Sequence[int]
    ) -> Iterator[tuple[tuple[Answers, ...], Key]]:
        """Every way of all groups together, and what it makes of each condition."""
        law = self._law
        numbers = [[law.number_of[id(test)] for test in group.tests] for group in groups]
        base: list[Truth] = [shape.formula(answers) for shape in law.shapes]
        formulas = [(index, law.shapes[index].formula) for index in conditions]
        full = list(answers)
        for way in product(*(group.ways for group in groups)):
            for places, given in zip(numbers, way, strict=True):
                for number, answer in zip(places, given, strict=True):
                    full[number] = answer
            for index, formula in formulas:
                base[index] = formula(full)
            yield way, tuple(base)

    def deciding(self) -> tuple[Path, ...]:
        """The facts whose answer alone can turn the outcome, those that turn it in the largest share of the ways first."""
        shares = {
            blank: sum(turned for turned, _ in each) / max(1, sum(tried for _, tried in each))
            for blank, each in self._turns.items()
        }
        return tuple(sorted((blank for blank, share in shares.items() if share), key=lambda blank: -shares[blank]))


def _turning(
    tried: Mapping[tuple[Answers, ...], bool], place: int, moves: Collection[tuple[Answers, Answers]]
) -> tuple[int, int]:
    """In how many cases a move turns the outcome while everything else stays, and how many cases there are."""
    contexts: dict[tuple[Answers, ...], dict[Answers, bool]] = {}
    for way, outcome in tried.items():
        contexts.setdefault((*way[:place], *way[place + 1 :]), {})[way[place]] = outcome
    turned = sum(found[a] is not found[b] for found in contexts.values() for a, b in moves)
    return turned, len(moves) * len(contexts)
