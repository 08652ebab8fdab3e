"""The JSON Schema of a stack file, from the models that check it."""

from typing import Any

from components.config.models import MeshConfig
from mesh.reference.keys import PROJECT

_SECURE = {
    "type": "object",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}


def of_stack_file() -> dict[str, Any]:
    """Return a schema of `Pulumi.<stack>.yaml`: strict for our keys, open for all others.

    It knows types and names; ranges, uniqueness and the clusters themselves are for the program.
    """
    found = MeshConfig.model_json_schema(by_alias=True)
    definitions = {name: _readable(one) for name, one in found["$defs"].items()}
    own = {f"{PROJECT}:{key}": _readable(one) for key, one in found["properties"].items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Stack file of {PROJECT}",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "properties": own,
                "patternProperties": {f"^(?!{PROJECT}:)": {}},
                "additionalProperties": False,
            }
        },
        "$defs": definitions,
    }


def _readable(node: Any) -> Any:
    """Remove pydantic's titles and line breaks, and allow what Pulumi makes of a secret."""
    if isinstance(node, list):
        return [_readable(one) for one in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "password":
        allowed = {"anyOf": [{"type": "string"}, _SECURE]}
        about = node.get("description")
        return {**allowed, "description": " ".join(about.split())} if about else allowed
    return {key: _value(key, value) for key, value in node.items() if key != "title"}


def _value(key: str, value: Any) -> Any:
    if key == "properties":
        return {name: _readable(one) for name, one in value.items()}
    if key == "description":
        return " ".join(value.split())
    return _readable(value)
