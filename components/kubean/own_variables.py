"""The Kubespray variables that the program sets, and may not be told otherwise."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..release_values.places import Place, leaves, touches

EXTRA_VALUES = "cilium_extra_values"

# Name -> the key of the stack config that it follows from; "" where there is none.
OWN = {
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

# Places in the values of Cilium's chart that the mesh, or a variable above, decides.
OWN_VALUES = (
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


def conflicts(variables: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Find what is the program's own in a user's variables: its place, and the key to use."""
    for name, value in variables.items():
        if name in OWN:
            yield (name,), OWN[name]
        elif name == EXTRA_VALUES and isinstance(value, Mapping):
            own = (place for place in leaves(value) if touches(place, OWN_VALUES))
            yield from (((name, *place), "") for place in own)
