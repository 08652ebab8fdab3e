"""Checks of the nodes in the stack config."""

from collections.abc import Iterator, Sequence

from .drafts import Draft
from .fault import Fault
from .from_pydantic import shown


def node_faults(clusters: Sequence[Draft]) -> Iterator[Fault]:
    """Yield a fault for nodes that Kubean does not make, and for nodes that are listed twice.

    Twice means the same name in one cluster, or the same address in the mesh.
    """
    addresses: dict[tuple[str, object], str] = {}
    for cluster in clusters:
        hosts = cluster.host_names
        names: dict[str, str] = {}
        for index, node in cluster.mappings("nodes"):
            where = f"clusters[{cluster.index}].nodes[{index}]"
            name, address = node.get("name"), node.get("address")
            if isinstance(name, str) and hosts and name not in hosts:
                yield _no_host(cluster.path("nodes", index, "name"), name, hosts)
            if isinstance(name, str) and (first := names.setdefault(name, where)) != where:
                yield _twice(cluster.path("nodes", index, "name"), "name", first, name)
            if not isinstance(address, str):
                continue
            first = addresses.setdefault((address, node.get("port")), where)
            if first != where:
                yield _twice(cluster.path("nodes", index, "address"), "address", first, address)


def _no_host(key: str, name: str, hosts: Sequence[str]) -> Fault:
    return Fault(
        key,
        "Kubean makes the cluster of other machines",
        f"one of {', '.join(hosts)}, the names in kubean.hosts",
        "correct the name, or add the machine to kubean.hosts",
        shown(name),
    )


def _twice(key: str, what: str, first: str, value: str) -> Fault:
    return Fault(
        key,
        f"the node's {what} is also that of {first}",
        "each node once, with a name and address of its own",
        "correct it, or remove one of the two",
        shown(value),
    )
