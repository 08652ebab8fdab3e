"""The arguments of a ClusterMesh: the keys of the stack config, in snake_case.

Made from the models, which say what each key means, by `python -m mesh reference --write`.
"""

# ruff: noqa: D101
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict


class KubeanHost(TypedDict, total=False):
    name: str
    address: str
    ip: str | None
    roles: Sequence[str] | None


class KubeanSsh(TypedDict, total=False):
    user: str | None
    port: int | None
    private_key: str


class MemberKubean(TypedDict, total=False):
    hosts: Sequence[KubeanHost]
    ssh: KubeanSsh
    image: str
    kubespray_version: str
    kubernetes_version: str | None
    tunnel_mode: str | None
    supplementary_addresses: Sequence[str] | None
    extra_vars: Mapping[str, Any] | None
    action: str | None
    limit: Sequence[str] | None
    protect: bool | None
    reset: bool | None
    timeout_seconds: int | None


class MemberCilium(TypedDict, total=False):
    install: bool | None
    version: str | None
    chart: str | None
    values: Mapping[str, Any] | None


class ApiServer(TypedDict, total=False):
    address: str | None
    node_port: int | None
    tls_server_name: str | None
    selector: Mapping[str, str] | None


class MeshEndpoint(TypedDict, total=False):
    address: str | None
    node_port: int | None


class Images(TypedDict, total=False):
    rebel_base: str | None
    x_wing: str | None
    pull_secrets: Sequence[str] | None


class Node(TypedDict, total=False):
    name: str
    address: str
    port: int | None
    user: str | None
    private_key: str | None
    host_key: str | None


class Cluster(TypedDict, total=False):
    name: str
    id: int
    former_name: str | None
    former_id: int | None
    pod_cidrs: Sequence[str]
    service_cidrs: Sequence[str]
    kubeconfig: str | None
    kubeconfig_content: str | None
    context: str | None
    kubean: MemberKubean | None
    cilium: MemberCilium | None
    api_server: ApiServer | None
    mesh: MeshEndpoint | None
    images: Images | None
    nodes: Sequence[Node] | None


class Ca(TypedDict, total=False):
    source: str | None
    cert: str | None
    key: str | None


class Cilium(TypedDict, total=False):
    install: bool | None
    version: str | None
    chart: str | None
    repository: str | None
    values: Mapping[str, Any] | None


class Jump(TypedDict, total=False):
    address: str
    port: int | None
    user: str | None
    private_key: str | None
    host_key: str | None


class Ssh(TypedDict, total=False):
    user: str | None
    port: int | None
    private_key: str | None
    connect_seconds: int | None
    jump: Jump | None


class Kernel(TypedDict, total=False):
    upgrade: bool | None
    cilium_version: str | None
    package: str | None
    base_url: str | None
    release_package_url: str | None
    key_urls: Sequence[str] | None
    install_seconds: int | None
    drain_seconds: int | None
    reboot_seconds: int | None


class Demo(TypedDict, total=False):
    enabled: bool | None
    namespace: str | None
    replicas: int | None
    service_port: int | None
    affinity: str | None
    shared: bool | None
    images: Images | None


class VerificationSettings(TypedDict, total=False):
    enabled: bool | None
    requests: int | None
    timeout_seconds: int | None


class Timeouts(TypedDict, total=False):
    enable_seconds: int | None
    connect_seconds: int | None
    disconnect_seconds: int | None
    disable_seconds: int | None
    status_seconds: int | None
    request_seconds: int | None


class Kubean(TypedDict, total=False):
    management_kubeconfig: str | None
    management_kubeconfig_content: str | None
    context: str | None
    namespace: str | None


class ClusterMeshArgs(TypedDict, total=False):
    """A mesh; all of it must be known before anything is made."""

    clusters: Sequence[Cluster]
    max_connected_clusters: int | None
    service_type: str | None
    ca: Ca | None
    cilium: Cilium | None
    preflight: Mapping[str, str] | None
    ssh: Ssh | None
    kernel: Kernel | None
    demo: Demo | None
    verification: VerificationSettings | None
    timeouts: Timeouts | None
    kubean: Kubean | None
