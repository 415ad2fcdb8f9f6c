"""What is odd in rulesets that are each right by themselves: rules that cannot matter, conflicts, gaps. Changes nothing.

Everything is a `Problem` at its place, with a mend. What the solver is asked is whether there is a case at all; what it says
there is not, there is not. Conflicts come with such a case, decided by an engine.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations

import z3

from detainer.case import FIRST, LAST
from detainer.decision import Decision
from detainer.engines import load
from detainer.errors import Path, Problem
from detainer.language import Node
from detainer.language.tree import Always, Defined, Joined, Not
from detainer.law import DatedPart
from detainer.library import Law, Library, within
from detainer.provision import Provision, Rulebook
from detainer.verify.doctrine import not_overridden
from detainer.verify.logic import Formula, begin, check, opposite, some
from detainer.verify.moments import Moments
from detainer.verify.prove import span
from detainer.verify.reading import Facts, Reader
from detainer.verify.search import TIME_LIMIT, Search
from detainer.verify.study import inquire
from detainer.verify.symbols import can_be, enough, facts_of_case, named_by
from detainer.verify.versions import differences
from detainer.yamlfile import Source


@dataclass(frozen=True, slots=True)
class _File:
    """A ruleset file, and the law of every place that it is part of; of none with a local time, its own in UTC."""

    place: str
    book: Rulebook
    source: Source
    laws: tuple[Law, ...]

    def problem(self, message: str, path: Path, within: str = "") -> Problem:
        return self.source.problem(message, path, within=within)


def lint(library: Library, places: Sequence[str]) -> list[Problem]:
    """What is odd in the files of some places, which are sound. Raises `PlaceError` and `FileError`."""
    found: list[Problem] = []
    for place in places:
        file = _File(place, library.book(place), library.source(place), _laws(library, place))
        for look in _LOOKS:
            found += look(file)
    return list(dict.fromkeys(found))


def _laws(library: Library, place: str) -> tuple[Law, ...]:
    homes = [each for each in library.places if within(each, place) and library.book(each).timezone]
    if homes:
        return tuple(law for home in homes for law in library.history(home))
    return tuple(replace(law, timezone="UTC", kept={}) for law in library.history(place))


# -- what can be seen without a case -----------------------------------------------------------------------------------------


def _unused(file: _File) -> Iterator[Problem]:
    used = {name for rule in file.book.ruleset.rules for name in (rule.authority, *rule.see)}
    for name in file.book.ruleset.authorities:
        if name not in used:
            message = f"no rule rests on the authority `{name}` or cites it; delete it, or name it under `see`"
            yield file.source.problem(message, ("authorities", name), at_key=True)


def _gaps(file: _File) -> Iterator[Problem]:
    """Days on which nothing of the file is in force, between days on which something is."""
    spans = sorted(_days(rule.rule) for rule in file.book.provisions if rule.effect != "default")
    last: date | None = None
    for since, until in spans:
        if last is not None and since > last:
            rule = next(each for each in file.book.provisions if _days(each.rule) == (since, until))
            message = f"no rule of this file is in force from {last} until {since}; close the gap, if there is none in the law"
            yield file.problem(message, (*_at(rule), "from"))
        last = max(last or until, until)


def _days(part: DatedPart) -> tuple[date, date]:
    return part.from_ or date.min, part.until or date.max


def _at(rule: Provision) -> Path:
    return ("rules", rule.order)


def _circles(file: _File) -> Iterator[Problem]:
    beats = {rule.id: rule.overrides for rule in file.book.provisions}
    for rule in file.book.provisions:
        reached = set(rule.overrides)
        while more := {name for each in reached for name in beats.get(each, ())} - reached:
            reached |= more
        if rule.id in reached:
            message = (
                f"`{rule.rule.id}` overrides itself by way of those it overrides, so neither stands; delete one of them"
            )
            yield file.problem(message, (*_at(rule), "overrides"))


def _twice(file: _File) -> Iterator[Problem]:
    for one, other in combinations(file.book.provisions, 2):
        if _says(one) == _says(other) and _overlap(one.rule, other.rule):
            message = f"`{other.rule.id}` says what `{one.rule.id}` says, on some of the same days; keep one of them"
            yield file.problem(message, (*_at(other), "id"))


def _says(rule: Provision) -> tuple[object, ...]:
    own = rule.rule
    return rule.effect, rule.rank, own.basis, own.hours, frozenset(own.excluding), rule.when


def _overlap(one: DatedPart, other: DatedPart) -> bool:
    (a, b), (c, d) = _days(one), _days(other)
    return a < d and c < b


def _empty_doubts(file: _File) -> Iterator[Problem]:
    for rule in file.book.provisions:
        for number, each in enumerate(rule.doubts):
            if not _overlap(rule.rule, each.doubt):
                message = "the dates of this doubt hold no day on which its rule is in force; correct them"
                yield file.problem(message, (*_at(rule), "doubts", number))


# -- what takes the solver ---------------------------------------------------------------------------------------------------


def _conditions(file: _File) -> Iterator[Problem]:
    """Conditions, and parts of them, that are the same for every case."""
    for name, meaning in file.book.ruleset.definitions.items():
        node = file.book.names.definitions[name]
        path: Path = ("definitions", name)
        raw = file.source.data["definitions"][name]
        yield from _same_for_all(file, node, path if isinstance(raw, str) else (*path, "means"), meaning, f"`{name}`")
    for rule in file.book.provisions:
        yield from _same_for_all(file, rule.when, (*_at(rule), "when"), rule.rule, "the rule")


def _same_for_all(
    file: _File, node: Node, path: Path, part: object, whose: str, whole: bool = True
) -> Iterator[Problem]:
    """A condition, or the largest parts that it is joined from; what a definition means is looked at where it stands."""
    if isinstance(node, Always) or (isinstance(node, Defined) and not whole):
        return
    answer = _only_answer(file.laws[0], node, part if isinstance(part, DatedPart) else DatedPart())
    if answer is not None:
        what = f"{whose} can never be met" if whole and not answer else f"it is always {str(answer).lower()}"
        message = f"`{node.text}` is the same for every case: {what}; correct it, or leave it out"
        yield file.problem(message, path, within=node.text)
    elif isinstance(node, Joined | Not):
        for each in node.inside():
            yield from _same_for_all(file, each, path, part, whose, whole=False)


def _only_answer(law: Law, node: Node, days: DatedPart) -> bool | None:
    """The answer that a condition has in every case of some days whose facts are all known; None where some cases differ."""
    since, until = max(days.from_ or FIRST, FIRST), min(days.until or LAST, LAST)
    if since >= until:
        return None  # there are no cases
    begin()
    moments = Moments("m", law.where, since.toordinal(), until.toordinal())
    question = moments.ask()
    symbols = facts_of_case("case", named_by([node]), enough([node]))
    yes, _ = Reader(Facts(symbols, moments, question, complete=True)).truth(node)
    solver = z3.SolverFor("QF_LIA")
    solver.set("timeout", TIME_LIMIT * 1000)
    solver.add(*can_be(symbols, moments.release_day, moments.asked_days[question]), *moments.said)
    for formula, only in ((yes, False), (opposite(yes), True)):
        solver.push()
        solver.add(formula)
        answer = check(solver)
        solver.pop()
        if answer == z3.unsat:
            return only
    return None


def _shadowed(file: _File) -> Iterator[Problem]:
    """Rules that can be met, and without which every case comes out the same."""
    for rule in file.book.provisions:
        if rule.effect in ("default", "cautions") or _only_answer(file.laws[0], rule.when, rule.rule) is False:
            continue
        laws = [law for law in file.laws if rule in law.rules and span(law)]
        without = (replace(law, rules=tuple(each for each in law.rules if each is not rule), kept={}) for law in laws)
        if laws and not any(_differ(law, other) for law, other in zip(laws, without, strict=True)):
            message = f"`{rule.rule.id}` can never matter: without it, every case comes out the same; correct it, or delete it"
            yield file.problem(message, (*_at(rule), "id"))


def _differ(law: Law, other: Law) -> bool:
    return next(differences(law, other), None) is not None


def _conflicts(file: _File) -> Iterator[Problem]:
    """Duties and prohibitions of one rank that can both be met, where nothing above decides: a prohibition beats a duty."""
    told: set[tuple[str, str]] = set()
    for law in file.laws:
        for duty in law.rules:
            for refusal in law.rules:
                pair = (duty.id, refusal.id)
                own = [rule for rule in (duty, refusal) if rule in file.book.provisions]
                if (duty.effect, refusal.effect) != ("requires", "prohibits") or duty.rank != refusal.rank or not own:
                    continue
                case = _conflict(law, duty, refusal) if pair not in told else None
                if case is None:
                    continue
                told.add(pair)
                message = (
                    f"`{duty.id}` requires and `{refusal.id}` prohibits, at one rank, and nothing says which gives way (the "
                    f"prohibition wins); name one under `overrides` of the other. Both are met by {case}"
                )
                yield file.problem(message, (*_at(own[-1]), "id"))


def _conflict(law: Law, duty: Provision, refusal: Provision) -> str | None:
    """A case that meets both, on one line."""
    days = span(law)
    if days is None:
        return None
    begin()
    moments = Moments("m", law.where, days[0].toordinal(), days[1].toordinal())
    inquiry = inquire(law, moments, "case", facts_of_case("case", named_by(law.conditions), enough(law.conditions)))
    standing = not_overridden(law, [yes for yes, _ in inquiry.truths])
    both_stand = [standing[law.rules.index(rule)] for rule in (duty, refusal)]
    above = [
        n for n, rule in enumerate(law.rules) if rule.rank < duty.rank and rule.effect in ("requires", "prohibits")
    ]
    goal: list[Formula] = [*both_stand, opposite(some(standing[n] for n in above)), opposite(inquiry.open)]

    def shown(decisions: Sequence[Decision]) -> bool:
        (decision,) = decisions
        met = [rule for rule, truth in zip(law.rules, decision.truths, strict=True) if truth]
        beaten = {name for rule in met for name in rule.overrides}
        stand = [rule for rule in met if rule.id not in beaten]
        return duty in stand and refusal in stand and not any(law.rules[n] in stand for n in above)

    found, witness = Search([inquiry], goal, shown, load("direct")).run()
    return json.dumps(witness[0], ensure_ascii=False) if found == "some" else None


_Look = Callable[[_File], Iterator[Problem]]
_LOOKS: tuple[_Look, ...] = (_unused, _gaps, _circles, _twice, _empty_doubts, _conditions, _shadowed, _conflicts)
