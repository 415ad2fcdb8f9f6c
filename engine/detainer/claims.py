"""A claim about the law, held against the law: the same scenarios under both, and where they part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from detainer.decision import Decision
from detainer.engines import EngineName
from detainer.library import Library
from detainer.scenarios import Entry, Result, run_entry

Kind = Literal["outcome", "deadline", "ruling"]
"""What the claim has wrong: who is held, how long, or only the rule that says so."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One scenario on which law and claim part, with both decisions."""

    id: str
    kind: Kind
    law: Decision
    claim: Decision


def difference(name: str, law: Decision, claim: Decision) -> Difference | None:
    """How two decisions of one case differ, the gravest way; None where they agree."""
    if law.outcome != claim.outcome:
        return Difference(name, "outcome", law, claim)
    if law.hold_until != claim.hold_until:
        return Difference(name, "deadline", law, claim)
    return Difference(name, "ruling", law, claim) if law.ruling.id != claim.ruling.id else None


def compare(
    entries: Iterable[Entry], law: Library, claim: Library, *, engine: EngineName | None = None
) -> Iterator[tuple[Result, Difference | None]]:
    """Decide each scenario under the law and under the claim. A scenario that is wrong comes out as its problems."""
    for entry in entries:
        result = run_entry(entry, engine=engine, library=law)
        other = run_entry(entry, engine=engine, library=claim)
        if result.decision is None or other.decision is None:
            yield (result if result.decision is None else other), None
        else:
            yield result, difference(entry.id, result.decision, other.decision)
