"""Proofs: whether any case at all breaks a constraint under the law of one stretch, and which. Reads and writes no file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Literal

from detainer.case import FIRST, LAST, Case
from detainer.decision import Decision
from detainer.engines import Engine, decide_under, load, working
from detainer.errors import wanted
from detainer.library import Law
from detainer.verify.constraints import Checked, broken, nameable
from detainer.verify.logic import Formula, begin, both
from detainer.verify.moments import Moments
from detainer.verify.reading import Readable, Reader
from detainer.verify.related import changed, known_alike, learned
from detainer.verify.search import TIME_LIMIT, Search
from detainer.verify.study import Decided, Pair, age_by_birth, at_one_time, inquire
from detainer.verify.symbols import facts_of_case, named_by
from detainer.verify.witness import Cases

Verdict = Literal["proven", "refuted", "undecided"]

_VERDICTS: dict[str, Verdict] = {"none": "proven", "some": "refuted", "unknown": "undecided"}


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of one constraint, named by its id, under the law of one place on the days [`since`, `until`).

    `witness` holds the case, or the two cases, that break it, as a scenario file has them; `why` says what else there is to say.
    """

    place: str
    since: date
    until: date
    constraint: str
    verdict: Verdict
    witness: Cases = ()
    why: str = ""


def span(law: Law, *others: tuple[date | None, date | None]) -> tuple[date, date] | None:
    """The days on which a law is in force, and the others hold; None where there is none."""
    firsts = [day for day, _ in ((law.since, law.until), *others) if day]
    lasts = [day for _, day in ((law.since, law.until), *others) if day]
    since, until = max([FIRST, *firsts]), min([LAST, *lasts])
    return (since, until) if since < until else None


def prove(law: Law, checked: Checked, time_limit: int = TIME_LIMIT) -> Proof | None:
    """Prove or refute a constraint under a law; None where the constraint does not speak of that law.

    A case that refutes it is decided by `direct`, and then by every other engine, with the same result; `time_limit` is in
    seconds, for one question to the solver.
    """
    law = wanted(law, Law, "law", "law_in_force(place, day) gives one")
    constraint = wanted(checked, Checked, "checked", "load_constraints() gives them").constraint
    days = span(law, (constraint.from_, constraint.until))
    if not checked.holds_at(law.place) or days is None:
        return None
    if constraint.cannot_name:
        found = nameable(constraint.cannot_name)
        why = f"a rule could name {', '.join(found)}" if found else ""
        return Proof(law.place, *days, checked.id, "refuted" if found else "proven", why=why)
    for search in _searches(law, checked, days, load("direct")):
        search.time_limit = time_limit
        found, witness = search.run()
        if found == "some" and not all(_breaks(law, checked, witness, load(name)) for name in working()):
            return Proof(law.place, *days, checked.id, "undecided", witness, "the engines do not agree on this case")
        if found != "none":
            return Proof(law.place, *days, checked.id, _VERDICTS[found], witness)
    return Proof(law.place, *days, checked.id, "proven")


def _breaks(law: Law, checked: Checked, witness: Cases, engine: Engine) -> bool:
    """Whether the case, or the two cases, break the constraint as an engine decides them."""
    return broken(checked, *(decide_under(law, Case.model_validate(fields), engine) for fields in witness))


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
    begin()
    moments = Moments("m", law.where, days[0].toordinal(), days[1].toordinal())
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
            others, related = learned(later, "after", wanted)
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
        if all(outcomes):
            before, after = inquiries
            related += [each.way_holds(other.earliest) for each, other in ((before, after), (after, before))]
        if shared:
            related += [each.way_holds(symbols) for each in inquiries]
        related += at_one_time(*inquiries, waits=("asked_at",) in checked.differs)
        facts = Pair(*inquiries)
    reader = Reader(facts)
    goal = both(reader.truth(checked.when)[0], reader.truth(checked.must)[1])

    def is_broken(decisions: Sequence[Decision]) -> bool:
        return broken(checked, *decisions)

    if goal is not False:
        yield Search(inquiries, [*related, goal], is_broken, engine)
