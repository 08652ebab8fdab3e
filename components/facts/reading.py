"""Reads the facts of all clusters in parallel, each object once, and changes nothing."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from ipaddress import ip_network
from typing import Any, TypeVar

import yaml

from ..cilium import datapath
from ..cilium.helm_release import DEPLOYED, UndecodableError, decode
from ..common import addresses
from ..common.foreign_text import shown
from ..common.labels import STACK
from ..common.nested import leaves
from ..common.own_objects import API_SERVER, ObjectName, is_ours, of_demo
from ..common.versions import Version, of_image, parse
from ..config.types import Network
from ..kube_api.errors import ApiError, Kind
from ..kube_api.reader import METADATA_ONLY, ONE_METADATA, ApiReader, Json
from ..kubeconfig.document import Kubeconfig
from .cluster import (
    CiliumConfig,
    ClusterFacts,
    GlobalServiceFacts,
    NamedObject,
    NodeFacts,
    ReleaseFacts,
)

T = TypeVar("T")

_CORE = "/api/v1"
_SYSTEM = f"{_CORE}/namespaces/kube-system"
_MAX_PARALLEL = 16
_SERVICE_FLAG = "--service-cluster-ip-range"
_POD_FLAG = "--cluster-cidr"


def read_all(
    kubeconfigs: Mapping[str, Kubeconfig],
    request_seconds: float,
    demo_namespace: str | None = None,
) -> tuple[ClusterFacts, ...]:
    """Read every cluster, by name, in parallel; nothing is raised if one does not answer.

    `demo_namespace`: the namespace of the demo, None if there is no demo.
    """
    if not kubeconfigs:
        return ()

    def one(name: str) -> ClusterFacts:
        return read(name, kubeconfigs[name], request_seconds, demo_namespace)

    with ThreadPoolExecutor(min(len(kubeconfigs), _MAX_PARALLEL)) as pool:
        return tuple(pool.map(one, kubeconfigs))


def read(
    name: str, kubeconfig: Kubeconfig, request_seconds: float, demo_namespace: str | None = None
) -> ClusterFacts:
    """Read one cluster; if it does not answer, its facts say so."""
    server = str(kubeconfig.cluster["server"])
    try:
        reader = ApiReader(kubeconfig, request_seconds)
        version = reader.get("/version")
    except ApiError as error:
        return ClusterFacts(name, unreachable=error, server=server)
    try:
        return _Reading(reader, demo_namespace).facts(name, server, version)
    finally:
        reader.close()


class _Reading:
    """One pass through one cluster; whatever cannot be read is noted, and reading goes on."""

    def __init__(self, reader: ApiReader, demo_namespace: str | None) -> None:
        self._reader = reader
        self._demo_namespace = demo_namespace
        self._unread: dict[str, ApiError] = {}

    def facts(self, name: str, server: str, version: Json) -> ClusterFacts:
        listed = self._try("nodes", lambda: self._reader.items(f"{_CORE}/nodes"))
        nodes = tuple(node_facts(node) for node in listed or [])
        config = self._try("cilium", lambda: self._config_map("cilium-config"))
        cilium = cilium_config(config) if config else None
        running = agent_version(self._try("cilium_version", self._agent) or {})
        release = self._try("release", self._release)
        static = self._try("service_cidrs", self._control_plane) or []
        services = self._try("node_ports", lambda: self._reader.items(f"{_CORE}/services")) or []
        kubeadm = self._optional("service_cidrs", lambda: self._config_map("kubeadm-config")) or {}
        certificate = self._reader.certificate()
        return ClusterFacts(
            name=name,
            server=server,
            certificate_names=certificate.names if certificate else None,
            certificate_expires=certificate.expires if certificate else None,
            kubernetes_version=parse(str(version.get("gitVersion", ""))),
            nodes=nodes,
            cilium=cilium,
            cilium_version=running or (release.chart_version if release else None),
            release=release,
            pod_cidrs=_declared_pod_cidrs(cilium, static, kubeadm),
            allocated_pod_cidrs=self._allocated_pod_cidrs(cilium, nodes),
            service_cidrs=self._service_cidrs(static, kubeadm),
            node_ports=node_ports(services),
            global_services=global_services(services),
            namespaces=self._try("namespaces", self._namespaces) or {},
            stack=stack_of(services),
            named=self._try("named", lambda: tuple(self._named(services))) or (),
            unread=self._unread,
        )

    def _try(self, name: str, reading: Callable[[], T]) -> T | None:
        try:
            return reading()
        except ApiError as error:
            self._unread[name] = error
            return None

    def _optional(self, name: str, reading: Callable[[], T]) -> T | None:
        """Read something that not every cluster has: its absence is not noted."""
        found = self._try(name, reading)
        if found is None and self._unread[name].kind is Kind.NOT_FOUND:
            del self._unread[name]
        return found

    def _config_map(self, name: str) -> dict[str, str]:
        found = self._reader.get(f"{_SYSTEM}/configmaps/{name}")
        return {str(key): str(value) for key, value in (found.get("data") or {}).items()}

    def _agent(self) -> Json:
        return self._reader.get("/apis/apps/v1/namespaces/kube-system/daemonsets/cilium")

    def _release(self) -> ReleaseFacts | None:
        # A release Secret weighs up to 1 MiB and Helm keeps ten: list the labels, get the newest.
        labels = "owner=helm,name=cilium"
        listed = self._reader.items(f"{_SYSTEM}/secrets", METADATA_ONLY, labelSelector=labels)
        newest = max(listed, key=_revision, default=None)
        if newest is None:
            return None
        found = self._release_facts(newest)
        # Helm builds on the last deployed revision, whatever failed after it.
        deployed = [one for one in listed if _label(one, "status") == DEPLOYED]
        base = max(deployed, key=_revision, default=newest)
        if base is newest or found.refusal is not None:
            return found
        return replace(found, refusal=self._release_facts(base).refusal)

    def _release_facts(self, secret: Json) -> ReleaseFacts:
        name = secret["metadata"]["name"]
        return release_facts(self._reader.get(f"{_SYSTEM}/secrets/{name}"), _revision(secret))

    def _control_plane(self) -> list[Json]:
        wanted = "component in (kube-apiserver,kube-controller-manager)"
        return self._reader.items(f"{_SYSTEM}/pods", labelSelector=wanted)

    def _allocated_pod_cidrs(
        self, cilium: CiliumConfig | None, nodes: Sequence[NodeFacts]
    ) -> tuple[Network, ...]:
        if cilium is None or cilium.ipam == "kubernetes":
            return tuple(cidr for node in nodes for cidr in node.pod_cidrs)
        path = "/apis/cilium.io/v2/ciliumnodes"
        listed = self._optional("allocated_pod_cidrs", lambda: self._reader.items(path))
        return tuple(cidr for node in listed or [] for cidr in _cilium_node_cidrs(node))

    def _service_cidrs(
        self, static: Sequence[Json], kubeadm: Mapping[str, str]
    ) -> tuple[Network, ...]:
        by_flag = flag(static, _SERVICE_FLAG)
        if by_flag:
            return by_flag
        # GA with Kubernetes 1.33; managed clusters show these objects, not their control plane.
        path = "/apis/networking.k8s.io/v1/servicecidrs"
        listed = self._optional("service_cidrs", lambda: self._reader.items(path))
        found = networks(
            cidr for entry in listed or [] for cidr in (entry.get("spec") or {}).get("cidrs") or []
        )
        return found or kubeadm_networks(kubeadm, "serviceSubnet")

    def _named(self, services: Sequence[Json]) -> Iterator[NamedObject]:
        wanted = of_demo(self._demo_namespace) if self._demo_namespace is not None else ()
        listed = {_full_name(one["metadata"]): one["metadata"] for one in services}
        for name in (API_SERVER, *wanted):
            is_listed = name.kind == "Service"
            key = f"{name.namespace}/{name.name}"
            metadata = listed.get(key) if is_listed else self._metadata(name)
            if metadata is not None:
                yield NamedObject(name, is_ours(metadata))

    def _metadata(self, name: ObjectName) -> Json | None:
        try:
            return dict(self._reader.get(name.path, ONE_METADATA)["metadata"])
        except ApiError as error:
            if error.kind is Kind.NOT_FOUND:
                return None
            raise

    def _namespaces(self) -> dict[str, str]:
        listed = self._reader.items(f"{_CORE}/namespaces", METADATA_ONLY)
        metadata = [entry["metadata"] for entry in listed]
        return {
            str(one["name"]): str(one.get("uid", ""))
            for one in metadata
            if "deletionTimestamp" not in one
        }


def _declared_pod_cidrs(
    cilium: CiliumConfig | None, static: Sequence[Json], kubeadm: Mapping[str, str]
) -> tuple[Network, ...]:
    """Return the ranges configured in whatever assigns Pod addresses: Cilium or Kubernetes."""
    ipam = cilium.ipam if cilium else "kubernetes"
    if ipam.startswith("cluster-pool"):
        return cilium.pool_cidrs if cilium else ()
    if ipam != "kubernetes":
        return ()
    return flag(static, _POD_FLAG) or kubeadm_networks(kubeadm, "podSubnet")


def node_ports(services: Iterable[Json]) -> dict[int, str]:
    """Return all NodePorts, each with the `namespace/name` of its Service."""
    return {
        int(port["nodePort"]): _full_name(service["metadata"])
        for service in services
        for port in (service.get("spec") or {}).get("ports") or []
        if port.get("nodePort")
    }


def stack_of(services: Iterable[Json]) -> str:
    """Return the stack that owns the cluster, from kube-system's Services; "" if none."""
    system = (one["metadata"] for one in services if one["metadata"]["namespace"] == "kube-system")
    annotations = (one.get("annotations") or {} for one in system)
    return next((str(one[STACK]) for one in annotations if STACK in one), "")


def node_facts(node: Json) -> NodeFacts:
    """Return the facts in a Node object."""
    metadata, spec, status = (node.get(key) or {} for key in ("metadata", "spec", "status"))
    info = status.get("nodeInfo") or {}
    labels = metadata.get("labels") or {}
    listed = list(addresses.of_node(node))
    return NodeFacts(
        name=str(metadata.get("name")),
        kernel=str(info.get("kernelVersion", "")),
        os_image=str(info.get("osImage", "")),
        internal_ips=tuple(ip for of, ip, _ in listed if ip and of == addresses.INTERNAL),
        external_ips=tuple(ip for of, ip, _ in listed if ip and of == addresses.EXTERNAL),
        pod_cidrs=networks(spec.get("podCIDRs") or []),
        is_ready=any(
            condition.get("type") == "Ready" and condition.get("status") == "True"
            for condition in status.get("conditions") or []
        ),
        is_control_plane="node-role.kubernetes.io/control-plane" in labels,
        no_addresses=tuple(f"{of} {shown(said)}" for of, ip, said in listed if said and not ip),
    )


def cilium_config(data: Mapping[str, str]) -> CiliumConfig:
    """Return the facts in the data of `cilium-config`; the defaults are those of Cilium's flags."""
    return CiliumConfig(
        name=data.get("cluster-name", "default"),
        id=_number(data.get("cluster-id", "0")),
        routing_mode=datapath.routing_mode(data),
        tunnel_protocol=datapath.tunnel_protocol(data),
        tunnel_port=_number(data.get("tunnel-port")),
        max_connected_clusters=_number(data.get("max-connected-clusters", "255")),
        identity_mode=data.get("identity-allocation-mode", "kvstore"),
        ipam=data.get("ipam", "cluster-pool"),
        encryption=_encryption(data),
        kube_proxy_replacement=data.get("kube-proxy-replacement") in ("true", "strict"),
        masquerades=data.get("enable-ipv4-masquerade", "true") != "false",
        native_cidrs=networks(
            data.get(f"{family}-native-routing-cidr", "") for family in ("ipv4", "ipv6")
        ),
        pool_cidrs=networks(
            cidr
            for family in ("ipv4", "ipv6")
            for cidr in data.get(f"cluster-pool-{family}-cidr", "").split()
        ),
    )


def global_services(services: Iterable[Json]) -> tuple[GlobalServiceFacts, ...]:
    """Return the Services that Cilium shares, by its annotations or those before 1.13."""
    metadata = [service["metadata"] for service in services]
    return tuple(
        GlobalServiceFacts(
            namespace=str(one.get("namespace")),
            name=str(one.get("name")),
            shared=_annotation(one, "shared", "shared-service") != "false",
            affinity=_annotation(one, "affinity", "service-affinity") or "none",
        )
        for one in metadata
        if _annotation(one, "global", "global-service") == "true"
    )


def release_facts(secret: Json, revision: int) -> ReleaseFacts:
    """Return the facts in a Helm release Secret; the rest of it, which is secret, is dropped.

    Raises ApiError if it cannot be decoded.
    """
    try:
        release = decode(str((secret.get("data") or {})["release"]))
        chart = str((release.chart.get("metadata") or {}).get("version", ""))
        peers, places = release.peers, frozenset(leaves(release.values))
        refusal = release.refusal
    except (UndecodableError, KeyError, ValueError, TypeError, AttributeError):
        text = f"revision {revision} of the Helm release cilium cannot be decoded"
        raise ApiError(Kind.ANSWER, text, "look at it with `helm history cilium`") from None
    return ReleaseFacts(
        revision, release.status, parse(chart), release.is_ours, dict(peers), places, refusal
    )


def agent_version(daemon_set: Json) -> Version | None:
    """Return Cilium's version, from the image of the agent."""
    template = (daemon_set.get("spec") or {}).get("template") or {}
    for container in (template.get("spec") or {}).get("containers") or []:
        if container.get("name") == "cilium-agent":
            return of_image(str(container.get("image", "")))
    return None


def flag(pods: Iterable[Json], name: str) -> tuple[Network, ...]:
    """Return the networks in a flag of control plane Pods, such as `--cluster-cidr=…`."""
    pattern = re.compile(rf"{re.escape(name)}[= ](\S+)")
    for pod in pods:
        for container in (pod.get("spec") or {}).get("containers") or []:
            words = [*(container.get("command") or []), *(container.get("args") or [])]
            found = pattern.search(" ".join(str(word) for word in words))
            if found:
                return networks(found.group(1).split(","))
    return ()


def kubeadm_networks(data: Mapping[str, str], key: str) -> tuple[Network, ...]:
    """Return `podSubnet` or `serviceSubnet`, from the data of ConfigMap `kubeadm-config`."""
    try:
        configuration: Any = yaml.safe_load(data.get("ClusterConfiguration", ""))
        text = str((configuration.get("networking") or {}).get(key) or "")
    except (yaml.YAMLError, AttributeError, ValueError):
        return ()
    return networks(text.split(","))


def networks(texts: Iterable[object]) -> tuple[Network, ...]:
    """Return the texts that are networks, in order and each once; others are skipped."""
    found: dict[Network, None] = {}
    for text in texts:
        # A zone (`fe80::%eth0/64`) may be any text, and would follow the network everywhere.
        if "%" in str(text):
            continue
        try:
            found[ip_network(str(text).strip(), strict=False)] = None
        except ValueError:
            continue
    return tuple(found)


def _cilium_node_cidrs(node: Json) -> tuple[Network, ...]:
    ipam = (node.get("spec") or {}).get("ipam") or {}
    return networks(ipam.get("podCIDRs") or [])


def _full_name(metadata: Json) -> str:
    return f"{metadata.get('namespace')}/{metadata.get('name')}"


def _annotation(metadata: Json, name: str, old_name: str) -> str:
    annotations = metadata.get("annotations") or {}
    return str(
        annotations.get(f"service.cilium.io/{name}", annotations.get(f"io.cilium/{old_name}", ""))
    )


def _revision(secret: Json) -> int:
    return _number(_label(secret, "version")) or 0


def _label(secret: Json, name: str) -> str:
    return str((secret["metadata"].get("labels") or {}).get(name) or "")


def _number(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None


def _encryption(data: Mapping[str, str]) -> str:
    if data.get("enable-wireguard") == "true":
        return "WireGuard"
    return "IPsec" if data.get("enable-ipsec") == "true" else "none"
