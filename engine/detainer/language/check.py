"""Text of a condition to a checked tree. Uses Python's own parser and never runs what it reads.

The subset: comparisons, `in`, `and`, `or`, `not`, `any/all/count(... for x in convictions)`, `within_years(day, n)`,
`age_on(day)`, the names of facts, of definitions and of constant sets. Everything else is refused, with the place and a
mend. All mistakes of a condition are reported, not just the first.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from detainer.case import parse_day
from detainer.errors import ExpressionError, did_you_mean
from detainer.language import tree
from detainer.language.fields import Day, Number, Record, Records, Truth, Type, Word, Words, case_fields
from detainer.language.terms import Age, DayOf, Fact, Path
from detainer.language.tree import Compare, Contains, Count, Every, Node, Not, OneOf, Present, Some

MAX_LENGTH = 4000
"""The longest condition, in characters. A longer one belongs in definitions."""

MAX_DEPTH = 100
"""How many conditions may lie within each other, definitions and what is asked of the entries of lists included."""

MOST = 1_000_000
"""The largest number that may be compared with, and of entries of a list `MOST_ENTRIES`, for a case has few."""
MOST_ENTRIES = 100

_OPS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_CLASS = re.compile(r"\.class\b")
_CALLS = ("any", "all", "count", "within_years", "age_on")


@dataclass(frozen=True)
class Names:
    """What a condition may name besides the facts of the case: definitions and constant sets."""

    definitions: Mapping[str, Node] = field(default_factory=dict[str, Node])
    sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


class _Mistake(Exception):
    def __init__(self, node: ast.expr, message: str) -> None:
        super().__init__(message)
        self.node = node


def check(text: str, names: Names, facts: Record | None = None) -> tuple[Node | None, list[ExpressionError]]:
    """The tree of a condition, or None and every mistake in it. It may name `facts`: those of a case, for None."""
    if len(text) > MAX_LENGTH:
        return None, [ExpressionError(f"longer than {MAX_LENGTH} characters; split it into definitions", 0, len(text))]
    try:
        expression = parsed(text)
    except SyntaxError as error:
        at = _offset(text, error.lineno or 1, (error.offset or 1) - 1)
        end = min(at + 1, len(text))
        return None, [ExpressionError(f"cannot be read here: {error.msg}; write it as in Python", max(end - 1, 0), end)]
    except (RecursionError, MemoryError, ValueError):
        return None, [ExpressionError("nested too deeply or not readable; split it into definitions", 0, len(text))]
    checker = _Checker(text, names, facts or case_fields())
    try:
        node = checker.truth(expression)
    except RecursionError:
        return None, [ExpressionError("nested too deeply; split it into definitions", 0, len(text))]
    if node.depth > MAX_DEPTH:
        message = f"more than {MAX_DEPTH} conditions lie within each other, those of definitions included; ask for less at once"
        return None, [ExpressionError(message, 0, len(text))]
    return (None if checker.errors else node), checker.errors


def parsed(text: str) -> ast.expr:
    """A condition as Python's parser reads it, unchecked. Raises SyntaxError, RecursionError, MemoryError or ValueError."""
    return ast.parse(_in_brackets(text), mode="eval").body


def _in_brackets(text: str) -> str:
    """The text as Python's parser takes it: in brackets, so that it may span lines, and ``.class`` as a name.

    `class` is a keyword of Python and a fact of a conviction. A wide first letter keeps the parser from seeing the
    keyword; Python itself folds such letters, so the tree holds the plain name, and every offset stays the same.
    """
    named = _CLASS.sub(".\N{FULLWIDTH LATIN SMALL LETTER C}lass", text)
    return f"({named}\n)"


def _offset(text: str, line: int, column: int) -> int:
    """From a line and column of the text in brackets to an offset in the text itself."""
    before = sum(len(each) + 1 for each in text.split("\n")[: line - 1])
    return max(0, min(before + column - (line == 1), len(text)))


class _Checker:
    def __init__(self, text: str, names: Names, facts: Record) -> None:
        self.text = text
        self.names = names
        self.fields = facts
        self.errors: list[ExpressionError] = []
        self.items: tuple[str, Record] | None = None

    # -- truth ---------------------------------------------------------------------------------------------------------

    def truth(self, node: ast.expr) -> Node:
        """The tree of an expression that is true or false; a mistake is noted and something harmless returned."""
        try:
            return self._truth(node)
        except _Mistake as mistake:
            self._note(mistake)
            return tree.Always()

    def _truth(self, node: ast.expr) -> Node:
        text = self._source(node)
        match node:
            case ast.BoolOp(op=ast.And(), values=values):
                return Every(tuple(self.truth(each) for each in values), text=text)
            case ast.BoolOp(values=values):
                return Some(tuple(self.truth(each) for each in values), text=text)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(self.truth(operand), text=text)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compare(node, left, op, right, text)
            case ast.Compare():
                raise _Mistake(node, "one comparison at a time; join two with `and`")
            case ast.Call():
                return self._call(node, text)
            case ast.Name() | ast.Attribute():
                return self._named(node, text)
            case ast.Constant(value=bool()):
                raise _Mistake(node, "is the same for every case; leave the condition out if the rule always applies")
            case _:
                raise _Mistake(node, f"`{text}` is not true or false; compare it with something")

    def _named(self, node: ast.Name | ast.Attribute, text: str) -> Node:
        if isinstance(node, ast.Name) and node.id in self.names.definitions:
            return tree.Defined(node.id, self.names.definitions[node.id], text=node.id)
        path, type_ = self._path(node)
        if isinstance(type_, Truth | Record | Records | Words):
            return Present(path, text=text)
        raise _Mistake(node, f"`{text}` is {type_.says}, not true or false; compare it with something")

    def _call(self, node: ast.Call, text: str) -> Node:
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        if node.keywords:
            raise _Mistake(node, f"`{name}` takes no named arguments")
        if name in ("any", "all"):
            items, each = self._quantified(node, name)
            if name == "any":
                return Count(items, each, ">=", 1, text=text)
            return Count(items, Not(each, text=f"not ({each.text})"), "==", 0, text=text)
        if name == "within_years":
            if len(node.args) != 2:
                raise _Mistake(
                    node, "`within_years` takes a day and a number of years: within_years(c.convicted_on, 10)"
                )
            years = node.args[1]
            if not (isinstance(years, ast.Constant) and type(years.value) is int and 0 < years.value <= 150):
                raise _Mistake(years, f"found `{ast.unparse(years)}`, expected a number of years from 1 to 150")
            return tree.WithinYears(self._days(node.args[0]), years.value, text=text)
        if name in ("count", "age_on"):
            raise _Mistake(node, f"`{name}` is a number; compare it, such as `{name}(...) >= 2`")
        raise _Mistake(node, f"unknown function `{name}`.{did_you_mean(name, _CALLS)}")

    def _quantified(self, node: ast.Call, name: str) -> tuple[Path, Node]:
        form = f"write it as {name}(c.offense == … for c in convictions)"
        if len(node.args) != 1 or not isinstance(node.args[0], ast.GeneratorExp):
            raise _Mistake(node, f"`{name}` goes over a list; {form}")
        generator = node.args[0]
        if len(generator.generators) != 1:
            raise _Mistake(node, f"`{name}` goes over one list; {form}")
        over = generator.generators[0]
        if over.ifs:
            raise _Mistake(over.ifs[0], "no `if` here; join it to the condition with `and`")
        if over.is_async or not isinstance(over.target, ast.Name):
            raise _Mistake(node, form)
        if self.items is not None:
            raise _Mistake(
                node, "a list inside a list is not supported; ask for it outside, joined to this with `and` or `or`"
            )
        variable = over.target.id
        if variable in self.fields.fields or variable in self.names.definitions:
            raise _Mistake(over.target, f"`{variable}` already means something else; use another letter")
        path, type_ = self._path(over.iter)
        if not isinstance(type_, Records):
            raise _Mistake(over.iter, f"`{ast.unparse(over.iter)}` is {type_.says}, not a list such as convictions")
        self.items = (variable, type_.item)
        try:
            each = self.truth(generator.elt)
        finally:
            self.items = None
        if any(self._of_list(path) for test in each.tests() for path in test.paths()):
            message = "a list inside a list is not supported; ask for it outside, joined to this with `and` or `or`"
            raise _Mistake(generator.elt, message)
        return path, each

    def _of_list(self, path: Path) -> bool:
        """Whether it leads to a list of the case as a whole."""
        type_: Type = self.fields
        for name in path.names if not path.of_item else ():
            type_ = type_.fields[name] if isinstance(type_, Record) and name in type_.fields else type_
        return isinstance(type_, Records)

    # -- comparisons ---------------------------------------------------------------------------------------------------

    def _compare(self, node: ast.Compare, left: ast.expr, op: ast.cmpop, right: ast.expr, text: str) -> Node:
        if isinstance(op, ast.In | ast.NotIn):
            inside = self._membership(left, right, text)
            return inside if isinstance(op, ast.In) else Not(inside, text=text)
        symbol = _OPS.get(type(op))
        if symbol is None:
            raise _Mistake(node, "compare with == or !=, not with `is`")
        if isinstance(left, ast.Constant) and not isinstance(right, ast.Constant):
            left, right, symbol = right, left, _MIRRORED[symbol]
        if symbol == "!=":
            return Not(self._comparison(left, "==", right, text), text=text)
        return self._comparison(left, symbol, right, text)

    def _comparison(self, left: ast.expr, symbol: str, right: ast.expr, text: str) -> Node:
        if isinstance(left, ast.Call) and isinstance(left.func, ast.Name) and left.func.id == "count":
            items, each = self._quantified(left, "count")
            number = self._number(right, MOST_ENTRIES)
            return Count(items, each, symbol, number, text=text)
        if isinstance(left, ast.Call) and isinstance(left.func, ast.Name) and left.func.id == "age_on":
            if len(left.args) != 1:
                raise _Mistake(left, "`age_on` takes one moment: age_on(release_at)")
            (day,) = self._days(left.args[0])
            if day.path.of_item or day.path.names[0] not in ("release_at", "asked_at"):
                raise _Mistake(left.args[0], "`age_on` takes release_at or asked_at")
            return Compare(Age(day), symbol, self._number(right), text=text)
        path, type_ = self._path(left)
        match type_:
            case Word() | Number() if (other := self._other(right, type_)) is not None:
                if symbol != "==" and isinstance(type_, Word):
                    raise _Mistake(left, f"words have no order; compare `{ast.unparse(left)}` with == or !=")
                return Compare(Fact(path), symbol, Fact(other), text=text)
            case Word(choices=choices):
                if symbol != "==":
                    raise _Mistake(left, f"words have no order; compare `{ast.unparse(left)}` with == or !=")
                word = self._literal(right, str, f"a word in quotes, one of {', '.join(choices)}")
                self._require(right, word, choices)
                return OneOf(path, frozenset((word,)), text=text)
            case Number():
                return Compare(Fact(path), symbol, self._number(right), text=text)
            case Day():
                if isinstance(right, ast.Name | ast.Attribute):
                    (day,) = self._days(right)
                    return Compare(DayOf(path), symbol, day, text=text)
                written = self._literal(right, str, "a day in quotes, such as '2014-03-01'")
                try:
                    return Compare(DayOf(path), symbol, parse_day(written), text=text)
                except ValueError as error:
                    raise _Mistake(right, str(error)) from None
            case Truth():
                value = self._boolean(right)
                if symbol != "==" or value is None:
                    raise _Mistake(right, f"`{ast.unparse(left)}` is true or false; write it alone, or after `not`")
                present = Present(path, text=ast.unparse(left))
                return present if value else Not(present, text=text)
            case _:
                raise _Mistake(left, f"`{ast.unparse(left)}` is {type_.says} and cannot be compared; name a fact of it")

    def _other(self, node: ast.expr, type_: Type) -> Path | None:
        """The fact that another is compared with, if it is one: a fact of the same kind."""
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        known = {*self.fields.fields, *([self.items[0]] if self.items else [])}
        if not (isinstance(root, ast.Name) and root.id in known):
            return None
        path, found = self._path(node)
        if found != type_:
            raise _Mistake(node, f"`{ast.unparse(node)}` is not of the same kind, so the two are never equal")
        return path

    def _membership(self, left: ast.expr, right: ast.expr, text: str) -> Node:
        if isinstance(left, ast.Constant):
            word = self._literal(left, str, "a word in quotes")
            path, type_ = self._path(right)
            if not isinstance(type_, Words):
                raise _Mistake(right, f"`{ast.unparse(right)}` is {type_.says}, not a list of words")
            self._require(left, word, type_.choices)
            return Contains(path, word, text=text)
        path, type_ = self._path(left)
        if not isinstance(type_, Word):
            raise _Mistake(left, f"`{ast.unparse(left)}` is {type_.says}; only a word can be `in` a set")
        if isinstance(right, ast.Name):
            words = self.names.sets.get(right.id)
            if words is None:
                raise _Mistake(right, f"unknown constant set `{right.id}`.{did_you_mean(right.id, self.names.sets)}")
            for word in words:
                self._require(right, word, type_.choices, f"the set `{right.id}` holds ")
        elif isinstance(right, ast.List | ast.Tuple | ast.Set):
            words = tuple(self._literal(each, str, "a word in quotes") for each in right.elts)
            for each, word in zip(right.elts, words, strict=True):
                self._require(each, word, type_.choices)
        else:
            raise _Mistake(right, f"found `{ast.unparse(right)}`, expected a constant set or a list of words")
        return OneOf(path, frozenset(words), text=text)

    # -- names and literals --------------------------------------------------------------------------------------------

    def _path(self, node: ast.expr) -> tuple[Path, Type]:
        parts: list[ast.expr] = [node]
        while isinstance(last := parts[-1], ast.Attribute):
            parts.append(last.value)
        root = parts[-1]
        if not isinstance(root, ast.Name):
            raise _Mistake(node, f"`{ast.unparse(node)}` is not the name of a fact")
        of_item = self.items is not None and root.id == self.items[0]
        if of_item and root is node:
            mend = f"name a fact of it, such as `{root.id}.{next(iter(self.items[1].fields))}`" if self.items else ""
            raise _Mistake(node, f"`{root.id}` is an entry of the list and is always there; {mend}")
        type_: Type = self.items[1] if self.items and of_item else self.fields
        names: list[str] = []
        for part in reversed(parts):
            name = part.attr if isinstance(part, ast.Attribute) else root.id
            if of_item and part is root:
                continue
            if not isinstance(type_, Record):
                raise _Mistake(part, f"`{name}`: {type_.says} has no facts of its own")
            if name not in type_.fields:
                known = [*type_.fields, *type_.either_of]
                if part is root:
                    known += [*self.names.definitions, *([self.items[0]] if self.items else [])]
                raise _Mistake(part, f"unknown name `{name}`.{did_you_mean(name, known)}")
            if name in type_.asked_by:
                raise _Mistake(part, f"`{name}` may be stated in another way; write {type_.asked_by[name]} instead")
            type_ = type_.fields[name]
            names.append("class_" if name == "class" else name)
        return Path(tuple(names), of_item), type_

    def _days(self, node: ast.expr) -> tuple[DayOf, ...]:
        """The day that an expression names; several where it names the latest of several."""
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and self.items:
            variable, item = self.items
            if node.value.id == variable and node.attr in item.either_of:
                return tuple(DayOf(Path((name,), of_item=True)) for name in item.either_of[node.attr])
        path, type_ = self._path(node)
        if not isinstance(type_, Day):
            raise _Mistake(node, f"`{ast.unparse(node)}` is {type_.says}, not a day")
        return (DayOf(path),)

    def _boolean(self, node: ast.expr) -> bool | None:
        if isinstance(node, ast.Constant) and isinstance(node.value, bool):
            return node.value
        return {"true": True, "false": False}.get(node.id) if isinstance(node, ast.Name) else None

    def _literal(self, node: ast.expr, kind: type[Any], expected: str) -> Any:
        if isinstance(node, ast.Constant) and type(node.value) is kind:
            return node.value
        raise _Mistake(node, f"found `{ast.unparse(node)}`, expected {expected}")

    def _number(self, node: ast.expr, most: int = MOST) -> int:
        number = self._literal(node, int, "a whole number")
        if number > most:
            raise _Mistake(node, f"found `{number}`, expected a whole number up to {most}")
        return number

    def _require(self, node: ast.expr, word: str, choices: tuple[str, ...], lead: str = "") -> None:
        if word not in choices:
            near = did_you_mean(word, choices)
            raise _Mistake(
                node, f"{lead}`{word}`, which is none of {', '.join(choices)}.{near if 'Did' in near else ''}"
            )

    def _note(self, mistake: _Mistake) -> None:
        node = mistake.node
        start = self._at(node.lineno, node.col_offset)
        end = self._at(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset + 1)
        if isinstance(node, ast.Attribute):  # point at the name that is wrong, not at what leads to it
            start = end - len(node.attr)
        self.errors.append(ExpressionError(str(mistake), start, end))

    def _source(self, node: ast.expr) -> str:
        """The piece of the condition's own text, its white space folded."""
        start = self._at(node.lineno, node.col_offset)
        end = self._at(node.end_lineno or node.lineno, node.end_col_offset or 0)
        return " ".join(self.text[start:end].split())

    def _at(self, line: int, column: int) -> int:
        """An offset in characters: Python counts columns in bytes of UTF-8."""
        row = _in_brackets(self.text).split("\n")[line - 1]
        return _offset(self.text, line, len(row.encode()[:column].decode(errors="ignore")))
