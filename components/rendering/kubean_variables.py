"""The Kubespray variables of a mesh member: `group_vars.yml`."""

from collections.abc import Sequence
from typing import Any

import yaml

from ..common.nested import merged
from ..common.versions import Version
from ..config import kubespray
from ..config.kubean import KubeanMember
from ..config.models import ClusterConfig, MeshConfig
from ..config.reserved import EXTRA_VALUES
from ..config.types import Network
from . import kubean_hosts
from .chart_values import Endpoints, mesh_values

FILE = "group_vars.yml"


def render(cluster: ClusterConfig, mesh: MeshConfig, peers: Endpoints) -> str:
    """Return the variables as YAML; secret, because the key of the mesh's CA may be among them."""
    return yaml.safe_dump(of_member(cluster, mesh, peers), sort_keys=False)


def of_member(cluster: ClusterConfig, mesh: MeshConfig, peers: Endpoints) -> dict[str, Any]:
    """Return our own variables, then the user's; raises LookupError without `kubean`."""
    kubean = cluster.made_by
    own: dict[str, Any] = {
        "kube_network_plugin": "cilium",
        # Needed because Cilium's agent is not privileged (Kubespray's documentation of Cilium).
        "kube_owner": "root",
        "cilium_cluster_id": cluster.id,
        "cilium_cluster_name": cluster.name,
        "cilium_identity_allocation_mode": "crd",
        "cilium_tunnel_mode": kubean.tunnel_mode,
        **_ranges(cluster),
        "supplementary_addresses_in_ssl_keys": _names(cluster, kubean),
    }
    if kubean.kubernetes_version is not None:
        own["kube_version"] = kubean.kubernetes_version.removeprefix("v")
    if kubespray.has_extra_values(kubean.kubespray):
        cilium = kubespray.cilium_version(kubean.kubespray, kubean.extra_vars)
        own[EXTRA_VALUES] = _mesh_values(cluster, mesh, peers, cilium)
    return merged(own, kubean.extra_vars)


def _ranges(cluster: ClusterConfig) -> dict[str, Any]:
    """Return the ranges, of which Kubespray has one per family, each under its own name."""
    pods, services = _by_family(cluster.pod_cidrs), _by_family(cluster.service_cidrs)
    names = {4: "", 6: "_ipv6"}
    return {
        **{f"ipv{family}_stack": family in pods for family in names},
        **{f"kube_pods_subnet{names[family]}": str(cidr) for family, cidr in pods.items()},
        **{f"kube_service_addresses{names[one]}": str(cidr) for one, cidr in services.items()},
    }


def _by_family(cidrs: Sequence[Network]) -> dict[int, Network]:
    return {cidr.version: cidr for cidr in cidrs}


def _names(cluster: ClusterConfig, kubean: KubeanMember) -> list[str]:
    """Return the further names and addresses for the API server's certificate."""
    exposed = [cluster.api_server.address] if cluster.api_server.address else []
    listed = [
        *kubean_hosts.certificate_addresses(kubean),
        *exposed,
        *kubean.supplementary_addresses,
    ]
    return list(dict.fromkeys(listed))


def _mesh_values(
    cluster: ClusterConfig, mesh: MeshConfig, peers: Endpoints, cilium: Version
) -> dict[str, Any]:
    """Return the mesh's values, including the CA and its key if the config has them.

    ClusterMesh is switched on only if the CA is known before the cluster is made: a cluster with
    certificates from another CA could not get the mesh's CA later (SharedCa refuses that).
    """
    if mesh.ca.cert is None or mesh.ca.key is None:
        return {"clustermesh": {"maxConnectedClusters": mesh.max_connected_clusters}}
    return mesh_values(cluster, mesh, peers, cilium)
