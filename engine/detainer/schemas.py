"""JSON Schema of the file formats, for editors. Worked out from the models that read the files."""

from __future__ import annotations

from typing import Any, Literal

from pydantic.json_schema import GenerateJsonSchema

from detainer.law import Ruleset
from detainer.records.mapping import Mapping
from detainer.scenarios import ScenarioFile
from detainer.verify.constraints import ConstraintFile

Kind = Literal["scenario", "ruleset", "constraints", "mapping"]
_MODELS = {"scenario": ScenarioFile, "ruleset": Ruleset, "constraints": ConstraintFile, "mapping": Mapping}


class _WithoutUnknown(GenerateJsonSchema):
    """Unknown is said by leaving a field out, so it is no default that an editor should write."""

    def default_schema(self, schema: Any) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])


def json_schema(kind: Kind) -> dict[str, Any]:
    """The schema of a file format, draft 2020-12."""
    schema = _MODELS[kind].model_json_schema(by_alias=True, schema_generator=_WithoutUnknown)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = f"detainer {kind} file"
    return _of_scenarios(schema) if kind == "scenario" else schema


def _of_scenarios(schema: dict[str, Any]) -> dict[str, Any]:
    """What a scenario leaves out may stand in the defaults, which hold the same facts; a file may be one scenario alone."""
    parts: dict[str, Any] = schema.pop("$defs")
    kinds = {name: parts[name] for name in ("Scenario", "CustodyScenario")}
    facts = {
        name: fact for each in reversed(kinds.values()) for name, fact in each["properties"].items() if name != "id"
    }
    head = {name: schema.pop(name) for name in ("$schema", "title", "description")}
    schema["properties"]["defaults"] |= {"properties": facts, "additionalProperties": False}
    for name, each in kinds.items():
        parts[f"One{name}"] = each
        parts[name] = {**each, "required": ["id", *(["events"] if name == "CustodyScenario" else [])]}
    return {
        **head,
        "anyOf": [schema, *({"$ref": f"#/$defs/One{name}"} for name in kinds)],
        "$defs": parts,
    }
