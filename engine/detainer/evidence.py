"""Why a condition is so, in plain words: the facts that decide it, and where one falls short, of what and by how much.

Never names a part that is true as a reason for a No, nor one that is false for a Yes. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from detainer import clock
from detainer.case import MAX_AGE, UNKNOWN
from detainer.language.fields import lists
from detainer.language.terms import Age, DayOf
from detainer.language.terms import Path as FactPath
from detainer.language.tree import (
    OPERATORS,
    Compare,
    Contains,
    Count,
    Node,
    Not,
    OneOf,
    Test,
    Truth,
    WithinYears,
    opposite,
)
from detainer.situation import Situation
from detainer.wording import (
    COMPARED,
    FEWER,
    OF_DAYS,
    a_or_an,
    called,
    how_many,
    joined,
    path_called,
    said,
    sentence,
    singular,
    title_of,
    word,
)

_Sentence = Callable[[Node], str]

_REVERSED = "it speaks only where this is not so: "


def failing(parts: Sequence[Node], say: _Sentence, between: str = "; ") -> str:
    """Why a rule is not met: what it asks for and is not so; or, where it asks that something not be so, that all of this is."""
    told = between.join(dict.fromkeys(map(say, parts)))
    return _REVERSED + told if any(isinstance(part, Not) for part in parts) else told


def evidence(part: Node, situation: Situation, item: Any = None) -> str:
    """What the facts say to a condition, such as "the detainer's form is I-247"; of an entry of a list, `item`.

    Where it is false: what was asked for, and by how much the facts miss it.
    """
    match part:
        case Not(part=Test() as test):
            return _said_of(test, situation, item, test.truth(situation, item), falls_short=False)
        case Test():
            truth = part.truth(situation, item)
            return _said_of(part, situation, item, truth, falls_short=truth is False)
        case _:
            return _told(part.why(situation, item)[1], situation, item)


def _told(parts: Sequence[Node], situation: Situation, item: Any) -> str:
    """What the facts say to several conditions, each said once."""
    told = list(dict.fromkeys(evidence(part, situation, item) for part in parts))
    return "; ".join(told) if any(isinstance(test, Count) for part in parts for test in part.tests()) else joined(told)


def _said_of(test: Test, situation: Situation, item: Any, truth: Truth, *, falls_short: bool) -> str:
    if truth is None and not isinstance(test, Count):
        if isinstance(test, Compare) and isinstance(test.left, Age):
            return "the person's age is unknown"
        unknown = [path for path in test.paths() if next(path.first_unknown(situation, item, ()), None)]
        return joined(list(dict.fromkeys(_fact(path, situation, item) for path in unknown)))
    match test:
        case Compare(left=Age() as age, op=op, right=number):
            return _age(age, op, number, situation, item, falls_short=falls_short)
        case Compare(left=DayOf() as left, right=right):
            return _day(test, left, right, situation, item)
        case Compare(left=left, right=right):
            asked = frozenset((right,))
            return _fact(left.path, situation, item) + (
                _instead(left.path, asked, situation, item) if falls_short else ""
            )
        case OneOf(path=path, words=words):
            return _fact(path, situation, item) + (_instead(path, words, situation, item) if falls_short else "")
        case Contains(path=path, word=one):
            without = falls_short and path.read(situation, item)
            return _fact(path, situation, item) + (f", without {word(one)}" if without else "")
        case WithinYears():
            return _within(test, situation, item)
        case Count():
            return "; ".join(_counted(test, situation, truth))
        case _:
            return joined(list(dict.fromkeys(_fact(path, situation, item) for path in test.paths())))


# -- facts and what was asked for ----------------------------------------------------------------------------------------


def _fact(path: FactPath, situation: Situation, item: Any) -> str:
    """One fact and its value as a sentence."""
    owner: Any = item if path.of_item else situation.case
    for name in path.names[:-1]:
        owner = getattr(owner, name)
        if owner is None:
            return f"there is no {word(name)}"
        if owner is UNKNOWN:
            return f"whether there is {a_or_an(word(name))} is unknown"
    name = path.names[-1]
    value = getattr(owner, name)
    if path.of_item or len(path.names) > 1:
        title = title_of(path) if path.of_item else called(path.names)
        return f"there is no {title.removeprefix('the ')}" if value is None else sentence(title, value)
    if isinstance(value, date):
        return f"{called(path.names)} is {said(value)}"
    noun = word(name)
    if name in lists():
        return f"which {noun} there are is unknown" if value is UNKNOWN else how_many(noun, len(value))
    if value is UNKNOWN:
        return f"whether there is {a_or_an(noun)} is unknown"
    return f"there is {a_or_an(noun) if value else f'no {noun}'}"


def _instead(path: FactPath, words: frozenset[str], situation: Situation, item: Any) -> str:
    """The words that were asked for, where there is another."""
    return f", not {joined(sorted(map(word, words)), 'or')}" if path.read(situation, item) is not None else ""


def _age(age: Age, op: str, number: int, situation: Situation, item: Any, *, falls_short: bool) -> str:
    """How old the person is, and, where that falls short, when the age that it takes is or was reached."""
    years, day = age.value(situation, item), age.on.value(situation, item)
    told = f"the person is {years} years old on {said(day)}"
    if not falls_short:
        return told
    turned = number + (op in (">", "<=")) + (op == "==" and years > number)
    born = situation.case.person.date_of_birth
    if not isinstance(born, date) or not 0 <= turned <= MAX_AGE:
        return f"{told}, not {COMPARED[op]}{number}"
    birthday = clock.birthday(born, turned)
    when = "will be" if birthday > day else "was"
    return (
        f"{told}; {turned} {when} reached on {said(birthday)}, {_apart(birthday, day, 'later', 'earlier', 'that day')}"
    )


def _day(test: Compare, left: DayOf, right: Any, situation: Situation, item: Any) -> str:
    """A day, and how far before or after the line it lies."""
    day, line = left.value(situation, item), right.value(situation, item) if isinstance(right, DayOf) else right
    for fact, value in ((left, day), *(((right, line),) if isinstance(right, DayOf) else ())):
        if value is None:
            return _fact(fact.path, situation, item)
    named = f"{path_called(right.path)} on {said(line)}" if isinstance(right, DayOf) else said(line)
    told = f"{path_called(left.path)} is {said(day)}"
    if day == line and test.op == "==":
        return told
    if day != line:
        return f"{told}, {_apart(day, line, 'after', 'before', '')} {named}"
    return f"{told}, {OF_DAYS[test.op] if OPERATORS[test.op](day, line) else f'not {OF_DAYS[test.op]}'} {named}"


def _within(test: WithinYears, situation: Situation, item: Any) -> str:
    """The latest of the days, and how it lies to the day on which the years begin."""
    first, _ = clock.years_before(situation.release_day, test.years)
    days = {day: day.value(situation, item) for day in test.days}
    known = [day for day, value in days.items() if isinstance(value, date)]
    absent = dict.fromkeys(_fact(day.path, situation, item) for day, value in days.items() if value is None)
    if not known:
        return joined(list(absent))
    latest = max(known, key=days.__getitem__)
    told = f"{path_called(latest.path)} is {said(days[latest])}"
    years = f"the {test.years} years before scheduled release"
    if days[latest] >= first:
        return f"{told}, within {years}, which begin on {said(first)}"
    return joined(
        [f"{told}, {_apart(days[latest], first, '', 'before', '')} {said(first)}, when {years} begin", *absent]
    )


def _apart(day: date, line: date, after: str, before: str, same: str) -> str:
    """``1 day before``, ``3 days after``."""
    days = (day - line).days
    return f"{abs(days)} day{'' if abs(days) == 1 else 's'} {after if days > 0 else before}" if days else same


# -- entries of a list ---------------------------------------------------------------------------------------------------


def entries(test: Count, situation: Situation, answer: Truth) -> Iterator[tuple[int, Any, list[Node]]]:
    """The entries that make a count's answer what it is, numbered from 0, and why each does: conditions with that answer."""
    items: Any = test.items.read(situation, None)
    if items is None or items is UNKNOWN:
        return
    found = [test.each.why(situation, one) for one in items]
    met = sum(truth is True for truth, _ in found)
    many = met > test.number if test.op == "==" else answer is (test.op in (">", ">="))
    telling: set[Truth] = {None} if answer is None else {True, False} if test.op == "==" and answer else {many}
    for index, (truth, parts) in enumerate(found):
        if truth in telling:
            yield index, items[index], parts if truth is answer else list(map(opposite, parts))


def _counted(test: Count, situation: Situation, answer: Truth) -> Iterator[str]:
    """For each entry of a list that matters, what makes it meet a condition or not."""
    items: Any = test.items.read(situation, None)
    name = test.items.names[-1]
    if items is UNKNOWN or not items:
        yield _fact(test.items, situation, None)
        return
    for index, item, parts in entries(test, situation, answer):
        yield f"{singular(name)} {index + 1}: {_told(parts, situation, item)}"
    if answer is not True and (test.op, test.number) not in ((">=", 1), (">", 0), ("==", 0), ("<", 1)):
        truths = [test.each.truth(situation, one) for one in items]
        least, most = truths.count(True), len(items) - truths.count(False)
        count = "no" if not most else str(least) if least == most else f"{least} to {most}"
        noun, verb = (singular(name), "counts") if most < 2 else (name, "count")
        asked = f"{FEWER.get(test.op, COMPARED[test.op]) or 'exactly '}{test.number}"
        yield f"so {count} {noun} {verb}, and {asked} {'may' if test.op in ('<', '<=') else 'would have to'}"
