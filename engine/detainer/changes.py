"""Changes of facts: which are worth trying under the law in force, and a case with some of them made. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from detainer.case import UNKNOWN, parse_day, parse_moment
from detainer.decision import Decision
from detainer.errors import Path
from detainer.fillings import entries_apart, filled, fillings, nothing_known
from detainer.language.fields import Day, Record, Records, case_fields, fact_type, lists
from detainer.language.tree import Count
from detainer.library import Law
from detainer.situation import Situation
from detainer.stated import plain
from detainer.wording import called, said, sentence, singular, word

BIRTH = ("person", "date_of_birth")


@dataclass(frozen=True, slots=True)
class Change:
    """One fact, and what it would have to be. `after` is plain data as a scenario file has it; None stands for "none"."""

    path: Path
    before: Any
    after: Any
    size: int

    def __str__(self) -> str:
        match self.path:
            case (str(name),) if isinstance(fact_type(self.path), Record):
                return (
                    f"there is no {called(self.path)[4:]}"
                    if self.after is None
                    else f"there is a {_described(name, self.after)}"
                )
            case (str(name), "new"):
                return f"there is one more {_described(name, self.after)}"
            case (str(), int()):
                return f"there is no {called(self.path)}"
            case _:
                return (
                    f"{sentence(called(self.path), _value(self.after, self.path))}, not {_told(self.before, self.path)}"
                )


def _value(plain_value: Any, fact: Path) -> Any:
    """A value of a file as the models have it, so far as that matters for saying it: lists of words are sets, days are days."""
    if isinstance(plain_value, list):
        return frozenset(cast("list[str]", plain_value))
    if isinstance(plain_value, str) and isinstance(fact_type(fact), Day):
        return parse_moment(plain_value) if len(plain_value) > len("2014-03-01") else parse_day(plain_value)
    return plain_value


def _told(value: Any, fact: Path) -> str:
    return said(_value(value, fact))


def _described(name: str, facts: dict[str, Any]) -> str:
    owner = name if isinstance(fact_type((name,)), Record) else singular(name)
    told = ", ".join(f"{word(key)} {_told(value, (name, key))}" for key, value in facts.items())
    return f"{word(owner)} ({told})" if told else word(owner)


def says(one: Change, other: Change) -> bool:
    """Whether the first change says all that the second says."""
    if one.path != other.path:
        return False
    a: Any = one.after
    b: Any = other.after
    if isinstance(a, dict) and isinstance(b, dict):
        return cast("dict[str, Any]", b).items() <= cast("dict[str, Any]", a).items()
    return a == b


def changed(fields: dict[str, Any], changes: Sequence[Change]) -> dict[str, Any]:
    """A copy of the fields of a case, as a scenario file has them, with some of them changed."""
    gone: set[Path] = set()
    for change in changes:
        match change.path:
            case (str(name), "new"):
                fields = with_fact(fields, (name,), [*(fields.get(name) or []), change.after])
            case (str(), int()):
                gone.add(change.path)  # when all else is done: what stands after it moves up
            case fact:
                fields = with_fact(fields, fact, change.after)
    for name in {str(path[0]) for path in gone}:
        kept = [entry for index, entry in enumerate(fields[name]) if (name, index) not in gone]
        fields = with_fact(fields, (name,), kept)
    return fields


def with_fact(fields: dict[str, Any], fact: Path, value: Any) -> dict[str, Any]:
    """A copy of the fields of a case with one fact set. A day of birth takes the place of a stated age."""
    match fact:
        case (str(name),):
            return {**fields, name: value}
        case (str(owner), str(name)):
            part = dict[str, Any](fields.get(owner) or {})
            if fact == BIRTH:
                part.pop("age", None)
            return {**fields, owner: {**part, name.rstrip("_"): value}}
        case (str(owner), int(index), str(name)):
            entries = list(fields[owner])
            entries[index] = {**entries[index], name.rstrip("_"): value}
            return {**fields, owner: entries}
        case _:
            raise AssertionError(f"no fact of a case is {fact}")


def changes_of(decision: Decision, *, even_so: bool) -> Iterator[Change]:
    """Single changes of the facts that the law in force asks about, to each value that it tells apart."""
    law, situation = decision.law, decision.situation
    asked = (path for test in law.tests for each in test.asked() for path in each.paths())
    paths = dict.fromkeys(path.names for path in asked if not path.of_item)
    for name, type_ in case_fields().fields.items():
        value = getattr(situation.case, name)
        if name in lists():
            yield from _of_list(name, law, situation, even_so=even_so)
        elif isinstance(type_, Record) and any(path[0] == name for path in paths):
            if name != "person":
                yield from _of_part(name, value, law, situation)
            if value is not None and value is not UNKNOWN:
                for path in paths:
                    if path[0] == name and len(path) == 2 and _may_change(path, even_so=even_so):
                        yield from _of_fact(path, law, situation)
    if even_so:
        yield from _of_calendar(decision)


def _may_change(path: Path, *, even_so: bool) -> bool:
    return even_so or (not isinstance(fact_type(path), Day) and path != BIRTH)


def _of_part(name: str, value: Any, law: Law, situation: Situation) -> Iterator[Change]:
    """A part of the case that would be there, with as little said of it as will do, or would not."""
    if value is not None and value is not UNKNOWN:
        yield Change((name,), value, None, 1)
        return
    if value is UNKNOWN:
        yield Change((name,), value, None, 1)
    unknown = filled(situation, (name,), UNKNOWN)
    stated: dict[str, list[Any]] = {}
    for filling in fillings((name,), law.tests, unknown):
        for key, each in cast("dict[str, Any]", vars(filling) if filling is not None else {}).items():
            if not isinstance(each, date) and each not in stated.setdefault(key, []):
                stated[key].append(each)
    type_ = fact_type((name,))
    assert isinstance(type_, Record)
    nothing = nothing_known(type_)

    def answers(facts: dict[str, Any]) -> tuple[Any, ...]:
        there = filled(unknown, (name,), SimpleNamespace(**{**nothing, **facts}))
        return tuple([test.truth(there) for test in law.tests])

    for facts in _telling(stated, answers):
        yield Change((name,), value, _named(facts), 1 + len(facts))


def _of_fact(path: Path, law: Law, situation: Situation) -> Iterator[Change]:
    owner, name = str(path[0]), str(path[1])
    before = getattr(getattr(situation.case, owner), name)
    for after in fillings(path, law.tests, filled(situation, path, UNKNOWN)):
        if isinstance(before, frozenset) and after - before:
            after |= before  # one word more is a smaller change than other words
        if after != before:
            yield Change(path, before, plain(after), 1)


def _of_list(name: str, law: Law, situation: Situation, *, even_so: bool) -> Iterator[Change]:
    counts = [test for test in law.tests if isinstance(test, Count) and test.items.names == (name,)]
    asked = any(path.names == (name,) for test in law.tests for path in test.paths())
    if not asked:
        return
    entries: Any = getattr(situation.case, name)
    known = () if entries is UNKNOWN else entries
    if entries is UNKNOWN:
        yield Change((name,), UNKNOWN, [], 1)
    for index, entry in enumerate(known):
        yield Change((name, index), entry, None, 1)
        for fact, values in entries_apart(name, entry, counts, situation).items():
            if _may_change((name, fact), even_so=even_so):
                before = getattr(entry, fact)
                for after in values:
                    if after != before:
                        yield Change((name, index, fact), before, plain(after), 1)
    type_ = fact_type((name,))
    assert isinstance(type_, Records)
    nothing = nothing_known(type_.item)

    def answers(facts: dict[str, Any]) -> tuple[Any, ...]:
        entry = SimpleNamespace(**{**nothing, **facts})
        return tuple([count.each.truth(situation, entry) for count in counts])

    for facts in _telling(entries_apart(name, None, counts, situation), answers):
        yield Change((name, "new"), None, _named(facts), 1 + len(facts))


def _telling(
    values: Mapping[str, Sequence[Any]], answers: Callable[[dict[str, Any]], tuple[Any, ...]]
) -> list[dict[str, Any]]:
    """Some facts out of several, no more of them stated than it takes to give an answer to the law that fewer do not give."""
    all_ways: list[dict[str, Any]] = [{}]
    for name, each in values.items():
        all_ways = [{**one, **more} for one in all_ways for more in ({}, *({name: value} for value in each))]
    least: dict[tuple[Any, ...], dict[str, Any]] = {}
    for facts in sorted(all_ways, key=len):
        least.setdefault(answers(facts), facts)
    return list(least.values())


def _named(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as a scenario file has them."""
    return {name.rstrip("_"): plain(value) for name, value in facts.items()}


def _of_calendar(decision: Decision) -> Iterator[Change]:
    """Scheduled release, and with it the question, on the first day of another stretch of law or the last before it."""
    situation = decision.situation
    release = situation.release_at.astimezone(situation.where).replace(tzinfo=None)
    days = {
        day
        for rule in (*decision.law.rules, *decision.law.dormant)
        for day in (rule.rule.from_, rule.rule.until)
        if day
    }
    for day in sorted({each + timedelta(days=back) for each in days for back in (-1, 0)}):
        moved = datetime.combine(day, release.time())
        if moved != release and day.year >= 1900:
            yield Change(("release_at",), situation.case.release_at, moved.isoformat(timespec="minutes"), 1)
