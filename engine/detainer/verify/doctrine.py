"""Which of the rules that are met controls, for the solver: what `precedence.control` says, as formulas over the rules.

Rules are numbered as in `Law.rules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from detainer.library import Law
from detainer.verify.logic import Formula, Whole, both, choose, either, first, opposite, some
from detainer.verify.moments import Limit, Moments


class Control(NamedTuple):
    """`ruling`: the number of the rule that drove the outcome; `timed` and `end`: whether, and when, a hold ends."""

    hold: Formula
    ruling: Whole
    timed: Formula
    end: Whole


def ends_of(law: Law, moments: Moments) -> list[Whole]:
    """When each rule would end a hold; of rules that limit nothing, 0."""
    return [
        moments.end(Limit(rule.rule.hours or 0, rule.rule.excluding, law.calendar)) if rule.effect == "limits" else 0
        for rule in law.rules
    ]


def not_overridden(law: Law, met: Sequence[Formula]) -> list[Formula]:
    """Of each rule, whether it is met and none that is met overrides it."""
    each = list(zip(law.rules, met, strict=True))
    return [both(yes, opposite(some(other for o, other in each if rule.id in o.overrides))) for rule, yes in each]


def control(law: Law, met: Sequence[Formula], ends: Sequence[Whole], asked_at: Whole) -> Control:
    """What controls, where each rule of the law is met or not."""
    rules = law.rules
    numbers = range(len(rules))
    standing = not_overridden(law, met)
    of = {
        (effect, rank): [n for n in numbers if rules[n].effect == effect and rules[n].rank == rank]
        for effect in ("requires", "prohibits", "permits")
        for rank in {rule.rank for rule in rules}
    }
    ranks = sorted({rank for _, rank in of})
    bound: Formula = False  # whether a higher rank binds
    refusals: list[tuple[Formula, Whole]] = []
    speaking: dict[int, Formula] = {}
    for rank in ranks:
        refused = some(standing[n] for n in of["prohibits", rank])
        earlier: Formula = bound
        for n in of["prohibits", rank]:
            refusals.append((both(standing[n], opposite(earlier)), n))
            earlier = either(earlier, standing[n])
        for n in of["requires", rank]:
            speaking[n] = both(standing[n], opposite(bound), opposite(refused))
        bound = either(bound, refused, some(standing[n] for n in of["requires", rank]))
    for rank in ranks:
        for n in of["permits", rank]:
            speaking[n] = both(standing[n], opposite(bound))
    grounds = sorted(sorted(speaking), key=lambda n: -rules[n].rank)  # the lowest rank first; equals keep their order
    basis = {n: rules[n].rule.basis for n in numbers}
    limits = {
        name: [n for n in numbers if rules[n].effect == "limits" and basis[n] == name]
        for name in dict.fromkeys(basis.values())
    }
    limited = {name: some(standing[n] for n in of_it) for name, of_it in limits.items()}
    last = {name: _earliest([(standing[n], ends[n], n) for n in of_it]) for name, of_it in limits.items()}
    free = [both(speaking[n], opposite(limited[basis[n]])) for n in grounds]
    unlimited = some(free)
    best: Whole = 0
    default = rules.index(law.default)
    ground: Whole = default
    limit: Whole = default
    any_best: Formula = False
    for n in grounds:
        end, its_limit = last[basis[n]]
        later = both(speaking[n], limited[basis[n]], either(opposite(any_best), end > best))
        best, ground, limit = choose(later, end, best), choose(later, n, ground), choose(later, its_limit, limit)
        any_best = either(any_best, later)
    refused = some(condition for condition, _ in refusals)
    in_time = both(any_best, asked_at < best)
    hold = both(opposite(refused), either(unlimited, in_time))
    held_by = first(zip(free, grounds, strict=True), ground)
    let_go_by = first(refusals, choose(any_best, limit, default))
    return Control(hold, choose(hold, held_by, let_go_by), both(hold, opposite(unlimited)), best)


def _earliest(limits: Sequence[tuple[Formula, Whole, int]]) -> tuple[Whole, Whole]:
    """The earliest end of the limits that stand, and the first limit that has it; 0 where none stands."""
    end: Whole = 0
    which: Whole = 0
    found: Formula = False
    for stands, its_end, number in limits:
        sooner = both(stands, either(opposite(found), its_end < end))
        end, which = choose(sooner, its_end, end), choose(sooner, number, which)
        found = either(found, stands)
    return end, which
