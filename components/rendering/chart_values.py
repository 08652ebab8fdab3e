"""All values of Cilium's release in one cluster: the mesh's, the cluster's and the user's own."""

import base64
from collections.abc import Mapping
from typing import Any

from ..common import addresses
from ..common.foreign_text import shown
from ..common.nested import merged
from ..common.versions import Version
from ..config.models import ClusterConfig, MeshConfig

# Name of the peer -> address and port of its clustermesh-apiserver.
Endpoints = Mapping[str, tuple[str, int]]
# From this version on the chart's own list of peers is a map, which Helm cannot merge with a list.
_MAP_OF_PEERS = Version(1, 20)


def mesh_values(
    cluster: ClusterConfig, mesh: MeshConfig, peers: Endpoints, cilium: Version
) -> dict[str, Any]:
    """Return the mesh's values, including the CA and its key if the config has them.

    Peers whose address is unknown ("") are skipped. Raises ValueError if one is not an IP address.
    """
    settings = {
        "maxConnectedClusters": mesh.max_connected_clusters,
        "useAPIServer": True,
        "apiserver": {
            "service": {"type": mesh.service_type, "nodePort": cluster.mesh_node_port},
            # As `clustermesh enable` sets it; the chart's default signs again at each upgrade.
            "tls": {"auto": {"enabled": True, "method": "cronJob"}},
        },
        "config": {"enabled": True, "clusters": _peers(peers, cilium)},
    }
    return {**_ca(mesh), "clustermesh": settings}


def _ca(mesh: MeshConfig) -> dict[str, Any]:
    if mesh.ca.cert is None or mesh.ca.key is None:
        return {}
    key = mesh.ca.key.get_secret_value()
    return {"tls": {"ca": {"cert": _base64(mesh.ca.cert), "key": _base64(key)}}}


def _peers(peers: Endpoints, cilium: Version) -> object:
    known = {name: where for name, where in peers.items() if where[0]}
    for name, (ip, _) in known.items():
        # The charts put it into a manifest unquoted; preflight has checked it before.
        if addresses.parse(ip) is None:
            raise ValueError(f"the address of peer {name} is not an IP address: {shown(ip)}")
    if cilium >= _MAP_OF_PEERS:
        return {name: {"ips": [ip], "port": port} for name, (ip, port) in known.items()}
    return [{"name": name, "ips": [ip], "port": port} for name, (ip, port) in known.items()]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# The chart's default; in the other modes something else assigns the addresses of Pods.
_POOLS = "cluster-pool"


def wanted(cluster: ClusterConfig, mesh: MeshConfig, peers: Endpoints) -> dict[str, Any]:
    """Return all values; secret, because the key of the mesh's CA may be among them.

    Raises LookupError if the program does not own the release.
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
    """Return address and port of `address:port`, ("", 0) if it is unknown or not valid."""
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
