"""The shape of a lab, read from the stack config that the Pulumi program uses too."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import yaml

from lab.errors import LabError

PROJECT = "cilium-clustermesh"
DEFAULT_NODE_NETWORK = "172.30.0.0/16"
ADDRESSES_PER_CLUSTER = 16
"""A cluster's nodes live in a block of this many addresses, chosen by the cluster id, so that a
cluster keeps its addresses when others come and go."""

_LAB_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,22}[a-z0-9])?")
_CLUSTER_NAME = re.compile(r"([a-z0-9][-a-z0-9]*)?[a-z0-9]")

Network = ipaddress.IPv4Network

_UNKNOWN = Network("0.0.0.0/32")
"""Stands for a range whose fault is reported already, so that it causes no second one."""


@dataclass(frozen=True)
class NodeSpec:
    """One node: `<cluster>-control-plane` or `<cluster>-worker<n>`, with its address."""

    name: str
    cluster: str
    address: ipaddress.IPv4Address
    is_control_plane: bool


@dataclass(frozen=True)
class ClusterSpec:
    """One cluster of the lab; `kubeconfig` is where the stack config expects the file."""

    name: str
    id: int
    pod_cidr: Network
    service_cidr: Network
    kubeconfig: Path
    nodes: tuple[NodeSpec, ...]

    @property
    def control_plane(self) -> NodeSpec:
        """The one node that runs the control plane."""
        return self.nodes[0]

    @property
    def api_server(self) -> str:
        """The URL of the API server on the control plane's own address."""
        return f"https://{self.control_plane.address}:6443"


@dataclass(frozen=True)
class LabSpec:
    """A whole lab: its name and the clusters that share one node network."""

    name: str
    node_network: Network
    clusters: tuple[ClusterSpec, ...]

    @property
    def gateway(self) -> ipaddress.IPv4Address:
        """The management namespace's own address on the node network."""
        return self.node_network[1]

    @property
    def nodes(self) -> Iterator[NodeSpec]:
        """Every node of every cluster."""
        return (node for cluster in self.clusters for node in cluster.nodes)

    def node(self, name: str) -> NodeSpec:
        """Return the node of that name; raises LabError if the lab has none."""
        for node in self.nodes:
            if node.name == name:
                return node
        known = ", ".join(node.name for node in self.nodes)
        raise LabError(f"no node is called {name!r} in lab {self.name!r}; it has {known}")

    def cluster(self, name: str) -> ClusterSpec:
        """Return the cluster of that name; raises LabError if the stack has none."""
        for cluster in self.clusters:
            if cluster.name == name:
                return cluster
        known = ", ".join(cluster.name for cluster in self.clusters)
        raise LabError(f"no cluster is called {name!r} in lab {self.name!r}; it has {known}")


def load(stack_file: Path, lab_name: str, workers: int | None = None) -> LabSpec:
    """Read the lab's shape from a Pulumi stack file.

    `workers` overrides `lab:workers`, the number of worker nodes per cluster. Raises a LabError
    that lists every fault.
    """
    config = _read_config(stack_file)
    check_name(lab_name)
    faults: list[str] = []
    network = _network(
        config.get("lab:nodeNetwork", DEFAULT_NODE_NETWORK), "lab:nodeNetwork", faults
    )
    block = Network(DEFAULT_NODE_NETWORK) if network == _UNKNOWN else network
    count = _worker_count(config.get("lab:workers", 0) if workers is None else workers, faults)
    entries = config.get(f"{PROJECT}:clusters")
    if not isinstance(entries, list) or not entries:
        faults.append(f"{PROJECT}:clusters must list at least one cluster")
        entries = []
    home = home_folder(stack_file, lab_name)
    clusters = [
        cluster
        for index, entry in enumerate(entries)
        if (cluster := _cluster(index, entry, block, count, home, faults))
    ]
    faults.extend(_clashes(clusters, network))
    if faults:
        raise LabError(f"{stack_file.name} does not describe a lab:\n  - " + "\n  - ".join(faults))
    return LabSpec(lab_name, network, tuple(clusters))


def check_name(lab_name: str) -> None:
    """Raise LabError if a lab's name, which folders and namespaces carry, is not a plain word."""
    if not _LAB_NAME.fullmatch(lab_name):
        raise LabError(
            f"a lab cannot be called {lab_name!r}: use 1 to 24 of a-z, 0-9 and '-', "
            "beginning and ending with a letter or a digit"
        )


def home_folder(stack_file: Path, lab_name: str) -> Path:
    """The folder beside the stack file that belongs to the lab: its kubeconfigs, a demo's state."""
    return stack_file.parent.resolve() / ".lab" / lab_name


def _read_config(stack_file: Path) -> Mapping[str, object]:
    try:
        document = yaml.safe_load(stack_file.read_text())
    except OSError as error:
        raise LabError(
            f"the stack file {stack_file} cannot be read ({error.strerror}); "
            "choose another with --stack or --stack-file"
        ) from error
    except yaml.YAMLError as error:
        raise LabError(f"{stack_file} is not YAML: {error}") from error
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        raise LabError(f"{stack_file} has no 'config:' section, so it describes no clusters")
    return config


def _network(value: object, key: str, faults: list[str]) -> Network:
    try:
        return ipaddress.IPv4Network(str(value))
    except ValueError as error:
        faults.append(f"{key}: {error}; write an IPv4 network such as {DEFAULT_NODE_NETWORK}")
        return _UNKNOWN


def _worker_count(value: object, faults: list[str]) -> int:
    limit = ADDRESSES_PER_CLUSTER - 3
    if isinstance(value, int | str) and str(value).isdigit() and int(value) <= limit:
        return int(value)
    faults.append(f"lab:workers is {value!r}; it must be a number from 0 to {limit}")
    return 0


def _cluster(
    index: int,
    entry: object,
    network: Network,
    workers: int,
    home: Path,
    faults: list[str],
) -> ClusterSpec | None:
    key = f"{PROJECT}:clusters[{index}]"
    if not isinstance(entry, dict):
        faults.append(f"{key} must be a mapping with name, id, podCidrs and serviceCidrs")
        return None
    name, cluster_id = entry.get("name"), entry.get("id")
    if not isinstance(name, str) or not _CLUSTER_NAME.fullmatch(name) or len(name) > 32:
        faults.append(f"{key}.name is {name!r}; it must be a Cilium cluster name, ≤ 32 characters")
        return None
    most = network.num_addresses // ADDRESSES_PER_CLUSTER - 1
    if not isinstance(cluster_id, int) or not 1 <= cluster_id <= most:
        faults.append(f"{key}.id is {cluster_id!r}; {network} has room for ids 1 to {most}")
        return None
    return ClusterSpec(
        name=name,
        id=cluster_id,
        pod_cidr=_first_network(entry, "podCidrs", key, faults),
        service_cidr=_first_network(entry, "serviceCidrs", key, faults),
        kubeconfig=_kubeconfig(entry, key, home, faults),
        nodes=tuple(_nodes(name, cluster_id, network, workers)),
    )


def _first_network(entry: Mapping[str, object], field: str, key: str, faults: list[str]) -> Network:
    values = entry.get(field)
    if not isinstance(values, list) or len(values) != 1:
        faults.append(f"{key}.{field} must list one IPv4 CIDR: the lab's clusters have one each")
        return _UNKNOWN
    return _network(values[0], f"{key}.{field}[0]", faults)


def _kubeconfig(entry: Mapping[str, object], key: str, home: Path, faults: list[str]) -> Path:
    """The kubeconfig's path, below the lab's own folder: no other cluster's file is overwritten."""
    project = home.parents[1]
    path = (project / str(entry.get("kubeconfig", ""))).resolve()
    if home not in path.parents:
        place = home.relative_to(project)
        faults.append(f"{key}.kubeconfig must be below {place}/: this lab writes that file")
    return path


def _nodes(cluster: str, cluster_id: int, network: Network, workers: int) -> Iterator[NodeSpec]:
    first = ADDRESSES_PER_CLUSTER * cluster_id + 1
    yield NodeSpec(f"{cluster}-control-plane", cluster, network[first], True)
    for worker in range(1, workers + 1):
        yield NodeSpec(f"{cluster}-worker{worker}", cluster, network[first + worker], False)


def _clashes(clusters: list[ClusterSpec], node_network: Network) -> Iterator[str]:
    for one, other in combinations(clusters, 2):
        if one.name == other.name:
            yield f"two clusters are called {one.name!r}; give each its own name"
        if one.id == other.id:
            yield f"clusters {one.name} and {other.name} both have id {one.id}; give each its own"
    ranges = [("lab:nodeNetwork", node_network)]
    for cluster in clusters:
        ranges.append((f"{cluster.name}'s Pod CIDR", cluster.pod_cidr))
        ranges.append((f"{cluster.name}'s Service CIDR", cluster.service_cidr))
    known = [(name, network) for name, network in ranges if network != _UNKNOWN]
    for (first, a), (second, b) in combinations(known, 2):
        if a.overlaps(b):
            yield f"{first} {a} overlaps {second} {b}; choose ranges that share no address"
