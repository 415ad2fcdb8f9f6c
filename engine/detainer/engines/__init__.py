"""Deciding: facts and law in, a decision out. Engines differ in how they find which rules are met, and in nothing else."""

from __future__ import annotations

import warnings
from functools import cache
from importlib import import_module
from typing import Literal, Protocol, cast, get_args

from detainer.case import Case
from detainer.decision import Decision
from detainer.errors import EngineError, EngineWarning, did_you_mean
from detainer.given import Data
from detainer.language.tree import Truth
from detainer.library import Law, Library, library_for
from detainer.resolve import resolve
from detainer.situation import Situation, situate
from detainer.stated import facts_of

EngineName = Literal["rete", "direct"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)
"""Where none is asked for, the first is taken, or the last where it cannot be loaded."""


class Engine(Protocol):
    """What an engine is: the truth of each of `law.rules`, in the same order. It may keep facts in a named session."""

    def truths(self, law: Law, situation: Situation, session: str | None = None) -> tuple[Truth, ...]:
        """Whether each rule is met (True), not met (False) or open (None)."""
        ...

    def close(self, law: Law, session: str) -> None:
        """Forget a session."""
        ...


_loaded: dict[str, Engine] = {}


def decide(case: Case | Data, *, engine: EngineName | None = None, library: Library | None = None) -> Decision:
    """Decide a case, or a mapping of its facts, under the law in force at its place on the local day of `asked_at`.

    Raises `PlaceError` for a place without a ruleset, `FileError` for a ruleset that is wrong, `CaseError` for facts that
    cannot be, `EngineError` for an engine that cannot be loaded; where none is asked for, the `usual` one decides. Safe to call
    from many threads and after a fork.

    >>> from detainer import Case
    >>> case = Case(jurisdiction="us/wa/king", release_at="2014-09-15T10:00", detainer={"form": "I-247"}, judicial_warrant=None)
    >>> decide(case).ruling.id
    'us/wa/king/criminal-warrant-only'
    """
    return decide_in(load(engine), None, facts_of(case, Case), library_for(library))


def decide_in(engine: Engine, session: str | None, case: Case, library: Library) -> Decision:
    """`decide` in a session that an engine keeps, one for each person whose custody is followed. Raises like `decide`."""
    situation = situate(case, library.where(case.jurisdiction))
    return _decided(engine, session, library.law(case.jurisdiction, situation.asked_day), situation)


def decide_under(law: Law, case: Case, engine: Engine) -> Decision:
    """What a law says of a case, whether or not it is in force at the moment asked about. Raises `CaseError`."""
    return _decided(engine, None, law, situate(case, law.where))


def _decided(engine: Engine, session: str | None, law: Law, situation: Situation) -> Decision:
    found = engine.truths(law, situation, session)
    return Decision(situation, law, found, resolve(law, situation, found))


def load(engine: str | None) -> Engine:
    """An engine by its name; for None the one that is `usual`. Raises `EngineError`."""
    name = engine or usual()
    known = _loaded.get(name)
    if known is not None:
        return known
    if name not in ENGINES:
        raise EngineError(f"no engine `{name}`.{did_you_mean(name, ENGINES)}")
    try:
        _loaded[name] = cast("Engine", import_module(f"detainer.engines.{name}"))
    except ImportError as error:
        raise EngineError(f"{_why(name, error)}; install it as the README says, or take `{ENGINES[-1]}`") from error
    return _loaded[name]


def _why(name: str, error: BaseException | None) -> str:
    return f"the engine `{name}` cannot be loaded ({' '.join(str(error).split())})"


@cache
def usual() -> EngineName:
    """The engine that decides where none is asked for: `rete`, or `direct` where that cannot be loaded, with one `EngineWarning`
    that says why.
    """
    first, last = ENGINES[0], ENGINES[-1]
    try:
        load(first)
    except EngineError as error:
        message = f"{_why(first, error.__cause__)}, so `{last}` decides, which gives the same answers; see the README"
        warnings.warn(message, EngineWarning, stacklevel=2)
        return last
    return first


def working() -> tuple[EngineName, ...]:
    """The engines that can be loaded here, the usual one first."""
    return tuple(dict.fromkeys((usual(), ENGINES[-1])))
