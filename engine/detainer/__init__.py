"""May, must or may not a jail keep a person past scheduled release for immigration authorities, until when, and which
ruling decides that?

Everything public is exported here; what is heavy is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from detainer.rooms import opened

__version__ = "0.1.0"

if TYPE_CHECKING:
    from detainer.alternatives import Alternative, what_if, why_not
    from detainer.case import UNKNOWN, Booking, Case, Charge, Conviction, Detainer, JudicialWarrant, Person
    from detainer.claims import Difference, compare
    from detainer.custody import Custody
    from detainer.decision import Decision, Finding, Ruling
    from detainer.engines import decide
    from detainer.errors import (
        CaseError,
        DetainerError,
        EngineError,
        EngineWarning,
        FileError,
        PartError,
        PlaceError,
        Problem,
    )
    from detainer.events import Event, EventError
    from detainer.interview import AnswerError, Interview
    from detainer.law import Authority, Rule, Ruleset
    from detainer.library import Law, Library, law_in_force
    from detainer.page import Page
    from detainer.questions import Question
    from detainer.reasons import explain
    from detainer.scenarios import CustodyScenario, Scenario, follow, load_custodies, load_scenarios
    from detainer.timeline import Interval, Timeline
    from detainer.verify.constraints import Constraint, load_constraints
    from detainer.verify.prove import Proof, prove

_ROOMS = {
    "detainer.alternatives": ("Alternative", "what_if", "why_not"),
    "detainer.case": ("UNKNOWN", "Booking", "Case", "Charge", "Conviction", "Detainer", "JudicialWarrant", "Person"),
    "detainer.claims": ("Difference", "compare"),
    "detainer.custody": ("Custody",),
    "detainer.decision": ("Decision", "Finding", "Ruling"),
    "detainer.engines": ("decide",),
    "detainer.errors": (
        "CaseError",
        "DetainerError",
        "EngineError",
        "EngineWarning",
        "FileError",
        "PartError",
        "PlaceError",
        "Problem",
    ),
    "detainer.events": ("Event", "EventError"),
    "detainer.interview": ("AnswerError", "Interview"),
    "detainer.page": ("Page",),
    "detainer.law": ("Authority", "Rule", "Ruleset"),
    "detainer.library": ("Law", "Library", "law_in_force"),
    "detainer.questions": ("Question",),
    "detainer.reasons": ("explain",),
    "detainer.scenarios": ("CustodyScenario", "Scenario", "follow", "load_custodies", "load_scenarios"),
    "detainer.timeline": ("Interval", "Timeline"),
    "detainer.verify.constraints": ("Constraint", "load_constraints"),
    "detainer.verify.prove": ("Proof", "prove"),
}

__all__ = [
    "UNKNOWN",
    "Alternative",
    "AnswerError",
    "Authority",
    "Booking",
    "Case",
    "CaseError",
    "Charge",
    "Constraint",
    "Conviction",
    "Custody",
    "CustodyScenario",
    "Decision",
    "Detainer",
    "DetainerError",
    "Difference",
    "EngineError",
    "EngineWarning",
    "Event",
    "EventError",
    "FileError",
    "Finding",
    "Interval",
    "Interview",
    "JudicialWarrant",
    "Law",
    "Library",
    "Page",
    "PartError",
    "Person",
    "PlaceError",
    "Problem",
    "Proof",
    "Question",
    "Rule",
    "Ruleset",
    "Ruling",
    "Scenario",
    "Timeline",
    "__version__",
    "compare",
    "decide",
    "explain",
    "follow",
    "law_in_force",
    "load_constraints",
    "load_custodies",
    "load_scenarios",
    "prove",
    "what_if",
    "why_not",
]

__getattr__, __dir__ = opened(__name__, _ROOMS)
