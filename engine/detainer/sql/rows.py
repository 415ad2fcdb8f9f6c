"""What a row of cases says, as numbers, step by step: its facts, its moments where the place lies, what its lists come to."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlglot import exp

from detainer.columnar.facts import FactColumn
from detainer.language import Node, Test
from detainer.language.fields import Day, Truth
from detainer.language.tree import Defined
from detainer.sql import problems
from detainer.sql.calendar import DAY, Calendar, number_of, years_before
from detainer.sql.columns import CASE_ID, ID, WORD, Entries, Read, known, owner
from detainer.sql.conditions import Counted, Facts, counting, layers_of, since
from detainer.sql.dialects import Dialect, Lists
from detainer.sql.logic import (
    Column,
    coalesce,
    column,
    compare,
    every,
    first,
    flag,
    met,
    plus,
    possibly,
    some,
    truth,
    yes,
)
from detainer.sql.logic import known as is_known
from detainer.sql.steps import Steps, at, same

CALENDAR = "law_calendar"
PROBLEM = "problem_"
"""The column that cannot be; NULL where the row is as it should be."""

TOMORROW = "tomorrow_s"
"""The instant at which the day asked about ends."""


@dataclass(frozen=True)
class Rows:
    """The rows of a table, read in a dialect. `asks`: tests with the day that each is asked about, by the name of its answer."""

    read: Read
    calendar: Calendar
    dialect: Dialect
    lists: Lists
    asks: Mapping[str, tuple[Test, Column]]

    def steps(self, table: exp.Expr, lists: Mapping[str, exp.Expr]) -> Steps:
        """The steps up to the answers to the tests and `problem`, the column that cannot be. `lists` are tables by name."""
        steps = Steps(table, "law_facts", self._facts())
        calendar = exp.to_table(CALENDAR)
        days = (("r", "release_day"), ("a", "asked_day"))
        steps.add("law_places", self._places(), {alias: (calendar, same(alias, "day", day)) for alias, day in days})
        steps.add("law_moments", self._moments())
        for number, layer in enumerate(self._named, 1):
            steps.add(
                f"law_named_{number}",
                {name: truth(self._facts_on(day).meets(each.part)) for (each, day), name in layer.items()},
            )
        moments = steps.last
        counts: dict[str, Column] = {}
        tables: dict[str, tuple[exp.Expr, exp.Expr]] = {}
        for number, entries in enumerate(self.read.lists):
            alias, counted = f"e{number}", f"law_{entries.name}_counted"
            facts = {each.name: self.number(each, at("e", each.name)) for each in entries.facts}
            of_case = {"e": (lists[entries.name], same("e", CASE_ID, ID))}
            of_entry = facts or {WORD: at("e", WORD)}
            rows = steps.beside(f"law_{entries.name}", of_entry, of_case, over=moments, kind="inner")
            found = self._counts(entries)
            steps.groups(counted, (ID, CASE_ID), found, rows)
            tables[alias] = exp.to_table(counted), same(alias, CASE_ID, ID)
            counts |= {name: coalesce(at(alias, name), 0) for name in found}
        steps.add("law_lists", counts, tables)
        answers = {name: self._for(name).answer(test) for name, (test, _) in self.asks.items()}
        steps.add("law_tests", {**answers, PROBLEM: first(list(self._problems()))})
        return steps

    def _problems(self) -> Iterator[problems.Problem]:
        first_, last = self.calendar.first, self.calendar.last
        yield from problems.of_moments(self.read.laws[0], first_, last, lists=bool(self.read.lists))
        yield from problems.of_facts(self.read, self.dialect)
        for each in self.read.lists:
            yield every([met(column(_all_of(each))), compare(column(_wrong(each)), ">", 0)]), each.name

    # -- facts ---------------------------------------------------------------------------------------------------------

    def _facts(self) -> dict[str, Column]:
        dialect = self.dialect
        released, asked = at("c", "release_at"), at("c", "asked_at")
        found: dict[str, Column] = {ID: at("c", ID), "release_at": released, "asked_at": asked}
        for name, moment in (("release", released), ("asked", coalesce(asked, released))):
            found[f"{name}_day"] = dialect.number_of_moment(moment)
            found[f"{name}_second"] = dialect.second_of_day(moment)
        for each in self.read.facts:
            found[each.name] = self._presence(each) if each.there else self.number(each, at("c", each.name))
        for each in self.read.lists:
            found[_all_of(each)] = first([(self._is_whole(each), 1)])
        if self.read.lists:
            found["same_id"] = exp.Window(this=exp.Count(this=exp.Star()), partition_by=[at("c", ID)])
        return found

    def number(self, fact: FactColumn, value: Column) -> Column:
        """A column or a field as what tests compare."""
        match fact.type:
            case Truth():
                return self.dialect.number_of_truth(value)
            case Day():
                return self.dialect.number_of_day(value)
            case _:
                return value

    def _presence(self, fact: FactColumn) -> Column:
        """A part of the case is there where a fact of it is stated."""
        names = [each.name for each in self.read.facts]
        stated = [is_known(at("c", each.name)) for each in self.read.facts if owner(each, names) == fact.name]
        stated += [self._is_whole(each) for each in self.read.lists if owner(each.column, names) == fact.name]
        return coalesce(self.dialect.number_of_truth(at("c", fact.name)), first([(some(stated), 1)]))

    def _is_whole(self, entries: Entries) -> exp.Expr:
        """Whether a list is known: then its entries are all that there are."""
        if self.lists == "arrays" and self.dialect.nullable:
            return is_known(at("c", entries.name))
        return met(self.dialect.number_of_truth(at("c", known(entries.name))))

    # -- moments -------------------------------------------------------------------------------------------------------

    def _places(self) -> dict[str, Column]:
        """Local times in seconds; and of the day of scheduled release, what limits hang on."""
        found = {
            "release_local": plus(at("r", "midnight"), at("s", "release_second")),
            "asked_local": plus(at("a", "midnight"), at("s", "asked_second")),
        }
        found |= {"tomorrow_local": plus(at("a", "midnight"), DAY)} if self.read.daily else {}
        found |= {f"release_{name}": at("r", name) for name in self.calendar.columns[3:]}
        return found

    def _moments(self) -> dict[str, Column]:
        calendar = self.calendar

        def there(day: str, value: Column) -> Column:
            bounds = number_of(calendar.first), number_of(calendar.last)
            return first(
                [(every([compare(column(day), ">=", bounds[0]), compare(column(day), "<=", bounds[1])]), value)]
            )

        tomorrow = column("tomorrow_local")
        leap_days = [date(year, 2, 29) for year in range(calendar.first.year, calendar.last.year + 1) if isleap(year)]
        return {
            "release_s": there("release_day", calendar.utc(column("release_local"))),
            "asked_s": there("asked_day", calendar.utc(column("asked_local"))),
            **(
                {TOMORROW: coalesce(calendar.utc(tomorrow), calendar.at_the_earliest(tomorrow))}
                if self.read.daily
                else {}
            ),
            **{since(years): years_before(leap_days, column("release_day"), years) for years in self.read.years},
        }

    # -- lists ---------------------------------------------------------------------------------------------------------

    def _counts(self, entries: Entries) -> dict[str, Column]:
        """What is counted of a list, as 1 or 0 of an entry: that it cannot be; and for each test whether it surely meets what
        the test asks of it, and whether it possibly does.
        """
        found = {_wrong(entries): flag(problems.of_entry(entries, self.read, self.dialect))}
        for name, (test, _) in self.asks.items():
            looks = counting(test)
            if looks is not None and looks[0] == entries.name:
                condition = yes() if looks[1] is None else self._for(name, entries).meets(looks[1])
                found |= {f"least_{name}": flag(condition), f"most_{name}": possibly(condition)}
        return found

    def _for(self, name: str, entries: Entries | None = None) -> Facts:
        """The facts as one of the tests reads them, or what it asks of the entries of a list."""
        test, day = self.asks[name]
        looks = counting(test)
        counts: dict[Test, Counted] = {}
        if looks is not None and entries is None:
            (listed,) = [each for each in self.read.lists if each.name == looks[0]]
            counts[test] = Counted(_all_of(listed), f"least_{name}", f"most_{name}")
        return self._facts_on(day, entries, counts)

    def _facts_on(
        self, day: Column, entries: Entries | None = None, counts: Mapping[Test, Counted] | None = None
    ) -> Facts:
        """The facts of a row, and of the entries of a list, asked about on a day."""
        names = [each.name for each in (*self.read.facts, *(entries.facts if entries else ()))]
        named = {each: name for layer in self._named for (each, on), name in layer.items() if on == day}
        return Facts(frozenset(names), day, counts or {}, named)

    @cached_property
    def _named(self) -> tuple[dict[tuple[Defined, Column], str], ...]:
        """The columns of what is asked of entries under a name, more than once: of each day, in layers (see `named_again`)."""
        of_days: dict[Column, list[Node]] = {}
        for test, day in self.asks.values():
            looks = counting(test)
            if looks is not None and looks[1] is not None:
                of_days.setdefault(day, []).append(looks[1])
        return layers_of(of_days, "of_entries")


def _all_of(entries: Entries) -> str:
    """The column that is 1 where all entries of a list are known, NULL otherwise."""
    return f"all_{entries.name}"


def _wrong(entries: Entries) -> str:
    return f"wrong_{entries.name}"
