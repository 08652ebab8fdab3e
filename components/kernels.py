"""Step 1 of the procedure: a kernel that Cilium runs on, on every node of the config."""

import pulumi

from components.cluster.facts import ClusterFacts
from components.config.models import ClusterConfig, NodeConfig
from components.node import plan
from components.node.minimum import Minimum
from components.node_kernel import NodeKernel, NodeKernelArgs
from components.site import Site


def upgrade_kernels(site: Site) -> list[NodeKernel]:
    """Look after every node, one at a time; nothing where `kernel.upgrade` is false.

    Raises pulumi.RunError where it is not known what a node needs.
    """
    if not site.config.kernel.upgrade:
        return []
    kernels: list[NodeKernel] = []
    for cluster in site.config.clusters:
        for node in cluster.nodes:
            options = pulumi.ResourceOptions(providers=[site.scripts], depends_on=[*kernels[-1:]])
            args = _args(site, cluster, node)
            kernels.append(NodeKernel(f"{cluster.name}-{node.name}", args, options))
    return kernels


def _args(site: Site, cluster: ClusterConfig, node: NodeConfig) -> NodeKernelArgs:
    settings = site.config.kernel
    return NodeKernelArgs(
        cluster=cluster.name,
        node=node.name,
        access=plan.access(site.config, node),
        kubeconfig=site.kubeconfigs[cluster.name],
        minimum=_minimum(site, cluster),
        source=plan.source(site.config),
        install_seconds=settings.install_seconds,
        drain_seconds=settings.drain_seconds,
        reboot_seconds=settings.reboot_seconds,
        request_seconds=site.config.timeouts.request_seconds,
    )


def _minimum(site: Site, cluster: ClusterConfig) -> Minimum:
    facts = site.facts[cluster.name]
    # Of a cluster that is yet to be made the config has no nodes (components/config/nodes.py).
    running = facts.cilium_version if isinstance(facts, ClusterFacts) else None
    found = plan.minimum(site.config, running)
    if found is None:
        raise pulumi.RunError(
            f"{cluster.name}: which kernel its nodes need is not known, because Cilium's version"
            " there is not: set kernel.ciliumVersion"
        )
    return found
