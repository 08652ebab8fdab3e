"""What preflight knows about a cluster; reading.py reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..common.addresses import Address
from ..common.nested import Place
from ..common.own_objects import ObjectName
from ..common.versions import Version
from ..config.types import Network
from ..kube_api.errors import ApiError


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """One node. `pod_cidrs` are those of its spec, which not every IPAM mode uses.

    `no_addresses`: texts in place of an IP address, each with its type, safe to be shown.
    """

    name: str
    kernel: str
    os_image: str
    internal_ips: tuple[Address, ...]
    external_ips: tuple[Address, ...]
    pod_cidrs: tuple[Network, ...]
    is_ready: bool
    is_control_plane: bool
    no_addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CiliumConfig:
    """What ConfigMap `cilium-config` says, with Cilium's defaults for missing keys."""

    name: str
    id: int | None
    routing_mode: str
    tunnel_protocol: str
    tunnel_port: int | None
    max_connected_clusters: int | None
    identity_mode: str
    ipam: str
    encryption: str
    kube_proxy_replacement: bool
    masquerades: bool
    native_cidrs: tuple[Network, ...]
    pool_cidrs: tuple[Network, ...]

    @property
    def datapath(self) -> str:
        """How Pods on different nodes reach each other; the same in every cluster of a mesh."""
        if self.routing_mode != "tunnel":
            return "native routing"
        port = f" on port {self.tunnel_port}" if self.tunnel_port else ""
        return f"{self.tunnel_protocol} tunnels{port}"


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """The newest revision of the Helm release `cilium`.

    `is_ours`: the program wrote it as its owner. `peers`: name -> `address:port`. `places` are
    those of the values, without the values, which may be secret. `refusal`: why it must not be
    upgraded from what Helm keeps of it.
    """

    revision: int
    status: str
    chart_version: Version | None
    is_ours: bool = False
    peers: Mapping[str, str] = field(default_factory=dict)
    places: frozenset[Place] = frozenset()
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class GlobalServiceFacts:
    """A Service that Cilium shares across the mesh; `shared`: its own Pods answer others too."""

    namespace: str
    name: str
    shared: bool = True
    affinity: str = "none"


@dataclass(frozen=True, slots=True)
class NamedObject:
    """An existing object with the name of one that the program makes.

    `is_ours`: it carries the program's mark.
    """

    name: ObjectName
    is_ours: bool


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """Everything that was read from one cluster.

    `unreachable` says why nothing could be read. `unread` says, by the name of the field, why a
    single field could not; such a field is None or empty. `node_ports`: port -> Service.
    `namespaces`: name -> uid, without those being deleted. `stack`: the stack whose mesh it is in,
    as `project/stack`, "" if none has claimed it. `named`: existing objects with the names of
    those that the program makes.
    """

    name: str
    unreachable: ApiError | None = None
    unread: Mapping[str, ApiError] = field(default_factory=dict)
    server: str = ""
    certificate_names: tuple[str, ...] | None = None
    certificate_expires: datetime | None = None
    kubernetes_version: Version | None = None
    nodes: tuple[NodeFacts, ...] = ()
    cilium: CiliumConfig | None = None
    cilium_version: Version | None = None
    release: ReleaseFacts | None = None
    pod_cidrs: tuple[Network, ...] = ()
    allocated_pod_cidrs: tuple[Network, ...] = ()
    service_cidrs: tuple[Network, ...] = ()
    node_ports: Mapping[int, str] = field(default_factory=dict)
    global_services: tuple[GlobalServiceFacts, ...] = ()
    namespaces: Mapping[str, str] = field(default_factory=dict)
    stack: str = ""
    named: tuple[NamedObject, ...] = ()

    @property
    def is_reachable(self) -> bool:
        """Whether the API server answered."""
        return self.unreachable is None

    @property
    def uid(self) -> str:
        """The cluster's identity: unique, and kept when the name changes; "" if it was not read."""
        return self.namespaces.get("kube-system", "")

    @property
    def real_pod_cidrs(self) -> tuple[Network, ...]:
        """The ranges that the cluster declares for its Pods, else those assigned to its nodes."""
        return self.pod_cidrs or self.allocated_pod_cidrs

    @property
    def internal_ips(self) -> tuple[Address, ...]:
        """The InternalIPs of all nodes."""
        return tuple(ip for node in self.nodes for ip in node.internal_ips)


def reachable(facts: Iterable[ClusterFacts]) -> list[ClusterFacts]:
    """Return the clusters that answered."""
    return [cluster for cluster in facts if cluster.is_reachable]
