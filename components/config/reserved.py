"""The values and variables that the program sets itself, and users may not."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..common.nested import Place, leaves, touches

_POOLS = ("ipam", "operator")
# Place -> the key of the stack config that decides it; "" if there is none.
RESERVED_VALUES: Mapping[Place, str] = {
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


def value_conflicts(values: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yield each value that only the program may set: its place, and the key to set instead."""
    for place in leaves(values):
        own = [instead for one, instead in RESERVED_VALUES.items() if touches(place, [one])]
        if own:
            yield place, next(filter(None, own), "")


EXTRA_VALUES = "cilium_extra_values"

# Name -> the key of the stack config that decides it; "" if there is none.
RESERVED_VARIABLES = {
    "cilium_cluster_id": "id",
    "cilium_cluster_name": "name",
    "cilium_identity_allocation_mode": "",
    "cilium_pool_cidr": "podCidrs",
    "cilium_pool_cidr_ipv6": "podCidrs",
    "cilium_tunnel_mode": "kubean.tunnelMode",
    "enable_dual_stack_networks": "podCidrs",
    "ipv4_stack": "podCidrs",
    "ipv6_stack": "podCidrs",
    "kube_network_plugin": "",
    "kube_owner": "",
    "kube_pods_subnet": "podCidrs",
    "kube_pods_subnet_ipv6": "podCidrs",
    "kube_service_addresses": "serviceCidrs",
    "kube_service_addresses_ipv6": "serviceCidrs",
    "kube_version": "kubean.kubernetesVersion",
    "supplementary_addresses_in_ssl_keys": "kubean.supplementaryAddresses",
}

# Places in the values of Cilium's chart that the mesh or a variable above decides.
RESERVED_EXTRA_VALUES = (
    ("cluster", "id"),
    ("cluster", "name"),
    ("clustermesh", "apiserver", "service"),
    ("clustermesh", "apiserver", "tls", "auto"),
    ("clustermesh", "config"),
    ("clustermesh", "maxConnectedClusters"),
    ("clustermesh", "useAPIServer"),
    ("identityAllocationMode",),
    ("tls", "ca"),
    ("tunnelProtocol",),
)


def variable_conflicts(variables: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yield each variable that only the program may set: its place, and the key to set instead."""
    for name, value in variables.items():
        if name in RESERVED_VARIABLES:
            yield (name,), RESERVED_VARIABLES[name]
        elif name == EXTRA_VALUES and isinstance(value, Mapping):
            own = (place for place in leaves(value) if touches(place, RESERVED_EXTRA_VALUES))
            yield from (((name, *place), "") for place in own)
