"""ClusterMesh, enabled in one cluster."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from . import drift
from .plumbing.command import again_after, result, script_command
from .plumbing.options import child_options, component_options


@dataclass(frozen=True, kw_only=True)
class MeshMemberArgs:
    """`kubeconfig` holds this cluster alone, so that a change elsewhere is no change here.

    `operation` is Kubean's last one, which may have reinstalled Cilium. `release` is the revision
    of Cilium's Helm release if Pulumi owns that; nothing is written to it then.
    """

    cluster: str
    kubeconfig: pulumi.Input[Mapping[str, Any]]
    node_port: int
    service_type: str = "NodePort"
    enable_seconds: int = 300
    disable_seconds: int = 120
    request_seconds: int = 10
    operation: str | None = None
    release: pulumi.Input[str] | None = None


class MeshMember(pulumi.ComponentResource):
    """`cilium clustermesh enable` with a NodePort of its own; its inverse is `disable`.

    `enabled` is known once that is done.
    """

    enabled: pulumi.Output[str]
    result: pulumi.Output[Any]
    release: pulumi.Input[str] | None

    def __init__(
        self, name: str, args: MeshMemberArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Enable ClusterMesh in the cluster of that name."""
        super().__init__("cilium-clustermesh:index:MeshMember", name, None, component_options(opts))
        environment = {
            "CLUSTER": args.cluster,
            "SERVICE_TYPE": args.service_type,
            "NODE_PORT": str(args.node_port),
            "ENABLE_SECONDS": str(args.enable_seconds),
            "DISABLE_SECONDS": str(args.disable_seconds),
            "REQUEST_SECONDS": str(args.request_seconds),
        }
        options = child_options(self, opts, name)
        watched = drift.watched(
            f"{name}-enable-drift", "member", environment, args.kubeconfig, options, args.release
        )
        command = script_command(
            f"{name}-enable",
            "member",
            "enable",
            inverse="disable",
            environment={**environment, **watched, **again_after(args.operation)},
            secrets={"kubeconfig": args.kubeconfig},
            opts=options,
        )
        self.enabled = command.id
        self.release = args.release
        self.result = result(command)
        # The Command's state has the result; here it would be one more write of the whole state.
        self.register_outputs({})
