"""The law of one place and day as one SELECT, for people with a database of their own.

Step by step each row gets what it needs: its facts as numbers, its moments in seconds, what its lists come to, the answers to the
tests, and which rule controls: under the law of the day, and under each later law of the place at the moment it begins, because a
hold ends as soon as the same facts give release. Every step is a SELECT over those before, in SQL that means the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import zip_longest

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from detainer.columnar.calendar import Clock, Span
from detainer.errors import DetainerError
from detainer.language import Node, Test
from detainer.language.tree import Defined
from detainer.library import Law
from detainer.provision import Provision
from detainer.sql.calendar import Calendar, number_of
from detainer.sql.columns import CASE_ID, ID, Read, asks_of_the_day
from detainer.sql.conditions import joined, layers_of
from detainer.sql.ddl import fields_of, statements
from detainer.sql.dialects import Dialect, Lists
from detainer.sql.doctrine import Doctrine
from detainer.sql.ending import Ends, chain
from detainer.sql.logic import Column, column, every, first, known, literal, met, truth, unknown
from detainer.sql.rows import CALENDAR, PROBLEM, TOMORROW, Rows
from detainer.sql.steps import Steps, at, same

CASES = "cases"
"""What the table of cases is called where no other name is given."""


@dataclass(frozen=True)
class Select:
    """A law, asked of moments on the local days from `first` to `last`."""

    law: Law
    first: date
    last: date

    @cached_property
    def chain(self) -> tuple[Law, ...]:
        """The law, and those after it that can say something else than the one before."""
        return tuple(chain(self.law))

    @cached_property
    def read(self) -> Read:
        """What they read."""
        return Read(self.chain)

    @cached_property
    def calendar(self) -> Calendar:
        """The days and clocks of the place."""
        law = self.law
        limits = [rule.rule for law in self.chain for rule in law.rules if rule.effect == "limits"]
        spans = tuple(dict.fromkeys(Span(rule.hours or 0, rule.excluding) for rule in limits))
        return Calendar(Clock(str(law.where), law.calendar), spans, self.first, self.last)

    # -- tests and conditions of each law ------------------------------------------------------------------------------

    @cached_property
    def days(self) -> tuple[Column, ...]:
        """The day that each law is asked about: that of the row, and for a later law its first."""
        return column("asked_day"), *(literal(number_of(law.since)) for law in self.chain[1:] if law.since)

    def _key(self, tests: tuple[Test, ...], number: int) -> int:
        """Laws that ask about no day but that of scheduled release share their answers."""
        return number if any(map(asks_of_the_day, tests)) else 0

    @cached_property
    def tests(self) -> dict[tuple[Test, int], str]:
        """What each test is called, and the number of the law that it is asked for."""
        asked = [(test, self._key((test,), number)) for number, law in enumerate(self.chain) for test in law.tests]
        return {each: f"test_{number}" for number, each in enumerate(dict.fromkeys(asked))}

    @cached_property
    def conditions(self) -> dict[tuple[Node, int], str]:
        """What each condition is called, and the number of the law that it is asked for."""
        asked = [
            (condition, self._key(tuple(condition.tests()), number))
            for number, law in enumerate(self.chain)
            for condition in law.conditions
        ]
        return {each: f"condition_{number}" for number, each in enumerate(dict.fromkeys(asked))}

    @cached_property
    def named(self) -> tuple[dict[tuple[Defined, int], str], ...]:
        """What definitions are called that are named more than once, and the number of the law that they are asked for: in layers
        (see `named_again`).
        """
        conditions: dict[int, list[Node]] = {}
        for node, key in self.conditions:
            conditions.setdefault(key, []).append(node)
        return layers_of(conditions, "named")

    def _truth(self, node: Node, number: int) -> Column:
        named = {each: name for layer in self.named for (each, key), name in layer.items() if key == number}
        return truth(joined(node, lambda test: met(column(self.tests[test, self._key((test,), number)])), named))

    def _doctrines(self) -> Iterator[Doctrine]:
        for number, law in enumerate(self.chain):
            conditions = {
                rule: self.conditions[rule.when, self._key(tuple(rule.when.tests()), number)] for rule in law.rules
            }
            ends = {rule: f"ends_{self._span(rule)}" for rule in law.rules if rule.effect == "limits"}
            asked = column("asked_s") if not number or law.since is None else literal(self.calendar.midnight(law.since))
            yield Doctrine(law, number, conditions, ends, asked)

    def _span(self, limit: Provision) -> int:
        return self.calendar.spans.index(Span(limit.rule.hours or 0, limit.rule.excluding))

    # -- the whole -----------------------------------------------------------------------------------------------------

    def sql(self, dialect: Dialect, lists: Lists, table: str = CASES) -> str:
        """The SELECT. `table` is what the table of cases is called there. Raises `DetainerError` where that is no name."""
        cases = table_of(table, dialect)
        asks = {name: (test, self.days[number]) for (test, number), name in self.tests.items()}
        rows = Rows(self.read, self.calendar, dialect, lists, asks)
        of_lists = {each.name: beside(cases, each.name) for each in self.read.lists}
        head = [dialect.constants(CALENDAR, self.calendar.columns, self.calendar.rows)]
        if lists == "arrays":
            for each in self.read.lists:
                of_lists[each.name] = exp.to_table(f"law_{each.name}_rows")
                entries = dialect.unnest(cases.sql(dialect.writes), each.name, fields_of(each, dialect), CASE_ID)
                head.append(f"law_{each.name}_rows AS (\n{entries}\n)")
        query = self._decided(rows.steps(cases, of_lists), dialect).sql(dialect=dialect.writes, pretty=True)
        return f"WITH {', '.join(head)}, {query.removeprefix('WITH ')}"

    def ddl(self, dialect: Dialect, lists: Lists, table: str = CASES) -> list[str]:
        """The statements that make the tables. Raises `DetainerError` where `table` is no name."""
        cases = table_of(table, dialect)

        def name(of_list: str) -> str:
            return beside(cases, of_list).sql(dialect.writes)

        return list(statements(self.read, dialect, lists, cases.sql(dialect.writes), name))

    def _decided(self, steps: Steps, dialect: Dialect) -> exp.Expr:
        ends = {
            f"ends_{number}": self.calendar.end(span, column("release_s"))
            for number, span in enumerate(self.calendar.spans)
        }
        for number, layer in enumerate(self.named, 1):
            meanings = {name: self._truth(each.part, key) for (each, key), name in layer.items()}
            steps.add(f"law_definitions_{number}", meanings)
        conditions = {name: self._truth(node, key) for (node, key), name in self.conditions.items()}
        steps.add("law_conditions", ends | conditions)
        doctrines = tuple(self._doctrines())
        layers: list[dict[str, Column]] = []
        for together in zip_longest(*(each.steps() for each in doctrines), fillvalue={}):
            layers.append({name: value for step in together for name, value in step.items()})
        ending = Ends(doctrines, self.calendar, TOMORROW if self.read.daily else None)
        for number, layer in enumerate((*layers, *ending.steps()), 1):
            steps.add(f"law_step_{number}", layer)
        return self._columns(steps, doctrines[0], ending, dialect)

    def _columns(self, steps: Steps, law: Doctrine, ending: Ends, dialect: Dialect) -> exp.Expr:
        """What comes out; nothing but the problem of a row that cannot be."""
        fine = unknown(column(PROBLEM))

        def told(value: Column) -> Column:
            return first([(fine, value)])

        columns: Mapping[str, Column] = {
            ID: at("s", ID),
            "release_at": at("s", "release_at"),
            "outcome": first([(every([fine, met(law.says("hold"))]), "hold"), (fine, "release")]),
            "hold_until": told(ending.told("until", "u")),
            "ended_by": told(column("ending_rule")),
            "limit_ends": told(ending.told("limit", "l")),
            "ruling": told(law.says("ruling")),
            "settled": dialect.truth_of_number(told(first([(known(law.says("hold")), 1)], 0))),
            "exact": dialect.truth_of_number(told(column("exact_"))),
            "problem": column(PROBLEM),
        }
        joins = {
            alias: (exp.to_table(CALENDAR), same(alias, "midnight", day))
            for alias, day in (("u", "until_day"), ("l", "limit_day"))
        }
        return steps.end(columns, joins, dialect.fenced)


def table_of(name: str, dialect: Dialect) -> exp.Table:
    """A name as that of a table. Raises `DetainerError` where it is none, or one of the names of the steps."""
    try:
        table = exp.to_table(name, dialect=dialect.writes)
    except (ParseError, TokenError, ValueError):
        table = exp.Table()
    if table.sql(dialect.writes) != name:
        raise DetainerError(f"`{name}` is no name of a table in {dialect.name}; write it as jail.releases")
    if table.name.startswith("law_"):
        raise DetainerError(
            f"`{name}` cannot be the name of the table: names that begin with law_ are those of the steps"
        )
    return table


def beside(table: exp.Table, name: str) -> exp.Table:
    """The table of a list: it lies where the table of cases lies."""
    found = table.copy()
    found.set("this", exp.to_identifier(name))
    return found


def year_of(day: date) -> tuple[date, date]:
    """The first and the last day of its year."""
    return date(day.year, 1, 1), date(day.year + 1, 1, 1) - timedelta(days=1)
