"""Looking for cases of which something is so: by the solver, then by an engine. Proves, or shows; reads and writes no file.

The solver is told a little less than what is so (see `moments` and `study`), so what it cannot find is not there. What it finds
is decided by an engine; where the engine disagrees, the solver is told why, and looks again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo
from functools import lru_cache
from itertools import pairwise, product
from typing import Literal

import z3

from detainer import clock
from detainer.case import FIRST, LAST, Case
from detainer.decision import Decision
from detainer.engines import Engine, decide_under
from detainer.errors import CaseError
from detainer.verify.cases import fields_of, frozen, is_case
from detainer.verify.logic import Formula, Whole, both, check, equal, every, implies, opposite
from detainer.verify.moments import HOUR, Limit, Moments, end_exactly, local_day, moment, seconds
from detainer.verify.study import Inquiry
from detainer.verify.symbols import Symbols, can_be
from detainer.verify.witness import Cases, Fields, in_order, simplest

Found = Literal["none", "some", "unknown"]
"""Whether there are such cases: proven that there are none, shown that there are, neither within the limits."""

TIME_LIMIT = 20
"""Seconds that the solver may take for one question."""

_ROUNDS = 40


@dataclass(slots=True)
class Search:
    """Looks for cases of which something is so: `goal` as the solver has it, `shown` as an engine's decisions show it."""

    inquiries: list[Inquiry]
    goal: list[Formula]
    shown: Callable[[Sequence[Decision]], bool]
    engine: Engine
    time_limit: int = TIME_LIMIT
    solver: z3.Solver = field(default_factory=lambda: z3.SolverFor("QF_LIA"))
    kinds: Kinds | None = None

    def run(self) -> tuple[Found, Cases]:
        """Whether there are such cases, and the simplest that was found."""
        solver, moments = self.solver, self.inquiries[0].moments
        solver.set("timeout", self.time_limit * 1000)
        _tell(solver, [*self.goal, *(said for each in self.inquiries for said in each.said), *moments.said])
        for _ in range(_ROUNDS):
            answer = check(solver)
            if answer == z3.unsat:
                return "none", ()
            if answer != z3.sat:
                return "unknown", ()
            witness = self._try(solver.model())
            if witness:
                return "some", tuple(map(in_order, witness))
        return "unknown", ()

    def _try(self, model: z3.ModelRef) -> Cases | None:
        """Cases near to what the solver found that an engine decides so, or else one more thing for the solver to know."""
        moments = self.inquiries[0].moments
        release, asked = _whole(model, moments.release), tuple(_whole(model, at) for at in moments.asked)
        learned = False
        for at, questions in _moments(moments, release, asked, self._like(model)):
            self.solver.push()
            _tell(self.solver, moments.exactly(at, questions))
            exact = self.solver.model() if check(self.solver) == z3.sat else None
            self.solver.pop()
            if exact is None:
                continue
            cases = tuple(self._fields(inquiry, exact) for inquiry in self.inquiries)
            if self._shows(cases):
                return simplest(cases, self._shows)
            lessons = list(self._lessons(cases, at, questions))
            _tell(self.solver, lessons)
            learned = bool(lessons)
            break
        if not learned:
            if self.kinds is None:
                self.kinds, least, most = _kinds(moments.where, moments.since, moments.until, moments.uncertain)
                _tell(self.solver, moments.tighten(least, most))
            here = both(
                moments.release == release, *(at == each for at, each in zip(moments.asked, asked, strict=True))
            )
            _tell(self.solver, [implies(here, every(moments.exactly(release, asked)))])
        return None

    def _like(self, model: z3.ModelRef) -> list[int]:
        """Releases whose clocks stand still about as long as the solver would like them to."""
        moments = self.inquiries[0].moments
        started = _whole(model, moments.release)
        wish = [_whole(model, moments.end(limit)) - started - limit.hours * HOUR for limit in moments.uncertain]
        kinds = sorted(self.kinds or (), key=lambda kind: sum(abs(a - b) for a, b in zip(kind, wish, strict=True)))
        return [(self.kinds or {})[kind] for kind in kinds[:8]]

    def _fields(self, inquiry: Inquiry, model: z3.ModelRef) -> Fields:
        where = inquiry.moments.where
        fields: Fields = {"jurisdiction": inquiry.law.place}
        release, asked = _whole(model, inquiry.moments.release), _whole(model, inquiry.asked_at)
        fields["release_at"] = clock.written(moment(release), where)
        if asked != release:
            fields["asked_at"] = clock.written(moment(asked), where)
        return fields | fields_of(inquiry.symbols, lambda f: _truth(model, f), lambda n: _whole(model, n))

    def _shows(self, cases: Cases) -> bool:
        try:
            decisions = [
                decide_under(inquiry.law, Case.model_validate(fields), self.engine)
                for inquiry, fields in zip(self.inquiries, cases, strict=True)
            ]
        except (CaseError, ValueError):
            return False
        return self.shown(decisions)

    def _lessons(self, cases: Cases, release: int, asked: tuple[int, ...]) -> Iterator[Formula]:
        """Ways in which the unknown facts could turn out that the solver had not thought of: to release, or a sooner end."""
        for inquiry, fields in zip(self.inquiries, cases, strict=True):
            decision = decide_under(inquiry.law, Case.model_validate(fields), self.engine)
            way = _way(inquiry, decision, release, asked)
            if way is not None:
                yield inquiry.way_holds(way)


def _way(inquiry: Inquiry, decision: Decision, release: int, asked: tuple[int, ...]) -> Symbols | None:
    """One way in which the unknown facts of a case could turn out that gives what an engine decided."""
    found = inquiry.found
    if decision.outcome == "release":
        wanted = opposite(found.hold)
    elif decision.limit_ends is None:
        return None  # no way ends sooner
    else:
        wanted = both(found.timed, equal(found.end, seconds(decision.limit_ends)))
    possible = can_be(inquiry.symbols, inquiry.moments.release_day, inquiry.asked_day)
    solver = z3.SolverFor("QF_LIA")
    _tell(solver, [*possible, *is_case(inquiry.symbols, decision.case), wanted])
    _tell(solver, [*inquiry.moments.said, *inquiry.moments.exactly(release, asked)])
    if check(solver) != z3.sat:
        return None
    model = solver.model()
    return frozen(inquiry.symbols, lambda f: _truth(model, f), lambda n: _whole(model, n))


def _tell(solver: z3.Solver, formulas: Iterable[Formula]) -> None:
    for formula in formulas:
        if formula is not True:
            solver.add(formula)


def _whole(model: z3.ModelRef, number: Whole) -> int:
    if isinstance(number, int):
        return number
    found = model.eval(number, model_completion=True)
    assert isinstance(found, z3.IntNumRef)
    return found.as_long()


def _truth(model: z3.ModelRef, formula: Formula) -> bool:
    return formula if isinstance(formula, bool) else z3.is_true(model.eval(formula, model_completion=True))


def _moments(
    moments: Moments, release: int, asked: tuple[int, ...], like: Sequence[int]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Releases and questions that are worth trying: such as a person would choose, then the solver's own."""
    found: set[tuple[int, tuple[int, ...]]] = set()
    order = sorted(range(len(asked)), key=lambda n: asked[n])
    for at in (*like, *_releases(moments, release), release):
        ends = sorted({end_exactly(limit, at, moments.where) for limit in moments.uncertain})
        waits = {0, HOUR, 24 * HOUR, *(each - release for each in asked)}
        waits |= {end - at + more for end in ends for more in (-60, 0)}
        waits |= {limit_hours * HOUR + more for limit_hours in _hours(moments) for more in (-60, 0)}
        if at != release:
            waits = {wait - wait % 60 for wait in waits}
        for chosen in product(sorted(wait for wait in waits if wait >= 0), repeat=len(asked)):
            if any(chosen[a] > chosen[b] for a, b in pairwise(order)):
                continue
            days = [local_day(at + wait, moments.where) for wait in chosen]
            if not all(moments.since <= day < moments.until for day in days):
                continue
            each = (at, tuple(at + wait for wait in chosen))
            if each not in found:
                found.add(each)
                yield each


def _hours(moments: Moments) -> list[int]:
    return sorted({limit.hours for limit in moments.limits})


def _releases(moments: Moments, release: int) -> Iterator[int]:
    """Ten in the morning of some days: of the last and first weeks of the stretch, of the one before, of the solver's own."""
    last = moments.until if moments.until < LAST.toordinal() else moments.since + 400
    solver = min(max(local_day(release, moments.where), FIRST.toordinal() + 400), LAST.toordinal() - 400)
    before = range(moments.since - 7, moments.since)
    for day in (*range(last - 39, last - 32), moments.since, last - 1, *before, solver, solver + 1, solver + 2):
        if FIRST.toordinal() <= day <= LAST.toordinal():
            yield _at_ten(day, moments.where)


def _at_ten(day: int, where: tzinfo) -> int:
    return seconds(clock.midnight(date.fromordinal(day), where)) + 10 * HOUR


Kinds = dict[tuple[int, ...], int]
"""How long the clock of each uncertain limit stands still, and the latest release on which it does so."""


@lru_cache(maxsize=64)
def _kinds(
    where: tzinfo, since: int, until: int, limits: tuple[Limit, ...]
) -> tuple[Kinds, dict[Limit, int], dict[Limit, int]]:
    """The kinds of releases, and how long the clock of each limit stands still at least and at most, in a whole stretch."""
    kinds: Kinds = {}

    def still(at: int) -> tuple[int, ...]:
        return tuple(end_exactly(limit, at, where) - at - limit.hours * HOUR for limit in limits)

    found: list[tuple[int, ...]] = []
    for day in range(max(since - 31, FIRST.toordinal()), until):
        midnight = seconds(clock.midnight(date.fromordinal(day), where))
        found += [still(midnight), still(midnight - 1)]  # within a day it is longest, and shortest, at one of its ends
        kinds[found[-2]] = midnight
        kinds[still(midnight + 10 * HOUR)] = midnight + 10 * HOUR
    least = {limit: min(each[place] for each in found) for place, limit in enumerate(limits)}
    most = {limit: max(each[place] for each in found) for place, limit in enumerate(limits)}
    return kinds, least, most
