"""Step 1 of the procedure: a kernel that Cilium runs on, on every node of the config."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi

from ..config.models import ClusterConfig, MeshConfig, NodeConfig
from ..facts.cluster import ClusterFacts
from ..node import plan
from ..node.minimum import Minimum
from ..node_kernel import NodeKernel, NodeKernelArgs
from .site import Site

_Args = Callable[[ClusterConfig, NodeConfig], NodeKernelArgs]
# Keyed by cluster name.
Kernels = Mapping[str, list[NodeKernel]]


def upgrade_kernels(site: Site) -> list[NodeKernel]:
    """Upgrade the nodes of the clusters that exist already; those Kubean makes are done by then.

    Does nothing if `kernel.upgrade` is false. Raises pulumi.RunError if it is not known which
    kernel a node needs.
    """

    def args(cluster: ClusterConfig, node: NodeConfig) -> NodeKernelArgs:
        facts = site.facts[cluster.name]
        known = facts if isinstance(facts, ClusterFacts) else None
        return _args(site.config, cluster, node, known, site.kubeconfigs[cluster.name])

    there = [cluster for cluster in site.config.clusters if cluster.kubean is None]
    options = pulumi.ResourceOptions(providers=[site.scripts])
    options = pulumi.ResourceOptions.merge(site.beside, options)
    upgraded = _one_by_one(site.config, there, args, options)
    return [one for kernels in upgraded.values() for one in kernels]


def prepare_machines(
    config: MeshConfig,
    management: pulumi.Input[Mapping[str, Any]],
    opts: pulumi.ResourceOptions,
) -> Kernels:
    """Upgrade the nodes of the clusters that Kubean makes, which wait for that.

    `management` is the kubeconfig of the management cluster: before a cluster is made there is no
    other, and afterwards another would be a change.
    """

    def args(cluster: ClusterConfig, node: NodeConfig) -> NodeKernelArgs:
        return _args(config, cluster, node, None, management, config.kubean.namespace)

    return _one_by_one(config, config.made_clusters, args, opts)


def _one_by_one(
    config: MeshConfig,
    clusters: Sequence[ClusterConfig],
    args: _Args,
    opts: pulumi.ResourceOptions,
) -> Kernels:
    kernels: dict[str, list[NodeKernel]] = {cluster.name: [] for cluster in clusters}
    if not config.kernel.upgrade:
        return kernels
    before: list[NodeKernel] = []
    for cluster in clusters:
        for node in cluster.nodes:
            waiting = pulumi.ResourceOptions(depends_on=[*before])
            options = pulumi.ResourceOptions.merge(opts, waiting)
            name = f"{cluster.name}-{node.name}"
            before = [NodeKernel(name, args(cluster, node), options)]
            kernels[cluster.name] += before
    return kernels


def _args(
    config: MeshConfig,
    cluster: ClusterConfig,
    node: NodeConfig,
    facts: ClusterFacts | None,
    kubeconfig: pulumi.Input[Mapping[str, Any]],
    namespace: str | None = None,
) -> NodeKernelArgs:
    settings = config.kernel
    return NodeKernelArgs(
        cluster=cluster.name,
        node=node.name,
        access=plan.access(config, node),
        kubeconfig=kubeconfig,
        namespace=namespace,
        minimum=_minimum(config, cluster, facts),
        source=plan.source(config),
        install_seconds=settings.install_seconds,
        drain_seconds=settings.drain_seconds,
        reboot_seconds=settings.reboot_seconds,
        request_seconds=config.timeouts.request_seconds,
    )


def _minimum(config: MeshConfig, cluster: ClusterConfig, facts: ClusterFacts | None) -> Minimum:
    found = plan.minimum(config, cluster, facts)
    if found is None:
        raise pulumi.RunError(
            f"{cluster.name}: the kernel that its nodes need is unknown, because Cilium's version"
            " there is unknown: set kernel.ciliumVersion"
        )
    return found
