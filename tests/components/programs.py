"""Whole programs over clusters that consist only of facts."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

import pulumi

from components.common.own_objects import API_SERVER, of_demo
from components.common.versions import Version
from components.config.models import ClusterConfig, MeshConfig
from components.facts.cilium_cli import CliFacts
from components.facts.cluster import (
    ClusterFacts,
    NamedObject,
    NodeFacts,
    ReleaseFacts,
)
from components.facts.management import ManagementFacts
from components.kubeconfig.document import Kubeconfig
from components.node import survey
from components.preflight import PreflightArgs, ReadManagement, ReadNodes
from components.procedure.run import run
from tests.unit.config.configs import config
from tests.unit.facts.known import cilium

CILIUM = Version(1, 18, 4)
# As in a cluster that is this stack's already, so no claim is needed before anything is created.
OURS = (API_SERVER, *of_demo("default"))


def cluster_facts(cluster: ClusterConfig, **changes: Any) -> ClusterFacts:
    """What preflight reads from a cluster that matches its config."""
    address = f"192.0.2.{cluster.id}"
    node = NodeFacts(
        name=f"{cluster.name}-control-plane",
        kernel="6.1.0",
        os_image="Debian",
        internal_ips=(ip_address(address),),
        external_ips=(),
        pod_cidrs=cluster.pod_cidrs,
        is_ready=True,
        is_control_plane=True,
    )
    facts: dict[str, Any] = {
        "name": cluster.name,
        "server": f"https://{address}:6443",
        "certificate_names": ("kubernetes", "kubernetes.default.svc", address),
        "kubernetes_version": Version(1, 33, 4),
        "nodes": (node,),
        "cilium": cilium(cluster.id, name=cluster.name),
        "cilium_version": CILIUM,
        "release": ReleaseFacts(1, "deployed", CILIUM),
        "pod_cidrs": cluster.pod_cidrs,
        "named": tuple(NamedObject(name, is_ours=True) for name in OURS),
        "service_cidrs": cluster.service_cidrs,
        "namespaces": {"default": "", "kube-system": f"uid of {cluster.pod_cidrs[0]}"},
    }
    return ClusterFacts(**facts | changes)


def preflight_args(
    settings: MeshConfig,
    changes: Mapping[str, Mapping[str, Any]] | None = None,
    read_nodes: ReadNodes = survey.read_all,
    read_management: ReadManagement = lambda *_: ManagementFacts(),
) -> PreflightArgs:
    """Preflight without any cluster; `changes` are the differing facts by cluster."""

    def read(asked: Mapping[str, Kubeconfig], *_: float | str | None) -> tuple[ClusterFacts, ...]:
        return tuple(
            cluster_facts(cluster, **(changes or {}).get(cluster.name, {}))
            for cluster in settings.clusters
            if cluster.name in asked
        )

    return PreflightArgs(
        config=settings,
        read_clusters=read,
        read_nodes=read_nodes,
        read_cli=lambda: CliFacts("/bin/cilium", Version(0, 19, 2), "v0.19.2"),
        read_management=read_management,
    )


def program(
    count: int = 2,
    changes: Mapping[str, Mapping[str, Any]] | None = None,
    read_nodes: ReadNodes = survey.read_all,
    **settings: Any,
) -> None:
    """The steps of __main__.py."""
    run_steps(config(count, **settings), changes, read_nodes)


def run_steps(
    checked: MeshConfig,
    changes: Mapping[str, Mapping[str, Any]] | None = None,
    read_nodes: ReadNodes = survey.read_all,
) -> None:
    """The same for an existing config."""
    for name, value in run(checked, None, preflight_args(checked, changes, read_nodes)).items():
        pulumi.export(name, value)
