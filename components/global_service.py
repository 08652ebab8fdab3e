"""A Service with backends in all clusters of the mesh."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pulumi

from .plumbing.kubernetes import UNAWAITED, KubernetesObject, Manifest, object_meta
from .plumbing.options import child_options, component_options
from .plumbing.outputs import once_created

Affinity = Literal["none", "local", "remote"]


@dataclass(frozen=True, kw_only=True)
class GlobalServicePort:
    """A port of the Service; name and number must be the same in every cluster."""

    name: str
    port: int
    target_port: int | str | None = None
    protocol: str = "TCP"


@dataclass(frozen=True, kw_only=True)
class GlobalServiceArgs:
    """`service` and `namespace` must be the same in every cluster.

    `affinity`: which backends are preferred; `shared`: whether this cluster's own backends serve
    the others; `annotations` are added to Cilium's.
    """

    service: str
    selector: Mapping[str, pulumi.Input[str]]
    ports: Sequence[GlobalServicePort]
    namespace: pulumi.Input[str] = "default"
    affinity: Affinity = "none"
    shared: bool = True
    annotations: Mapping[str, str] = field(default_factory=dict)


class GlobalService(pulumi.ComponentResource):
    """Step 7 of the procedure: the same Service in every cluster, marked as global for Cilium."""

    revision: pulumi.Output[str]

    def __init__(
        self, name: str, args: GlobalServiceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Make the Service in the cluster of the given provider; `name` is the resource's."""
        super().__init__(
            "cilium-clustermesh:index:GlobalService", name, None, component_options(opts)
        )
        service = KubernetesObject(
            f"{name}-global-service", _manifest(args), child_options(self, opts, name)
        )
        # A Service has no generation; nothing writes to it without changing it.
        self.revision = once_created(service, service.metadata).apply(
            lambda metadata: f"{metadata.get('uid')}/{metadata.get('resourceVersion')}"
        )
        self.register_outputs({})


def _manifest(args: GlobalServiceArgs) -> Manifest:
    annotations = {
        **args.annotations,
        **global_annotations(args.affinity, args.shared),
        **UNAWAITED,
    }
    ports = [_port(port) for port in args.ports]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": object_meta(args.service, args.namespace, annotations=annotations),
        "spec": {"type": "ClusterIP", "selector": args.selector, "ports": ports},
    }


def _port(port: GlobalServicePort) -> dict[str, Any]:
    return {
        "name": port.name,
        "port": port.port,
        "targetPort": port.target_port or port.port,
        "protocol": port.protocol,
    }


def global_annotations(affinity: Affinity, shared: bool) -> dict[str, str]:
    """Return the annotations in both spellings: Cilium's since 1.13, and the one before it.

    Affinity `none` leaves its annotation out: Cilium 1.18 takes the documented value `none` for an
    unknown one, and then never uses a remote backend (selectbackends.go).
    """
    told = "true" if shared else "false"
    annotations = {
        "service.cilium.io/global": "true",
        "service.cilium.io/shared": told,
        "io.cilium/global-service": "true",
        "io.cilium/shared-service": told,
    }
    if affinity == "none":
        return annotations
    return annotations | {
        "service.cilium.io/affinity": affinity,
        "io.cilium/service-affinity": affinity,
    }
