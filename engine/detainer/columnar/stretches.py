"""Days on which the law of a place and what is doubted about it stay the same, and how far a hold of such a day reaches beyond.

A hold that a limit surely ends before the next change hangs on the law of its day alone; of others it counts what later laws ask.
What is surely so is read off the conditions: a hold rests on a rule that is met, and what that rule asks for is then known.
Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from detainer import clock
from detainer.columnar.calendar import Span
from detainer.language import Node, Not
from detainer.language.tree import Always, Defined, Joined, Truth
from detainer.law import DatedPart
from detainer.library import Law
from detainer.provision import Provision

_EVER, _NEVER = date.min, date.max
_DAY = timedelta(days=1)


@dataclass(frozen=True, eq=False)
class Stretch:
    """Days, both included, on which the law of a place is the same, and the same is doubted about it.

    `moments` are the first instants (UTC) of later stretches, as far as the end of a limit can lie behind them for a hold that
    there is before the first of them; `beyond` are the later laws that such a hold can meet. `lasts`: so can some hold of which
    it is not sure that a limit ends it.
    """

    law: Law
    first: date
    last: date
    moments: tuple[datetime, ...] = ()
    beyond: tuple[Law, ...] = ()
    lasts: bool = False


def span_of(limit: Provision) -> Span:
    """How long a limit lets a hold last."""
    return Span(limit.rule.hours or 0, tuple(sorted(limit.rule.excluding)))


def spans_of(law: Law) -> dict[Span, None]:
    """How long the limits of a law let a hold last, each once."""
    return dict.fromkeys(span_of(rule) for rule in law.rules if rule.effect == "limits")


def stretches(laws: Sequence[Law]) -> Iterator[Stretch]:
    """The stretches of the laws, which are those of several places in order, each place's from the first to the last."""
    for _, each in groupby(laws, lambda law: law.place):
        history = list(each)
        lasting = {law for number, law in enumerate(history) if _lasts(history[number:])}
        found = [stretch for law in history for stretch in _cut(law)]
        for number, stretch in enumerate(found):
            yield _reaching(stretch, found[number + 1 :], lasting)


def _cut(law: Law) -> Iterator[Stretch]:
    """A law, cut at the days on which something begins or ceases to be doubtful."""
    last = _NEVER if law.until is None else law.until - _DAY
    parts: list[DatedPart] = [each.doubt for rule in law.rules for each in rule.doubts]
    cuts = {day for part in parts for day in (part.from_, part.until) if day}
    for rule in law.doubtful_days:
        unknown = rule.rule.day_unknown
        assert unknown is not None
        cuts |= {unknown.latest + _DAY, *([unknown.earliest] if unknown.earliest else [])}
    first = law.since or _EVER
    for cut in sorted(day for day in cuts if first < day <= last):
        yield Stretch(law, first, cut - _DAY)
        first = cut
    yield Stretch(law, first, last)


def _reaching(stretch: Stretch, later: Sequence[Stretch], lasting: set[Law]) -> Stretch:
    """The stretch with what its holds can meet of those after it."""
    if not later:
        return stretch
    law = stretch.law
    begins = [clock.midnight(each.first, law.where) for each in later]
    spans = dict.fromkeys(span for each in (law, *(each.law for each in later)) for span in spans_of(each))
    ends = (clock.limit_end(begins[0], *span, law.where, law.calendar) for span in spans)
    last = max(ends, default=begins[0])
    met = {law: None}
    for begin, each in zip(begins, later, strict=True):
        if begin <= last or not lasting.isdisjoint(met):
            met[each.law] = None
    moments = tuple(begin for begin in begins if begin <= last)
    return Stretch(
        law, stretch.first, stretch.last, moments, tuple(each for each in met if each != law), law in lasting
    )


# -- what is surely so ---------------------------------------------------------------------------------------------------------


def _lasts(laws: Sequence[Law]) -> bool:
    """Whether under the first of some laws there can be a hold of which it is not sure that a limit ends it, and not sure either
    that nothing ever does.
    """
    grounds = [rule for rule in laws[0].rules if rule.effect in ("requires", "permits")]
    return any(not _limited(laws[0], each) and not unending(each, laws) for each in grounds)


def _limited(law: Law, ground: Provision) -> bool:
    """Whether some limit ends every hold that rests on a rule."""
    truths = _truths(law, _known(ground.when))
    return any(
        rule.effect == "limits"
        and truth
        and rule.rule.basis == ground.rule.basis
        and not _overridden(law, truths, rule)
        for rule, truth in truths.items()
    )


def unending(ground: Provision, laws: Sequence[Law]) -> bool:
    """Whether a hold that rests on a rule lasts forever under some laws, the first of which has it, whatever else is so."""
    known = {node: answer for node, answer in _known(ground.when).items() if not _of_days(node)}
    return all(_holds(law, _truths(law, known)) for law in laws)


def _of_days(node: Node) -> bool:
    """Whether the answer can change while time goes on, if some day is not known."""
    return any(test.of_days() for test in node.tests())


def _holds(law: Law, truths: Mapping[Provision, Truth]) -> bool:
    """Whether there is a hold that no limit ends, however what is not known turns out."""
    possible = [rule for rule, truth in truths.items() if truth is not False]
    binding = [rule for rule in possible if rule.effect in ("requires", "prohibits")]
    limited = {rule.rule.basis for rule in possible if rule.effect == "limits"}

    def gives_way(rule: Provision, other: Provision) -> bool:
        if rule.effect == "permits" or other.rank < rule.rank:
            return True
        return other.rank == rule.rank and other.effect == "prohibits"

    return any(
        rule.rule.basis not in limited
        and not _overridden(law, truths, rule)
        and not any(gives_way(rule, other) for other in binding)
        for rule, truth in truths.items()
        if truth and rule.effect in ("requires", "permits")
    )


def _overridden(law: Law, truths: Mapping[Provision, Truth], rule: Provision) -> bool:
    """Whether a rule that may be met overrides another."""
    return any(rule.id in each.overrides for each in law.rules if truths[each] is not False)


def _truths(law: Law, known: Mapping[Node, bool]) -> dict[Provision, Truth]:
    """What the rules of a law are where no more is known than what some conditions are."""
    found: dict[Node, Truth] = dict(known)
    return {rule: _truth(rule.when, found) for rule in law.rules}


def _truth(node: Node, found: dict[Node, Truth]) -> Truth:
    """What a condition is; `found` holds what is known and takes down what is worked out."""
    if node not in found:
        match node:
            case Always():
                found[node] = True
            case Defined(part=part):
                found[node] = _truth(part, found)
            case Not(part=part):
                truth = _truth(part, found)
                found[node] = None if truth is None else not truth
            case Joined(parts=parts, decisive=decisive):
                truths = {_truth(part, found) for part in parts}
                found[node] = decisive if decisive in truths else None if None in truths else not decisive
            case _:
                found[node] = None
    return found[node]


def _known(node: Node) -> dict[Node, bool]:
    """What a condition and the parts of it are, where it is met."""
    found: dict[Node, bool] = {}

    def find(node: Node, answer: bool) -> None:
        if node in found:
            return
        found[node] = answer
        match node:
            case Defined(part=part):
                find(part, answer)
            case Not(part=part):
                find(part, not answer)
            case Joined(parts=parts, decisive=decisive) if decisive is not answer:
                for part in parts:
                    find(part, answer)
            case _:
                pass

    find(node, True)
    return found
