"""Formulas for the solver, folded where their parts are known already: a `bool` or an `int` stands for itself. Asks nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

import z3

from detainer.interrupts import handled, stoppable

Formula = bool | z3.BoolRef
"""What is true or false: known, or a formula of z3."""

Whole = int | z3.ArithRef
"""A whole number: known, or a term of z3."""


def begin() -> None:
    """Begin anew, so that what the solver finds hangs on nothing that it was asked before, in whatever order and process.

    z3 numbers its terms as they are made and breaks ties by number. What was made before belongs to the old context, and must
    not be mixed with what is made after.
    """
    z3.z3._main_ctx = None  # the next term makes a context of its own


def check(solver: z3.Solver | z3.Optimize) -> z3.CheckSatResult:
    """What a solver answers. Raises KeyboardInterrupt where the user broke off, of which z3 only says that it does not know."""
    stoppable(solver.ctx)
    if handled():
        z3.set_param("ctrl_c", False)  # of a solver itself it would change what it finds
    answer = solver.check()
    if answer == z3.unknown and solver.reason_unknown() == "interrupted from keyboard":
        raise KeyboardInterrupt
    return answer


def every(parts: Iterable[Formula]) -> Formula:
    """Whether all parts are true."""
    open_ = [part for part in parts if part is not True]
    if any(part is False for part in open_):
        return False
    return True if not open_ else open_[0] if len(open_) == 1 else z3.And(*open_)


def some(parts: Iterable[Formula]) -> Formula:
    """Whether at least one part is true."""
    open_ = [part for part in parts if part is not False]
    if any(part is True for part in open_):
        return True
    return False if not open_ else open_[0] if len(open_) == 1 else z3.Or(*open_)


def apart(parts: Iterable[Formula], joined: Callable[[object], bool]) -> list[Formula]:
    """The parts; where one would stand twice among them and what they are themselves `joined` of, all of that, each once.

    z3 writes conjunctions within conjunctions out as one, and disjunctions likewise: what shares its parts would double.
    """
    whole = list(parts)
    seen: dict[int, Formula] = {}
    left, twice = [*whole], False
    while left:
        part = left.pop()
        if isinstance(part, bool):
            continue
        number = part.get_id()
        twice = twice or number in seen
        if number not in seen:
            seen[number] = part
            left += part.children() if joined(part) else []
    if not twice:
        return whole
    return [part for part in seen.values() if not joined(part)] + [part for part in whole if isinstance(part, bool)]


def both(*parts: Formula) -> Formula:
    """`every` of its arguments."""
    return every(parts)


def either(*parts: Formula) -> Formula:
    """`some` of its arguments."""
    return some(parts)


def opposite(part: Formula) -> Formula:
    """Whether the part is false."""
    return not part if isinstance(part, bool) else z3.Not(part)


def implies(one: Formula, other: Formula) -> Formula:
    """Whether the other is true where the one is."""
    return either(opposite(one), other)


def same(one: Formula, other: Formula) -> Formula:
    """Whether both are true or both are false."""
    if isinstance(one, bool):
        return other if one else opposite(other)
    if isinstance(other, bool):
        return one if other else opposite(one)
    return one == other


def choose(which: Formula, one: Whole, other: Whole) -> Whole:
    """The one number where `which` is true, else the other."""
    if isinstance(which, bool):
        return one if which else other
    return one if one is other else cast("z3.ArithRef", z3.If(which, one, other))


def choose_truth(which: Formula, one: Formula, other: Formula) -> Formula:
    """The one formula where `which` is true, else the other."""
    return either(both(which, one), both(opposite(which), other))


def count(parts: Iterable[Formula]) -> Whole:
    """How many parts are true."""
    total: Whole = 0
    for part in parts:
        total = total + choose(part, 1, 0)
    return total


def equal(one: Whole, other: Whole) -> Formula:
    """Whether two numbers are the same."""
    return one == other


def first(conditions: Iterable[tuple[Formula, Whole]], otherwise: Whole) -> Whole:
    """The number beside the first condition that is true."""
    found = otherwise
    for condition, number in reversed(list(conditions)):
        found = choose(condition, number, found)
    return found


COMPARED: dict[str, Callable[[Whole, Whole], Formula]] = {
    "==": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
"""The comparisons of the condition language, over numbers of the solver."""
