"""The NodePort Service through which the other clusters reach a cluster's API server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from .common.labels import STACK
from .common.own_objects import API_SERVER
from .kubeconfig.merge import server_url
from .plumbing.kubernetes import UNAWAITED, KubernetesObject, Manifest, object_meta, this_stack
from .plumbing.options import child_options, component_options
from .plumbing.outputs import not_yet, once_created

SERVICE_NAME, NAMESPACE = API_SERVER.name, API_SERVER.namespace
PORT = 6443


@dataclass(frozen=True, kw_only=True)
class ApiServerServiceArgs:
    """`address`: a node address that the API server's certificate covers, directly or by a name."""

    address: pulumi.Input[str]
    node_port: pulumi.Input[int] | None = None
    selector: Mapping[str, pulumi.Input[str]] = field(
        default_factory=lambda: {"component": "kube-apiserver", "tier": "control-plane"}
    )


class ApiServerService(pulumi.ComponentResource):
    """Step 3 of the procedure: a Service that selects the API server's own Pods.

    It tells every other stack of this project that this one owns the cluster.
    """

    node_port: pulumi.Output[int]
    url: pulumi.Output[str]

    def __init__(
        self, name: str, args: ApiServerServiceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Make the Service in the cluster of the given provider; `name` is the cluster's."""
        super().__init__(
            "cilium-clustermesh:index:ApiServerService", name, None, component_options(opts)
        )
        service = KubernetesObject(
            f"{name}-api-server", _manifest(args), child_options(self, opts, name)
        )
        self.node_port = once_created(service, service.spec).apply(_node_port)
        self.url = pulumi.Output.all(args.address, self.node_port).apply(
            lambda parts: server_url(*parts)
        )
        self.register_outputs({"nodePort": self.node_port, "url": self.url})


def _manifest(args: ApiServerServiceArgs) -> Manifest:
    port = {"name": "https", "port": PORT, "targetPort": PORT, "protocol": "TCP"}
    fixed = {"nodePort": args.node_port} if args.node_port is not None else {}
    annotations = {STACK: this_stack(), **UNAWAITED}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": object_meta(SERVICE_NAME, NAMESPACE, annotations=annotations),
        "spec": {"type": "NodePort", "selector": args.selector, "ports": [{**port, **fixed}]},
    }


def _node_port(spec: Mapping[str, Any]) -> pulumi.Input[int]:
    port = spec["ports"][0].get("nodePort")
    if port is None and pulumi.runtime.is_dry_run():
        # The server is silent, so it was not asked about this change: the Service keeps its port.
        return not_yet()
    return int(port)
