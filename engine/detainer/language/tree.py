"""The checked tree of a condition and what it means: true, false, or None for unknown (Kleene). Never parses, never raises.

A condition is built from `Every`, `Some` and `Not` over tests. A test asks one thing of the facts. What is known to be
absent fails every test that asks for a property of it, so ``judicial_warrant.kind == "criminal"`` is false where there is
no warrant. Engines share the trees; equal tests are one test.

A definition stands in as many places as it is named in, and a definition may name others: what is written out would double
with each. So whatever walks a tree walks into a definition once: `Defined` keeps its tests, answers are kept by its name, and
two of one name and one meaning are equal without a look inside.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, ClassVar

from detainer import clock
from detainer.case import UNKNOWN
from detainer.errors import Path as FactPath
from detainer.language.terms import DayOf, Path, Term
from detainer.situation import Situation

Truth = bool | None
"""True, False, or None for unknown."""

Why = tuple[Truth, list["Node"]]
"""What the facts say of a condition, and the tests, or opposites of tests, that make it so: each has the same answer."""

Formula = Callable[[Sequence[Truth]], Truth]
"""What a condition is where its tests are answered so, each answer at its test's number."""

_Told = dict[str, "Why"]
"""What was found of definitions, by name."""

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
"""`!=` is no operator of the tree: it is `Not` of `==`, so that the two never agree."""


@dataclass(frozen=True, slots=True)
class Node:
    """A condition or a part of one. `text` is how the ruleset says it."""

    text: str = field(compare=False, repr=False, kw_only=True, default="")

    def truth(self, situation: Situation, item: Any = None) -> Truth:
        """What the facts say: true, false, or None where it hangs on an unknown."""
        raise NotImplementedError  # pragma: no cover

    def tests(self) -> Iterator[Test]:
        """The tests that it is built from, in the order of the text; those of a definition once."""
        raise NotImplementedError  # pragma: no cover

    def formula(self, inside: Sequence[Formula]) -> Formula:
        """What it is, of answers to its tests, given the formulas of what it is made of."""
        raise NotImplementedError  # pragma: no cover

    def inside(self) -> tuple[Node, ...]:
        """The conditions that it is made of; none for a test."""
        return ()

    @property
    def depth(self) -> int:
        """How many conditions lie within each other in it, definitions and what is asked of the entries of lists included."""
        return 1 + max((part.depth for part in self.inside()), default=0)

    def unknowns(self, situation: Situation, item: Any = None, at: FactPath = ()) -> Iterator[FactPath]:
        """The facts that keep it open; `at` is the way to the item that it is asked of."""
        for test in self.why(situation, item)[1]:
            yield from test.unknowns(situation, item, at)

    def why(self, situation: Situation, item: Any = None, named: Container[str] = ()) -> Why:
        """What the facts say of it, and why: different tests, or opposites of tests, that have the same answer and suffice
        for it; of an unknown, those that keep it open. Definitions among `named` are given as a whole.
        """
        answer, telling = self._why(situation, item, named, {})
        return answer, list(dict.fromkeys(telling))

    def _why(self, situation: Situation, item: Any, named: Container[str], told: _Told) -> Why:
        raise NotImplementedError  # pragma: no cover


@dataclass(frozen=True, slots=True)
class Always(Node):
    """True of every case: the condition of a rule that states none."""

    def truth(self, situation: Situation, item: Any = None) -> Truth:
        return True

    def tests(self) -> Iterator[Test]:
        return iter(())

    def formula(self, inside: Sequence[Formula]) -> Formula:
        return lambda answers: True

    def _why(self, situation: Situation, item: Any, named: Container[str], told: _Told) -> Why:
        return True, []


@dataclass(frozen=True, slots=True)
class Joined(Node):
    """Several parts as one: a part with the answer `decisive` decides, whatever the others are."""

    parts: tuple[Node, ...]
    decisive: ClassVar[bool]

    def truth(self, situation: Situation, item: Any = None) -> Truth:
        decisive = self.decisive
        result: Truth = not decisive
        for part in self.parts:
            each = part.truth(situation, item)
            if each is decisive:
                return decisive
            if each is None:
                result = None
        return result

    def tests(self) -> Iterator[Test]:
        for part in self.parts:
            yield from part.tests()

    def formula(self, inside: Sequence[Formula]) -> Formula:
        decisive = self.decisive

        def joined(answers: Sequence[Truth]) -> Truth:
            result: Truth = not decisive
            for part in inside:
                each = part(answers)
                if each is decisive:
                    return decisive
                if each is None:
                    result = None
            return result

        return joined

    def inside(self) -> tuple[Node, ...]:
        return self.parts

    def _why(self, situation: Situation, item: Any, named: Container[str], told: _Told) -> Why:
        decisive = self.decisive
        alike: list[Node] = []
        unknown: list[Node] = []
        for part in self.parts:
            each = part.truth(situation, item)
            if each is decisive:
                return decisive, [part] if isinstance(part, Test) else part._why(situation, item, named, told)[1]
            (unknown if each is None else alike).append(part)
        answer = None if unknown else not decisive
        telling: list[Node] = []
        for part in unknown or alike:  # what a test says is known by now
            telling += [part] if isinstance(part, Test) else part._why(situation, item, named, told)[1]
        return answer, telling


class Every(Joined):
    """All of its parts (`and`): one that is false decides."""

    __slots__ = ()
    decisive = False


class Some(Joined):
    """At least one of its parts (`or`): one that is true decides."""

    __slots__ = ()
    decisive = True


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The opposite of its part; of an unknown, unknown."""

    part: Node

    def truth(self, situation: Situation, item: Any = None) -> Truth:
        each = self.part.truth(situation, item)
        return None if each is None else not each

    def tests(self) -> Iterator[Test]:
        return self.part.tests()

    def formula(self, inside: Sequence[Formula]) -> Formula:
        (part,) = inside

        def opposite(answers: Sequence[Truth]) -> Truth:
            each = part(answers)
            return None if each is None else not each

        return opposite

    def inside(self) -> tuple[Node, ...]:
        return (self.part,)

    def _why(self, situation: Situation, item: Any, named: Container[str], told: _Told) -> Why:
        each, tests = self.part._why(situation, item, named, told)
        return None if each is None else not each, [opposite(test) for test in tests]

    def unknowns(self, situation: Situation, item: Any = None, at: FactPath = ()) -> Iterator[FactPath]:
        return self.part.unknowns(situation, item, at)


def opposite(node: Node) -> Node:
    """What is so where a condition is not."""
    return node.part if isinstance(node, Not) else Not(node, text=f"not ({node.text})")


@dataclass(frozen=True, slots=True)
class Defined(Node):
    """A definition of the ruleset, under its name: what it means is what its part means. `meaning` stands for all of the part."""

    name: str
    part: Node = field(compare=False, repr=False)
    meaning: str = field(init=False)
    _tests: tuple[Test, ...] = field(init=False, compare=False, repr=False)
    _depth: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "meaning", sha256(repr(self.part).encode()).hexdigest())
        object.__setattr__(self, "_tests", tuple(dict.fromkeys(self.part.tests())))
        object.__setattr__(self, "_depth", 1 + self.part.depth)

    def truth(self, situation: Situation, item: Any = None) -> Truth:
        known = situation.known
        try:
            return known[self.name]
        except KeyError:
            found = known[self.name] = self.part.truth(situation)
            return found

    def tests(self) -> Iterator[Test]:
        return iter(self._tests)

    def formula(self, inside: Sequence[Formula]) -> Formula:
        (part,) = inside
        return part

    def inside(self) -> tuple[Node, ...]:
        return (self.part,)

    @property
    def depth(self) -> int:
        return self._depth

    def _why(self, situation: Situation, item: Any, named: Container[str], told: _Told) -> Why:
        if self.name in named:
            return self.truth(situation), [self]
        if isinstance(self.part, Test):  # what it turned out to be is known
            return self.truth(situation), [self.part]
        if self.name not in told:
            answer, telling = self.part._why(situation, item, named, told)
            told[self.name] = answer, list(dict.fromkeys(telling))
        return told[self.name]


@dataclass(frozen=True, slots=True)
class Test(Node):
    """A question of one fact. Its `paths` are the facts it reads."""

    __test__ = False  # not a test case, whatever pytest thinks of the name

    def tests(self) -> Iterator[Test]:
        yield self

    def _why(self, situation: Situation, item: Any, named: Container[str], told: _Told) -> Why:
        return self.truth(situation, item), [self]

    def paths(self) -> tuple[Path, ...]:
        """The facts that it reads."""
        raise NotImplementedError  # pragma: no cover

    def asked(self) -> Iterator[Test]:
        """Itself, and the tests that it asks of each entry of a list."""
        yield self

    def of_days(self) -> bool:
        """Whether it compares days, or what is worked out from them."""
        return False

    def around(self) -> tuple[Path, ...]:
        """The facts outside a list that it asks of entries of the list, each once."""
        return ()

    def of_values(self) -> bool:
        """Whether values that are known count where it is open, not only which are known and which are not."""
        return self.of_days() or bool(self.around())

    def unknowns(self, situation: Situation, item: Any = None, at: FactPath = ()) -> Iterator[FactPath]:
        for path in self.paths():
            yield from path.first_unknown(situation, item, at)


@dataclass(frozen=True, slots=True)
class Present(Test):
    """Whether a part of the case is there, a list has an entry, a yes-or-no fact is yes."""

    path: Path

    def truth(self, situation: Situation, item: Any = None) -> Truth:
        value = self.path.read(situation, item)
        return None if value is UNKNOWN else bool(value)

    def paths(self) -> tuple[Path, ...]:
        return (self.path,)


@dataclass(frozen=True, slots=True)
class Compare(Test):
    """A comparison with a fixed value, or with another fact."""

    left: Term
    op: str
    right: Any

    def truth(self, situation: Situation, item: Any = None) -> Truth:
        left = self.left.value(situation, item)
        right = self.right.value(situation, item) if isinstance(self.right, Term) else self.right
        if left is None or right is None:
            return False
        if left is UNKNOWN or right is UNKNOWN:
            return None
        return OPERATORS[self.op](left, right)

    def of_days(self) -> bool:
        return True

    def paths(self) -> tuple[Path, ...]:
        return (self.left.path, *((self.right.path,) if isinstance(self.right, Term) else ()))


@dataclass(frozen=True, slots=True)
class OneOf(Test):
    """Whether a fact is one of several words."""

    path: Path
    words: frozenset[str]

    def __repr__(self) -> str:
        return f"OneOf(path={self.path!r}, words={sorted(self.words)})"  # a set has no order of its own

    def truth(self, situation: Situation, item: Any = None) -> Truth:
        value = self.path.read(situation, item)
        return None if value is UNKNOWN else value in self.words

    def paths(self) -> tuple[Path, ...]:
        return (self.path,)


@dataclass(frozen=True, slots=True)
class Contains(Test):
    """Whether a list of words holds one word."""

    path: Path
    word: str

    def truth(self, situation: Situation, item: Any = None) -> Truth:
        value = self.path.read(situation, item)
        return None if value is UNKNOWN else value is not None and self.word in value

    def paths(self) -> tuple[Path, ...]:
        return (self.path,)


@dataclass(frozen=True, slots=True)
class WithinYears(Test):
    """Whether a day, or the latest of several, lies within so many calendar years before the day of scheduled release."""

    days: tuple[DayOf, ...]
    years: int

    def truth(self, situation: Situation, item: Any = None) -> Truth:
        first, _ = clock.years_before(situation.release_day, self.years)
        result: Truth = False
        for day in self.days:
            value = day.value(situation, item)
            if value is UNKNOWN:
                result = None
            elif value is not None and value >= first:
                return True
        return result

    def of_days(self) -> bool:
        return True

    def paths(self) -> tuple[Path, ...]:
        return tuple(day.path for day in self.days)


@dataclass(frozen=True, slots=True)
class Count(Test):
    """How many items of a list meet a condition, compared with a number. `any` is ``>= 1``; `all` counts those that fail."""

    items: Path
    each: Node
    op: str
    number: int

    def truth(self, situation: Situation, item: Any = None) -> Truth:
        items: Any = self.items.read(situation, item)
        if items is UNKNOWN:
            return None
        met = unknown = 0
        for one in items or ():
            each = self.each.truth(situation, one)
            if each is None:
                unknown += 1
            elif each:
                met += 1
        compare = OPERATORS[self.op]
        if not unknown:
            return compare(met, self.number)
        answers = {compare(number, self.number) for number in range(met, met + unknown + 1)}
        return answers.pop() if len(answers) == 1 else None

    @property
    def depth(self) -> int:
        return 1 + self.each.depth

    def asked(self) -> Iterator[Test]:
        yield self
        yield from self.each.tests()

    def of_days(self) -> bool:
        return any(test.of_days() for test in self.each.tests())

    def around(self) -> tuple[Path, ...]:
        paths = (path for test in self.each.tests() for path in test.paths())
        return tuple(dict.fromkeys(path for path in paths if not path.of_item))

    def paths(self) -> tuple[Path, ...]:
        return (self.items,)

    def unknowns(self, situation: Situation, item: Any = None, at: FactPath = ()) -> Iterator[FactPath]:
        items: Any = self.items.read(situation, item)
        if items is UNKNOWN:
            yield from self.items.first_unknown(situation, item, at)
            return
        for index, one in enumerate(items):
            if self.each.truth(situation, one) is None:
                yield from self.each.unknowns(situation, one, (*self.items.names, index))
