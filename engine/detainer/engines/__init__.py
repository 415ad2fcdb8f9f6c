"""Deciding: facts and law in, a decision out. Engines differ in how they find which rules are met, and in nothing else."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Literal, get_args

from detainer.case import Case
from detainer.decision import Decision
from detainer.errors import DetainerError, did_you_mean
from detainer.language.tree import Truth
from detainer.library import Law, Library, library_at
from detainer.resolve import resolve
from detainer.situation import Situation, situate

EngineName = Literal["rete", "direct"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)

Truths = Callable[[Law, Situation], tuple[Truth, ...]]
"""What an engine is: the truth of each of `law.rules`, in the same order."""

_loaded: dict[str, Truths] = {}


def decide(case: Case, *, engine: EngineName = "rete", library: Library | None = None) -> Decision:
    """Decide a case under the law in force at its place on the local day of `asked_at`.

    Raises `PlaceError` for a place without a ruleset, `FileError` for a ruleset that is wrong, `CaseError` for facts that
    cannot be, `DetainerError` for an engine that is not there. Safe to call from many threads and after a fork.

    >>> from detainer import Case
    >>> case = Case(jurisdiction="us/wa/king", release_at="2014-09-15T10:00", detainer={"form": "I-247"}, judicial_warrant=None)
    >>> decide(case).ruling.id
    'us/wa/king/criminal-warrant-only'
    """
    truths = _loaded.get(engine) or _load(engine)
    library = library or library_at()
    situation = situate(case, library.where(case.jurisdiction))
    law = library.law(case.jurisdiction, situation.asked_day)
    found = truths(law, situation)
    return Decision(situation, law, found, resolve(law, situation, found))


def _load(engine: str) -> Truths:
    if engine not in ENGINES:
        raise DetainerError(f"no engine `{engine}`.{did_you_mean(engine, ENGINES)}")
    try:
        _loaded[engine] = import_module(f"detainer.engines.{engine}").truths
    except ImportError as error:
        message = (
            f"the engine `{engine}` cannot be loaded: {error}; install again as the README says, or use another one"
        )
        raise DetainerError(message) from error
    return _loaded[engine]
