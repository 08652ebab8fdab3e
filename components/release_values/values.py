"""All values of Cilium's release in one cluster: the mesh's, the cluster's, the user's own."""

from collections.abc import Mapping
from typing import Any

from .. import addresses
from ..config.models import ClusterConfig, MeshConfig
from .mesh import Endpoints, mesh_values
from .places import merged

# The chart's default; in the other modes somebody else hands out the addresses of Pods.
_POOLS = "cluster-pool"


def wanted(cluster: ClusterConfig, mesh: MeshConfig, peers: Endpoints) -> dict[str, Any]:
    """Give the values; secret, because the key of the mesh's CA may be among them.

    Raises LookupError where the program does not own the release.
    """
    release = mesh.release_of(cluster)
    if release is None:
        raise LookupError(f"the program does not own Cilium's release in {cluster.name}")
    own = {
        "cluster": {"name": cluster.name, "id": cluster.id},
        "identityAllocationMode": "crd",
        **_families(cluster),
    }
    own = merged(own, mesh_values(cluster, mesh, peers, release.chart.version))
    own = merged(own, _pools(cluster, release.values))
    return merged(release.values, own)


def endpoint(text: str) -> tuple[str, int]:
    """Take `address:port` apart, ("", 0) where it is not known or is none."""
    if addresses.endpoint(text) is None:
        return "", 0
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def _families(cluster: ClusterConfig) -> dict[str, Any]:
    versions = {cidr.version for cidr in cluster.pod_cidrs}
    return {f"ipv{version}": {"enabled": version in versions} for version in (4, 6)}


def _pools(cluster: ClusterConfig, values: Mapping[str, Any]) -> dict[str, Any]:
    ipam = values.get("ipam")
    mode = ipam.get("mode") if isinstance(ipam, Mapping) else None
    if mode not in (None, _POOLS):
        return {}
    families: dict[int, list[str]] = {}
    for cidr in cluster.pod_cidrs:
        families.setdefault(cidr.version, []).append(str(cidr))
    lists = {f"clusterPoolIPv{version}PodCIDRList": cidrs for version, cidrs in families.items()}
    return {"ipam": {"operator": lists}}
