"""What the laws of a place read: columns of the table of cases, and lists with a row an entry. Decides nothing.

A list is a table of its own, or is made one out of an array: its rows carry the `id` of their case. Whether a list is known at
all is told by a column of the case; an array that is NULL tells it by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from detainer.columnar.facts import MOMENTS, FactColumn, column_name, entry_columns, fact_columns, has
from detainer.language import Test
from detainer.language.fields import Record, Records, Words, case_fields
from detainer.language.terms import Age, DayOf, Path
from detainer.language.tree import Compare, Count
from detainer.library import Law

ID, CASE_ID, WORD = "id", "case_id", "word"
"""The name of a case; the case that an entry of a list is of; an entry that is a word."""

AGE, BORN = "person_age", "person_date_of_birth"


def known(name: str) -> str:
    """The column that tells whether a list is known."""
    return f"{name}_known"


@dataclass(frozen=True)
class Entries:
    """A list that the laws read, with the facts of an entry that they read; of a list of words, the word."""

    column: FactColumn
    facts: tuple[FactColumn, ...]

    @property
    def name(self) -> str:
        """What the list is called: a column of arrays, or a table."""
        return self.column.name


@dataclass(frozen=True)
class Read:
    """What several laws read, one law after the other."""

    laws: tuple[Law, ...]

    @cached_property
    def tests(self) -> tuple[Test, ...]:
        """The different questions that they ask."""
        return tuple(dict.fromkeys(test for law in self.laws for test in law.tests))

    @cached_property
    def _paths(self) -> frozenset[Path]:
        return frozenset(path for test in self.tests for each in test.asked() for path in paths_of(each))

    @cached_property
    def facts(self) -> tuple[FactColumn, ...]:
        """The columns of the table of cases that hold facts, in the order of `facts.fact_columns`; lists are not among them."""
        names = {path.names for path in self._paths if not path.of_item}
        wanted = {column_name(each) for each in names} | {each[0] for each in names if each[0] in _PARTS}
        return tuple(
            each for each in fact_columns() if each.name in wanted and not isinstance(each.type, Records | Words)
        )

    @cached_property
    def lists(self) -> tuple[Entries, ...]:
        """The lists."""
        names = {column_name(path.names) for path in self._paths if not path.of_item}
        return tuple(
            Entries(each, tuple(self._entry(each)))
            for each in fact_columns()
            if each.name in names and isinstance(each.type, Records | Words)
        )

    def _entry(self, column: FactColumn) -> Iterator[FactColumn]:
        if not isinstance(column.type, Records):
            return
        asked = {
            path.names[0].rstrip("_")
            for test in self.tests
            if isinstance(test, Count) and test.items.names[0] == column.name
            for each in test.each.tests()
            for path in paths_of(each)
            if path.of_item
        } or {"offense"}
        for field, each in entry_columns(column.type).items():
            if field in asked or any(field == has(name) for name in asked):
                yield each

    @cached_property
    def years(self) -> tuple[int, ...]:
        """How many years they look back."""
        from detainer.language.tree import WithinYears

        asked = (each for test in self.tests for each in test.asked())
        return tuple(sorted({each.years for each in asked if isinstance(each, WithinYears)}))

    @cached_property
    def daily(self) -> bool:
        """Whether an answer can turn from one day to the next under the same law."""
        return any(map(asks_of_the_day, self.tests))

    def columns(self, *, arrays: bool, nullable: bool) -> tuple[str, ...]:
        """The columns of the table of cases. `arrays`: lists are columns of it; `nullable`: those may be NULL."""
        facts: list[str] = [each.name for each in self.facts]
        for each in self.lists:
            facts += [each.name] if arrays else []
            facts += [] if arrays and nullable else [known(each.name)]
        return (ID, *MOMENTS, *facts)


_PARTS = frozenset(name for name, type_ in case_fields().fields.items() if isinstance(type_, Record)) - {"person"}


def paths_of(test: Test) -> Iterable[Path]:
    """The facts that a test reads, apart from what it asks of entries; an age stands for a day of birth."""
    yield from test.paths()
    if isinstance(test, Compare):
        for side in (test.left, test.right):
            if isinstance(side, Age):
                yield from (Path(("person", "age")), side.on.path)
            elif isinstance(side, DayOf):
                yield side.path


def asks_of_the_day(test: Test) -> bool:
    """Whether its answer can hang on the day asked about, not on that of scheduled release alone."""
    return any(path.names == ("asked_at",) for each in test.asked() for path in paths_of(each))


def owner(column: FactColumn, names: Mapping[str, object] | Sequence[str]) -> str | None:
    """The column that says whether what a fact belongs to is there, if it is a part of the case that may be missing."""
    return column.fact[0] if len(column.fact) > 1 and column.fact[0] in names else None
