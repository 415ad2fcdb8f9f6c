"""A decision that was saved, decided again, because what it says follows from its case and its law."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from detainer.case import Case
from detainer.decision import Decision
from detainer.engines import EngineName, decide, decide_under, load
from detainer.errors import DetainerError
from detainer.library import Law, Library
from detainer.saved import part_of, read_object, same_law


def from_json(text: str | bytes, *, engine: EngineName | None, library: Library | None) -> Decision:
    """The decision that `to_json` wrote. Raises `DetainerError` where the law or the answer is another, and like `decide`."""
    saved = read_object(text, "decision")
    decision = decide(Case.model_validate(part_of(saved, "case", "decision")), engine=engine, library=library)
    same_law(saved.get("ruleset_digest"), decision.ruleset_digest, decision.law.place)
    if _answer(saved) != _answer(decision.to_dict(considered=False)):
        raise DetainerError(f"what was saved is another answer than the same law gives to the same case: {decision!r}")
    return decision


def under(law: Law, case: Case) -> Decision:
    """What a law says of a case: how a pickled decision is loaded."""
    return decide_under(law, case, load("direct"))


def _answer(plain: Mapping[str, Any]) -> list[Any]:
    ruling = plain.get("ruling")
    named = cast("dict[str, Any]", ruling).get("id") if isinstance(ruling, dict) else None
    return [named, *(plain.get(name) for name in ("outcome", "hold_until", "ended_by", "settled"))]
