"""Rulesets with one slip in them, such as a hand could make: a rule, date, number, operator or word left out or altered. Pure.

Made of the data of a file, before it is checked. What no scenario can expect is left alone: what only colors a decision (doubts,
days that are not known), and a permission that becomes a duty where nothing forbids.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast, get_args

from detainer.errors import Path
from detainer.language.check import parsed
from detainer.law import Basis, Excluded
from detainer.yamlfile import mapping

Data = dict[str, Any]

_DAY = timedelta(days=1)
_EFFECTS = {
    "requires": ("permits", "prohibits"),
    "permits": ("prohibits",),
    "prohibits": ("permits",),
    "cautions": ("prohibits",),
}
_OPERATORS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """The data of a ruleset file with one slip: where it is in the file, and what was done."""

    data: Data
    path: Path
    says: str


def mutants(data: Data) -> Iterator[Mutant]:
    """Every slip in a ruleset file, one at a time, in the order of the file."""
    for name, words in mapping(data.get("sets")).items():
        for word in words:
            rest = [each for each in words if each != word]
            yield _with(data, ("sets", name), rest, f"set `{name}`: {word} is left out")
    for name, meaning in mapping(data.get("definitions")).items():
        path: Path = ("definitions", name) if isinstance(meaning, str) else ("definitions", name, "means")
        yield from _of_condition(data, path, f"definition `{name}`")
    for index, rule in enumerate(data.get("rules") or ()):
        yield from _of_rule(data, index, rule)


def _of_rule(data: Data, index: int, rule: Data) -> Iterator[Mutant]:
    path: Path = ("rules", index)
    whose = f"rule `{rule['id']}`"
    if rule["effect"] == "default":
        return
    yield _without(data, index, rule["id"])
    for effect in _EFFECTS.get(rule["effect"], ()):
        yield _with(data, (*path, "effect"), effect, f"{whose}: {rule['effect']} becomes {effect}")
    basis = rule.get("basis", "detainer")
    for other in get_args(Basis):
        if other != basis and rule["effect"] in ("requires", "permits", "limits"):
            yield _with(data, (*path, "basis"), other, f"{whose}: the basis {basis} becomes {other}")
    for bound in ("from", "until"):
        if bound in rule:
            day = date.fromisoformat(rule[bound])
            for moved in (day - _DAY, day + _DAY):
                yield _with(data, (*path, bound), moved.isoformat(), f"{whose}: {bound} {day} becomes {moved}")
            yield _with(data, (*path, bound), None, f"{whose}: {bound} {day} is left out")
    if "hours" in rule:
        for hours in (rule["hours"] - 1, rule["hours"] + 1):
            yield _with(data, (*path, "hours"), hours, f"{whose}: {rule['hours']} hours become {hours}")
        left_out = rule.get("excluding", [])
        for day in get_args(Excluded):
            fewer = [each for each in left_out if each != day]
            says = f"{whose}: {day} are {'counted' if day in left_out else 'left out'}"
            yield _with(data, (*path, "excluding"), fewer if day in left_out else [*left_out, day], says)
    for name in rule.get("overrides", ()):
        others = [each for each in rule["overrides"] if each != name]
        yield _with(data, (*path, "overrides"), others, f"{whose}: it no longer overrides `{name}`")
    if "when" in rule:
        yield _with(data, (*path, "when"), None, f"{whose}: the condition is left out")
        yield from _of_condition(data, (*path, "when"), whose)


def _without(data: Data, index: int, name: str) -> Mutant:
    """A file without a rule, and without it among what others override."""
    other = deepcopy(data)
    del other["rules"][index]
    for rule in other["rules"]:
        if name in rule.get("overrides", ()):
            rule["overrides"] = [each for each in rule["overrides"] if each != name]
    return Mutant(other, ("rules", index), f"rule `{name}` is left out")


def _with(data: Data, path: Path, value: Any, says: str) -> Mutant:
    """A file with one value changed, or left out for None."""
    other = deepcopy(data)
    owner: Any = other
    for part in path[:-1]:
        owner = owner[part]
    if value is None:
        del owner[path[-1]]
    else:
        owner[path[-1]] = value
    return Mutant(other, path, says)


# -- conditions --------------------------------------------------------------------------------------------------------------


def _of_condition(data: Data, path: Path, whose: str) -> Iterator[Mutant]:
    text: Any = data
    for part in path:
        text = text[part]
    tree = parsed(text)
    for node in ast.walk(tree):
        for other in _alternatives(node):
            says = f"{whose}: `{ast.unparse(node)}` becomes `{ast.unparse(other)}`"
            yield _with(data, path, ast.unparse(_replaced(tree, node, other)), says)


def _alternatives(node: ast.AST) -> Iterator[ast.expr]:
    """What a part of a condition could be by a slip."""
    match node:
        case ast.Compare(left=left, ops=[op], comparators=comparators):
            for other in _OPERATORS.get(type(op), ()):
                yield ast.Compare(left, [other()], comparators)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for left_out in values:
                rest = [each for each in values if each is not left_out]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.List(elts=words) if len(words) > 1:
            yield from (ast.List([each for each in words if each is not word]) for word in words)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.Call(func=ast.Name(id=("any" | "all") as name), args=args):
            yield ast.Call(ast.Name("all" if name == "any" else "any"), args, [])
        case ast.Constant(value=int() as number) if not isinstance(number, bool):
            yield from (ast.Constant(number - 1), ast.Constant(number + 1))
        case ast.Constant(value=str() as text) if (day := _day(text)) is not None:
            yield from (ast.Constant((day + by).isoformat()) for by in (-_DAY, _DAY))
        case _:
            pass


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _replaced(tree: ast.expr, node: ast.AST, other: ast.expr) -> ast.expr:
    """A copy of the tree with another node in place of one of its own."""
    copies: dict[int, Any] = {}
    copy = deepcopy(tree, copies)
    return cast("ast.expr", _Replace(copies[id(node)], other).visit(copy))


class _Replace(ast.NodeTransformer):
    def __init__(self, node: ast.AST, other: ast.expr) -> None:
        self._node, self._other = node, other

    def visit(self, node: ast.AST) -> ast.AST:
        return self._other if node is self._node else self.generic_visit(node)
