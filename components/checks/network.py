"""Preflight checks of addresses: those in use against the config and against each other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from itertools import combinations

from ..common.addresses import Address
from ..common.foreign_text import shown
from ..common.listing import listed
from ..config.types import Network
from .report import Complaint
from .subject import Subject, unsure

# The Services that may have the configured NodePorts: this project's, and the chart's.
API_SERVER_SERVICE = "kube-system/cilium-clustermesh-api-server"
MESH_SERVICE = "kube-system/clustermesh-apiserver"


@dataclass(frozen=True, slots=True)
class _Range:
    cluster: str
    kind: str
    network: Network

    def __str__(self) -> str:
        return f"the {self.kind} CIDR {self.network} of {self.cluster}"


def pod_cidr(subject: Subject) -> Iterator[Complaint]:
    """Pods have addresses of the configured ranges, and of no others."""
    for config, facts in subject.reachable():
        if subject.is_to_be_installed(config, facts):
            # The release decides what assigns the addresses, and from which range.
            continue
        outside = [one for one in facts.allocated_pod_cidrs if not _inside(one, config.pod_cidrs)]
        if facts.pod_cidrs and _set(facts.pod_cidrs) != _set(config.pod_cidrs):
            yield _differs(facts.name, "Pod CIDRs", facts.pod_cidrs, config.pod_cidrs, "podCidrs")
        elif outside:
            text = f"nodes have Pod CIDRs outside the configured ones: {listed(outside)}"
            yield Complaint(facts.name, text, "correct podCidrs in the config")
        elif not facts.real_pod_cidrs:
            yield unsure(facts, "the real Pod CIDRs", "cilium", "nodes", "allocated_pod_cidrs")


def service_cidr(subject: Subject) -> Iterator[Complaint]:
    """Services have addresses of the configured ranges."""
    for config, facts in subject.reachable():
        real = facts.service_cidrs
        if not real:
            yield unsure(facts, "the real Service CIDRs", "service_cidrs")
        elif _set(real) != _set(config.service_cidrs):
            yield _differs(facts.name, "Service CIDRs", real, config.service_cidrs, "serviceCidrs")


def cidr_overlap(subject: Subject) -> Iterator[Complaint]:
    """No real Pod or Service CIDR overlaps another one in the mesh."""
    for one, other in combinations(_ranges(subject), 2):
        if _overlap(one.network, other.network):
            text = f"{other} overlaps {one}"
            remedy = "recreate one of the clusters with ranges of its own: they cannot be changed"
            yield Complaint(other.cluster, text, remedy)


def node_address_overlap(subject: Subject) -> Iterator[Complaint]:
    """Every node address belongs to one node and lies in no Pod or Service CIDR of the mesh."""
    ranges = _ranges(subject)
    owner: dict[Address, str] = {}
    for _, facts in subject.reachable():
        for ip in facts.internal_ips:
            if owner.setdefault(ip, facts.name) != facts.name:
                text = f"the node address {ip} is also that of a node of {owner[ip]}"
                remedy = "give every node a routable address of its own"
                yield Complaint(facts.name, text, remedy)
            inside = next((one for one in ranges if ip in one.network), None)
            if inside is not None:
                text = f"the node address {ip} lies in {inside}"
                remedy = "recreate one of the clusters with ranges that hold no node address"
                yield Complaint(facts.name, text, remedy)


def node_address(subject: Subject) -> Iterator[Complaint]:
    """Every node address is a usable IP address: it is written into the peers' Helm releases.

    One such as 127.0.0.1 or :: would lead the peers' agents to themselves.
    """
    for _, facts in subject.reachable():
        wrong = [
            f"{shown(node.name)} has {one}" for node in facts.nodes for one in node.no_addresses
        ]
        if wrong:
            text = (
                "nodes have addresses that are not IP addresses, or that other clusters cannot "
                f"reach: {listed(wrong)}"
            )
            remedy = (
                "find out what writes to the status of these nodes: a kubelet with a wrong"
                " --node-ip, a cloud controller, or somebody who must not be trusted"
            )
            yield Complaint(facts.name, text, remedy)


def native_routing_cidr(subject: Subject) -> Iterator[Complaint]:
    """With native routing, no cluster masquerades traffic to the Pods of another."""
    wanted = [cidr for cluster in subject.config.clusters for cidr in cluster.pod_cidrs]
    for _, facts, cilium in subject.with_cilium():
        missing = [cidr for cidr in wanted if not _inside(cidr, cilium.native_cidrs)]
        if cilium.routing_mode != "tunnel" and cilium.masquerades and missing:
            text = f"its native routing CIDR does not cover the Pod CIDRs {listed(missing)}"
            remedy = "set ipv4NativeRoutingCIDR to a range that covers all clusters' Pod CIDRs"
            yield Complaint(facts.name, text, remedy)


def node_port(subject: Subject) -> Iterator[Complaint]:
    """The NodePorts that the mesh needs do not belong to other Services."""
    for config, facts in subject.reachable():
        wanted = {config.mesh_node_port: (MESH_SERVICE, "mesh.nodePort")}
        if config.api_server.node_port is not None:
            wanted[config.api_server.node_port] = (API_SERVER_SERVICE, "apiServer.nodePort")
        for port, (own, key) in wanted.items():
            owner = facts.node_ports.get(port, own)
            if owner != own:
                text = f"NodePort {port} already belongs to Service {owner}"
                yield Complaint(facts.name, text, f"set {key} of this cluster to a free port")


def _differs(
    cluster: str, what: str, real: Iterable[Network], wanted: Iterable[Network], key: str
) -> Complaint:
    text = f"its {what} are {listed(real)}, the config says {listed(wanted)}"
    return Complaint(cluster, text, f"set {key} to what the cluster has")


def _ranges(subject: Subject) -> list[_Range]:
    return [
        _Range(facts.name, kind, network)
        for _, facts in subject.reachable()
        for kind, networks in (("Pod", facts.real_pod_cidrs), ("Service", facts.service_cidrs))
        for network in collapse(networks)
    ]


def collapse(networks: Iterable[Network]) -> list[Network]:
    """Return the networks with adjacent and nested ones joined, family by family."""
    listed = list(networks)
    return [
        *collapse_addresses(one for one in listed if isinstance(one, IPv4Network)),
        *collapse_addresses(one for one in listed if isinstance(one, IPv6Network)),
    ]


def _set(networks: Iterable[Network]) -> set[Network]:
    return set(collapse(networks))


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def _inside(network: Network, ranges: Iterable[Network]) -> bool:
    return any(
        network.version == one.version and network.subnet_of(one)  # type: ignore[arg-type]
        for one in collapse(ranges)
    )
