"""When a hold ends: the law of the day asked first, then each later law of the place, at the moment it begins. Columns of SQL.

What `detainer.ending` finds by going from one moment to the next, this says as one chain of cases: a hold ends where a limit ends
it before the next law begins, or where that law, asked about its first moment, no longer gives one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from detainer.library import Law
from detainer.sql.calendar import NEVER, Calendar, day_of, said, time_of, told
from detainer.sql.doctrine import Doctrine
from detainer.sql.logic import (
    Column,
    Condition,
    coalesce,
    column,
    compare,
    every,
    first,
    flag,
    known,
    literal,
    met,
    opposite,
    yes,
)
from detainer.sql.steps import at


def relevant(law: Law) -> tuple[str, ...]:
    """What of a law can turn an answer: its rules but those that only caution."""
    return tuple(rule.id for rule in law.rules if rule.effect != "cautions")


def chain(law: Law) -> Iterator[Law]:
    """A law, and of those that come after it at its place the ones that can say something else than the one before."""
    yield law
    said = relevant(law)
    while law.after is not None:
        law = law.after
        if relevant(law) != said:
            yield law
        said = relevant(law)


@dataclass(frozen=True)
class Ends:
    """What ends the hold of a row, over the columns of each law's doctrine. `daily`: the column of the instant up to which the
    answer is sure to stand still, where the laws ask about the day asked about.
    """

    doctrines: tuple[Doctrine, ...]
    calendar: Calendar
    daily: str | None

    @cached_property
    def begins(self) -> list[int]:
        """When each law but the first begins."""
        return [self.calendar.midnight(each.law.since) for each in self.doctrines[1:] if each.law.since]

    def _chain(self) -> Iterator[tuple[Condition, Column | int, Column, list[Column]]]:
        """What ends a hold, the first that is so; when; by which rule; and what has to be 1 for that to be exact."""
        sure: list[Column] = []
        for number, each in enumerate(self.doctrines):
            if number:
                no_hold = opposite(compare(coalesce(each.says("hold"), 0), "==", 1))
                yield no_hold, self.begins[number - 1], each.says("ruling"), [*sure, each.says("release_exact")]
            sure = [*sure, each.says("hold_exact")]
            ends = each.says("ends")
            until = self.begins[number] if number < len(self.begins) else NEVER
            yield compare(ends, "<", until), ends, each.says("limit"), sure
        yield yes(), NEVER, exp.null(), sure

    def steps(self) -> Iterator[Mapping[str, Column]]:
        """The columns, step by step: at last `until_s`, `limit_s` (NULL where nothing ends the hold), `ending_rule`, `exact_`."""
        links = list(self._chain())
        end = first([(condition, when) for condition, when, _, _ in links])
        by = first([(condition, rule) for condition, _, rule, _ in links[:-1]])
        exact = first([(condition, flag(every(map(met, sure)))) for condition, _, _, sure in links])
        yield {"end_s": end, "end_by": by, "end_exact": exact}
        law = self.doctrines[0]
        hold, ends = met(law.says("hold")), law.says("ends")
        lasts = [hold, compare(column("end_s"), "<", NEVER)]
        limited = [hold, compare(ends, "<", NEVER)]
        if self.daily is None:
            yield {
                "until_s": first([(every(lasts), column("end_s"))]),
                "ending_rule": first([(every(lasts), column("end_by"))]),
                "limit_s": first([(every(limited), ends)]),
                "exact_": first([(hold, column("end_exact"))], law.says("release_exact")),
            }
        else:
            today = compare(column("end_s"), "<=", column(self.daily))
            yield {
                "until_s": first([(every([hold, today]), column("end_s")), (hold, column(self.daily))]),
                "ending_rule": first([(every([hold, today]), column("end_by"))]),
                "limit_s": first([(every(limited), ends)]),
                "exact_": first([(every([hold, today]), column("end_exact")), (hold, 0)], law.says("release_exact")),
            }
        yield {
            f"{name}_{what}": of(column(f"{name}_s"))
            for name in ("until", "limit")
            for what, of in (("day", day_of), ("time", time_of))
        }

    def told(self, what: str, calendar: str) -> Column:
        """An instant as text. Those at which laws begin are told by themselves, because they may lie beyond the calendar."""
        instant = column(f"{what}_s")
        begins = [(compare(instant, "==", when), literal(told(self.calendar.instant(when)))) for when in self.begins]
        return first([*begins, (known(instant), said(at(calendar, "said"), column(f"{what}_time")))])
