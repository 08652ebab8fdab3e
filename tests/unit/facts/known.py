"""Facts of a healthy two-cluster mesh, for tests to change one thing in."""

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

from components.common.versions import Version
from components.facts.cilium_cli import CliFacts
from components.facts.cluster import CiliumConfig, ClusterFacts, NodeFacts, ReleaseFacts

CLI = CliFacts("/usr/bin/cilium", Version(0, 18, 7), "v0.18.7")


def node(number: int = 1, **changes: Any) -> NodeFacts:
    healthy = NodeFacts(
        name=f"node{number}",
        kernel="6.1.0-21-amd64",
        os_image="Debian GNU/Linux 12 (bookworm)",
        internal_ips=(ip_address(f"172.30.0.{number}"),),
        external_ips=(),
        pod_cidrs=(ip_network(f"10.{number}0.0.0/24"),),
        is_ready=True,
        is_control_plane=True,
    )
    return replace(healthy, **changes)


def cilium(number: int = 1, **changes: Any) -> CiliumConfig:
    healthy = CiliumConfig(
        name=f"cluster{number:02}",
        id=number,
        routing_mode="tunnel",
        tunnel_protocol="vxlan",
        tunnel_port=None,
        max_connected_clusters=255,
        identity_mode="crd",
        ipam="kubernetes",
        encryption="none",
        kube_proxy_replacement=True,
        masquerades=True,
        native_cidrs=(),
        pool_cidrs=(),
    )
    return replace(healthy, **changes)


def facts(number: int = 1, **changes: Any) -> ClusterFacts:
    healthy = ClusterFacts(
        name=f"cluster{number:02}",
        server=f"https://172.30.0.{number}:6443",
        certificate_names=("kubernetes.default.svc", f"172.30.0.{number}"),
        kubernetes_version=Version(1, 33, 4),
        nodes=(node(number),),
        cilium=cilium(number),
        cilium_version=Version(1, 18, 4),
        release=ReleaseFacts(3, "deployed", Version(1, 18, 4)),
        pod_cidrs=(ip_network(f"10.{number}0.0.0/16"),),
        allocated_pod_cidrs=(ip_network(f"10.{number}0.0.0/24"),),
        service_cidrs=(ip_network(f"10.{number}1.0.0/16"),),
        namespaces={"default": "", "kube-system": f"uid of cluster{number:02}"},
    )
    return replace(healthy, **changes)
