"""The components that are in the package, and the schema that says what they are told."""

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

from ..cluster_mesh import ClusterMesh
from ..plumbing.dynamic import PACKAGE
from .global_service import GlobalService

VERSION = "0.2.0"
COMPONENTS = [ClusterMesh, GlobalService]
# Outputs that hold credentials.
_SECRET = {"ClusterMesh": ("kubeconfig", "kubeconfigs")}


class MeshProvider(ComponentProvider):
    """Makes the components, and lets them say themselves what is wrong with their arguments."""

    def __init__(self) -> None:
        """Find out from the components' types and docstrings what the schema is."""
        with _without_finalizers():
            super().__init__(list(COMPONENTS), PACKAGE, version=VERSION)
        self.schema = json.dumps(_schema(json.loads(self.schema or "{}")))

    def map_inputs(
        self, inputs: pulumi.Inputs, component_def: ComponentDefinition
    ) -> pulumi.Inputs:
        """Give a mesh its arguments as they came: it reports all faults of them together."""
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
        """Make a component; raises pulumi.RunError where it refuses its arguments."""
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if isinstance(error.inner, pulumi.RunError):
                raise error.inner from None
            raise


@contextlib.contextmanager
def _without_finalizers() -> Iterator[None]:
    """Keep the garbage collector out while docstrings are parsed.

    A finalizer that parses as well, as one that prints a traceback does, breaks the parsing it
    comes into (python/cpython#106905, seen with 3.11.7), and Pulumi's analyzer takes what it could
    not parse for something without a description.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _schema(found: dict[str, Any]) -> dict[str, Any]:
    """Say what the types do not: what is secret, and that inputs may be another's outputs."""
    described: dict[str, Any] = _without_plain(found)
    for component, names in _SECRET.items():
        properties = described["resources"][f"{PACKAGE}:index:{component}"]["properties"]
        for name in names:
            properties[name]["secret"] = True
    return described


def _without_plain(value: Any) -> Any:
    # Secrets are outputs everywhere but in Python.
    if isinstance(value, dict):
        return {key: _without_plain(inner) for key, inner in value.items() if key != "plain"}
    if isinstance(value, list):
        return [_without_plain(inner) for inner in value]
    return value
