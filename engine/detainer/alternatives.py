"""What would have changed the outcome: the smallest changes of facts, and the same case on another day or in another place.

Every alternative is decided again before it is proposed. Which values are worth trying is read off the law, as for unknowns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import combinations
from typing import Any

from detainer.case import UNKNOWN, Case, day_of
from detainer.changes import Change, changed, changes_of, says
from detainer.decision import Decision
from detainer.engines import EngineName, decide
from detainer.errors import CaseError, DetainerError, Path, did_you_mean
from detainer.formats import answer
from detainer.given import Data, DayLike
from detainer.library import Library
from detainer.page import Section
from detainer.precedence import OUTCOMES, Outcome
from detainer.reasons import when
from detainer.situation import PAPERS
from detainer.stated import facts_of

MAX_CHANGES = 3
"""How many changes at once are tried."""

MAX_TRIES = 5_000
"""How many ways of changing facts are looked at in all, single changes first."""


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

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON; each decision has the case as it would be."""
        found = [
            {"changes": list(map(str, each.changes)), **each.decision.to_dict(considered=False)}
            for each in self.alternatives
        ]
        return {"outcome": self.outcome, "bounded": self.bounded, "alternatives": found}

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
    case: Case | Data,
    outcome: Outcome,
    *,
    even_so: bool = False,
    engine: EngineName = "direct",
    library: Library | None = None,
) -> WhyNot:
    """The smallest changes of facts under which a case has the given outcome, settled. Every one is decided again.

    What cannot be changed is left alone: days (of birth, conviction, issue) and the calendar; `even_so` changes these,
    too, as far as the law tells them apart. Up to `MAX_CHANGES` changes are tried together,
    and `MAX_TRIES` ways in all. Raises like `decide`, and `DetainerError` for what is no outcome.

    >>> case = Case(jurisdiction="us/wa/king", release_at="2017-03-20T10:00", detainer={"form": "I-247D"}, judicial_warrant=None)
    >>> print(why_not(case, "hold").alternatives[0])
    there is a judicial warrant
    """
    if outcome not in OUTCOMES:
        expected = " or ".join(f"`{each}`" for each in OUTCOMES)
        raise DetainerError(f"outcome: found `{outcome}`, expected {expected}.{did_you_mean(outcome, OUTCOMES)}")
    case = facts_of(case, Case)
    first = decide(case, engine=engine, library=library)
    if first.outcome == outcome:
        return WhyNot(outcome, ())
    fields = {name: value for name, value in case.to_dict().items() if name in Case.model_fields}  # a scenario has more
    changes = list(changes_of(first, even_so=even_so))
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
                decision = decide(Case.model_validate(changed(fields, chosen)), engine=engine, library=library)
            except CaseError:
                continue  # a day that would lie after another, or a time that is none
            if decision.outcome == outcome and decision.settled:
                found.append(Alternative(chosen, decision))
    return WhyNot(outcome, tuple(sorted(found, key=lambda each: each.size)), bounded=next(tries, None) is None)


def _is_whole(path: Path) -> bool:
    return len(path) == 1


def _covered(chosen: Sequence[Change], found: Sequence[Alternative]) -> bool:
    """Whether fewer or plainer changes of the same facts already do."""
    return any(all(any(says(a, b) for a in chosen) for b in each.changes) for each in found)


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
    case: Case | Data,
    *,
    on: DayLike | None = None,
    place: str | None = None,
    engine: EngineName | None = None,
    library: Library | None = None,
) -> SideBySide:
    """The same case with scheduled release on another local day, or in another place, beside the case as it is.

    The question, the detainer and the warrant keep their distance from scheduled release; births and convictions stay
    where they are. Raises like `decide`, and `DetainerError` for what is no day.

    >>> case = Case(jurisdiction="us/wa/king", release_at="2014-09-14T10:00", detainer={"form": "I-247"}, judicial_warrant=None)
    >>> what_if(case, on="2014-09-15").there.ruling.id
    'us/wa/king/criminal-warrant-only'
    """
    case = facts_of(case, Case)
    here = decide(case, engine=engine, library=library)
    update: dict[str, Any] = {}
    if place is not None:
        update["jurisdiction"] = place
    if on is not None:
        by = datetime.combine(day_of(on, "on"), time()) - datetime.combine(here.situation.release_day, time())
        update["release_at"] = case.release_at + by
        update["asked_at"] = case.asked_at + by if case.asked_at else None
        for name in PAPERS:
            paper: Any = getattr(case, name)
            if paper is not None and paper is not UNKNOWN and paper.issued_at is not UNKNOWN:
                update[name] = paper.model_copy(update={"issued_at": paper.issued_at + by})
    return SideBySide(here, decide(case.model_copy(update=update), engine=engine, library=library))
