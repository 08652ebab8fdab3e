"""The schema of the stack outputs, shared by writers and readers.

docs/outputs.md says it in words, docs/outputs.schema.json for other languages; tests compare with
the latter whether a change breaks readers. `python -m components.common.outputs_schema` prints it.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

# Raised when an output is renamed, removed or changes its shape; not when one is added.
SCHEMA_VERSION = 1


class _Shape(BaseModel):
    """A part of the outputs, with keys in camelCase; unknown keys may be newer ones.

    Numbers pass through the engine as floats, so they are not validated strictly.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, extra="ignore", frozen=True, hide_input_in_errors=True
    )


class MeshCluster(_Shape):
    """One member of the mesh."""

    name: str
    id: int
    pod_cidrs: tuple[str, ...]
    service_cidrs: tuple[str, ...]
    api_server_url: str = Field(description="The API server over its NodePort.")
    mesh_endpoint: str = Field(
        description="The address at which peers reach its clustermesh-apiserver; empty if unknown."
    )


class MatrixCell(_Shape):
    """One route of the reachability matrix, with its result in the last verification."""

    source: str = Field(alias="from")
    target: str = Field(alias="to")
    path: Literal["pod-ip", "global-service"]
    ok: bool
    milliseconds: float | None = Field(None, description="Median of the answers by `to`.")
    answers: Mapping[str, int] = Field(description="By cluster name: how often it answered.")
    error: str = ""


class Verification(_Shape):
    """The proof: what the verification found, and its settings."""

    matrix: tuple[MatrixCell, ...]
    spec: Mapping[str, Any]


class MeshOutputs(_Shape):
    """All outputs of a mesh's stack."""

    schema_version: Annotated[int, Field(ge=SCHEMA_VERSION, le=SCHEMA_VERSION)]
    clusters: tuple[MeshCluster, ...]
    kubeconfig: str = Field(repr=False, description="Secret; YAML.")
    kubeconfigs: Mapping[str, str] = Field(repr=False, description="Secret; YAML by cluster name.")
    mesh: Mapping[str, tuple[str, ...]] = Field(
        description="By cluster name: the clusters that it is connected to."
    )
    # Absent, not null, if it is switched off: Pulumi's Python SDK leaves out None.
    verification: Verification | None = None


def schema() -> dict[str, Any]:
    """Return the JSON Schema of all outputs; it allows further keys."""
    return MeshOutputs.model_json_schema()


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2))
