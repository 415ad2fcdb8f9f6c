"""Every constraint under every stretch of law of some places, one proof each; on several processors where asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from detainer.case import FIRST, LAST, Case
from detainer.decision import Decision
from detainer.engines import decide_under, load
from detainer.errors import DetainerError, FileError, Problem, did_you_mean
from detainer.library import Library, library_at
from detainer.verify.constraints import Checked, bind, load_constraints, shipped_constraints
from detainer.verify.prove import Proof, prove
from detainer.verify.search import TIME_LIMIT
from detainer.verify.spread import spread
from detainer.verify.symbols import BOUND
from detainer.verify.witness import Fields
from detainer.yamlfile import read

SCOPE = (
    f"up to {BOUND} convictions and {BOUND} charges a case, facts known and unknown, times to the second, "
    f"days from {FIRST} to {LAST}"
)
"""What every proof is about."""


@dataclass(frozen=True, slots=True)
class Question:
    """What to prove: the law of a folder (the shipped one for None), its constraints and those of some files; `only` some of
    them, by id, where named.
    """

    rulesets: Path | None = None
    files: tuple[Path, ...] = ()
    only: tuple[str, ...] = ()
    time_limit: int = TIME_LIMIT

    @property
    def library(self) -> Library:
        """The law."""
        return library_at(self.rulesets)

    def constraints(self) -> tuple[Checked, ...]:
        """The constraints of the folder, or those that ship, as far as they speak of its places; then those of the files.

        Raises `FileError` with every mistake of every file, `DetainerError` where `only` names none.
        """
        own = self.library.root / "constraints.yaml"
        library = self.library if own.is_file() else library_at()
        found = list(load_constraints(own if own.is_file() else shipped_constraints(), library))
        problems: list[Problem] = []
        for file in self.files:
            try:
                source = read(file)
                for index, checked in enumerate(bind(source, self.library)):
                    if any(each.id == checked.id for each in found):
                        message = f"the id `{checked.id}` is taken already; rename yours"
                        problems.append(source.problem(message, ("constraints", index, "id")))
                    found.append(checked)
            except FileError as error:
                problems += error.problems
        if problems:
            raise FileError(problems)
        for name in self.only:
            if all(each.id != name for each in found):
                raise DetainerError(f"no constraint `{name}`.{did_you_mean(name, (each.id for each in found))}")
        return tuple(each for each in found if self._speaks(each) and (not self.only or each.id in self.only))

    def _speaks(self, checked: Checked) -> bool:
        places = checked.constraint.places
        return not places or any(place in self.library.places for place in places)

    def places(self, chosen: Sequence[str]) -> list[str]:
        """The places to look at: those chosen, or all that have a local time. Raises `PlaceError`, `FileError`."""
        for place in chosen:
            self.library.where(place)
        return list(chosen) or [place for place in self.library.places if self.library.book(place).timezone]


def verify(
    question: Question, places: Sequence[str] = (), *, jobs: int = 1, progress: Callable[[int], None] | None = None
) -> Iterator[Proof]:
    """A proof for every place, stretch of unchanged law and constraint, in that order. Raises `PlaceError` and `FileError`.

    `progress` is called with the number of places done.
    """
    chosen = question.places(places)
    question.constraints()  # what is wrong with them is said before anything is proven
    yield from spread(_of_place, [(question, place) for place in chosen], jobs, progress)


@cache
def _constraints(question: Question) -> tuple[Checked, ...]:
    """The constraints of a question, read once in each process."""
    return question.constraints()


def _of_place(task: tuple[Question, str]) -> list[Proof]:
    question, place = task
    proofs = (
        prove(law, checked, question.time_limit)
        for law in question.library.history(place)
        for checked in _constraints(question)
    )
    return [proof for proof in proofs if proof]


def scenario(name: str, note: str, fields: Fields, decision: Decision) -> dict[str, Any]:
    """A case as a scenario that runs, with what was decided as what is expected."""
    end = decision.hold_until
    expect: dict[str, Any] = {"outcome": decision.outcome, "ruling": decision.ruling.id}
    if end:
        expect["hold_until"] = end.isoformat(timespec="seconds" if end.second else "minutes")
    if not decision.settled:
        expect["settled"] = False
    return {"id": name, "note": note, **fields, "expect": expect}


@dataclass(frozen=True, slots=True)
class Shown:
    """A proof with its witness as scenarios that run, and what `direct` decides of each."""

    proof: Proof
    scenarios: tuple[dict[str, Any], ...]
    decisions: tuple[Decision, ...]

    @property
    def name(self) -> str:
        """What its witness is called."""
        return f"{self.proof.constraint}-{self.proof.place.replace('/', '-')}-{self.proof.since}"


def shown(proof: Proof, sentence: str, library: Library) -> Shown:
    """A proof of a constraint, ready to be shown."""
    law = library.law(proof.place, proof.since)
    decisions = tuple(decide_under(law, Case.model_validate(fields), load("direct")) for fields in proof.witness)
    alone = Shown(proof, (), decisions)
    sides = ("",) if len(decisions) == 1 else ("-before", "-after")
    note = f"breaks the constraint {proof.constraint}: {sentence}"
    found = (
        scenario(alone.name + side, note, fields, each)
        for side, fields, each in zip(sides, proof.witness, decisions, strict=False)
    )
    return Shown(proof, tuple(found), decisions)
