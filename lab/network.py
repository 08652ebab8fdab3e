"""The lab's own network: a bridge in the management namespace, a veth to each node.

Nothing here touches the machine's own network namespace, so two labs may use the same addresses.
"""

import ipaddress

from lab.errors import LabError
from lab.paths import LabPaths
from lab.run import attempt, run
from lab.spec import LabSpec, NodeSpec

BRIDGE = "nodes"


def namespaces(paths: LabPaths) -> list[str]:
    """The network namespaces of this lab that exist now."""
    names = (line.split()[0] for line in _listed() if line.strip())
    return [name for name in names if paths.owns_namespace(name)]


def ensure_management(spec: LabSpec, paths: LabPaths) -> None:
    """Create the management namespace with the bridge that connects all nodes."""
    name = paths.management
    if name in namespaces(paths):
        return
    run("ip", "netns", "add", name)
    _batch(
        name,
        "link set lo up",
        f"link add {BRIDGE} type bridge",
        f"addr add {spec.gateway}/{spec.node_network.prefixlen} dev {BRIDGE}",
        f"link set {BRIDGE} up",
    )


def attach(spec: LabSpec, paths: LabPaths, node: NodeSpec) -> None:
    """Create a node's network namespace anew, with `eth0` on the lab's bridge."""
    name = paths.network_namespace(node.name)
    detach(paths, node)
    run("ip", "netns", "add", name)
    port = _port(node.address)
    _batch(
        paths.management,
        f"link add {port} type veth peer name eth0 netns {name}",
        f"link set {port} master {BRIDGE} up",
    )
    _batch(
        name,
        "link set lo up",
        f"addr add {node.address}/{spec.node_network.prefixlen} dev eth0",
        "link set eth0 up",
        f"route add default via {spec.gateway}",
    )
    sysctl = ("net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0")
    run("ip", "netns", "exec", name, "sysctl", "-q", "-w", *sysctl)


def detach(paths: LabPaths, node: NodeSpec) -> None:
    """Remove a node's network namespace and its veth.

    The veth goes first: the kernel tears a namespace down later, and keeps its links until then.
    """
    attempt("ip", "-n", paths.management, "link", "delete", _port(node.address))
    delete(paths.network_namespace(node.name))


def delete(namespace: str) -> None:
    """Remove a network namespace if it exists."""
    if attempt("ip", "netns", "delete", namespace).returncode and _exists(namespace):
        raise LabError(f"the network namespace {namespace} cannot be removed; is it mounted twice?")


def _exists(namespace: str) -> bool:
    return any(line.split()[:1] == [namespace] for line in _listed())


def _listed() -> list[str]:
    return run("ip", "netns", "list").splitlines()


def _port(address: ipaddress.IPv4Address) -> str:
    """The bridge's end of a node's veth; interface names hold at most 15 characters."""
    return f"node-{int(address) & 0xFFFF:x}"


def _batch(namespace: str, *lines: str) -> None:
    run("ip", "-n", namespace, "-batch", "-", stdin="\n".join(lines) + "\n")
