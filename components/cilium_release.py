"""Cilium's Helm release, owned by the program: installed or taken over, with the mesh in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from . import drift
from .cilium.helm_release import NAMESPACE, OURS, RELEASE
from .config.chart import Chart
from .mesh_peers import Peer, peers_text
from .plumbing.command import result, script_command
from .plumbing.options import child_options, component_options
from .plumbing.outputs import once_created

# Revisions; Helm keeps a Secret of up to 1 MiB for each.
_HISTORY = 10


@dataclass(frozen=True, kw_only=True)
class CiliumReleaseArgs:
    """`values` are all of the chart's values; those of the mesh are watched for drift.

    `kubeconfig` reaches the cluster without the help of Cilium. `exists`: there is a release, which
    is taken over. `pending`: its revision that was found in the middle of an operation.
    """

    cluster: str
    kubeconfig: pulumi.Input[Mapping[str, Any]] = field(repr=False)
    chart: Chart
    values: pulumi.Input[Mapping[str, Any]] = field(repr=False)
    peers: Mapping[str, Peer]
    node_port: int
    service_type: str = "NodePort"
    exists: bool = False
    pending: int | None = None
    enable_seconds: int = 300
    request_seconds: int = 10


class CiliumRelease(pulumi.ComponentResource):
    """The release `cilium`; a delete leaves it, and Cilium, in the cluster.

    `revision` is Helm's, known once Helm is done; it does not say that Cilium is ready.
    """

    revision: pulumi.Output[str]

    def __init__(
        self, name: str, args: CiliumReleaseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Own the release in the cluster of that name."""
        super().__init__(
            "cilium-clustermesh:index:CiliumRelease", name, None, component_options(opts)
        )
        options = child_options(self, opts, name)
        applied = _settled(name, args, options)
        release = kubernetes.helm.v3.Release(
            f"{name}-cilium",
            name=RELEASE,
            namespace=NAMESPACE,
            chart=args.chart.name,
            version=args.chart.text,
            repository_opts=_repository(args.chart),
            values=pulumi.Output.secret(args.values),
            # Another text causes another upgrade, which repairs what has drifted.
            description=applied.apply(lambda text: f"{OURS}, {text}"),
            max_history=_HISTORY,
            timeout=args.enable_seconds,
            # Else Helm waits for Pods that wait for certificates, which it only makes after them.
            skip_await=True,
            opts=pulumi.ResourceOptions.merge(
                options,
                pulumi.ResourceOptions(
                    import_=f"{NAMESPACE}/{RELEASE}" if args.exists else None,
                    retain_on_delete=True,
                    additional_secret_outputs=["values"],
                ),
            ),
        )
        status = pulumi.Output.unsecret(once_created(release, release.status))
        self.revision = status.apply(lambda found: str(found.revision) if found else "")
        self.register_outputs({"revision": self.revision})


def _settled(
    name: str, args: CiliumReleaseArgs, options: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """Clear the way for Helm; the text changes whenever the release must be applied again."""
    environment: dict[str, pulumi.Input[str]] = {
        "CLUSTER": args.cluster,
        "SERVICE_TYPE": args.service_type,
        "NODE_PORT": str(args.node_port),
        "PEERS": peers_text(args.peers),
        "REQUEST_SECONDS": str(args.request_seconds),
    }
    pending = f"revision {args.pending}" if args.pending is not None else None
    repairs = drift.repairs(
        f"{name}-cilium-drift", "cilium_release", environment, args.kubeconfig, options, pending
    )
    command = script_command(
        f"{name}-settle",
        "cilium_release",
        "settle",
        environment={
            "CLUSTER": args.cluster,
            "REPAIRS": repairs,
            "ENABLE_SECONDS": str(args.enable_seconds),
            "REQUEST_SECONDS": str(args.request_seconds),
        },
        secrets={"kubeconfig": args.kubeconfig},
        opts=options,
    )
    return result(command).apply(lambda done: f"repair {done.get('repairs', '')}")


def _repository(chart: Chart) -> "kubernetes.helm.v3.RepositoryOptsArgs | None":
    if not chart.is_in_repository:
        return None
    return kubernetes.helm.v3.RepositoryOptsArgs(repo=chart.repository)
