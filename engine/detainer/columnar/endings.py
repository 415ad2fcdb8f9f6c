"""What ends the holds of all rows of a kind, read off what ends that of one: a limit, whenever that is for a row, or a change
of law.

The ends of limits, and how they lie to changes of law, are part of a kind, and so are the answers to what later laws ask of a
hold that can meet them. That is all, unless a test can be answered otherwise while time goes on: then each row ends when it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple, cast

from detainer import clock
from detainer.columnar.plan import AT, NO_END, Plan, asked
from detainer.columnar.stretches import span_of, unending
from detainer.decision import Decision
from detainer.fillings import REACH, stated
from detainer.language import Test
from detainer.language.terms import Age
from detainer.language.tree import Compare, WithinYears
from detainer.library import Law
from detainer.resolve import limit_end
from detainer.situation import Situation

_NEAR = timedelta(days=2 * REACH + 1)


class End(NamedTuple):
    """`limit` is the number of the limit of `Plan.spans` at which it ends, or `AT` with the instant. `apart`: the holds of the
    kind end each when it does.
    """

    limit: int
    at: datetime | None = None
    apart: bool = False


def end_of(plan: Plan, decision: Decision) -> End:
    """What ends the holds of the kind of a case."""
    if decision.outcome == "release":
        return End(NO_END)
    at = decision.hold_until
    met = list(_met(plan, decision))
    if any(_turns(law, decision.situation) for law in met):
        return End(AT if at else NO_END, at, apart=True)
    if at is None:
        return End(NO_END)
    if any(at == _begin(law) for law in met[1:]):
        return End(AT, at)
    limits = (rule for law in met for rule in law.rules if rule.effect == "limits")
    ends = {span_of(rule): limit_end(decision.law, decision.situation, rule) for rule in limits}
    return End(next(plan.spans.index(span) for span, end in ends.items() if end == at))


def _met(plan: Plan, decision: Decision) -> Iterator[Law]:
    """The laws that are in force while the hold lasts, as far as they count."""
    law, at = decision.law, decision.hold_until
    yield law
    if at is None and (law not in plan.lasting or _is_unending(decision)):
        return
    while law.after is not None:
        law = law.after
        if at is not None and at < _begin(law):
            return
        yield law


def _begin(law: Law) -> datetime:
    return clock.midnight(law.since or date.min, law.where)


def _is_unending(decision: Decision) -> bool:
    """Whether it rests on what no later law ends, whatever else is so."""
    laws = [decision.law]
    while laws[-1].after is not None:
        laws.append(laws[-1].after)
    grounds = zip(decision.law.rules, decision.truths, strict=True)
    return any(truth and rule.effect in ("requires", "permits") and unending(rule, laws) for rule, truth in grounds)


# -- tests whose answers turn while time goes on -------------------------------------------------------------------------------


def _turns(law: Law, situation: Situation) -> bool:
    """Whether what a law asks of the facts can be answered otherwise on a later day than on the one asked about."""
    always, perhaps = _of_days(law)
    return always or any(_can_turn(test, situation) for test in perhaps)


_OfDays = tuple[bool, tuple[Test, ...]]


def _of_days(law: Law) -> _OfDays:
    """Whether a law holds something against the moment asked about, and its tests that compare days. Worked out once."""
    found = law.kept.get("of days")
    if found is None:
        tests = asked(law)
        always = any(_asks_the_day(each) for test in tests for each in test.asked())
        found = law.kept["of days"] = always, tuple(test for test in tests if test.of_days())
    return cast("_OfDays", found)


def _can_turn(test: Test, situation: Situation) -> bool:
    """Whether a test that is open hangs on days near the one asked about or after it."""
    first = situation.asked_day - _NEAR
    return test.truth(situation) is None and any(
        line > first for each in test.asked() for line in _lines(each, situation)
    )


def _asks_the_day(test: Test) -> bool:
    """Whether it holds something against the moment asked about."""
    on = [test.left.on.path] if isinstance(test, Compare) and isinstance(test.left, Age) else []
    return any(path.names[0] == "asked_at" and not path.of_item for path in (*test.paths(), *on))


def _lines(test: Test, situation: Situation) -> Iterator[date]:
    """The days that an unknown one is held against. It can be as late as the day asked about: if that lies well behind them all,
    it does so on every later day, and nothing turns.
    """
    match test:
        case Compare(left=Age()):  # nobody is born after scheduled release
            return
        case Compare(left=left, right=right):
            for side in (left, right):
                yield from [side] if isinstance(side, date) else stated(side, situation, None)
        case WithinYears(days=days, years=years):
            yield clock.years_before(situation.release_day, years)[0]
            for day in days:
                yield from stated(day, situation, None)
        case _:
            pass
