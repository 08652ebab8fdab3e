"""The check of the nodes that the stack config lists."""

from collections.abc import Iterator, Mapping, Sequence

from .drafts import Draft
from .fault import Fault
from .from_pydantic import shown


def node_faults(clusters: Sequence[Draft]) -> Iterator[Fault]:
    """Find nodes that a cluster will not be made of, and those that are listed twice.

    Twice is: by name in one cluster, by address in the mesh.
    """
    addresses: dict[tuple[str, object], str] = {}
    for cluster in clusters:
        hosts = cluster.host_names
        names: dict[str, str] = {}
        listed = cluster.raw.get("nodes")
        for index, node in enumerate(listed if isinstance(listed, list | tuple) else ()):
            if not isinstance(node, Mapping):
                continue
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
        f"one of {', '.join(hosts)}: its kubean.hosts, whose names the nodes get",
        "correct the name, or add the machine to hosts",
        shown(name),
    )


def _twice(key: str, what: str, first: str, value: str) -> Fault:
    return Fault(
        key,
        f"the node's {what} is also that of {first}",
        "each node once, by its own name and address",
        "correct it, or take one of the two out",
        shown(value),
    )
