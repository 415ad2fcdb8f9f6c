"""A condition as a formula over numbered tests, part by part: what it would be under other answers. Asks no facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from detainer.language.tree import Formula, Node, Test, Truth


class Shape(NamedTuple):
    """A condition or a part of one, with the numbers of its tests and the parts that it is made of."""

    formula: Formula
    tests: frozenset[int]
    parts: tuple[Shape, ...]

    def of(self, numbers: frozenset[int], answers: Sequence[Truth], seen: set[int] | None = None) -> Iterator[Formula]:
        """The largest parts that are open under `answers` and of whose open tests all are among `numbers`; each once, however
        often it stands there. `seen` are those that were looked at: a definition shares its formula with what it means.
        """
        seen = set() if seen is None else seen
        if id(self) in seen or self.tests.isdisjoint(numbers) or self.formula(answers) is not None:
            return
        seen.add(id(self))
        if all(answers[number] is not None for number in self.tests - numbers):
            yield self.formula
        else:
            for part in self.parts:
                yield from part.of(numbers, answers, seen)


def shape(node: Node, number: Callable[[Test], int]) -> Shape:
    """The shape of a condition, its tests numbered by `number`. What stands in it more than once is one shape."""
    times = Counter[Node]()
    _count(node, times)
    made: dict[Node, Shape] = {}

    def of(node: Node) -> Shape:
        found = made.get(node)
        if found is None:
            if isinstance(node, Test):
                found = Shape(itemgetter(number(node)), frozenset((number(node),)), ())
            else:
                parts = tuple(map(of, node.inside()))
                tests = frozenset[int]().union(*(part.tests for part in parts))
                formula = node.formula([part.formula for part in parts])
                found = Shape(_remembering(formula, tests) if times[node] > 1 else formula, tests, parts)
            made[node] = found
        return found

    return of(node)


def _count(node: Node, times: Counter[Node]) -> None:
    """How often each part of a condition stands in it, what is within a part that stands there again being counted once."""
    times[node] += 1
    if times[node] == 1:
        for part in node.inside():
            _count(part, times)


def _remembering(formula: Formula, tests: frozenset[int]) -> Formula:
    """The formula; asked again under the same answers, it is not worked out again."""
    asked = sorted(tests)
    last: tuple[list[Truth] | None, Truth] = None, None

    def remembered(answers: Sequence[Truth]) -> Truth:
        nonlocal last
        given = [answers[number] for number in asked]
        before, known = last
        if before == given:
            return known
        found = formula(answers)
        last = given, found
        return found

    return remembered
