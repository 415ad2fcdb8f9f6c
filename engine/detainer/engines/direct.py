"""The reference engine: each condition is asked of the facts, one after the other. This is the meaning of the law files."""

from __future__ import annotations

from detainer.language.tree import Truth
from detainer.library import Law
from detainer.situation import Situation


def truths(law: Law, situation: Situation, session: str | None = None) -> tuple[Truth, ...]:
    """Whether each rule in force is met (True), not met (False) or open (None). Keeps nothing, so it needs no session."""
    return law.truths(situation)


def close(law: Law, session: str) -> None:
    """Nothing is kept."""
