"""Which slips in the law some scenario notices: a score for a set of scenarios. Reads rulesets, writes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from detainer.errors import FileError
from detainer.formats import ruled
from detainer.library import Library, library_at, within
from detainer.scenarios import Entry, entries, find_files, run_entry
from detainer.verify.mutants import Mutant, mutants
from detainer.verify.spread import spread
from detainer.verify.versions import differences, stretches
from detainer.verify.witness import Fields
from detainer.yamlfile import Source, read

Fate = Literal["killed", "equivalent", "survived", "undecided"]
"""`killed`: some scenario fails under it; `equivalent`: the solver proves that no case tells it from the law."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one mutant: where the slip is (`file` as rulesets are laid out), and which scenario killed it, or a case
    that would have.

    `answers` are what the law says of that case, and what the mutant says.
    """

    place: str
    file: str
    line: int
    column: int
    says: str
    fate: Fate
    by: str | None = None
    witness: Fields | None = None
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """The mutants of one file of the law of a folder (the shipped one for None), and the files of scenarios to try them on."""

    rulesets: Path | None
    place: str
    paths: tuple[str, ...]
    part: int = 0
    parts: int = 1


def mutate(
    rulesets: Path | None,
    paths: Sequence[str],
    places: Iterable[str],
    *,
    jobs: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Trial]:
    """A trial for each mutant of the files of some places, in order. `progress` is called with the number of tasks done.

    Raises `PlaceError`, and `FileError` for rulesets and scenarios that are wrong.
    """
    tasks = [Task(rulesets, place, tuple(paths), part, PARTS) for place in places for part in range(PARTS)]
    yield from spread(_trials, tasks, jobs, progress)


PARTS = 4
"""Into how many tasks the mutants of one file are split."""


def score(trials: Sequence[Trial]) -> float:
    """The share of mutants killed, of those that could be: what is equivalent does not count. 1 where there is none."""
    killed = sum(trial.fate == "killed" for trial in trials)
    alive = sum(trial.fate in ("survived", "undecided") for trial in trials)
    return killed / (killed + alive) if killed + alive else 1.0


def _trials(task: Task) -> list[Trial]:
    library = library_at(task.rulesets)
    source = library.source(task.place)
    scenarios = list(_met(_scenarios(task.paths), library, task.place))
    made = list(mutants(source.data))
    share = made[len(made) * task.part // task.parts : len(made) * (task.part + 1) // task.parts]
    tried = (_trial(library, task.place, source, mutant, scenarios) for mutant in share)
    return [trial for trial in tried if trial]


def _scenarios(paths: Sequence[str]) -> list[Entry]:
    files, problems = find_files(paths)
    found = [entry for file in files for entry in entries(read(file))]
    problems += [problem for entry in found for problem in entry.problems]
    if problems:
        raise FileError(problems)
    return found


def _met(scenarios: Iterable[Entry], library: Library, place: str) -> Iterator[Entry]:
    """Those of a place that expect something. Raises `FileError` where one fails under the law as it is."""
    for entry in scenarios:
        if entry.scenario is None or not within(entry.scenario.jurisdiction, place):
            continue
        result = run_entry(entry, engine="direct", library=library)
        if result.expected == "met":
            yield entry
        elif result.expected == "failed" or result.problems:
            wrong = entry.source.problem(
                f"`{entry.id}` fails under the law as it is, so it can notice no slip", entry.path
            )
            raise FileError([*result.problems, wrong])


def _trial(library: Library, place: str, source: Source, mutant: Mutant, scenarios: Sequence[Entry]) -> Trial | None:
    """What becomes of a mutant; None where it is no ruleset at all."""
    other = library.with_ruleset(place, Source(json.dumps(mutant.data), source.name))
    homes = [each for each in library.places if within(each, place) and library.book(each).timezone]
    if other.check(homes):
        return None
    at = source.problem("", mutant.path)
    told = place, f"{place}.yaml", at.line, at.column, mutant.says
    for entry in scenarios:
        if run_entry(entry, engine="direct", library=other).expected != "met":
            return Trial(*told, "killed", entry.id)
    for home in homes:
        for law, against in stretches(library.history(home), other.history(home)):
            for difference in differences(law, against, (against.since, against.until)):
                answers = tuple(ruled(each.to_dict(considered=False)) for each in difference.decisions)
                return Trial(*told, "survived" if answers else "undecided", None, difference.fields, answers)
    return Trial(*told, "equivalent")
