# The part of durable-rules that the rete engine uses; the package ships no types.
from collections.abc import Callable, Mapping
from typing import Any

class Promise:
    _func: Callable[[Any], None]

class Ruleset:
    _handle: int
    _actions: dict[str, Promise]

class Host:
    def __init__(self, ruleset_definitions: Mapping[str, Any] | None = None) -> None: ...
    def set_rulesets(self, ruleset_definitions: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None: ...
    def get_ruleset(self, ruleset_name: str) -> Ruleset: ...
    def _run(self) -> None: ...
