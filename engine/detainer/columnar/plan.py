"""Law compiled to one plan over a table with a row a case: places and days mixed, unknown as NULL, deadlines included.

`Plan` is made once of a library; `decided` is an expression of Ibis over any table that has the columns of `facts.schema`, or
some of them. Engines of Ibis run it: DuckDB here, Spark on a cluster. The engine `direct` is the meaning; tests hold the two
together on generated law. Reads no file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import ibis

from detainer.case import FIRST, LAST
from detainer.columnar import calendar as calendars
from detainer.columnar import doctrine, problems, reading
from detainer.columnar.calendar import Clock, Span
from detainer.columnar.doctrine import BASES, Form, form_of, span_of
from detainer.columnar.facts import (
    MOMENTS,
    PLACE,
    Column,
    Facts,
    every,
    moments,
)
from detainer.columnar.situate import moment_of, situated
from detainer.columnar.trees import joined, some, truth
from detainer.errors import PlaceError
from detainer.language import Test
from detainer.law import Basis
from detainer.library import Law, Library, library_at
from detainer.provision import Provision

_DIGITS = 31
"""How many answers of three kinds, two bits each, go into one number."""

ROW = reading.ROW
_EVER, _NEVER = date.min, date.max


@dataclass(frozen=True)
class Plan:
    """The law of some places (of all that have a local time, for None), compiled. Raises `DetainerError` where it is wrong."""

    library: Library = field(default_factory=library_at)
    places: tuple[str, ...] | None = None

    @cached_property
    def laws(self) -> tuple[Law, ...]:
        """Every stretch of unchanged law, in the order of their numbers."""
        found: list[Law] = []
        for place in self.library.places if self.places is None else self.places:
            history = self.library.history(place)
            if history[0].timezone is not None:
                found += history
            elif self.places is not None:
                raise PlaceError(f"`{place}` has no local time of its own; name a state or county within it")
        return tuple(found)

    @cached_property
    def clocks(self) -> tuple[Clock, ...]:
        """The clocks and calendars of the places."""
        return tuple(dict.fromkeys(_clock(law) for law in self.laws))

    @cached_property
    def rules(self) -> tuple[Provision, ...]:
        """Every rule in the order of their numbers."""
        return tuple(dict.fromkeys(rule for law in self.laws for rule in law.rules))

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """The different forms of the laws."""
        return tuple(dict.fromkeys(form_of(law) for law in self.laws))

    @cached_property
    def tests(self) -> dict[Test, list[int]]:
        """Every question that is asked of the facts, and the numbers of the laws that ask it."""
        found: dict[Test, list[int]] = {}
        for number, law in enumerate(self.laws):
            for test in law.tests:
                found.setdefault(test, []).append(number)
        return found

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """How long limits let a hold last, each once."""
        return tuple(dict.fromkeys(span_of(rule) for rule in self.rules if rule.effect == "limits"))

    @cached_property
    def excluding(self) -> tuple[Span, ...]:
        """Those of `spans` that leave out days."""
        return tuple(span for span in self.spans if span.excluding)

    def calendar(self, first: date = FIRST, last: date = LAST) -> Any:
        """The table of clocks and calendars for the days between (local and of UTC), a day more on either side."""
        first, last = max(FIRST, first - timedelta(days=1)), min(LAST, last + timedelta(days=1))
        columns = {**calendars.COLUMNS}
        for number in range(len(self.excluding)):
            columns |= calendars.span_columns(number)
        return ibis.memtable(
            list(calendars.days(self.clocks, self.excluding, first, last)), schema=ibis.schema(columns)
        )

    def decided(self, raw: Any, calendar: Any) -> Any:
        """The decisions, a row each: outcome, hold_until (in UTC), ruling, authority, settled, exact, law_as_of, digest,
        after the columns of `raw` that are kept (`row`, `id`, the place). A row with a `problem` is not decided. `exact`: all of
        it is what `direct` would say, and no approximation by three-valued logic, which calls more rows unsettled.
        """
        answered = self.answered(raw, calendar)
        return self.joined(answered, self.controls(self.keys(answered)))

    def answered(self, raw: Any, calendar: Any) -> Any:
        """What the doctrine needs of each row: the law, the answers to its tests, and how the ends of limits lie. A row with a
        problem has no law.
        """
        table = self._situated(reading.read(raw), raw, calendar)
        table = self._answered(self._with_problems(table))
        kept = [name for name in (ROW, "id", PLACE) if name in table.columns]
        numbers = range(len(self.spans))
        return table.mutate(law=ibis.cases((table.problem_column.isnull(), table.law))).select(
            *kept,
            *self._keys(),
            *(f"end_{n}" for n in numbers),
            "problem_column",
            "problem",
            law_as_of=table.asked_at_day,
        )

    def keys(self, answered: Any) -> Any:
        """The different sets of answers: few, however many rows there are."""
        return answered.filter(answered.law.notnull()).select(*self._keys()).distinct()

    # -- where and when ----------------------------------------------------------------------------------------------------

    def _situated(self, table: Any, raw: Any, calendar: Any) -> Any:
        places = dict.fromkeys(law.place for law in self.laws)
        clock_of = {law.place: self.clocks.index(_clock(law)) for law in self.laws}
        where = ibis.memtable(
            [(place, clock_of[place]) for place in places], schema=ibis.schema({"place": "string", "clock": "int64"})
        )
        table = table.left_join(where, table[PLACE] == where.place).drop("place")
        for name in (*MOMENTS, *moments()):
            if f"{name}_raw" in table.columns:
                table = situated(table, name, moment_of(table[f"{name}_raw"], days=name in moments()), calendar)
        if "asked_at" in raw.columns:
            table = table.mutate(
                asked_at_day=ibis.coalesce(table.asked_at_day, table.release_at_day),
                asked_at_utc=ibis.coalesce(table.asked_at_utc, table.release_at_utc),
            )
        else:
            table = table.mutate(asked_at_day=table.release_at_day, asked_at_utc=table.release_at_utc)
        for name in moments():
            if f"{name}_day" in table.columns:
                table = table.mutate(**{name: table[f"{name}_day"]})
        if self.excluding:
            names = [each for number in range(len(self.excluding)) for each in calendars.span_columns(number)]
            right = calendar.select("clock", "day", *names).view()
            table = table.left_join(
                right, [table.clock == right.clock, table.release_at_day == right.day], rname="{name}_s"
            )
            table = table.drop(*[each for each in table.columns if each in ("clock_s", "day", "day_s")])
        laws = ibis.memtable(
            [
                (
                    law.place,
                    law.since or _EVER,
                    (law.until or _NEVER) - timedelta(days=1),
                    number,
                    *(number in laws for laws in self.tests.values()),
                )
                for number, law in enumerate(self.laws)
            ],
            schema=ibis.schema(
                {"place": "string", "since": "date", "last": "date", "law": "int64"}
                | {f"asks_{number}": "boolean" for number in range(len(self.tests))}
            ),
        )
        joined = table.left_join(
            laws,
            [table[PLACE] == laws.place, table.asked_at_day >= laws.since, table.asked_at_day <= laws["last"]],
        )
        return joined.drop("place", "since", "last")

    def _with_problems(self, table: Any) -> Any:
        table = table.mutate(**problems.wrong_entries(table, table.asked_at_day))
        asked, release = table.asked_at_day, table.release_at_day
        found = [
            *problems.of_place(table),
            *reading.of_moments(table),
            *reading.of_types(table),
            *problems.of_words(table),
            *problems.of_days(table, asked, release),
            *problems.of_entries(table, asked),
        ]
        table = table.mutate(problem_number=ibis.cases(*((each.wrong, n) for n, each in enumerate(found))))
        number = table.problem_number
        return table.mutate(
            problem_column=ibis.cases(*((number == n, each.column) for n, each in enumerate(found))),
            problem=ibis.cases(
                (number.notnull(), ibis.cases(*((number == n, each.reason) for n, each in enumerate(found))))
            ),
        )

    # -- what the rules say ------------------------------------------------------------------------------------------------

    def _answered(self, table: Any) -> Any:
        """With what is all that the doctrine needs of a row, in few numbers: the answers to the law's tests, and how the ends of
        limits lie. `asks_<n>` says which tests the law of the row makes.
        """
        facts = Facts(table, {"release_at": table.release_at_day, "asked_at": table.asked_at_day})
        answers: dict[str, Column] = {name: ibis.literal(0, "int64") for name in self._answers()}
        for number, (test, laws) in enumerate(self.tests.items()):
            each = truth(test, facts).cast("int8").fill_null(2)
            if len(laws) < len(self.laws):
                each = ibis.cases((table[f"asks_{number}"], each), else_=0)
            answers[f"answers_{number // _DIGITS}"] += each.cast("int64") * 4 ** (number % _DIGITS)
        table = table.mutate(**answers)
        table = table.mutate(**{f"end_{n}": self._end(table, span) for n, span in enumerate(self.spans)})
        ends = {span: table[f"end_{n}"] for n, span in enumerate(self.spans)}
        order = doctrine.when(ends, table.asked_at_utc)
        return table.mutate(**{f"when_{n}": order[span] for n, span in enumerate(self.spans)})

    def _end(self, table: Any, span: Span) -> Column:
        """When a limit ends a hold: see `calendar.Turns`."""
        if not span.excluding:
            return table.release_at_utc + ibis.interval(hours=span.hours)
        columns = calendars.span_columns(self.excluding.index(span))
        start, *others = (table[name] for name in columns)
        after, still = others[: calendars.TURNS], others[calendars.TURNS :]
        begin = ibis.greatest(table.release_at_utc, start)
        turned = ibis.cases(*((begin <= each, still[turn]) for turn, each in enumerate(after)), else_=still[-1])
        return begin + (turned + span.hours * 3600).as_interval("s")

    def _answers(self) -> list[str]:
        return [f"answers_{part}" for part in range(-(-len(self.tests) // _DIGITS))]

    def _keys(self) -> list[str]:
        return ["law", *self._answers(), *(f"when_{n}" for n in range(len(self.spans)))]

    def controls(self, keys: Any) -> Any:
        """What controls, for each different set of answers."""
        forms, longest = self.forms, max(len(law.rules) for law in self.laws)
        digit = {
            test: (keys[f"answers_{number // _DIGITS}"] // 4 ** (number % _DIGITS)) % 4
            for number, test in enumerate(self.tests)
        }
        keys = keys.mutate(
            form=_of_each(keys.law, [forms.index(form_of(law)) for law in self.laws]),
            **{f"test_{n}": ibis.cases((each == 1, True), (each == 0, False)) for n, each in enumerate(digit.values())},
        )
        answer = {test: keys[f"test_{number}"] for number, test in enumerate(self.tests)}
        column_of = {
            node: n for n, node in enumerate(dict.fromkeys(each for law in self.laws for each in law.conditions))
        }
        keys = keys.mutate(**{f"condition_{n}": joined(node, answer.__getitem__) for node, n in column_of.items()})
        truths: dict[str, Column] = {}
        for place in range(longest):
            conditions = {
                n: column_of[law.rules[place].when] for n, law in enumerate(self.laws) if place < len(law.rules)
            }
            truths[f"truth_{place}"] = ibis.cases(
                *((keys.law.isin(laws), keys[f"condition_{number}"]) for number, laws in _grouped(conditions).items())
            )
        table = keys.mutate(**truths)
        table = table.mutate(
            **{f"certain_{place}": table[f"truth_{place}"].fill_null(False) for place in range(longest)}
        )

        def by_form(name: str, each: Sequence[Mapping[Any, Column]]) -> None:
            """Add columns that differ by form, each named after its key."""
            nonlocal table
            columns = {
                f"{name}_{key}": ibis.cases(*((table.form == n, one[key]) for n, one in enumerate(each) if key in one))
                for key in dict.fromkeys(key for one in each for key in one)
            }
            table = table.mutate(**columns)

        def by_place(name: str) -> dict[int, Column]:
            return {place: table[f"{name}_{place}"] for place in range(longest) if f"{name}_{place}" in table.columns}

        def by_basis(name: str) -> dict[Basis, Column]:
            return {basis: table[f"{name}_{basis}"] for basis in BASES}

        by_form("voice", [doctrine.voices(form, by_place("truth")) for form in forms])
        by_form("sure", [doctrine.voices(form, by_place("certain")) for form in forms])
        end = {span: table[f"when_{n}"] for n, span in enumerate(self.spans)}
        by_form("until", [doctrine.ends(form, by_place("voice"), end) for form in forms])
        by_form("at_most", [doctrine.ends(form, by_place("voice"), end, open_=False) for form in forms])
        by_form("speaks", [doctrine.speakers(form, by_place("voice")) for form in forms])
        by_form("surely", [doctrine.speakers(form, by_place("sure")) for form in forms])
        by_form("known", [doctrine.known(form, by_place("voice")) for form in forms])
        by_form("rule", [{"refused": doctrine.refusal(form, by_place("voice"))} for form in forms])
        until, at_most, speaks, known = map(by_basis, ("until", "at_most", "speaks", "known"))
        table = table.mutate(
            hold=some([speaks[basis] & doctrine.lasts(until[basis], at_most[basis]) for basis in BASES]),
            latest=doctrine.latest(by_basis("surely"), until),
        )
        by_form("rule", [{"ground": doctrine.ground(form, by_place("sure"), until, table.latest)} for form in forms])
        by_form("rests", [{"on": doctrine.rests_on(form, table.rule_ground)} for form in forms])
        by_form(
            "rule",
            [{"limit": doctrine.limiting(form, by_place("voice"), until, end, table.rests_on)} for form in forms],
        )
        default = _of_each(table.law, [form_of(law).default for law in self.laws])
        table = table.mutate(
            released=ibis.cases(
                (table.rule_refused == doctrine.OPEN, ibis.null("int64")),
                (table.rule_refused.notnull(), table.rule_refused),
                (~every([known[basis] for basis in BASES]), ibis.null("int64")),
                (table.rule_ground.isnull(), default),
                (table.known_limits, table.rule_limit),
            )
        )
        hold = table.hold
        others_known = every([ibis.cases((table.rests_on != basis, known[basis]), else_=True) for basis in BASES])
        table = table.mutate(
            place=ibis.cases((hold, table.rule_ground), else_=ibis.coalesce(table.released, default)),
            until=ibis.cases((hold, ibis.cases(*((table.rests_on == basis, until[basis]) for basis in BASES)))),
            exact=ibis.cases(
                (hold.isnull(), False), (hold, table.known_limits & others_known), else_=table.released.notnull()
            ),
        )
        rulings = ibis.memtable(
            [
                (number, place, rule.id, rule.authority.cite, law.digest)
                for number, law in enumerate(self.laws)
                for place, rule in enumerate(law.rules)
            ],
            schema=ibis.schema(
                {"of_law": "int64", "at": "int64", "ruling": "string", "authority": "string", "digest": "string"}
            ),
        )
        table = table.left_join(rulings, [table.law == rulings.of_law, table.place == rulings["at"]])
        return table.select(
            *self._keys(),
            "until",
            "ruling",
            "authority",
            "digest",
            "exact",
            settled=hold.notnull(),
            outcome=ibis.cases((hold, "hold"), else_="release"),
        )

    def joined(self, answered: Any, controls: Any) -> Any:
        """The rows with what controls each."""
        keys = self._keys()
        found = controls.rename({f"key_{name}": name for name in keys})
        table = answered.left_join(found, [answered[name] == found[f"key_{name}"] for name in keys])
        chosen = [(table.until == table[f"when_{n}"], table[f"end_{n}"]) for n in range(len(self.spans))]
        return table.select(
            *(name for name in (ROW, "id", PLACE) if name in table.columns),
            outcome=table.outcome,
            hold_until=(ibis.cases(*chosen) if chosen else ibis.null("timestamp")).cast("timestamp('UTC')"),
            ruling=table.ruling,
            authority=table.authority,
            settled=table.settled,
            exact=table.exact,
            law_as_of=ibis.cases((table.outcome.notnull(), table.law_as_of)),
            digest=table.digest,
            problem_column=table.problem_column,
            problem=table.problem,
        )


def _clock(law: Law) -> Clock:
    assert law.timezone is not None
    return Clock(law.timezone, law.calendar)


def _of_each(law: Column, values: Sequence[int]) -> Column:
    """A number for each law."""
    laws_of = _grouped(dict(enumerate(values)))
    return ibis.cases(*((law.isin(laws), ibis.literal(value, "int64")) for value, laws in laws_of.items()))


def _grouped(values: Mapping[int, int]) -> dict[int, list[int]]:
    """The laws of each value."""
    found: dict[int, list[int]] = {}
    for law, value in values.items():
        found.setdefault(value, []).append(law)
    return found
