"""The values that the program sets in Cilium's release, and may not be told otherwise."""

from collections.abc import Iterator, Mapping
from typing import Any

from .places import Place, leaves, touches

_POOLS = ("ipam", "operator")
# Place -> the key of the stack config that it follows from; "" where there is none.
OWN: Mapping[Place, str] = {
    ("cluster", "id"): "id of the cluster",
    ("cluster", "name"): "name of the cluster",
    ("clustermesh", "apiserver", "service", "nodePort"): "mesh.nodePort of the cluster",
    ("clustermesh", "apiserver", "service", "type"): "serviceType",
    ("clustermesh", "apiserver", "tls", "auto"): "",
    ("clustermesh", "config", "clusters"): "clusters",
    ("clustermesh", "config", "enabled"): "",
    ("clustermesh", "maxConnectedClusters"): "maxConnectedClusters",
    ("clustermesh", "useAPIServer"): "",
    ("identityAllocationMode",): "",
    (*_POOLS, "clusterPoolIPv4PodCIDRList"): "podCidrs of the cluster",
    (*_POOLS, "clusterPoolIPv6PodCIDRList"): "podCidrs of the cluster",
    ("ipv4", "enabled"): "podCidrs of the cluster",
    ("ipv6", "enabled"): "podCidrs of the cluster",
    ("tls", "ca", "cert"): "ca.cert, with ca.source config",
    ("tls", "ca", "key"): "ca.key, with ca.source config",
}


def conflicts(values: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Find what is the program's own in a user's values: its place, and what to set instead."""
    for place in leaves(values):
        own = [instead for one, instead in OWN.items() if touches(place, [one])]
        if own:
            yield place, next(filter(None, own), "")
