"""The addresses at which peers reach a cluster: its API server's NodePort and its mesh endpoint."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from ..common.addresses import Address, host_port
from ..config.models import ApiServerConfig, ClusterConfig
from .cluster import ClusterFacts, NodeFacts

# In the certificate of every API server made by kubeadm (pkiutil, GetAPIServerAltNames).
_USUAL_NAMES = ("kubernetes.default.svc", "kubernetes.default", "kubernetes")


@dataclass(frozen=True, slots=True)
class ApiEndpoint:
    """`tls_server_name` is None if the certificate covers the address itself."""

    address: str
    tls_server_name: str | None


def api_endpoint(facts: ClusterFacts, wanted: ApiServerConfig) -> ApiEndpoint | None:
    """Return the endpoint: the configured address, else a node's, if possible a covered one.

    Nodes in this order: the one in the kubeconfig's server, control plane nodes, the others.
    None if there is no node to choose.
    """
    names = facts.certificate_names
    if wanted.address is not None:
        name = wanted.tls_server_name or _name_for(wanted.address, names)
        return ApiEndpoint(wanted.address, name)
    candidates = list(dict.fromkeys(_candidates(facts)))
    covered = [address for address in candidates if covers(names or (), address)]
    address = next(iter([*covered, *candidates]), None)
    if address is None:
        return None
    return ApiEndpoint(address, wanted.tls_server_name or _name_for(address, names))


def covers(names: Iterable[str], address: str) -> bool:
    """Whether a certificate with these names is valid for an IP address or DNS name."""
    wanted = _normal(address)
    return any(_normal(name) == wanted or _fits_wildcard(name, wanted) for name in names)


def _candidates(facts: ClusterFacts) -> Iterable[str]:
    known = _normal(urlsplit(facts.server).hostname or "")
    nodes = sorted(facts.nodes, key=lambda node: not node.is_control_plane)
    addresses = [str(ip) for node in nodes for ip in (*node.internal_ips, *node.external_ips)]
    # The address in the kubeconfig is known to be reachable from here.
    return sorted(addresses, key=lambda address: _normal(address) != known)


def _name_for(address: str, names: Sequence[str] | None) -> str | None:
    """Return the name to set as tls-server-name, None if none is needed."""
    if names is None:
        # Unknown because a proxy is in between: every API server has this name.
        return _USUAL_NAMES[0]
    if covers(names, address):
        return None
    usual = [name for name in _USUAL_NAMES if name in names]
    others = [name for name in names if not name.startswith("*")]
    return next(iter([*usual, *others]), None)


def _normal(name: str) -> str:
    try:
        return str(ip_address(name))
    except ValueError:
        return name.lower().rstrip(".")


def _fits_wildcard(name: str, wanted: str) -> bool:
    return name.startswith("*.") and wanted.partition(".")[2] == name[2:].lower()


def mesh_endpoint(cluster: ClusterConfig, facts: ClusterFacts) -> str:
    """Return `address:port`: the configured address, else the one that `clustermesh connect` finds.

    That is the first listed node with an address, ExternalIP before InternalIP (accessInformation
    in cilium-cli/clustermesh). Empty if the nodes are unknown.
    """
    address = node_address(cluster, facts)
    return host_port(address, cluster.mesh_node_port) if address else ""


def node_address(cluster: ClusterConfig, facts: ClusterFacts) -> str:
    """Return the address of the mesh endpoint without its port."""
    return cluster.mesh.address or found_address(facts)


def found_address(facts: ClusterFacts) -> str:
    """Return the address that is used if none is configured, "" if the nodes have none."""
    found = [_address(node) for node in facts.nodes]
    return str(next(filter(None, found), ""))


def _address(node: NodeFacts) -> Address | None:
    return next(iter((*node.external_ips, *node.internal_ips)), None)
