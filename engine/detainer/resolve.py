"""From the truth of every rule to what controls, unknown facts included. Pure; the engines share it.

A hold needs every way that the unknown facts could turn out to allow it. So where a rule is open, each combination of
answers to the unanswered tests is tried; combinations that cannot be (a property of something absent) are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import compress, product
from typing import NamedTuple

from detainer import clock
from detainer.language import Test
from detainer.language.tree import Present, Truth
from detainer.library import Law
from detainer.precedence import Control, control
from detainer.provision import Provision
from detainer.situation import Situation

MAX_TESTS = 12
"""How many unanswered tests are tried in every combination (4,096 of them). With more, the answer is an unsettled release."""

Answers = tuple[bool, ...]


def limit_end(law: Law, situation: Situation, limit: Provision) -> datetime:
    """When a limit ends a hold that began at scheduled release (UTC)."""
    rule = limit.rule
    return clock.limit_end(situation.release_at, rule.hours or 0, rule.excluding, situation.where, law.calendar)


class Resolution(NamedTuple):
    """`settled`: no unknown fact could change the outcome. `deciding`: the unanswered tests that could change it."""

    control: Control
    settled: bool
    deciding: tuple[Test, ...] = ()
    bounded: bool = False


def resolve(law: Law, situation: Situation, truths: Sequence[Truth]) -> Resolution:
    """What controls, given the truth of each of `law.rules` in the same order."""
    rules = law.rules
    ends: dict[Provision, datetime] = {}

    def end(limit: Provision) -> datetime:
        if limit not in ends:
            ends[limit] = limit_end(law, situation, limit)
        return ends[limit]

    met = list(compress(rules, truths))
    if None not in truths:
        return Resolution(control(met, end, situation.asked_at, law.default), True)

    open_rules = [rule for rule, truth in zip(rules, truths, strict=True) if truth is None]
    answered = {test: test.truth(situation) for rule in open_rules for test in rule.when.tests()}
    unanswered = tuple(dict.fromkeys(test for rule in open_rules for test, _ in rule.when.because(None, situation)))
    if len(unanswered) > MAX_TESTS:
        return Resolution(Control("release", law.default), False, unanswered, bounded=True)

    tried: dict[Answers, Control] = {}
    for answers in _possible(unanswered):
        known = answered | dict(zip(unanswered, answers, strict=True))
        turned = [
            rule
            for rule, truth in zip(rules, truths, strict=True)
            if truth or (truth is None and rule.when.under(known.__getitem__))
        ]
        tried[answers] = control(turned, end, situation.asked_at, law.default)
    holds = [each for each in tried.values() if each.outcome == "hold"]
    released = next((each for each in tried.values() if each.outcome == "release"), None)
    if released is not None:
        return Resolution(released, not holds, tuple(_deciding(unanswered, tried)) if holds else ())
    certain = control(met, end, situation.asked_at, law.default)
    chosen = certain if certain.outcome == "hold" else holds[0]
    earliest = min((each for each in holds if each.hold_until), key=lambda each: each.hold_until or 0, default=None)
    if earliest is not None:
        chosen = Control("hold", chosen.ruling, earliest.hold_until, earliest.limit, chosen.basis)
    return Resolution(chosen, True)


def _possible(unanswered: Sequence[Test]) -> Iterator[Answers]:
    """Every combination of answers that can be, "no" to everything first.

    What is absent has no properties: where the answer to ``judicial_warrant`` is no, so is that to every test below it, and
    where there are no ``convictions``, each count of them is one of nothing.
    """
    below = [
        (owner, index)
        for owner, present in enumerate(unanswered)
        if isinstance(present, Present)
        for index, test in enumerate(unanswered)
        if index != owner and any(_is_below(path.names, present.path.names) for path in test.paths())
    ]
    for answers in product((False, True), repeat=len(unanswered)):
        if all(answers[owner] or answers[index] is unanswered[index].of_nothing() for owner, index in below):
            yield answers


def _is_below(names: tuple[str, ...], owner: tuple[str, ...]) -> bool:
    return names[: len(owner)] == owner


def _deciding(unanswered: Sequence[Test], tried: Mapping[Answers, Control]) -> Iterable[Test]:
    """The tests whose answer alone turns the outcome, in some combination of the others."""
    for index, test in enumerate(unanswered):
        for answers, found in tried.items():
            turned = (*answers[:index], not answers[index], *answers[index + 1 :])
            if turned in tried and tried[turned].outcome != found.outcome:
                yield test
                break
