"""The arguments of a ClusterMesh as a checked config."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints, is_typeddict

import pulumi
from pydantic.alias_generators import to_camel

from .cluster_mesh_args import ClusterMeshArgs
from .config import models
from .config.faults import ConfigFaults, key_path, render_report
from .config.models import MeshConfig


def load(args: ClusterMeshArgs, project_dir: Path) -> MeshConfig:
    """Check the arguments as a stack config is checked.

    Raises pulumi.RunError with every fault, and no traceback.
    """
    values = document(args)
    unknown = list(_unknown(values))
    if unknown:
        raise pulumi.RunError(
            f"{', '.join(unknown)}: not known before something else is made, but a mesh is checked"
            " before anything is: make that in an update, or a stack, of its own"
        )
    try:
        return models.load(values, project_dir)
    except ConfigFaults as faults:
        report = render_report(faults.faults, "The arguments of ClusterMesh have")
        raise pulumi.RunError(report) from None


def document(args: ClusterMeshArgs) -> dict[str, object]:
    """Write the arguments as a stack config has them; what is None was not given."""
    return _written(ClusterMeshArgs, args)


def _written(kind: type, given: Mapping[str, Any]) -> dict[str, object]:
    # Other languages write the keys in camelCase already.
    kinds = get_type_hints(kind) | {to_camel(key): k for key, k in get_type_hints(kind).items()}
    return {
        to_camel(key) if key in kinds else key: _value(kinds.get(key), value)
        for key, value in given.items()
        if value is not None
    }


def _value(kind: Any, value: Any) -> object:
    inner = next((one for one in get_args(kind) if one is not NoneType), None)
    if NoneType in get_args(kind):
        return _value(inner, value)
    if is_typeddict(kind) and isinstance(value, Mapping):
        return _written(kind, value)
    if is_typeddict(inner) and isinstance(value, list | tuple):
        return [_value(inner, one) for one in value]
    return value


def _unknown(value: object, *place: str | int) -> Iterator[str]:
    if isinstance(value, pulumi.Output):
        yield key_path(*place)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _unknown(inner, *place, key)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _unknown(inner, *place, index)
