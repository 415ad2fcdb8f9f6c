"""A SELECT in steps, each a SELECT over others before it, so that what is worked out once has a name. Knows no law."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from detainer.sql.logic import Column, Condition, compare

Joins = Mapping[str, tuple[exp.Expr, Condition]]
"""Tables to look things up in: by the alias, the table and the condition."""

Fence = Callable[[exp.Expr], exp.Expr]
"""How a dialect keeps an engine from writing one step into the next."""


@dataclass(frozen=True)
class Step:
    """A SELECT with a name, of columns and of what it hands on of the step that it is over. A name comes once in a line of steps,
    because engines differ in what they make of a name that comes again.
    """

    name: str
    columns: Mapping[str, Column]
    source: Any
    over: Step | None = None

    def has(self, name: str) -> bool:
        """Whether a column can be asked of it."""
        return name in self.columns or (self.over is not None and self.over.has(name))

    def select(self, wanted: Collection[str]) -> Any:
        """The SELECT of the columns that are wanted of it."""
        handed_on = [at("s", name) for name in wanted if self.over is not None and self.over.has(name)]
        own = {name: each for name, each in self.columns.items() if name in wanted}
        return self.source.select(*handed_on, *_named(own))


class Steps:
    """Steps in their order."""

    def __init__(self, table: exp.Expr, name: str, columns: Mapping[str, Column]) -> None:
        """Begins with columns out of a table, which is called `c`."""
        self.last = Step(name, columns, _from(table, "c"))
        """The step that the next is over."""
        self._found = [self.last]

    def add(self, name: str, columns: Mapping[str, Column], joins: Joins | None = None) -> None:
        """A step over the last one, which is called `s`."""
        if columns:
            self.last = self.beside(name, columns, joins, over=self.last)

    def beside(
        self, name: str, columns: Mapping[str, Column], joins: Joins | None = None, *, over: Step, kind: str = "left"
    ) -> Step:
        """A step over another; the next is not over this one."""
        self._found.append(Step(name, columns, _joined(_from(exp.to_table(over.name), "s"), joins, kind), over))
        return self._found[-1]

    def groups(self, name: str, key: tuple[str, str], sums: Mapping[str, Column], of: Step) -> None:
        """A step with a row for each value of a column of another one: the column, what it is called here, and sums."""
        there, here = key
        columns = {here: at("s", there)} | {name: exp.Sum(this=each) for name, each in sums.items()}
        self._found.append(Step(name, columns, _from(exp.to_table(of.name), "s").group_by(at("s", there))))

    def end(self, columns: Mapping[str, Column], joins: Joins, fence: Fence) -> exp.Expr:
        """The whole, whose rows have these columns."""
        whole: Any = _joined(_from(exp.to_table(self.last.name), "s"), joins, "left").select(*_named(columns))
        wanted = _names(whole)
        selects: list[tuple[str, Any]] = []
        for step in reversed(self._found):
            select = step.select(wanted)
            selects.append((step.name, select))
            wanted |= _names(select)
        for name, select in reversed(selects):
            whole = fence(whole.with_(name, as_=select, copy=False))
        return whole


def at(table: str, name: str) -> Column:
    """A column of a table that goes by an alias."""
    return exp.column(name, table)


def same(table: str, name: str, other: str) -> Condition:
    """Whether a column of a table is another one of the step that is gone on from."""
    return compare(at(table, name), "==", at("s", other))


def _names(select: exp.Expr) -> dict[str, None]:
    """The names of the columns that are asked for."""
    return dict.fromkeys(each.name for each in select.find_all(exp.Column))


def _from(table: exp.Expr, alias: str) -> Any:
    return exp.select().from_(exp.alias_(table, alias, table=True))


def _joined(select: Any, joins: Joins | None, kind: str) -> Any:
    for alias, (table, on) in (joins or {}).items():
        select = select.join(exp.alias_(table, alias, table=True), on=on, join_type=kind)
    return select


def _named(columns: Mapping[str, Column]) -> list[exp.Expr]:
    return [exp.alias_(each, name, copy=False) for name, each in columns.items()]
