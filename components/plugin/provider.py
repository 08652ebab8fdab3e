"""The components in the package, and the schema of their arguments and outputs."""

import contextlib
import gc
import json
from collections.abc import Iterator
from typing import Any

import pulumi
from pulumi.provider import ConstructResult
from pulumi.provider.experimental.analyzer import ComponentDefinition
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError
from pydantic import BaseModel

from ..cluster_mesh import ClusterMesh
from ..config.explained import explain, model_in, purpose
from ..config.models import MeshConfig
from ..plumbing.dynamic import PACKAGE
from .global_service import GlobalService

VERSION = "0.2.0"
COMPONENTS = [ClusterMesh, GlobalService]
# Outputs that hold credentials.
_SECRET = {"ClusterMesh": ("kubeconfig", "kubeconfigs")}


class MeshProvider(ComponentProvider):
    """Makes the components, which report what is wrong with their arguments themselves."""

    def __init__(self) -> None:
        """Make the schema from the components' types and texts, and from the config's models."""
        with _without_finalizers():
            super().__init__(list(COMPONENTS), PACKAGE, version=VERSION)
        self.schema = json.dumps(_schema(json.loads(self.schema or "{}")))

    def map_inputs(
        self, inputs: pulumi.Inputs, component_def: ComponentDefinition
    ) -> pulumi.Inputs:
        """Pass a mesh its arguments unchanged: it reports all their faults together."""
        if component_def.name == ClusterMesh.__name__:
            return inputs
        return super().map_inputs(inputs, component_def)

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Make a component; raises pulumi.RunError if it refuses its arguments."""
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if isinstance(error.inner, pulumi.RunError):
                raise error.inner from None
            raise


@contextlib.contextmanager
def _without_finalizers() -> Iterator[None]:
    """Switch the garbage collector off while docstrings are parsed.

    A finalizer that parses too, such as one that prints a traceback, breaks the parsing that it
    interrupts (python/cpython#106905, seen with 3.11.7), and Pulumi's analyzer then takes the
    description for missing.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _schema(found: dict[str, Any]) -> dict[str, Any]:
    """Add what the types do not say: texts, secrets, and that inputs may be outputs of others."""
    described: dict[str, Any] = _without_plain(found)
    for component, names in _SECRET.items():
        properties = described["resources"][f"{PACKAGE}:index:{component}"]["properties"]
        for name in names:
            properties[name]["secret"] = True
    mesh = described["resources"][f"{PACKAGE}:index:{ClusterMesh.__name__}"]
    _explain(mesh["inputProperties"], MeshConfig, described["types"])
    return described


def _explain(properties: dict[str, Any], model: type[BaseModel], types: dict[str, Any]) -> None:
    """Describe the arguments of a mesh, at every depth, in the words of the config's models."""
    for field in model.model_fields.values():
        one = properties[str(field.alias)]
        one["description"] = str(explain(field))
        section = model_in(field.annotation)
        if section is not None:
            inner = types[one.get("items", one)["$ref"].rpartition("/")[2]]
            # The images of a cluster and of the demo have one type: the first explains it.
            if "description" not in inner:
                inner["description"] = purpose(section)
                _explain(inner["properties"], section, types)


def _without_plain(value: Any) -> Any:
    # Secrets are outputs in every language but Python.
    if isinstance(value, dict):
        return {key: _without_plain(inner) for key, inner in value.items() if key != "plain"}
    if isinstance(value, list):
        return [_without_plain(inner) for inner in value]
    return value
