"""May, must or may not a jail keep a person past scheduled release for immigration authorities, until when, and which
ruling decides that?

Everything public is exported here; what is heavy is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from detainer.case import UNKNOWN, Case, Charge, Conviction, Detainer, JudicialWarrant, Person
    from detainer.claims import Difference, compare
    from detainer.decision import Decision, Finding, Ruling
    from detainer.engines import decide
    from detainer.errors import CaseError, DetainerError, FileError, PlaceError, Problem
    from detainer.law import Authority, Rule, Ruleset
    from detainer.library import Law, Library, law_in_force
    from detainer.scenarios import Scenario, load_scenarios

_ROOMS = {
    "detainer.case": ("UNKNOWN", "Case", "Charge", "Conviction", "Detainer", "JudicialWarrant", "Person"),
    "detainer.claims": ("Difference", "compare"),
    "detainer.decision": ("Decision", "Finding", "Ruling"),
    "detainer.engines": ("decide",),
    "detainer.errors": ("CaseError", "DetainerError", "FileError", "PlaceError", "Problem"),
    "detainer.law": ("Authority", "Rule", "Ruleset"),
    "detainer.library": ("Law", "Library", "law_in_force"),
    "detainer.scenarios": ("Scenario", "load_scenarios"),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "UNKNOWN",
    "Authority",
    "Case",
    "CaseError",
    "Charge",
    "Conviction",
    "Decision",
    "Detainer",
    "DetainerError",
    "Difference",
    "FileError",
    "Finding",
    "JudicialWarrant",
    "Law",
    "Library",
    "Person",
    "PlaceError",
    "Problem",
    "Rule",
    "Ruleset",
    "Ruling",
    "Scenario",
    "__version__",
    "compare",
    "decide",
    "law_in_force",
    "load_scenarios",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'detainer' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value
