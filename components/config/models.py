"""The stack config as typed models, and `load`, which reports every fault of it at once.

Keys are camelCase in YAML and snake_case here. Nothing in this file knows Pulumi: `load` takes
plain values, so that it can be tested, and used by tools, without an engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PrivateAttr, SecretStr, Strict

from ..common.nested import merged
from ..kubeconfig.document import Kubeconfig
from .base import Model as _Model
from .chart import REPOSITORY, Chart
from .cilium import CiliumInstall, CiliumMember
from .faults.ca import pem
from .faults.from_pydantic import Place
from .faults.mesh import MESH_NODE_PORT_BASE
from .kubean import KubeanConfig, KubeanMember
from .preflight_levels import DEFAULT_LEVELS, Level
from .ssh_keys import private_key
from .types import (
    Cidrs,
    CiliumVersion,
    ClusterId,
    ClusterName,
    DnsName,
    Host,
    HostKey,
    Image,
    IpAddress,
    Namespace,
    NodePort,
    ObjectName,
    Port,
    Replicas,
    Requests,
    Seconds,
    Url,
    UserName,
)


def _secret_pem(secret: SecretStr) -> SecretStr:
    return SecretStr(pem(secret.get_secret_value()))


SecretPem = Annotated[SecretStr, AfterValidator(_secret_pem)]
SshKey = Annotated[SecretStr, AfterValidator(private_key)]


class ApiServerConfig(_Model):
    """Where a cluster's API server is reached through its NodePort Service; None: found out."""

    address: Host | None = None
    node_port: NodePort | None = None
    tls_server_name: DnsName | None = None
    selector: dict[str, str] = Field(
        default_factory=lambda: {"component": "kube-apiserver", "tier": "control-plane"}
    )


class MeshEndpointConfig(_Model):
    """Where the peers reach a cluster's clustermesh-apiserver; None: the default."""

    address: IpAddress | None = None
    node_port: NodePort | None = None


class ImageOverrides(_Model):
    """Images for one cluster that replace the demo's, for mirrors and air-gapped sites."""

    rebel_base: Image | None = None
    x_wing: Image | None = None
    pull_secrets: tuple[ObjectName, ...] | None = Field(default=None, strict=False)


class NodeConfig(_Model):
    """One node whose kernel is looked after; what is None is as `ssh` says.

    `name` is that of its Node object, where the node is in the cluster already; of a cluster that
    Kubean makes, that of the machine.
    """

    name: ObjectName = Field(description="the name of the node, as its Node object has it")
    address: Host = Field(description="where sshd of the node is reached")
    port: Port | None = None
    user: UserName | None = None
    private_key: SshKey | None = None
    host_key: HostKey | None = None


class ClusterConfig(_Model):
    """One member of the mesh.

    `former_name` and `former_id` say that a change of `name` or `id` in a running mesh is meant.
    With `kubean` the cluster is made, and its kubeconfig comes from there.
    """

    name: ClusterName = Field(description="the cluster's name, as its cilium-config has it")
    id: int = Field(description="the cluster's id, as its cilium-config has it")
    former_name: ClusterName | None = None
    former_id: ClusterId | None = None
    pod_cidrs: Cidrs = Field(strict=False, description="the ranges that its Pods have")
    service_cidrs: Cidrs = Field(strict=False, description="the ranges that its Services have")
    kubeconfig: str | None = None
    kubeconfig_content: SecretStr | None = None
    context: str | None = None
    kubean: KubeanMember | None = None
    cilium: CiliumMember = Field(default_factory=CiliumMember)
    api_server: ApiServerConfig = Field(default_factory=ApiServerConfig)
    mesh: MeshEndpointConfig = Field(default_factory=MeshEndpointConfig)
    images: ImageOverrides = Field(default_factory=ImageOverrides)
    nodes: tuple[NodeConfig, ...] = Field(default=(), strict=False)

    _document: Kubeconfig | None = PrivateAttr(default=None)

    @property
    def document(self) -> Kubeconfig:
        """The kubeconfig itself, read by `load` from the path or the content; secret throughout."""
        if self._document is None:
            raise LookupError(f"the kubeconfig of {self.name} was not read: use config.load")
        return self._document

    @property
    def made_by(self) -> KubeanMember:
        """What Kubean makes the cluster of; raises LookupError where Kubean does not make it."""
        if self.kubean is None:
            raise LookupError(f"{self.name} is not made by Kubean")
        return self.kubean

    @property
    def is_known(self) -> bool:
        """Whether the kubeconfig was given, so that the cluster can be asked at once."""
        return self._document is not None

    @property
    def mesh_node_port(self) -> int:
        """The NodePort of the clustermesh-apiserver Service, its own in the mesh by default."""
        return self.mesh.node_port or MESH_NODE_PORT_BASE + self.id


class CaConfig(_Model):
    """Which CA signs the mesh certificates.

    `firstCluster`: the first cluster's `cilium-ca` is given to the others. `config`: `cert` and
    `key`, both PEM here. `mismatched`: each cluster keeps its own.
    """

    source: Literal["firstCluster", "config", "mismatched"] = "firstCluster"
    cert: Annotated[str, AfterValidator(pem)] | None = None
    key: SecretPem | None = None


class DemoImages(_Model):
    """Images of the demo workloads."""

    rebel_base: Image = "docker.io/library/nginx:1.15.8"
    x_wing: Image = (
        "quay.io/cilium/json-mock:v1.3.3"
        "@sha256:f26044a2b8085fcaa8146b6b8bb73556134d7ec3d5782c6a04a058c945924ca0"
    )
    pull_secrets: tuple[ObjectName, ...] = Field(default=(), strict=False)


class DemoConfig(_Model):
    """The demo workloads and their global Service."""

    enabled: bool = True
    namespace: Namespace = "default"
    replicas: Replicas = 2
    service_port: Port = 80
    affinity: Literal["none", "local", "remote"] = "none"
    shared: bool = True
    images: DemoImages = Field(default_factory=DemoImages)


class VerificationConfig(_Model):
    """The proof with traffic at the end of an update."""

    enabled: bool = True
    requests: Requests = 20
    timeout_seconds: Seconds = 180


class TimeoutsConfig(_Model):
    """How long a step may take, in seconds, before it fails; `request` is one call of an API."""

    enable_seconds: Seconds = 300
    connect_seconds: Seconds = 300
    disconnect_seconds: Seconds = 120
    disable_seconds: Seconds = 120
    status_seconds: Seconds = 300
    request_seconds: Seconds = 10


class JumpConfig(_Model):
    """The host that all nodes are reached through; user and key are those of `ssh` if not given."""

    address: Host = Field(description="where sshd of the jump host is reached")
    port: Port = 22
    user: UserName | None = None
    private_key: SshKey | None = None
    host_key: HostKey | None = None


class SshConfig(_Model):
    """How nodes are reached; without a key, the agent of SSH_AUTH_SOCK has it."""

    user: UserName = "root"
    port: Port = 22
    private_key: SshKey | None = None
    connect_seconds: Seconds = 10
    jump: JumpConfig | None = None


class KernelConfig(_Model):
    """Which kernel nodes get where theirs is too old, and whether they get it.

    `cilium_version`: the Cilium that decides what is too old; None: the one that runs there.
    """

    upgrade: bool = False
    cilium_version: CiliumVersion | None = None
    package: Literal["kernel-lt", "kernel-ml"] = "kernel-lt"
    base_url: Url | None = None
    release_package_url: Url | None = None
    key_urls: tuple[Url, ...] = Field(default=(), strict=False)
    install_seconds: Seconds = 900
    drain_seconds: Seconds = 300
    reboot_seconds: Seconds = 600


@dataclass(frozen=True, slots=True)
class OwnedRelease:
    """Cilium's Helm release where the program owns it; `values` are the user's, maybe secret."""

    chart: Chart
    values: Mapping[str, Any] = field(repr=False)


class MeshConfig(_Model):
    """The whole stack config of namespace `cilium-clustermesh`."""

    clusters: tuple[ClusterConfig, ...] = Field(
        strict=False, description="the list of the clusters that make up the mesh"
    )
    max_connected_clusters: Literal[255, 511] = 255
    service_type: Literal["NodePort"] = "NodePort"
    ca: CaConfig = Field(default_factory=CaConfig)
    cilium: CiliumInstall = Field(default_factory=CiliumInstall)
    preflight: dict[str, Annotated[Level, Strict(False)]] = Field(default_factory=dict)
    ssh: SshConfig = Field(default_factory=SshConfig)
    kernel: KernelConfig = Field(default_factory=KernelConfig)
    demo: DemoConfig = Field(default_factory=DemoConfig)
    verification: VerificationConfig = Field(default_factory=VerificationConfig)
    timeouts: TimeoutsConfig = Field(default_factory=TimeoutsConfig)
    kubean: KubeanConfig = Field(default_factory=KubeanConfig)

    _management: Kubeconfig | None = PrivateAttr(default=None)
    _exposed: tuple[Place, ...] = PrivateAttr(default=())

    @property
    def exposed(self) -> tuple[Place, ...]:
        """Where the config has a secret in the clear, in the order of the config."""
        return self._exposed

    @property
    def made_clusters(self) -> tuple[ClusterConfig, ...]:
        """The members that Kubean makes, in the order of the config."""
        return tuple(cluster for cluster in self.clusters if cluster.kubean is not None)

    @property
    def management(self) -> Kubeconfig:
        """The kubeconfig of the management cluster, read by `load`; secret throughout.

        Raises LookupError where no cluster is made by Kubean.
        """
        if self._management is None:
            raise LookupError("no cluster is made by Kubean, so its kubeconfig was not read")
        return self._management

    @property
    def preflight_levels(self) -> Mapping[str, Level]:
        """The level of every preflight check: the defaults with this config's changes."""
        return MappingProxyType({**DEFAULT_LEVELS, **self.preflight})

    def cluster(self, name: str) -> ClusterConfig:
        """Find a member by its name; raises KeyError where there is none."""
        return {cluster.name: cluster for cluster in self.clusters}[name]

    def release_of(self, cluster: ClusterConfig) -> OwnedRelease | None:
        """What is to be in Cilium's Helm release of a cluster; None: it is not the program's."""
        own, common = cluster.cilium, self.cilium
        is_owned = common.install if own.install is None else own.install
        version = own.version or common.version
        if not is_owned or version is None:
            return None
        chart = Chart(own.chart or common.chart, version, common.repository or REPOSITORY)
        return OwnedRelease(chart, merged(common.values, own.values))

    def peers_of(self, name: str) -> tuple[ClusterConfig, ...]:
        """All other members, in the order of the config."""
        return tuple(cluster for cluster in self.clusters if cluster.name != name)

    def demo_images(self, cluster: ClusterConfig) -> DemoImages:
        """The demo images of one cluster: the demo's, replaced by the cluster's own overrides."""
        own = cluster.images.model_dump(exclude_none=True)
        return self.demo.images.model_copy(update=own)
