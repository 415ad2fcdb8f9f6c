"""What would have changed the outcome: the smallest changes of facts, and the same case on another day or in another place.

Every alternative is decided again before it is proposed. Which values are worth trying is read off the law, as for unknowns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import combinations
from typing import Any, cast

from detainer.case import UNKNOWN, Case
from detainer.decision import Decision
from detainer.engines import EngineName, decide
from detainer.errors import CaseError, Path
from detainer.explain import Section, when
from detainer.fillings import entries_apart, filled, fillings
from detainer.formats import answer
from detainer.language.fields import Day, Record, case_fields, fact_type, lists
from detainer.language.tree import Count
from detainer.library import Law, Library
from detainer.precedence import Outcome
from detainer.situation import Situation
from detainer.wording import called, said, singular

MAX_CHANGES = 3
"""How many changes at once are tried."""

MAX_TRIES = 5_000
"""How many ways of changing facts are looked at in all, single changes first."""

_AGE = ("person", "date_of_birth")


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
                return f"there is one more {_described(singular(name), self.after)}"
            case (str(), int()):
                return f"there is no {called(self.path)}"
            case _:
                title = called(self.path)
                if title.startswith("Whether "):
                    return f"{title.removeprefix('Whether ')}: {said(self.after)}, not {said(self.before)}"
                verb = "are" if str(self.after).startswith("[") else "is"
                return f"{title} {verb} {_told(self.after)}, not {_told(self.before)}"


def _told(value: Any) -> str:
    return said(frozenset(value)) if isinstance(value, list) else said(value)  # pyright: ignore[reportUnknownArgumentType]


def _described(name: str, facts: dict[str, Any]) -> str:
    noun = name.replace("_", " ")
    told = ", ".join(f"{key.replace('_', ' ')} {_told(value)}" for key, value in facts.items())
    return f"{noun} ({told})" if told else noun


@dataclass(frozen=True, slots=True)
class Alternative:
    """Changes of facts that together give the other outcome, and the decision that they give."""

    changes: tuple[Change, ...]
    decision: Decision

    @property
    def size(self) -> int:
        """How many single facts change."""
        return sum(change.size for change in self.changes)

    def __str__(self) -> str:
        return "; and ".join(map(str, self.changes))


@dataclass(frozen=True, slots=True)
class WhyNot:
    """The smallest changes that give an outcome, the fewest changed facts first; none where the outcome is as it is.

    `bounded`: there were more ways than are tried, so larger changes may be missing.
    """

    outcome: Outcome
    alternatives: tuple[Alternative, ...]
    bounded: bool = False

    def __iter__(self) -> Iterator[Alternative]:
        return iter(self.alternatives)

    def __str__(self) -> str:
        return str(self.section())

    def section(self) -> Section:
        """As a part of an explanation."""
        heading = f"What would make it {'a hold' if self.outcome == 'hold' else 'a release'}"
        more = ("There are more ways than were tried.",) if self.bounded else ()
        if not self.alternatives:
            return Section(heading, (f"No change of up to {MAX_CHANGES} facts that can change makes it so.", *more))
        points = (
            f"If {each}. Then: {answer(each.decision.to_dict(considered=False))} ({each.decision.ruling.id})."
            for each in self.alternatives
        )
        return Section(heading, ("Each of these alone, and each was decided again:", *more), tuple(points))


def why_not(
    case: Case,
    outcome: Outcome,
    *,
    even_so: bool = False,
    engine: EngineName = "direct",
    library: Library | None = None,
) -> WhyNot:
    """The smallest changes of facts under which a case has the given outcome, settled. Every one is decided again.

    What cannot be changed is left alone: days (of birth, conviction, issue) and the calendar; `even_so` changes these,
    too, as far as the law tells them apart. Up to `MAX_CHANGES` changes are tried together,
    and `MAX_TRIES` ways in all. Raises like `decide`.

    >>> case = Case(jurisdiction="us/wa/king", release_at="2017-03-20T10:00", detainer={"form": "I-247D"}, judicial_warrant=None)
    >>> print(why_not(case, "hold").alternatives[0])
    there is a judicial warrant
    """
    first = decide(case, engine=engine, library=library)
    if first.outcome == outcome:
        return WhyNot(outcome, ())
    fields = {name: value for name, value in case.to_dict().items() if name in Case.model_fields}  # a scenario has more
    changes = list(_changes(first, even_so=even_so))
    found: list[Alternative] = []
    tries = iter(range(MAX_TRIES))
    for together in range(1, MAX_CHANGES + 1):
        if found and together == MAX_CHANGES:
            break
        for chosen, _ in zip(combinations(changes, together), tries, strict=False):
            paths = {change.path for change in chosen}
            if len({path[:1] if _is_whole(path) else path for path in paths}) < together or _covered(chosen, found):
                continue
            try:
                decision = decide(Case.model_validate(_changed(fields, chosen)), engine=engine, library=library)
            except (CaseError, ValueError):
                continue  # a day that would lie after another, or a time that is none
            if decision.outcome == outcome and decision.settled:
                found.append(Alternative(chosen, decision))
    return WhyNot(outcome, tuple(sorted(found, key=lambda each: each.size)), bounded=next(tries, None) is None)


def _is_whole(path: Path) -> bool:
    return len(path) == 1


def _covered(chosen: Sequence[Change], found: Sequence[Alternative]) -> bool:
    """Whether fewer or plainer changes of the same facts already do."""
    return any(all(any(_says(a, b) for a in chosen) for b in each.changes) for each in found)


def _says(one: Change, other: Change) -> bool:
    """Whether the first change says all that the second says."""
    if one.path != other.path:
        return False
    a: Any = one.after
    b: Any = other.after
    if isinstance(a, dict) and isinstance(b, dict):
        return cast("dict[str, Any]", b).items() <= cast("dict[str, Any]", a).items()
    return a == b


def _changed(fields: dict[str, Any], changes: Sequence[Change]) -> dict[str, Any]:
    """A copy of the fields of a case with some of them changed."""
    changed = dict(fields)
    gone: dict[str, set[int]] = {}
    for change in changes:
        match change.path:
            case (str(name),):
                changed[name] = change.after
            case (str(name), "new"):
                changed[name] = [*(changed.get(name) or []), change.after]
            case (str(name), int(index)):
                gone.setdefault(name, set()).add(index)
            case (str(owner), str(name)):
                part = dict[str, Any](changed.get(owner) or {})
                if (owner, name) == _AGE:  # a stated age goes with it
                    part.pop("age", None)
                changed[owner] = {**part, name: change.after}
            case (str(owner), int(index), str(name)):
                entries = list(changed[owner])
                entries[index] = {**entries[index], name.rstrip("_"): change.after}
                changed[owner] = entries
            case _:
                raise AssertionError(change.path)
    for name, indices in gone.items():
        changed[name] = [entry for index, entry in enumerate(changed[name]) if index not in indices]
    return changed


# -- what is worth trying ----------------------------------------------------------------------------------------------


def _changes(decision: Decision, *, even_so: bool) -> Iterator[Change]:
    """Single changes of the facts that the law in force asks about, to each value that it tells apart."""
    law, situation = decision.law, decision.situation
    paths = dict.fromkeys(path.names for test in law.tests for path in _outer(test))
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


def _outer(test: Any) -> list[Any]:
    inside = list(test.each.tests()) if isinstance(test, Count) else []
    return [path for each in (test, *inside) for path in each.paths() if not path.of_item]


def _may_change(path: Path, *, even_so: bool) -> bool:
    return even_so or (not isinstance(fact_type(path), Day) and path != _AGE)


def _of_part(name: str, value: Any, law: Law, situation: Situation) -> Iterator[Change]:
    """A part of the case that would be there, with as little said of it as will do, or would not."""
    if value is not None and value is not UNKNOWN:
        yield Change((name,), value, None, 1)
        return
    if value is UNKNOWN:
        yield Change((name,), value, None, 1)
    found: dict[str, dict[str, Any]] = {}
    facts: dict[str, Any]
    for filling in fillings((name,), law.tests, filled(situation, (name,), UNKNOWN)):
        if filling is None:
            continue
        facts = {
            key.rstrip("_"): _plain(each)
            for key, each in cast("dict[str, Any]", vars(filling)).items()
            if not isinstance(each, date)
        }
        for size in range(len(facts) + 1):
            for some in combinations(facts.items(), size):
                found.setdefault(repr(sorted(dict(some).items())), dict(some))
    for facts in sorted(found.values(), key=len):
        yield Change((name,), value, facts, 1 + len(facts))


def _of_fact(path: Path, law: Law, situation: Situation) -> Iterator[Change]:
    owner, name = str(path[0]), str(path[1])
    before = getattr(getattr(situation.case, owner), name)
    for after in fillings(path, law.tests, filled(situation, path, UNKNOWN)):
        if isinstance(before, frozenset) and after - before:
            after |= before  # one word more is a smaller change than other words
        if after != before:
            yield Change(path, before, _plain(after), 1)


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
                        yield Change((name, index, fact), before, _plain(after), 1)
    facts = entries_apart(name, None, counts, situation)
    seen: list[dict[str, Any]] = [{}]
    for fact, values in facts.items():
        seen = [{**one, **more} for one in seen for more in ({}, *({fact.rstrip("_"): _plain(v)} for v in values))]
    for one in sorted(seen, key=len):
        yield Change((name, "new"), None, one, 1 + len(one))


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


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return value.isoformat() if isinstance(value, date) else value


# -- elsewhere ---------------------------------------------------------------------------------------------------------


_COMPARED: dict[str, Callable[[Decision], str]] = {
    "place": lambda decision: decision.case.jurisdiction,
    "scheduled release": lambda decision: when(decision.situation.release_at.astimezone(decision.situation.where)),
    "answer": lambda decision: answer(decision.to_dict(considered=False)),
    "ruling": lambda decision: decision.ruling.id,
    "because": lambda decision: decision.ruling.because,
    "authority": lambda decision: f"{decision.ruling.authority.cite} [{decision.ruling.authority.confidence}]",
}


@dataclass(frozen=True, slots=True)
class SideBySide:
    """One case decided as it is and as it would be on another day or in another place."""

    here: Decision
    there: Decision

    def __str__(self) -> str:
        return str(self.section())

    def section(self) -> Section:
        """As a part of an explanation: a table of both."""
        rows = [("", "as it is", "what if")]
        rows += [(head, told(self.here), told(self.there)) for head, told in _COMPARED.items()]
        return Section("The same case elsewhere", (), (), tuple(rows))


def what_if(
    case: Case,
    *,
    on: date | None = None,
    place: str | None = None,
    engine: EngineName = "rete",
    library: Library | None = None,
) -> SideBySide:
    """The same case with scheduled release on another local day, or in another place, beside the case as it is.

    The question, the detainer and the warrant keep their distance from scheduled release; births and convictions stay
    where they are. Raises like `decide`.

    >>> case = Case(jurisdiction="us/wa/king", release_at="2014-09-14T10:00", detainer={"form": "I-247"}, judicial_warrant=None)
    >>> what_if(case, on=date(2014, 9, 15)).there.ruling.id
    'us/wa/king/criminal-warrant-only'
    """
    here = decide(case, engine=engine, library=library)
    update: dict[str, Any] = {}
    if place is not None:
        update["jurisdiction"] = place
    if on is not None:
        by = datetime.combine(on, time()) - datetime.combine(here.situation.release_day, time())
        update["release_at"] = case.release_at + by
        update["asked_at"] = case.asked_at + by if case.asked_at else None
        for name in ("detainer", "judicial_warrant"):
            paper: Any = getattr(case, name)
            if paper is not None and paper is not UNKNOWN and paper.issued_at is not UNKNOWN:
                update[name] = paper.model_copy(update={"issued_at": paper.issued_at + by})
    return SideBySide(here, decide(case.model_copy(update=update), engine=engine, library=library))
