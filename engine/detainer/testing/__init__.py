"""For people who test: Hypothesis strategies for cases, custodies and law, constraints as assertions, and a pytest plugin.

The strategies lean toward the lines that law draws: its first and last days, the ends of limits, birthdays, the first days of
lookbacks, days on which the clocks change. They need ``hypothesis``, which comes with ``pip install 'detainer[testing]'``; the
plugin (see `detainer.testing.plugin`) needs pytest and nothing else.

    from detainer.testing import assert_constraint, cases, related

    @given(cases("us/wa/king"))
    def test_no_hold_without_a_judge(case):
        assert_constraint("king-county-needs-a-judge", case)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from detainer.rooms import opened

if TYPE_CHECKING:
    from detainer.testing.constraints import assert_constraint, related
    from detainer.testing.strategies import cases, custodies, days, events, moments, places
    from detainer.testing.synthetic import conditions, libraries, rulesets

_ROOMS = {
    "detainer.testing.constraints": ("assert_constraint", "related"),
    "detainer.testing.strategies": ("cases", "custodies", "days", "events", "moments", "places"),
    "detainer.testing.synthetic": ("conditions", "libraries", "rulesets"),
}

__all__ = [
    "assert_constraint",
    "cases",
    "conditions",
    "custodies",
    "days",
    "events",
    "libraries",
    "moments",
    "places",
    "related",
    "rulesets",
]

__getattr__, __dir__ = opened(__name__, _ROOMS)
