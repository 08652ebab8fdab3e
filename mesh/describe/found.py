"""What the program finds out about a cluster at every update, so that the file need not say it."""

from components.common.listing import listed
from components.config.faults.mesh import MESH_NODE_PORT_BASE
from components.config.models import ApiServerConfig
from components.facts.cluster import NodeFacts
from components.facts.endpoints import api_endpoint, found_address
from mesh.describe.entries import Entry
from mesh.describe.scalars import scalar


def title(entry: Entry) -> str:
    """Return in one line what the cluster runs, and on which nodes."""
    facts = entry.facts
    if facts.unreachable is not None:
        return f"{entry.label}: not reached, {facts.unreachable.text}"
    cilium = f"Cilium {facts.cilium_version}" if facts.cilium_version else "no Cilium found"
    kubernetes = f"Kubernetes {facts.kubernetes_version or 'of an unknown version'}"
    return f"{entry.label}: {cilium}, {kubernetes}; {nodes(facts.nodes)}"


def nodes(found: tuple[NodeFacts, ...]) -> str:
    """Return the first few nodes with their addresses, and how many more there are."""
    if not found:
        return "nodes unknown"
    named = [f"{node.name} {_address(node)}".rstrip() for node in found]
    return f"{'node' if len(named) == 1 else 'nodes'} {listed(named)}"


def api_server(entry: Entry) -> list[str]:
    """The lines of `apiServer` with what was found; without a value if that is a question."""
    chosen = api_endpoint(entry.facts, ApiServerConfig())
    if chosen is None:
        return ["apiServer:", "  address:"] if entry.lacks("apiServer.address") else []
    name = chosen.tls_server_name
    covered = [f"  tlsServerName: {scalar(name)}"] if name else []
    return ["apiServer:", f"  address: {scalar(chosen.address)}", *covered]


def mesh_endpoint(entry: Entry) -> list[str]:
    """The lines of `mesh`, likewise."""
    address, number = found_address(entry.facts), entry.values.get("id")
    if not address:
        return ["mesh:", "  address:"] if entry.lacks("mesh.address") else []
    port = [f"  nodePort: {MESH_NODE_PORT_BASE + number}"] if number else []
    return ["mesh:", f"  address: {scalar(address)}", *port]


def _address(node: NodeFacts) -> str:
    return str(next(iter((*node.internal_ips, *node.external_ips)), ""))
