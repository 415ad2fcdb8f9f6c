"""Proofs: whether any case at all breaks a constraint under the law of one stretch, and which. Reads and writes no file.

The solver is told a little less than what is so (see `moments` and `study`), so what it cannot break holds for every case. What it
says would break a constraint is decided by an engine; where the engine disagrees, the solver is told why, and tries again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any, Literal

import z3

from detainer import clock
from detainer.case import Case
from detainer.decision import Decision
from detainer.engines import Engine, decide_under, load
from detainer.errors import CaseError
from detainer.library import Law
from detainer.verify.constraints import Checked, broken, nameable
from detainer.verify.logic import Formula, Whole, both, every, implies, opposite
from detainer.verify.moments import FIRST, HOUR, LAST, Limit, Moments, local_day, moment, seconds
from detainer.verify.reading import Readable, Reader
from detainer.verify.study import Decided, Inquiry, Pair, age_by_birth, at_one_time, inquire
from detainer.verify.symbols import Symbols, changed, facts_of_case, fields_of, frozen, is_case, known_alike, learnt, named_by
from detainer.verify.witness import Fields, simplest

Verdict = Literal["proven", "refuted", "undecided"]

TIME_LIMIT = 20.0
"""Seconds that the solver may take for one question."""

_ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of one constraint under the law of one place on the days [`since`, `until`).

    `witness` holds the case, or the two cases, that break it, as a scenario file has them.
    """

    place: str
    since: date | None
    until: date | None
    constraint: Checked
    verdict: Verdict
    witness: tuple[Fields, ...] = ()
    why: str = ""


def span(law: Law, *others: tuple[date | None, date | None]) -> tuple[date, date] | None:
    """The days on which a law is in force, and the others hold; None where there is none."""
    firsts = [day for day, _ in ((law.since, law.until), *others) if day]
    lasts = [day for _, day in ((law.since, law.until), *others) if day]
    since, until = max([FIRST, *firsts]), min([LAST, *lasts])
    return (since, until) if since < until else None


def prove(law: Law, checked: Checked, engine: Engine | None = None) -> Proof | None:
    """Prove or refute a constraint under a law; None where the constraint does not speak of that law."""
    constraint = checked.constraint
    days = span(law, (constraint.from_, constraint.until))
    if not checked.holds_at(law.place) or days is None:
        return None
    if constraint.cannot_name:
        found = nameable(constraint.cannot_name)
        why = f"a rule could name {', '.join(found)}" if found else ""
        return Proof(law.place, *days, checked, "refuted" if found else "proven", why=why)
    for search in _searches(law, checked, days, engine or load("direct")):
        verdict, witness = search.run()
        if verdict != "proven":
            return Proof(law.place, *days, checked, verdict, witness)
    return Proof(law.place, *days, checked, "proven")


def _searches(law: Law, checked: Checked, days: tuple[date, date], engine: Engine) -> Iterator[Search]:
    """What there is to look for: a case that breaks the constraint, or two; of two, for each of their outcomes."""
    if not checked.of_two:
        yield from _search(law, checked, days, engine, None)
        return
    for outcomes in product((True, False), repeat=2):
        yield from _search(law, checked, days, engine, outcomes)


def _search(
    law: Law, checked: Checked, days: tuple[date, date], engine: Engine, outcomes: tuple[bool, ...] | None
) -> Iterator[Search]:
    moments = Moments("m", law.where, law.calendar, days[0].toordinal(), days[1].toordinal())
    wanted = named_by([*law.conditions, checked.when, checked.must]) | frozenset(checked.differs)
    symbols = facts_of_case("before", wanted)
    related: list[Formula] = []
    between = checked.constraint.between
    if between is None or outcomes is None:
        inquiries = [inquire(law, moments, "before", symbols)]
        facts: Readable = Decided(inquiries[0])
    else:
        # Where one of the two is a hold, every way is: so also the way that the other has. Two releases need not share theirs.
        shared = True in outcomes
        later = symbols if shared else facts_of_case("other", wanted)
        if between.learns:
            others, related = learnt(later, "after", wanted)
        else:
            others = changed(later, "after", checked.differs, wanted)
        if not shared:
            related += known_alike(symbols, later)
        inquiries = [
            inquire(law, moments, name, each, outcome=outcome, shared=shared)
            for name, each, outcome in zip(("before", "after"), (symbols, others), outcomes, strict=True)
        ]
        if between.learns:
            related += age_by_birth(*inquiries)
        related += at_one_time(*inquiries, waits=("asked_at",) in checked.differs)
        facts = Pair(*inquiries)
    reader = Reader(facts)
    goal = both(reader.truth(checked.when)[0], reader.truth(checked.must)[1])

    def is_broken(decisions: Sequence[Decision]) -> bool:
        return broken(checked, *decisions)

    if goal is not False:
        yield Search(inquiries, [*related, goal], is_broken, engine)


@dataclass(slots=True)
class Search:
    """Looks for cases of which something is so: `goal` as the solver has it, `shown` as an engine's decisions show it."""

    inquiries: list[Inquiry]
    goal: list[Formula]
    shown: Any
    engine: Engine
    solver: z3.Solver = field(default_factory=lambda: z3.SolverFor("QF_LIA"))
    tightened: bool = False

    def run(self) -> tuple[Verdict, tuple[Fields, ...]]:
        """The verdict, and the cases where there are some."""
        solver, moments = self.solver, self.inquiries[0].moments
        solver.set("timeout", int(TIME_LIMIT * 1000))
        _tell(solver, [*self.goal, *(said for each in self.inquiries for said in each.said), *moments.said])
        for _ in range(_ROUNDS):
            answer = solver.check()
            if answer == z3.unsat:
                return "proven", ()
            if answer != z3.sat:
                return "undecided", ()
            witness = self._try(solver.model())
            if witness:
                return "refuted", witness
        return "undecided", ()

    def _try(self, model: z3.ModelRef) -> tuple[Fields, ...] | None:
        """Cases near to what the solver found that an engine decides so, or else one more thing for the solver to know."""
        moments = self.inquiries[0].moments
        release, asked = _whole(model, moments.release), tuple(_whole(model, at) for at in moments.asked)
        learnt = False
        for at, questions in _moments(moments, release, asked):
            self.solver.push()
            _tell(self.solver, moments.exactly(at, questions))
            exact = self.solver.model() if self.solver.check() == z3.sat else None
            self.solver.pop()
            if exact is None:
                continue
            cases = tuple(self._fields(inquiry, exact) for inquiry in self.inquiries)
            if self._shows(cases):
                return simplest(cases, self._shows)
            lessons = list(self._lessons(cases, at, questions))
            _tell(self.solver, lessons)
            learnt = bool(lessons)
            break
        if not learnt:
            if not self.tightened:
                self.tightened = True
                _tell(self.solver, _tighter(moments))
            here = both(moments.release == release, *(at == each for at, each in zip(moments.asked, asked, strict=True)))
            _tell(self.solver, [implies(here, every(moments.exactly(release, asked)))])
        return None

    def _fields(self, inquiry: Inquiry, model: z3.ModelRef) -> Fields:
        where = inquiry.moments.where
        fields: Fields = {"jurisdiction": inquiry.law.place}
        release, asked = _whole(model, inquiry.moments.release), _whole(model, inquiry.asked_at)
        fields["release_at"] = written(release, where)
        if asked != release:
            fields["asked_at"] = written(asked, where)
        return fields | fields_of(inquiry.symbols, lambda f: _truth(model, f), lambda n: _whole(model, n))

    def _shows(self, cases: tuple[Fields, ...]) -> bool:
        try:
            decisions = [
                decide_under(inquiry.law, Case.model_validate(fields), self.engine)
                for inquiry, fields in zip(self.inquiries, cases, strict=True)
            ]
        except (CaseError, ValueError):
            return False
        return self.shown(decisions)

    def _lessons(self, cases: tuple[Fields, ...], release: int, asked: tuple[int, ...]) -> Iterator[Formula]:
        """Ways in which the unknown facts of the cases turn a hold into release, which the solver had not thought of."""
        for inquiry, fields in zip(self.inquiries, cases, strict=True):
            if decide_under(inquiry.law, Case.model_validate(fields), self.engine).outcome == "hold":
                continue
            way = released_way(inquiry, Case.model_validate(fields), release, asked)
            if way is not None:
                yield inquiry.way_holds(way)


def released_way(inquiry: Inquiry, case: Case, release: int, asked: tuple[int, ...]) -> Symbols | None:
    """One way in which the unknown facts of a case could turn out that gives release; None where every way is a hold."""
    solver = z3.SolverFor("QF_LIA")
    possible = can_be(inquiry.symbols, inquiry.moments.release_day, inquiry.asked_day)
    _tell(solver, [*possible, *is_case(inquiry.symbols, case), opposite(inquiry.found.hold)])
    _tell(solver, [*inquiry.moments.said, *inquiry.moments.exactly(release, asked)])
    if solver.check() != z3.sat:
        return None
    model = solver.model()
    return frozen(inquiry.symbols, lambda f: _truth(model, f), lambda n: _whole(model, n))


def _tell(solver: z3.Solver, formulas: Any) -> None:
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


def written(at: int, where: Any) -> str:
    """An instant as a scenario file has it: local, with its offset where the clocks make it two."""
    local = moment(at).astimezone(where)
    plain = local.replace(tzinfo=None, fold=0)
    try:
        alone = clock.instant(plain, where) == moment(at)
    except clock.LocalTimeError:
        alone = False
    precise = "seconds" if local.second else "minutes"
    return (plain if alone else local).isoformat(timespec=precise)


def _moments(moments: Moments, release: int, asked: tuple[int, ...]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Releases and questions that are worth trying: such as a person would choose, then the solver's own."""
    found: set[tuple[int, tuple[int, ...]]] = set()
    order = sorted(range(len(asked)), key=lambda n: asked[n])
    for at in (*_releases(moments, release), release):
        ends = sorted({moments.end_exactly(limit, at) for limit in moments.uncertain})
        waits = {0, HOUR, 24 * HOUR, *(each - release for each in asked)}
        waits |= {end - at + more for end in ends for more in (-60, 0)}
        waits |= {limit_hours * HOUR + more for limit_hours in _hours(moments) for more in (-60, 0)}
        if at != release:
            waits = {wait - wait % 60 for wait in waits}
        for chosen in product(sorted(wait for wait in waits if wait >= 0), repeat=len(asked)):
            if any(chosen[a] > chosen[b] for a, b in zip(order, order[1:], strict=False)):
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
    """Ten in the morning of some days: of the solver's week, and of the first and last weeks of the stretch."""
    day = local_day(release, moments.where)
    nearby = [max(FIRST.toordinal() + 400, min(day, LAST.toordinal() - 400)) + more for more in range(3)]
    late = [moments.until - 40 + more for more in range(0, 7, 2)] if moments.until < LAST.toordinal() else []
    for each in dict.fromkeys((*nearby, moments.since, *late)):
        if FIRST.toordinal() <= each <= LAST.toordinal():
            yield seconds(clock.midnight(date.fromordinal(each), moments.where)) + 10 * HOUR


def _tighter(moments: Moments) -> Iterator[Formula]:
    """How long the clock of each limit stands still at least and at most, on any day of the stretch."""
    least: dict[Limit, int] = {}
    most: dict[Limit, int] = {}
    days = [date.fromordinal(day) for day in range(max(moments.since - 31, FIRST.toordinal()), moments.until)]
    edges = [seconds(clock.midnight(day, moments.where)) for day in days]
    for limit in moments.uncertain:  # within a day it is longest, and shortest, at one of its ends
        still = [moments.end_exactly(limit, at) - at - limit.hours * HOUR for day in edges for at in (day, day - 1)]
        least[limit], most[limit] = min(still), max(still)
    yield from moments.tighten(least, most)
