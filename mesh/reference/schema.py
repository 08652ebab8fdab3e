"""The JSON Schema of a stack file, from the models that check it."""

from typing import Any

from components.config.models import MeshConfig

PROJECT = "cilium-clustermesh"
_SECURE = {
    "type": "object",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}


def of_stack_file() -> dict[str, Any]:
    """Give a schema of `Pulumi.<stack>.yaml`: our keys strictly, everything else as it is.

    It knows kinds and names; ranges, uniqueness and the clusters themselves are the program's.
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
    """Take pydantic's titles out, and let a secret be what Pulumi makes of it in the file."""
    if isinstance(node, list):
        return [_readable(one) for one in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "password":
        return {"anyOf": [{"type": "string"}, _SECURE]}
    return {
        key: {name: _readable(one) for name, one in value.items()}
        if key == "properties"
        else _readable(value)
        for key, value in node.items()
        if key != "title"
    }
