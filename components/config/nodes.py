"""The check of the nodes that the stack config lists."""

from collections.abc import Iterator, Mapping, Sequence

from components.config.drafts import Draft
from components.config.faults import Fault
from components.config.pydantic_faults import shown


def node_faults(clusters: Sequence[Draft]) -> Iterator[Fault]:
    """Find nodes of a cluster that is yet to be made, and those that are listed twice.

    Twice is: by name in one cluster, by address in the mesh.
    """
    addresses: dict[tuple[str, object], str] = {}
    for cluster in clusters:
        if cluster.raw.get("nodes") and cluster.raw.get("kubean"):
            yield _not_made_yet(cluster)
        names: dict[str, str] = {}
        listed = cluster.raw.get("nodes")
        for index, node in enumerate(listed if isinstance(listed, list | tuple) else ()):
            if not isinstance(node, Mapping):
                continue
            where = f"clusters[{cluster.index}].nodes[{index}]"
            name, address = node.get("name"), node.get("address")
            if isinstance(name, str) and (first := names.setdefault(name, where)) != where:
                yield _twice(cluster.path("nodes", index, "name"), "name", first, name)
            if not isinstance(address, str):
                continue
            first = addresses.setdefault((address, node.get("port")), where)
            if first != where:
                yield _twice(cluster.path("nodes", index, "address"), "address", first, address)


def _not_made_yet(cluster: Draft) -> Fault:
    return Fault(
        cluster.path("nodes"),
        "the kernels of a cluster that Kubean makes cannot be looked after here: its machines need"
        " them before it is made",
        "nodes of clusters that are there, which have a kubeconfig",
        "upgrade the machines first, or list them once the cluster has a kubeconfig of its own",
    )


def _twice(key: str, what: str, first: str, value: str) -> Fault:
    return Fault(
        key,
        f"the node's {what} is also that of {first}",
        "each node once, by its own name and address",
        "correct it, or take one of the two out",
        shown(value),
    )
