"""Law compiled to one plan over a table with a row a case: places and days mixed, unknown as NULL, deadlines included.

The plan says of each row of which kind it is (`kinds`), and when limits would end a hold; what is decided of a kind is decided
once (`decisions`), and joined to its rows. Its steps are expressions of Ibis over any table that has columns of `facts.schema`:
DuckDB runs them here, Spark on a cluster. Reads no file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any

import ibis

from detainer.columnar import kinds, problems, reading
from detainer.columnar.alike import Alike
from detainer.columnar.calendar import FAR, Clock, Span, since_column
from detainer.columnar.facts import MOMENTS, PLACE, ROW, Column, Facts, fact_columns
from detainer.columnar.instants import EngineName
from detainer.columnar.stretches import Stretch, spans_of, stretches
from detainer.columnar.timetable import SLOT, Days, Timetable, small
from detainer.columnar.trees import condition, some
from detainer.language import Test
from detainer.language.named import named_again
from detainer.language.tree import Count, Defined, WithinYears
from detainer.library import Law, Library, library_at

CALENDAR, LAWS = "calendar", "laws"
"""The tables that say of each day what clocks show, and which law is in force."""
NEXT = ("next_from", "next_outcome", "next_ruling", "next_settled")
"""What the next law of the place says: from which day it is in force, and what it would decide; NULL where there is none."""

NO_END, AT = -1, -2
"""In place of the number of a limit: nothing ends the hold, or there is none; it ends at an instant that is said. Neither is
NULL, for Ibis 12 gives Spark all numbers as NULL if one is.
"""

MORE = "more"
"""The column of what tells a row apart besides the numbers of its key."""

_VALUES = "values_"
_STRETCH, _LEAP, _BEHIND = "stretch", "leap day", "moments behind which a limit ends"


@dataclass(frozen=True)
class Plan:
    """The law of all places that have a local time, compiled. `with_next`: what the next law of the place says is asked, too.
    Raises `DetainerError` where the law is wrong.
    """

    library: Library = field(default_factory=library_at)
    engine: EngineName = "duckdb"
    with_next: bool = False

    @cached_property
    def laws(self) -> tuple[Law, ...]:
        """Every stretch of unchanged law."""
        histories = map(self.library.history, self.library.places)
        return tuple(law for history in histories if history[0].timezone is not None for law in history)

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """The laws, cut where a doubt about them begins or ends, in the order of their numbers."""
        return tuple(stretches(self.laws))

    @cached_property
    def lasting(self) -> frozenset[Law]:
        """The laws before others under which it is not sure of every hold that a limit ends it (see `stretches`)."""
        return frozenset(each.law for each in self.stretches if each.lasts)

    @cached_property
    def clocks(self) -> tuple[Clock, ...]:
        """The clocks and calendars of the places."""
        return tuple(dict.fromkeys(_clock(law) for law in self.laws))

    @cached_property
    def tests(self) -> tuple[Test, ...]:
        """Every question that is asked of the facts."""
        return tuple(dict.fromkeys(test for law in self.laws for test in asked(law)))

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """How long limits let a hold last, each once."""
        return tuple(dict.fromkeys(span for law in self.laws for span in spans_of(law)))

    @cached_property
    def key(self) -> kinds.Key:
        """What the key of a kind holds, and where."""
        asked_of = dict.fromkeys(name for test in self.tests for name in kinds.read_by(test))
        return kinds.Key(
            {_STRETCH: len(self.stretches).bit_length(), _LEAP: 1}
            | {span: (2 * len(self.spans)).bit_length() for span in self.spans}
            | {(_BEHIND, span): (2 * len(self._moments)).bit_length() for span in self.spans}
            | dict.fromkeys(sorted(self.tests, key=_column_number), 2)
            | dict.fromkeys(asked_of, 1)
        )

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns that say of which kind a row is."""
        return (*self.key.columns, MORE)

    @cached_property
    def timetable(self) -> Timetable:
        """Clocks, calendars and limits."""
        return Timetable(self.clocks, self.spans, self.engine, self._years)

    def tables(self, days: Days) -> dict[str, Any]:
        """The tables that rows are joined to, by name, for moments on these days."""
        return {CALENDAR: self.timetable.calendar(days), LAWS: days.table(*self._laws(days))}

    def kinds(self, read: Any, days: Days) -> Any:
        """The kind of each row as `key_columns`, the ends of limits (UTC) and the day of the law. `key_0` is NULL for a row that
        cannot be. `read` is as `reading.read` gives it, with the column `row`; its moments lie on `days`, of which the engine has
        the `tables`.
        """
        table = read.mutate(**self._of_values(read))  # before any join: engines are slower with what they joined
        table = self._in_force(self._situated(table, days), days)
        table = table.mutate(**dict(zip(self._end_names, self.timetable.ends(table).values(), strict=True)))
        table = table.mutate(**self._counting(table))
        for layer in self._named:
            facts = self._facts(table)
            table = table.mutate(**{name: condition(each.part, facts) for each, name in layer.items()})
        table = table.mutate(
            wrong=table.wrong | some([each.wrong for each in reading.untimely(table)]),
            **kinds.counts(self._counts, self._facts(table), lambda test: self._asks(table, test)),
        )
        names = self.key.columns
        table = table.mutate(**dict(zip(names, self._answers(table), strict=True)))
        table = table.mutate(**self._with_unknowns(table), **self._alike(table).lines())
        table = table.mutate(**{MORE: self._alike(table).text(table)})
        kept = [name for name in (ROW, "id") if name in table.columns]
        return table.select(*kept, *names, MORE, *self._end_names, law_as_of=table.asked_at_day)

    def suspects(self, read: Any) -> list[Any]:
        """For each list the rows, as `row`, with an entry that perhaps cannot be. `kinds` takes it that there is none."""
        return problems.suspects(read, reading.earliest_day(read))

    def rejected(self, read: Any, days: Days) -> Any:
        """The rows that cannot be: `row`, the column that is wrong, and the reason."""
        table = self._situated(read, days)
        table = table.mutate(**problems.wrong_entries(table, table.asked_at_day))
        found = [*reading.untimely(table), *reading.unlike(table), *problems.of_entries(table, table.asked_at_day)]
        table = table.mutate(number=ibis.cases(*((each.wrong, number) for number, each in enumerate(found))))
        table = table.filter(table.number.notnull())
        return table.select(
            ROW,
            column=ibis.cases(*((table.number == number, each.column) for number, each in enumerate(found))),
            reason=ibis.cases(*((table.number == number, each.reason) for number, each in enumerate(found))),
        )

    # -- where and when ----------------------------------------------------------------------------------------------------

    def _situated(self, table: Any, days: Days) -> Any:
        """The rows with their moments as instants and local days, and where ends of limits lie."""
        table = table.left_join(self._places, [table[PLACE] == self._places.place]).drop("place")
        return self.timetable.situate(
            table, days.lookup(ibis.table({SLOT: "int64"} | self.timetable.columns, CALENDAR))
        )

    @cached_property
    def _places(self) -> Any:
        """For each place its number, and that of its clock."""
        numbers = [self.clocks.index(clock) for clock in self._clock_of.values()]
        columns = [[*self._clock_of], range(len(numbers)), numbers]
        return small(columns, {"place": "string", "number": "int64", "clock": "int64"})

    @cached_property
    def _clock_of(self) -> dict[str, Clock]:
        return {law.place: _clock(law) for law in self.laws}

    @property
    def _masks(self) -> dict[str, str]:
        """For each column of the key, the column with the bits that count under the law of a row."""
        return {name: f"mask_{name}" for name in self.key.columns}

    @cached_property
    def _moments(self) -> list[str]:
        """The columns of the first instants of later stretches of law that count (see `Stretch.moments`), in their order."""
        return [f"moment_{number}" for number in range(max(len(each.moments) for each in self.stretches))]

    @property
    def _law_types(self) -> dict[str, str]:
        numbers = ["stretch", *self._masks.values(), *(f"{name}_beyond" for name in self._masks.values())]
        return dict.fromkeys(numbers, "int64") | dict.fromkeys(self._moments, self.timetable.instants.type)

    def _laws(self, days: Days) -> tuple[list[Any], dict[str, str]]:
        """For each place on each day the number of the stretch of its law, the bits that count under it, those that count where a
        hold can meet later law, and the first instants of that.
        """
        columns: list[list[Any]] = [[] for _ in self._law_types]
        plain = self.timetable.instants.plain
        for number, each in enumerate(self.stretches):
            length = (min(each.last, days.last) - max(each.first, days.first)).days + 1
            moments = [*map(plain, each.moments), *[plain(FAR)] * (len(self._moments) - len(each.moments))]
            of_day = self._masks_of(each, each.lasts), self._masks_of(each, True)
            for column, value in zip(columns, (number, *of_day[0], *of_day[1], *moments), strict=True):
                column += [value] * length
        return columns, self._law_types

    def _in_force(self, table: Any, days: Days) -> Any:
        """With the number of the stretch of law, the bits that count, and the moments at which the law changes."""
        lookup = days.lookup(ibis.table({SLOT: "int64"} | self._law_types, LAWS))
        return lookup(table, table.number, table.asked_at_day, list(self._law_types))

    def _masks_of(self, stretch: Stretch, beyond: bool) -> list[int]:
        """The bits of the key by which the law tells rows apart, and the next one, if that is asked, and where a hold can meet
        it (`beyond`) all that it can meet.
        """
        law = stretch.law
        after = [law.after] if self.with_next and law.after else []
        found: list[object] = [_STRETCH]
        for each in dict.fromkeys((law, *after, *(stretch.beyond if beyond else ()))):
            tests = asked(each)
            read = dict.fromkeys(name for test in tests for name in kinds.read_by(test))
            found += [*([_LEAP] if _looks_back(each) else []), *spans_of(each), *tests, *read]
            found += [(_BEHIND, span) for span in spans_of(each)] if beyond else []
        return self.key.masks(dict.fromkeys(found))

    # -- of which kind -----------------------------------------------------------------------------------------------------

    @property
    def _end_names(self) -> list[str]:
        return [f"end_{number}" for number in range(len(self.spans))]

    @property
    def _counts(self) -> list[Count]:
        return [test for test in self.tests if isinstance(test, Count)]

    @cached_property
    def _years(self) -> tuple[int, ...]:
        """For how many years before release laws look back."""
        tests = (each for law in self.laws for test in law.tests for each in test.asked())
        return tuple(sorted({each.years for each in tests if isinstance(each, WithinYears)}))

    @cached_property
    def _named(self) -> tuple[dict[Defined, str], ...]:
        """The columns of what is asked of entries under a name, more than once, in layers (see `named_again`)."""
        numbers = count()
        layers = named_again(test.each for test in self._counts)
        return tuple({each: f"named_{next(numbers)}" for each in layer} for layer in layers)

    def _facts(self, table: Any) -> Facts:
        since = {years: table[since_column(years)] for years in self._years}
        found = {each: name for layer in self._named for each, name in layer.items()}
        named = {each: table[name] for each, name in found.items() if name in table.columns}
        return Facts(table, {name: table[f"{name}_day"] for name in MOMENTS}, since, named)

    def _asks(self, table: Any, name: object) -> Column:
        """Whether something counts under the law of the row, such as the answer to a test."""
        field = self.key[name]
        return (table[self._masks[self.key.columns[field.column]]] & field.mask) != 0

    def _ends(self, table: Any) -> dict[Span, Column]:
        """When limits end."""
        return {span: table[name] for name, span in zip(self._end_names, self.spans, strict=True)}

    def _counting(self, table: Any) -> dict[str, Column]:
        """The bits that count, of a row of which a limit ends when the law is another one those of that law, too."""
        if not self._moments:
            return {}
        first = table[self._moments[0]]
        meets = some([self._asks(table, span) & (end >= first) for span, end in self._ends(table).items()])
        return {name: ibis.cases((meets, table[f"{name}_beyond"]), else_=table[name]) for name in self._masks.values()}

    def _answers(self, table: Any) -> list[Column]:
        """The key but for what is not known."""
        facts = self._facts(table)

        def asks(test: Test) -> Column:
            return self._asks(table, test)

        parts = kinds.Parts(self.key)
        parts.put(_STRETCH, table.stretch)
        day = table.release_at_day
        parts.flag(_LEAP, (day.month() == 2) & (day.day() == 29))
        ends = self._ends(table)
        asked_at = table.asked_at_utc if "asked_at_raw" in table.columns else None
        for span, number in kinds.order(ends, asked_at).items():
            parts.put(span, number)
        for span, number in kinds.behind(ends, [table[name] for name in self._moments]).items():
            parts.put((_BEHIND, span), number)
        kinds.answer_of_lists(parts, self._counts, facts, asks, table)
        kinds.answer(parts, self.tests, facts, asks)
        found = zip(parts.columns(), self.key.columns, strict=True)
        return [(column | table[_VALUES + name]) & table[self._masks[name]] for column, name in found]

    def _of_values(self, table: Any) -> dict[str, Column]:
        """What rows say whose place and day are not looked at: answers, and whether all that can be."""
        parts = kinds.Parts(self.key)
        kinds.answer_of_values(parts, self.tests, Facts(table, {}))
        return {
            "wrong": some([each.wrong for each in reading.unlike(table)]).fill_null(False),
            **dict(zip((_VALUES + name for name in self.key.columns), parts.columns(), strict=True)),
        }

    def _with_unknowns(self, table: Any) -> dict[str, Column]:
        """The whole key: where an answer is open, with what is not known; of a row that cannot be, NULL."""
        names = self.key.columns
        ones = [
            sum(1 << self.key[test].shift for test in self.tests if self.key[test].column == n)
            for n in range(len(names))
        ]
        open_ = some([(table[name] & (2 * bits)) != 0 for name, bits in zip(names, ones, strict=True)])
        parts = kinds.Parts(self.key)
        facts = Facts(table, {})
        for name in dict.fromkeys(name for test in self.tests for name in kinds.read_by(test)):
            parts.flag(name, facts.column(name).isnull())
        unknown = dict(zip(names, parts.columns(), strict=True))
        found = {
            name: ibis.cases((open_, table[name] | (unknown[name] & table[self._masks[name]])), else_=table[name])
            for name in names
        }
        wrong = table.wrong.fill_null(False)
        return found | {names[0]: ibis.cases((~wrong, found[names[0]]))}

    def _alike(self, table: Any) -> Alike:
        """What else tells rows apart, where an answer says that there is more."""

        def more(test: Test) -> Column:
            field = self.key[test]
            return (table[self.key.columns[field.column]] & field.mask) == field.mask

        return Alike(self.tests, self._facts(table), more)

    def apart(self, of_rows: Any, decisions: Any) -> Any:
        """The rows of `kinds` of which each is to be decided by itself, with their keys."""
        names = self.key_columns
        apart = decisions.filter(decisions.apart)
        found = of_rows.semi_join(apart, [of_rows[name] == apart[name] for name in names])
        return found.select(ROW, *names)

    def joined(self, of_rows: Any, decisions: Any) -> Any:
        """The rows of `kinds` that can be, each with what was decided of its kind (see `decisions.columns`)."""
        names = self.key_columns
        found = decisions.rename({f"of_{name}": name for name in names})
        table = of_rows.inner_join(found, [of_rows[name] == found[f"of_{name}"] for name in names])
        ends = [
            *zip(range(len(self.spans)), (table[name] for name in self._end_names), strict=True),
            (AT, table.end_at),
        ]

        def instant(end: Column) -> Column:
            return self.timetable.instants.told(ibis.cases(*((end == number, at) for number, at in ends)))

        return table.select(
            *(name for name in (ROW, "id") if name in table.columns),
            table[PLACE],
            table.outcome,
            instant(table.end).name("hold_until"),
            table.ended_by,
            instant(table["limit"]).name("limit_ends"),
            table.ruling,
            table.authority,
            table.settled,
            table.caveats,
            table.open_questions,
            table.law_as_of,
            table.digest,
            *(table[name] for name in NEXT if self.with_next),
        )


def _column_number(test: Test) -> int:
    """Tests of one column lie side by side in the key."""
    column = kinds.column_of(test)
    return -1 if column is None else fact_columns().index(column)


def _clock(law: Law) -> Clock:
    assert law.timezone is not None
    return Clock(law.timezone, law.calendar)


def asked(law: Law) -> tuple[Test, ...]:
    """What the rules in force and the doubts about them ask."""
    of_doubts = (test for rule in law.rules for each in rule.doubts for test in each.when.tests())
    return tuple(dict.fromkeys([*law.tests, *of_doubts]))


def _looks_back(law: Law) -> bool:
    return any(isinstance(each, WithinYears) for test in law.tests for each in test.asked())
