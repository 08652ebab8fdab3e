"""What preflight knows about a cluster. How it is read stands in reading.py."""

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

    `no_addresses`: what stands where an IP address should, with its type, as it may be shown.
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
    """What ConfigMap `cilium-config` says, with Cilium's defaults where it says nothing."""

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
        """How Pods of different nodes reach each other; the same in every cluster of a mesh."""
        if self.routing_mode != "tunnel":
            return "native routing"
        port = f" on port {self.tunnel_port}" if self.tunnel_port else ""
        return f"{self.tunnel_protocol} tunnels{port}"


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """The newest revision of the Helm release `cilium`.

    `is_ours`: the program has written it as its owner. `peers`: name -> `address:port`. `places`
    are those of the values, which themselves may be secret. `refusal`: why it must not be upgraded
    from what Helm keeps of it.
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
    """A Service that Cilium shares over the mesh; `shared`: its own Pods answer others too."""

    namespace: str
    name: str
    shared: bool = True
    affinity: str = "none"


@dataclass(frozen=True, slots=True)
class NamedObject:
    """An object that is there under the name of one that the program makes.

    `is_ours`: it carries the program's mark.
    """

    name: ObjectName
    is_ours: bool


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """All that was read of one cluster.

    `unreachable` says why nothing could be read at all. `unread` says, by the name of the field,
    why single things could not; such a field is None or empty. `node_ports`: port -> Service.
    `namespaces`: name -> uid of those that are not being deleted. `stack`: whose mesh it is in, as
    `project/stack`, "" where none of this project has said so. `named`: what has the names of the
    objects that the program makes.
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
        """What no other cluster has and no change of its name takes away; "" where not read."""
        return self.namespaces.get("kube-system", "")

    @property
    def real_pod_cidrs(self) -> tuple[Network, ...]:
        """The ranges that the cluster declares for its Pods, else what its nodes were given."""
        return self.pod_cidrs or self.allocated_pod_cidrs

    @property
    def internal_ips(self) -> tuple[Address, ...]:
        """The InternalIPs of all nodes."""
        return tuple(ip for node in self.nodes for ip in node.internal_ips)


def reachable(facts: Iterable[ClusterFacts]) -> list[ClusterFacts]:
    """Those clusters of which anything is known."""
    return [cluster for cluster in facts if cluster.is_reachable]
