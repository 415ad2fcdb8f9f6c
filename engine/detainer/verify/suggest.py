"""Scenarios worth having: the fewest that make each rule drive a decision and pin each line that the law draws. Reads no file.

A line is pinned by a case on each side of it, as near as can be, where what lies between turns the decision: the first and last
day of a rule, a birthday, the first day of a lookback, the end of a limit. What the answers should be is for a person to say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import yaml
import z3

from detainer.case import Case
from detainer.decision import Decision
from detainer.engines import decide, load
from detainer.formats import plural
from detainer.library import Library
from detainer.verify.logic import begin, check, opposite, some
from detainer.verify.moments import Moments
from detainer.verify.prove import span
from detainer.verify.search import Search
from detainer.verify.study import inquire
from detainer.verify.symbols import enough, facts_of_case, named_by
from detainer.verify.targets import Target, Way, targets
from detainer.verify.versions import differences
from detainer.verify.witness import Fields

TIME_LIMIT = 5
"""Seconds that the solver may take for one question: what it does not find by then is said to be not found."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """A case, what it is for, and what it is decided to be."""

    fields: Fields
    purposes: tuple[str, ...]
    decision: Decision


def suggest(
    library: Library, place: str, progress: Callable[[int], None] | None = None
) -> tuple[list[Suggested], list[str]]:
    """The fewest cases that show everything worth showing of the law of a place; and what no case shows.

    Raises `PlaceError` and `FileError`. `progress` is called with the number of targets done.
    """
    library.where(place)
    wanted = list(targets(library, place))
    found: list[tuple[Fields, Decision]] = []
    vain: list[str] = []
    for target in wanted:
        if not any(target.met_by(decision) for _, decision in found):
            fields = next(filter(None, map(lambda way, target=target: _case(target, way), target.ways)), None)
            if fields is None:
                vain.append(target.says)
            else:
                found.append((fields, decide(Case.model_validate(fields), engine="direct", library=library)))
        if progress:
            progress(1)
    met = [frozenset(t.says for t in wanted if t.met_by(decision)) for _, decision in found]
    suggested = [
        Suggested(
            found[number][0], tuple(target.says for target in wanted if target.says in met[number]), found[number][1]
        )
        for number in fewest(met)
    ]
    return sorted(suggested, key=lambda each: each.decision.situation.asked_at), vain


def scenario_text(place: str, suggested: Sequence[Suggested], vain: Sequence[str]) -> str:
    """A scenario file that lacks the answers, and says what each scenario is for."""
    lines = [
        f"# Suggested for {place}: {plural(len(suggested), 'scenario')}. What each pins stands in its note; what the law says of",
        "# it is for a person to find out and to write down under `expect`, before looking at what the engine says.",
        *(f"# No case was found that shows {each}." for each in vain),
        "scenarios:",
    ]
    name = place.rpartition("/")[2]
    for number, each in enumerate(suggested, 1):
        fields = {"id": f"{name}-{number:02}", "note": "; ".join(each.purposes), **each.fields}
        dumped = yaml.safe_dump([fields], sort_keys=False, allow_unicode=True, width=120)
        lines += [f"  {line}" for line in dumped.splitlines()]
        lines.append("    # expect: {outcome: , ruling: }")
    return "\n".join(lines) + "\n"


def fewest(sets: Sequence[frozenset[str]]) -> list[int]:
    """The numbers of the fewest sets that hold together what all hold.

    >>> fewest([frozenset("a"), frozenset("bc"), frozenset("ab"), frozenset("b")])
    [0, 1]
    """
    begin()
    solver = z3.Optimize()
    solver.set("timeout", 10_000)
    taken = [z3.Bool(f"take.{number}") for number in range(len(sets))]
    for name in sorted(frozenset[str]().union(*sets)):
        solver.add(some(take for take, each in zip(taken, sets, strict=True) if name in each))
    for number, take in enumerate(taken):  # of equals, those found first
        solver.add_soft(opposite(take), 1000 + number)
    if check(solver) != z3.sat:
        return list(range(len(sets)))
    model = solver.model()
    return [n for n, take in enumerate(taken) if z3.is_true(model.eval(take, model_completion=True))]


def _case(target: Target, way: Way) -> Fields | None:
    """A case that shows a target in one way."""
    if way.other is not None:
        difference = next(differences(way.law, way.other, way.days, wanted=target.wanted, time_limit=TIME_LIMIT), None)
        return difference.fields or None if difference else None
    days = span(way.law, way.days)
    if days is None:
        return None
    begin()
    moments = Moments("m", way.law.where, days[0].toordinal(), days[1].toordinal())
    conditions = way.law.conditions
    inquiry = inquire(way.law, moments, "case", facts_of_case("case", named_by(conditions), enough(conditions)))
    goal = [target.wanted.said(inquiry), opposite(inquiry.open)]

    def shown(decisions: Sequence[Decision]) -> bool:
        return None not in decisions[0].truths and target.wanted.shown(decisions[0])

    _, witness = Search([inquiry], goal, shown, load("direct"), TIME_LIMIT).run()
    return witness[0] if witness else None
