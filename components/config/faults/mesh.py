"""Checks of several values of the stack config together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from ..preflight_levels import DEFAULT_LEVELS
from ..types import NODE_PORT_MAX, Network
from .drafts import Draft
from .fault import Fault, key_path
from .from_pydantic import shown, unknown_key

DEFAULT_MAX_CONNECTED = 255
MAX_CONNECTED = (255, 511)
# Every id that Cilium allows gets a NodePort of its own inside Kubernetes' range, because before
# Cilium 1.19 with kube-proxy replacement, traffic to a peer's NodePort that is also in use locally
# reaches the local cluster (cilium#24692, cilium#30297).
MESH_NODE_PORT_BASE = NODE_PORT_MAX - max(MAX_CONNECTED)

_NAMED_OVERLAPS = 3


@dataclass(frozen=True, slots=True)
class _Range:
    """One Pod or Service CIDR and its place."""

    cluster: Draft
    key: str
    index: int
    network: Network

    @property
    def path(self) -> str:
        return self.cluster.path(self.key, self.index)

    @property
    def label(self) -> str:
        kind = "Pod" if self.key == "podCidrs" else "Service"
        return f"the {kind} CIDR {self.network} of {self.cluster.label}"


def mesh_faults(raw: Mapping[str, object], clusters: Sequence[Draft]) -> Iterator[Fault]:
    """Yield every fault that values have together; `raw` is the whole config."""
    yield from _too_few(raw)
    yield from _repeated_names(clusters)
    yield from _ids(clusters, raw.get("maxConnectedClusters"))
    yield from _former(clusters)
    yield from _overlaps(clusters)
    yield from _families(clusters)
    yield from _node_ports(clusters)
    yield from _addresses_inside(clusters)
    yield from _preflight_names(raw.get("preflight"))


def _too_few(raw: Mapping[str, object]) -> Iterator[Fault]:
    listed = raw.get("clusters")
    if isinstance(listed, list | tuple) and len(listed) < 2:
        yield Fault(
            key_path("clusters"),
            "a mesh needs at least two clusters",
            "two clusters or more",
            "add the other clusters, each with name, id, podCidrs, serviceCidrs and kubeconfig",
            str(len(listed)),
        )


def _repeated_names(clusters: Sequence[Draft]) -> Iterator[Fault]:
    first: dict[str, Draft] = {}
    for cluster in clusters:
        name = cluster.name
        if name and first.setdefault(name, cluster) is not cluster:
            yield Fault(
                cluster.path("name"),
                f"the name is also that of clusters[{first[name].index}]",
                "a name that no other cluster of the mesh has",
                "rename one cluster in Cilium (all its Pods must restart), or correct the name",
                shown(name),
            )


def _ids(clusters: Sequence[Draft], limit: object) -> Iterator[Fault]:
    # If the limit itself is invalid, the wider one: fixing it must not remove other faults.
    wanted = DEFAULT_MAX_CONNECTED if limit is None else limit
    highest = wanted if isinstance(wanted, int) and wanted in MAX_CONNECTED else max(MAX_CONNECTED)
    first: dict[int, Draft] = {}
    for cluster in clusters:
        number = cluster.id
        if number is None:
            continue
        if not 1 <= number <= highest:
            yield Fault(
                cluster.path("id"),
                "the id is out of range",
                f"1 to {highest} with maxConnectedClusters {highest}",
                "use the cluster-id in the cluster's own cilium-config",
                shown(number),
            )
        elif first.setdefault(number, cluster) is not cluster:
            yield Fault(
                cluster.path("id"),
                f"the id is also that of {first[number].label} (clusters[{first[number].index}])",
                "an id that no other cluster of the mesh has",
                "give one cluster another id in Cilium (all its Pods must restart)",
                shown(number),
            )


def _former(clusters: Sequence[Draft]) -> Iterator[Fault]:
    """Yield former names and ids that a cluster still has, or that two clusters claim."""
    for key, former in (("name", "formerName"), ("id", "formerId")):
        owners: dict[str | int | None, Draft] = {}
        for cluster in clusters:
            owners.setdefault(_name_or_number(cluster, key), cluster)
        for cluster in clusters:
            value = _name_or_number(cluster, former)
            owner = owners.setdefault(value, cluster)
            is_kept = value == _name_or_number(cluster, key)
            if value is not None and (is_kept or owner is not cluster):
                whose = "the cluster itself" if owner is cluster else owner.label
                yield _former_fault(cluster.path(former), key, shown(value), whose)


def _former_fault(path: str, key: str, value: str | None, owner: str) -> Fault:
    return Fault(
        path,
        f"this is also the {key} of {owner}",
        f"the {key} that this cluster had in the mesh before, and that no cluster has now",
        "remove the key: it is needed only for the updates that make the change",
        value,
    )


def _name_or_number(cluster: Draft, key: str) -> str | int | None:
    return cluster.text(key) or cluster.number(key)


def _ranges(clusters: Iterable[Draft]) -> list[_Range]:
    return [
        _Range(cluster, key, index, network)
        for cluster in clusters
        for key in ("podCidrs", "serviceCidrs")
        for index, network in cluster.networks(key)
    ]


def _overlaps(clusters: Iterable[Draft]) -> Iterator[Fault]:
    ranges = _ranges(clusters)
    for position, later in enumerate(ranges):
        earlier = [one for one in ranges[:position] if _overlap(one.network, later.network)]
        if earlier:
            yield _overlap_fault(later, earlier)


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def _overlap_fault(later: _Range, earlier: Sequence[_Range]) -> Fault:
    named = [one.label for one in earlier[:_NAMED_OVERLAPS]]
    if len(earlier) > _NAMED_OVERLAPS:
        named.append(f"{len(earlier) - _NAMED_OVERLAPS} more")
    same = all(one.cluster is later.cluster for one in earlier)
    return Fault(
        later.path,
        f"it overlaps {', '.join(named)}",
        "a range that is disjoint from every Pod and Service CIDR of every cluster",
        "correct the range"
        if same
        else "correct the range, or recreate one of the clusters with a range of its own",
        shown(str(later.network)),
    )


def _families(clusters: Sequence[Draft]) -> Iterator[Fault]:
    known = [
        (cluster, versions)
        for cluster in clusters
        if (versions := {network.version for _, network in cluster.networks("podCidrs")})
    ]
    for cluster, versions in known[1:]:
        if not versions & known[0][1]:
            yield Fault(
                cluster.path("podCidrs"),
                f"the cluster has no IP family in common with {known[0][0].label}",
                "at least one IP family, IPv4 or IPv6, that all clusters have",
                "add the range of the other family, if the cluster has one",
                " and ".join(f"IPv{version}" for version in sorted(versions)),
            )


def _node_ports(clusters: Sequence[Draft]) -> Iterator[Fault]:
    taken: dict[int, str] = {}
    for cluster in clusters:
        port, default = cluster.node_port("mesh", "nodePort"), None
        if port is None and cluster.id is not None and 1 <= cluster.id <= max(MAX_CONNECTED):
            default = MESH_NODE_PORT_BASE + cluster.id
        port = port or default
        if port is None:
            continue
        owner = f"the clustermesh-apiserver of {cluster.label}"
        if default is not None:
            owner += f" (its default: {MESH_NODE_PORT_BASE} + id)"
        if port in taken:
            yield _taken_port(cluster.path("mesh", "nodePort"), port, taken[port])
        taken.setdefault(port, owner)
    for cluster in clusters:
        port = cluster.node_port("apiServer", "nodePort")
        if port in taken:
            yield _taken_port(cluster.path("apiServer", "nodePort"), port, taken[port])


def _taken_port(key: str, port: int, owner: str) -> Fault:
    return Fault(
        key,
        f"the NodePort is also that of {owner}",
        "a NodePort that no other cluster of the mesh uses: before Cilium 1.19 a cluster with"
        " kube-proxy replacement sends traffic for a peer's NodePort to its own",
        "choose another NodePort, or omit the key",
        str(port),
    )


def _addresses_inside(clusters: Sequence[Draft]) -> Iterator[Fault]:
    ranges = _ranges(clusters)
    for cluster in clusters:
        for place, address in cluster.addresses():
            inside = [one for one in ranges if _holds(one.network, address)]
            if inside:
                yield Fault(
                    cluster.path(*place),
                    f"the address lies in {inside[0].label}",
                    "an address of a node, or of a NAT or load balancer before the nodes",
                    "use an address that all clusters reach without the mesh",
                    shown(address),
                )


def _holds(network: Network, address: str) -> bool:
    try:
        return ip_address(address) in network
    except ValueError:
        return False


def _preflight_names(preflight: object) -> Iterator[Fault]:
    for name in preflight if isinstance(preflight, Mapping) else ():
        if name not in DEFAULT_LEVELS:
            yield unknown_key(("preflight", str(name)), DEFAULT_LEVELS)
