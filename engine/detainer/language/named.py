"""Definitions that are named more than once: an engine that writes conditions out works each of them out once, under a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from detainer.language.tree import Defined, Node


def named_again(conditions: Iterable[Node]) -> tuple[tuple[Defined, ...], ...]:
    """The definitions that are named more than once in conditions and in what these are made of, in layers: each is made of tests
    and of those in the layers before it.
    """
    roots = list(dict.fromkeys(conditions))
    named: Counter[Defined] = Counter()
    for node in roots:
        _count(node, named)
    levels: dict[Defined, int] = {}
    for node in roots:
        _level(node, named, levels)
    layers: dict[int, list[Defined]] = {}
    for each, level in levels.items():
        if named[each] > 1:
            layers.setdefault(level, []).append(each)
    return tuple(tuple(layers[level]) for level in sorted(layers))


def _count(node: Node, named: Counter[Defined]) -> None:
    if isinstance(node, Defined):
        named[node] += 1
        if named[node] > 1:  # what it is made of is counted already
            return
    for part in node.inside():
        _count(part, named)


def _level(node: Node, named: Counter[Defined], levels: dict[Defined, int]) -> int:
    """How many layers a condition needs below it, itself included."""
    if isinstance(node, Defined) and node in levels:
        return levels[node]
    inside = max((_level(part, named, levels) for part in node.inside()), default=0)
    if not isinstance(node, Defined):
        return inside
    levels[node] = inside + (named[node] > 1)
    return levels[node]
