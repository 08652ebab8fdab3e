"""Values of Cilium's chart that make a cluster a member of the mesh."""

import base64
from collections.abc import Mapping
from typing import Any

from .. import addresses
from ..config.models import ClusterConfig, MeshConfig
from ..foreign_text import shown
from ..versions import Version

# By the name of the peer: the address and port of its clustermesh-apiserver.
Endpoints = Mapping[str, tuple[str, int]]
# From this one on the chart's own list of peers is a map, which Helm cannot merge with a list.
_MAP_OF_PEERS = Version(1, 20)


def mesh_values(
    cluster: ClusterConfig, mesh: MeshConfig, peers: Endpoints, cilium: Version
) -> dict[str, Any]:
    """Give the values, the CA and its key among them where the config has them.

    Peers whose address is not known ("") are left out. Raises ValueError where one is no address.
    """
    settings = {
        "maxConnectedClusters": mesh.max_connected_clusters,
        "useAPIServer": True,
        "apiserver": {
            "service": {"type": mesh.service_type, "nodePort": cluster.mesh_node_port},
            # As `clustermesh enable` sets it; the chart's default signs anew at each upgrade.
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
        # The charts put it into a manifest as it is; preflight has looked at it before.
        if addresses.parse(ip) is None:
            raise ValueError(f"the address of peer {name} is no IP address: {shown(ip)}")
    if cilium >= _MAP_OF_PEERS:
        return {name: {"ips": [ip], "port": port} for name, (ip, port) in known.items()}
    return [{"name": name, "ips": [ip], "port": port} for name, (ip, port) in known.items()]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
