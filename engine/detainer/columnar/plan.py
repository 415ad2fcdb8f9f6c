"""Law compiled to one plan over a table with a row a case: places and days mixed, unknown as NULL, deadlines included.

`Plan` is made once of a library; `decided` is an expression of Ibis over any table that has the columns of `facts.schema`, or
some of them. Engines of Ibis run it: DuckDB here, Spark on a cluster. The engine `direct` is the meaning; tests hold the two
together on generated law. Reads no file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from detainer.case import FIRST, LAST
from detainer.columnar import calendar as calendars
from detainer.columnar import problems
from detainer.columnar.calendar import Clock, Span
from detainer.columnar.doctrine import Controls, controls
from detainer.columnar.facts import MOMENTS, PLACE, Column, Facts, column_name, entry_columns, every, fact_columns, schema
from detainer.columnar.situate import moment_of, situated
from detainer.columnar.trees import some, truth
from detainer.errors import DetainerError, PlaceError
from detainer.language import Node
from detainer.language.fields import Record, Records, Word, case_fields
from detainer.library import Law, Library, library_at
from detainer.provision import Provision

ROW = "row"
DECISION = (
    "outcome", "hold_until", "ruling", "authority", "settled", "exact", "caveats", "law_as_of", "digest",
)  # fmt: skip
"""The columns of a decision. `hold_until` is an instant (UTC); `exact`: `settled`, `ruling` and `hold_until` are what the engine
`direct` would say, and not the approximation by three-valued logic, which calls more rows unsettled, never fewer.
"""

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
    def conditions(self) -> dict[Node, list[int]]:
        """Every condition, and the numbers of the laws that ask it."""
        found: dict[Node, list[int]] = {}
        for number, law in enumerate(self.laws):
            for node in _asked(law):
                found.setdefault(node, []).append(number)
        return found

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """The limits that leave out days."""
        found = (_span(rule) for rule in self.rules if rule.effect == "limits")
        return tuple(dict.fromkeys(span for span in found if span.excluding))

    def calendar(self, first: date = FIRST, last: date = LAST) -> Any:
        """The table of clocks and calendars for the days between (local and of UTC), a day more on either side."""
        first, last = max(FIRST, first - timedelta(days=1)), min(LAST, last + timedelta(days=1))
        columns = {**calendars.COLUMNS}
        for number in range(len(self.spans)):
            columns |= calendars.span_columns(number)
        return ibis.memtable(
            list(calendars.days(self.clocks, self.spans, first, last)), schema=ibis.schema(columns)
        )

    def decided(self, raw: Any, calendar: Any) -> Any:
        """A table with the columns of `DECISION`, `problem_column` and `problem`, besides those of `raw` that are kept: `row`, `id`
        and the place. A row with a problem is not decided.
        """
        table = self._situated(_read(raw), raw, calendar)
        table = self._with_problems(table, raw)
        table = self._with_conditions(table)
        return self._with_decision(table)

    # -- where and when ----------------------------------------------------------------------------------------------------

    def _situated(self, table: Any, raw: Any, calendar: Any) -> Any:
        places = dict.fromkeys(law.place for law in self.laws)
        clock_of = {law.place: self.clocks.index(_clock(law)) for law in self.laws}
        where = ibis.memtable(
            [(place, clock_of[place]) for place in places], schema=ibis.schema({"place": "string", "clock": "int64"})
        )
        table = table.left_join(where, table[PLACE] == where.place).drop("place")
        moments = {each.name: each for each in fact_columns() if each.type.says == "a day"}
        for name in (*MOMENTS, *moments):
            if name in raw.columns and not (name in moments and raw[name].type().is_date()):
                table = situated(table, name, moment_of(table[f"{name}_raw"], days=name in moments), calendar)
        if "release_at_utc" not in table.columns:
            raise DetainerError("the table has no column `release_at`; it says when scheduled release is")
        if "asked_at" in raw.columns:
            table = table.mutate(
                asked_at_day=ibis.coalesce(table.asked_at_day, table.release_at_day),
                asked_at_utc=ibis.coalesce(table.asked_at_utc, table.release_at_utc),
            )
        else:
            table = table.mutate(asked_at_day=table.release_at_day, asked_at_utc=table.release_at_utc)
        for name in moments:
            if f"{name}_day" in table.columns:
                table = table.mutate(**{name: table[f"{name}_day"]})
        if self.spans:
            names = [each for number in range(len(self.spans)) for each in calendars.span_columns(number)]
            right = calendar.select("clock", "day", *names).view()
            table = table.left_join(
                right, [table.clock == right.clock, table.release_at_day == right.day], rname="{name}_s"
            )
            table = table.drop(*[each for each in table.columns if each in ("clock_s", "day", "day_s")])
        laws = ibis.memtable(
            [
                (law.place, law.since or _EVER, (law.until or _NEVER) - timedelta(days=1), number)
                for number, law in enumerate(self.laws)
            ],
            schema=ibis.schema({"place": "string", "since": "date", "last": "date", "law": "int64"}),
        )
        joined = table.left_join(
            laws,
            [table[PLACE] == laws.place, table.asked_at_day >= laws.since, table.asked_at_day <= laws["last"]],
        )
        return joined.drop("place", "since", "last")

    def _with_problems(self, table: Any, raw: Any) -> Any:
        asked, release = table.asked_at_day, table.release_at_day
        found = [
            *problems.of_place(table, {}),
            *_of_moments(table, raw),
            *_of_types(table, raw),
            *problems.of_words(table),
            *problems.of_days(table, asked, release),
            *problems.of_entries(raw, table, asked),
        ]
        table = table.mutate(problem_number=ibis.cases(*((each.wrong, n) for n, each in enumerate(found))))
        number = table.problem_number
        return table.mutate(
            problem_column=ibis.cases(*((number == n, each.column) for n, each in enumerate(found))),
            problem=ibis.cases((number.notnull(), ibis.cases(*((number == n, each.reason) for n, each in enumerate(found))))),
        )

    # -- what the rules say ------------------------------------------------------------------------------------------------

    def _with_conditions(self, table: Any) -> Any:
        facts = Facts(table, {"release_at": table.release_at_day, "asked_at": table.asked_at_day})
        columns: dict[str, Column] = {}
        for number, (node, laws) in enumerate(self.conditions.items()):
            answer = truth(node, facts)
            if len(laws) < len(self.laws):
                answer = ibis.cases((table.law.isin(laws), answer))
            columns[f"condition_{number}"] = answer.cast("boolean")
        return table.mutate(**columns)

    def _with_decision(self, table: Any) -> Any:
        column_of = {node: f"condition_{number}" for number, node in enumerate(self.conditions)}
        code_of = {rule: number for number, rule in enumerate(self.rules)}
        table = table.mutate(**{f"end_{n}": _end(table, span, n) for n, span in enumerate(self.spans)})

        def end(limit: Provision) -> Column:
            span = _span(limit)
            if span.excluding:
                return table[f"end_{self.spans.index(span)}"]
            return table.release_at_utc + ibis.interval(hours=span.hours)

        each = [
            controls(law, lambda node: table[column_of[node]], end, table.asked_at_utc, code_of.__getitem__)
            for law in self.laws
        ]
        table = table.mutate(**{name: _by_law(table, [getattr(one, name) for one in each]) for name in Controls._fields})
        limits = [number for number, rule in enumerate(self.rules) if rule.effect == "limits"]
        rests = table.hold | table.ruling.isin(limits)
        table = table.mutate(
            basis=ibis.cases((rests, table.basis)),
            limit=ibis.cases((rests, table["limit"])),
        )
        rulings = ibis.memtable(
            [(number, rule.id, rule.authority.cite) for number, rule in enumerate(self.rules)],
            schema=ibis.schema({"rule": "int64", "rule_id": "string", "authority": "string"}),
        )
        digests = ibis.memtable(
            [(number, law.digest) for number, law in enumerate(self.laws)],
            schema=ibis.schema({"of_law": "int64", "digest": "string"}),
        )
        table = table.left_join(rulings, table.ruling == rulings.rule)
        table = table.left_join(digests, table.law == digests.of_law)
        decided = table.problem_column.isnull()
        kept = [name for name in (ROW, "id", PLACE) if name in table.columns]
        return table.select(
            *kept,
            outcome=ibis.cases((decided, ibis.cases((table.hold, "hold"), else_="release"))),
            hold_until=ibis.cases((decided, table.until)),
            ruling=ibis.cases((decided, table.rule_id)),
            authority=ibis.cases((decided, table.authority)),
            settled=ibis.cases((decided, table.settled)),
            exact=ibis.cases((decided, table.exact)),
            law_as_of=ibis.cases((decided, table.asked_at_day)),
            digest=ibis.cases((decided, table.digest)),
            problem_column=table.problem_column,
            problem=table.problem,
        )


def _asked(law: Law) -> Iterator[Node]:
    yield from law.conditions


def _clock(law: Law) -> Clock:
    assert law.timezone is not None
    return Clock(law.timezone, law.calendar)


def _span(limit: Provision) -> Span:
    return Span(limit.rule.hours or 0, tuple(sorted(limit.rule.excluding)))


def _end(table: Any, span: Span, number: int) -> Column:
    """When a limit that leaves out days ends: see `calendar.Turns`."""
    start = ibis.greatest(table.release_at_utc, table[f"start_{number}"])
    columns = calendars.span_columns(number)
    after = [name for name in columns if name.startswith("after_")]
    still = [name for name in columns if name.startswith("still_")]
    turned = ibis.cases(
        *((start <= table[each], table[still[turn]]) for turn, each in enumerate(after)), else_=table[still[-1]]
    )
    return start + (turned + span.hours * 3600).as_interval("s")


def _by_law(table: Any, each: Sequence[Column]) -> Column:
    return table.law.cases(*enumerate(each))


# -- reading -------------------------------------------------------------------------------------------------------------------


def _read(raw: Any) -> Any:
    """The columns of a table as what they should hold; a moment is kept as given, with ``_raw`` after its name."""
    wanted = schema()
    missing = [name for name in (PLACE, "release_at") if name not in raw.columns]
    if missing:
        raise DetainerError(f"the table has no column `{missing[0]}`; every row needs it")
    columns: dict[str, Column] = {name: raw[name] for name in (ROW, "id") if name in raw.columns}
    days = {each.name for each in fact_columns() if each.type.says == "a day"}
    for name in raw.columns:
        type_ = wanted.get(name)
        if type_ is None:
            continue
        column = raw[name]
        if name in MOMENTS or (name in days and not column.type().is_date()):
            columns[f"{name}_raw"] = column
        elif isinstance(type_, dt.Array) and isinstance(type_.value_type, dt.Struct):
            columns[name] = _entries(column, type_.value_type)
        elif column.type() == type_:
            columns[name] = column
        else:
            columns[name] = column.try_cast(type_)
            columns[f"{name}_given"] = column.cast("string")
    table = raw.select(**columns)
    return table.mutate(**_presence(table))


def _presence(table: Any) -> dict[str, Column]:
    """A part of the case is there where a fact of it is stated."""
    found: dict[str, Column] = {}
    for name, type_ in case_fields().fields.items():
        if isinstance(type_, Record) and name != "person":
            facts = [each for fact in type_.fields for each in (column_name((name, fact)), f"{column_name((name, fact))}_raw")]
            stated = some([table[each].notnull() for each in facts if each in table.columns])
            known = table[name] if name in table.columns else ibis.null("boolean")
            found[name] = ibis.coalesce(known, ibis.cases((stated, True)))
    return found


def _entries(column: Column, wanted: Any) -> Column:
    """A list with the types that its facts should have, and its offences settled by their codes."""
    given = column.type().value_type
    if not isinstance(given, dt.Struct):
        return ibis.null(dt.Array(wanted))
    types = dict(zip(given.names, given.types, strict=True))
    known = {name: types[name] for name in wanted.names if name in types}
    if "ncic" not in known and all(wanted.fields[name] == type_ for name, type_ in known.items()):
        return column

    def entry(one: Column) -> Column:
        found = {
            name: one[name] if type_ == wanted.fields[name] else one[name].try_cast(wanted.fields[name])
            for name, type_ in known.items()
        }
        if "ncic" in known:
            stated = one["offense"] if "offense" in known else ibis.null("string")
            found["offense"] = ibis.coalesce(stated, problems.offense_of(one["ncic"].cast("string")))
        return ibis.cases((one.notnull(), ibis.struct(found)))

    return column.map(entry)


def _of_types(table: Any, raw: Any) -> Iterator[problems.Problem]:
    for name in schema():
        if f"{name}_given" in table.columns:
            given = table[f"{name}_given"]
            wrong = given.notnull() & table[name].isnull()
            yield problems.Problem(name, wrong, problems.told(given) + ibis.literal(f"expected {_says(name)}"))


def _says(name: str) -> str:
    return next((each.type.says for each in fact_columns() if each.name == name), "text")


def _of_moments(table: Any, raw: Any) -> Iterator[problems.Problem]:
    days = {each.name for each in fact_columns() if each.type.says == "a day"}
    for name in (*MOMENTS, *sorted(days)):
        if f"{name}_raw" not in table.columns:
            continue
        given = table[f"{name}_raw"]
        moment = moment_of(given, days=name in days)
        expected = "a day" if name in days else "a day and time such as 2014-03-01T10:00"
        yield problems.Problem(name, moment.wrong, problems.told(given) + ibis.literal(f"expected {expected}"))
        if name == "release_at":
            yield problems.Problem(name, given.isnull(), ibis.literal("is empty; every row needs it"))
        if name in MOMENTS:
            day = table[f"{name}_day"]
            beyond = (day < ibis.literal(FIRST)) | (day > ibis.literal(LAST))
            yield problems.Problem(
                name, beyond, problems.told(given) + ibis.literal(f"expected a year from {FIRST.year} to {LAST.year}")
            )
        message = "but the clocks skip or repeat that hour there; give the offset, such as -08:00"
        yield problems.Problem(name, table[f"{name}_gap"], problems.told(given) + ibis.literal(message))
        if name in days:
            late = table[f"{name}_utc"] > table.asked_at_utc
            message = "expected a moment up to the one asked about"
            yield problems.Problem(name, late, problems.told(given) + ibis.literal(message))
    early = table.asked_at_utc < table.release_at_utc
    message = "the moment asked about lies before `release_at`; until then the person is in custody on other grounds"
    yield problems.Problem("asked_at", early, ibis.literal(message))
