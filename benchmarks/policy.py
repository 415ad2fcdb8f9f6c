"""King County in March 2014: one policy, its cases as truths and as `detainer` reads them, and its own answers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

Facts = dict[str, bool]
Answer = tuple[str, str]
Engine = Callable[[Facts], Answer]
NAMES = ("warrant", "detainer", "adult", "homicide", "serious")

RULES: list[tuple[str, str]] = [
    ("warrant", "hold us/judicial-warrant"),
    ("detainer and not (adult and (homicide or serious))", "release us/wa/king/otherwise-no"),
    ("detainer and adult and homicide", "hold us/wa/king/homicide-conviction"),
    ("detainer and adult and serious", "hold us/wa/king/serious-conviction"),
    ("not detainer", "release us/no-authority"),
]

COMBINATIONS = list(product((False, True), repeat=len(NAMES)))


def case_of(facts: Facts) -> Any:
    """The case that these truths describe."""
    from detainer import Case

    convictions = []
    if facts["homicide"]:
        convictions.append({"offense": "homicide", "convicted_on": "1999-05-06", "shown_in_writing": True})
    if facts["serious"]:
        convictions.append({"offense": "violent", "convicted_on": "2010-05-06", "shown_in_writing": True})
    return Case.model_validate(
        {
            "jurisdiction": "us/wa/king",
            "release_at": "2014-03-03T10:00",
            "detainer": {"form": "I-247", "issued_at": "2014-03-01", "served": True} if facts["detainer"] else None,
            "judicial_warrant": {"kind": "criminal", "issued_by": "federal_judge"} if facts["warrant"] else None,
            "person": {"date_of_birth": "1980-02-03" if facts["adult"] else "2000-02-03"},
            "convictions": convictions,
            "charges": [],
        }
    )


def ours(engine: Any) -> Callable[[Any], Answer]:
    from detainer import decide

    def answer(case: Any) -> Answer:
        decision = decide(case, engine=engine)
        return decision.outcome, decision.resolution.control.ruling.id

    return answer
