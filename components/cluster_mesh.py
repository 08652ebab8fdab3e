"""A whole mesh as one component: like `__main__.py`, but from arguments, not the stack config."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Any, TypedDict, get_args, get_type_hints, is_typeddict

import pulumi
from pydantic.alias_generators import to_camel

from .config import loading
from .config.arguments import ClusterMeshArgs
from .config.faults.fault import ConfigFaults, key_path, render_report
from .config.models import MeshConfig
from .plumbing.options import child_options, component_options
from .procedure.run import run


class MeshCluster(TypedDict):
    """A member of the mesh."""

    name: str
    """The cluster's name."""
    id: int
    """The cluster's id."""
    pod_cidrs: Sequence[str]
    """The CIDRs of its Pods."""
    service_cidrs: Sequence[str]
    """The CIDRs of its Services."""
    api_server_url: str
    """The URL of its API server, through the NodePort."""
    mesh_endpoint: str
    """The address at which peers reach its clustermesh-apiserver; empty if it is unknown."""


class ClusterMesh(pulumi.ComponentResource):
    """Joins Kubernetes clusters that run Cilium into a mesh, and proves it with traffic.

    All arguments must be known before anything is made: values, not outputs of resources that the
    same update has yet to make. Only one fits into a stack: its resources are named after the
    clusters.
    """

    clusters: pulumi.Output[Sequence[MeshCluster]]
    """The members, in the order in which they were given."""
    kubeconfig: pulumi.Output[str]
    """One kubeconfig for all members, each under its name, through their NodePorts; secret."""
    kubeconfigs: pulumi.Output[Mapping[str, str]]
    """By cluster name: its own kubeconfig with the entries of all members added; secret."""
    mesh: pulumi.Output[Mapping[str, Sequence[str]]]
    """By cluster name: the clusters that it is connected to."""
    verification: pulumi.Output[Mapping[str, Any]] | None
    """The proof: `matrix`, which cluster answered which and how fast, and `spec`, its settings."""

    def __init__(
        self, name: str, args: ClusterMeshArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Check and join; raises pulumi.RunError with every fault of the arguments."""
        config = load(args, Path.cwd())
        super().__init__(
            "cilium-clustermesh:index:ClusterMesh", name, None, component_options(opts)
        )
        given = run(config, child_options(self, opts))
        self.clusters = pulumi.Output.from_input(given["clusters"])
        self.kubeconfig = given["kubeconfig"]
        self.kubeconfigs = given["kubeconfigs"]
        self.mesh = pulumi.Output.from_input(given["mesh"])
        proof = given["verification"]
        self.verification = None if proof is None else pulumi.Output.from_input(proof)
        self.register_outputs(given)


def load(args: ClusterMeshArgs, project_dir: Path) -> MeshConfig:
    """Check the arguments as a stack config is checked.

    Raises pulumi.RunError with every fault, and no traceback.
    """
    values = document(args)
    unknown = list(_unknown(values))
    if unknown:
        raise pulumi.RunError(
            f"{', '.join(unknown)}: not known until another resource is made, but a mesh is checked"
            " before anything is made: make that resource in an update, or a stack, of its own"
        )
    try:
        return loading.load(values, project_dir)
    except ConfigFaults as faults:
        report = render_report(faults.faults, "The arguments of ClusterMesh have")
        raise pulumi.RunError(report) from None


def document(args: ClusterMeshArgs) -> dict[str, object]:
    """Return the arguments in the form of a stack config, without those that are None."""
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
