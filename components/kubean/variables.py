"""The Kubespray variables of a mesh member: `group_vars.yml`."""

from collections.abc import Sequence
from typing import Any

import yaml

from ..config.kubean import KubeanMember
from ..config.models import ClusterConfig, MeshConfig
from ..config.types import Network
from ..release_values.mesh import Endpoints
from ..release_values.places import merged
from . import hosts, kubespray
from .mesh_values import mesh_values
from .own_variables import EXTRA_VALUES

FILE = "group_vars.yml"


def render(cluster: ClusterConfig, mesh: MeshConfig, peers: Endpoints) -> str:
    """Give the variables as YAML; secret, because the key of the mesh's CA may be among them."""
    return yaml.safe_dump(of_member(cluster, mesh, peers), sort_keys=False)


def of_member(cluster: ClusterConfig, mesh: MeshConfig, peers: Endpoints) -> dict[str, Any]:
    """Give our own variables, then the user's; raises LookupError without `kubean`."""
    kubean = cluster.made_by
    own: dict[str, Any] = {
        "kube_network_plugin": "cilium",
        # Kubespray's documentation of Cilium: its agent is not privileged and needs this.
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
        own[EXTRA_VALUES] = mesh_values(cluster, mesh, peers, cilium)
    return merged(own, kubean.extra_vars)


def _ranges(cluster: ClusterConfig) -> dict[str, Any]:
    """Kubespray makes a cluster with one range of each family, and has a name for each."""
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
    """What else the API server's certificate has to be valid for."""
    exposed = [cluster.api_server.address] if cluster.api_server.address else []
    listed = [*hosts.certificate_addresses(kubean), *exposed, *kubean.supplementary_addresses]
    return list(dict.fromkeys(listed))
