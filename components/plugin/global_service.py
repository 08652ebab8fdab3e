"""The global Service as other languages see it."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, TypedDict

import pulumi

from .. import global_service
from ..global_service import GlobalServiceArgs, GlobalServicePort


class Affinity(Enum):
    """The clusters whose Pods answer while they are ready."""

    NONE = "none"
    """Those of all clusters alike."""
    LOCAL = "local"
    """Those of the client's own cluster."""
    REMOTE = "remote"
    """Those of the other clusters."""


class Port(TypedDict, total=False):
    """A port of the Service, the same in every cluster."""

    name: str
    """Its name."""
    port: int
    """Its number."""
    target_port: int | None
    """The port on which the Pods listen. Default: the same number."""
    protocol: str | None
    """TCP, UDP or SCTP. Default: TCP."""


class ServiceInputs(TypedDict, total=False):
    """Arguments of a GlobalService."""

    service: str
    """The name of the Service, the same in every cluster."""
    namespace: pulumi.Input[str] | None
    """Its namespace, the same in every cluster. Default: default."""
    selector: Mapping[str, pulumi.Input[str]]
    """The labels of the Pods that answer."""
    ports: Sequence[Port]
    """Its ports, the same in every cluster."""
    affinity: Affinity | None
    """The clusters whose Pods answer while they are ready. Default: none."""
    shared: bool | None
    """Whether this cluster's Pods answer the other clusters as well. Default: true."""
    annotations: Mapping[str, str] | None
    """Annotations of the Service, in addition to Cilium's."""


class GlobalService(global_service.GlobalService):
    """A Service with backends in all clusters of the mesh; make one of these in every cluster.

    Pass the cluster's Kubernetes provider as an option.
    """

    revision: pulumi.Output[str]
    """A text that changes whenever the Service does."""

    def __init__(
        self, name: str, args: ServiceInputs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Make the Service in the cluster of the given provider."""
        super().__init__(name, _args(args), opts)


def _args(args: ServiceInputs) -> GlobalServiceArgs:
    told: dict[str, Any] = {key: value for key, value in args.items() if value is not None}
    told["affinity"] = told.get("affinity", Affinity.NONE).value
    told["ports"] = [_port(port) for port in told["ports"]]
    return GlobalServiceArgs(**told)


def _port(port: Mapping[str, Any]) -> GlobalServicePort:
    return GlobalServicePort(**{key: value for key, value in port.items() if value is not None})
