"""Where the peers reach a cluster's clustermesh-apiserver."""

from .addresses import Address, host_port
from .cluster.facts import ClusterFacts, NodeFacts
from .config.models import ClusterConfig


def mesh_endpoint(cluster: ClusterConfig, facts: ClusterFacts) -> str:
    """Give `address:port`: the configured address, else what `clustermesh connect` finds itself.

    That is the first listed node with an address, ExternalIP before InternalIP (accessInformation
    in cilium-cli/clustermesh). Empty where the nodes are not known.
    """
    address = node_address(cluster, facts)
    return host_port(address, cluster.mesh_node_port) if address else ""


def node_address(cluster: ClusterConfig, facts: ClusterFacts) -> str:
    """Give the address alone."""
    return cluster.mesh.address or found_address(facts)


def found_address(facts: ClusterFacts) -> str:
    """Give the address that is found where none is configured, "" where the nodes have none."""
    found = [_address(node) for node in facts.nodes]
    return str(next(filter(None, found), ""))


def _address(node: NodeFacts) -> Address | None:
    return next(iter((*node.external_ips, *node.internal_ips)), None)
