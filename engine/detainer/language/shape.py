"""A condition as a formula over numbered tests, part by part: what it would be under other answers. Asks no facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from detainer.language.tree import Formula, Node, Test, Truth


class Shape(NamedTuple):
    """A condition or a part of one, with the numbers of its tests and the parts that it is made of."""

    formula: Formula
    tests: frozenset[int]
    parts: tuple[Shape, ...]

    def of(self, numbers: frozenset[int], answers: Sequence[Truth]) -> Iterator[Formula]:
        """The largest parts that are open under `answers` and of whose open tests all are among `numbers`."""
        if self.tests.isdisjoint(numbers) or self.formula(answers) is not None:
            return
        if all(answers[number] is not None for number in self.tests - numbers):
            yield self.formula
        else:
            for part in self.parts:
                yield from part.of(numbers, answers)


def shape(node: Node, number: Callable[[Test], int]) -> Shape:
    """The shape of a condition, its tests numbered by `number`."""
    return Shape(
        node.formula(number), frozenset(map(number, node.tests())), tuple(shape(part, number) for part in node.inside())
    )
