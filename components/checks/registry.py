"""All preflight checks, judged on facts that were already read."""

from collections.abc import Callable, Iterator, Sequence

from ..config.models import MeshConfig
from ..config.preflight_levels import Level
from ..facts.cilium_cli import CliFacts
from ..facts.cluster import ClusterFacts
from ..facts.management import ManagementFacts
from ..node.plan import NodePlan
from . import cilium, demo, management, network, nodes, owner, release, secrets, versions
from .report import Complaint, Finding, PreflightReport, sorted_findings
from .subject import Subject

CHECKS: dict[str, Callable[[Subject], Iterator[Complaint]]] = {
    "secret-in-clear": secrets.secret_in_clear,
    "api-reachable": cilium.api_reachable,
    "other-stack": owner.other_stack,
    "foreign-object": owner.foreign_object,
    "management-cluster": management.management_cluster,
    "cilium-release": cilium.cilium_release,
    "cilium-chart": cilium.cilium_chart,
    "cilium-release-pending": cilium.release_pending,
    "cilium-upgrade": release.cilium_upgrade,
    "cilium-values": release.cilium_values,
    "cluster-name": cilium.cluster_name,
    "cluster-id": cilium.cluster_id,
    "pod-cidr": network.pod_cidr,
    "service-cidr": network.service_cidr,
    "cidr-overlap": network.cidr_overlap,
    "node-address": network.node_address,
    "node-address-overlap": network.node_address_overlap,
    "node-port": network.node_port,
    "nodes-ready": versions.nodes_ready,
    "datapath-mode": cilium.datapath_mode,
    "native-routing-cidr": network.native_routing_cidr,
    "max-connected-clusters": cilium.max_connected_clusters,
    "identity-mode": cilium.identity_mode,
    "encryption": cilium.encryption,
    "cilium-version-skew": versions.cilium_version_skew,
    "kernel": versions.kernel,
    "node-upgrade": nodes.node_upgrade,
    "kubernetes-version": versions.kubernetes_version,
    "demo-namespace": demo.demo_namespace,
    "cli-version": versions.cli_version,
}


def check(
    config: MeshConfig,
    facts: Sequence[ClusterFacts],
    cli: CliFacts,
    plans: Sequence[NodePlan] = (),
    of_kubean: ManagementFacts | None = None,
    stack: str = "",
) -> PreflightReport:
    """Return all findings on the facts, each check at its configured level.

    `stack` is the stack that asks, as `project/stack`.
    """
    subject = Subject(config, tuple(facts), cli, tuple(plans), of_kubean, stack)
    found = [
        _finding(name, level, complaint)
        for name, level in config.preflight_levels.items()
        if level is not Level.OFF
        for complaint in CHECKS[name](subject)
    ]
    names = tuple(cluster.name for cluster in facts)
    return PreflightReport(sorted_findings(found, names), names)


def _finding(name: str, level: Level, complaint: Complaint) -> Finding:
    grave = level if complaint.is_sure else Level.WARN
    return Finding(complaint.cluster, name, grave, complaint.text, complaint.remedy)
