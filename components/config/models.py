"""The stack config as typed models; loading.py makes them, and reports every fault at once.

Nothing here knows Pulumi, so that tests and tools can use it without an engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar

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
    SshKey,
    Url,
    UserName,
)


def _secret_pem(secret: SecretStr) -> SecretStr:
    return SecretStr(pem(secret.get_secret_value()))


SecretPem = Annotated[SecretStr, AfterValidator(_secret_pem)]

# Keys that several sections have.
_Kind = TypeVar("_Kind")
RebelBase = Annotated[_Kind, Field(description="Image of the server, an nginx.")]
XWing = Annotated[_Kind, Field(description="Image of the client; it must contain curl.")]
PullSecrets = Annotated[
    _Kind, Field(strict=False, description="Image pull Secrets that you make in its namespace.")
]
SshAddress = Annotated[
    Host, Field(description="Where its sshd is reached: an IP address or a DNS name.")
]
SshUser = Annotated[
    UserName | None, Field(description="The user that logs in. Default: that of `ssh`.")
]
OwnKey = Annotated[
    SshKey | None, Field(description="Unencrypted private key, a secret. Default: that of `ssh`.")
]
KnownKey = Annotated[
    HostKey | None,
    Field(description="Host key, as `ssh-keyscan` prints it. Default: looked up in `known_hosts`."),
]


class ApiServerConfig(_Model):
    """How the other clusters reach this one's API server, through a NodePort Service."""

    address: Host | None = None
    """An IP address or a DNS name for the others. Default: a node's, found automatically."""
    node_port: NodePort | None = None
    """NodePort of that Service, 30000 to 32767. Default: chosen by Kubernetes."""
    tls_server_name: DnsName | None = None
    """A name in its certificate, if that does not cover the address. Default: found if needed."""
    selector: dict[str, str] = Field(
        default_factory=lambda: {"component": "kube-apiserver", "tier": "control-plane"},
        title="labels",
    )
    """Labels of its Pods, by default those of kubeadm and Kubespray."""


class MeshEndpointConfig(_Model):
    """Where the other clusters' agents reach this one's clustermesh-apiserver."""

    address: IpAddress | None = None
    """An IP address, not a name. Default: the ExternalIP or InternalIP of the first node."""
    node_port: NodePort | None = None
    """Its NodePort, 30000 to 32767, different in every cluster. Default: 32256 + `id`."""


class ImageOverrides(_Model):
    """Images of the demo, for mirrors and air-gapped sites; a cluster's replace those of `demo`."""

    rebel_base: RebelBase[Image | None] = None
    x_wing: XWing[Image | None] = None
    pull_secrets: PullSecrets[tuple[ObjectName, ...] | None] = None


class NodeConfig(_Model):
    """A node whose kernel is looked after; what is left out is as in `ssh`."""

    name: ObjectName
    """Name of its Node object; with `kubean`, the name of one of the hosts."""
    address: SshAddress
    port: Port | None = None
    """Port of its sshd. Default: that of `ssh`."""
    user: SshUser = None
    private_key: OwnKey = None
    host_key: KnownKey = None


class ClusterConfig(_Model):
    """A member of the mesh."""

    name: ClusterName
    """`cluster-name` in the cluster's own cilium-config: at most 32 of a-z, 0-9 and "-", not
    "default", unique in the mesh. Its entries in the merged kubeconfig have this name too."""
    id: int
    """`cluster-id` in the cluster's own cilium-config: 1 to 255, or to 511 with
    `maxConnectedClusters: 511`; unique in the mesh."""
    former_name: ClusterName | None = None
    """The name that it had in the mesh so far. Confirms a change of `name`, which disrupts traffic;
    remove the key after that update."""
    former_id: ClusterId | None = None
    """The id that it had in the mesh so far. Confirms a change of `id`, which disrupts traffic;
    remove the key after that update."""
    pod_cidrs: Cidrs = Field(strict=False)
    """The ranges of its Pods: IPv4, IPv6 or both. They may overlap no other range of the mesh."""
    service_cidrs: Cidrs = Field(strict=False)
    """The ranges of its Services: IPv4, IPv6 or both; they may overlap no other of the mesh."""
    kubeconfig: str | None = Field(default=None, title="path")
    """Path of an admin kubeconfig: absolute, below `~`, or relative to the project folder. Each
    cluster has this, `kubeconfigContent` or `kubean`."""
    kubeconfig_content: SecretStr | None = None
    """Content of an admin kubeconfig, a secret, instead of a path."""
    context: str | None = None
    """The kubeconfig's context that leads to the cluster. Default: `current-context`."""
    kubean: KubeanMember | None = None
    cilium: CiliumMember = Field(default_factory=CiliumMember)
    api_server: ApiServerConfig = Field(default_factory=ApiServerConfig)
    mesh: MeshEndpointConfig = Field(default_factory=MeshEndpointConfig)
    images: ImageOverrides = Field(default_factory=ImageOverrides)
    nodes: tuple[NodeConfig, ...] = Field(default=(), strict=False)
    """Nodes whose kernels the program looks after, over SSH (docs/kernel.md)."""

    _document: Kubeconfig | None = PrivateAttr(default=None)

    @property
    def document(self) -> Kubeconfig:
        """The kubeconfig itself, read by `load` from the path or the content; secret throughout."""
        if self._document is None:
            raise LookupError(f"the kubeconfig of {self.name} was not read: use config.load")
        return self._document

    @property
    def made_by(self) -> KubeanMember:
        """What Kubean makes the cluster of; raises LookupError if Kubean does not make it."""
        if self.kubean is None:
            raise LookupError(f"{self.name} is not made by Kubean")
        return self.kubean

    @property
    def is_known(self) -> bool:
        """Whether the kubeconfig was given, so that the cluster can be asked at once."""
        return self._document is not None

    @property
    def mesh_node_port(self) -> int:
        """The NodePort of the clustermesh-apiserver Service; by default no other member has it."""
        return self.mesh.node_port or MESH_NODE_PORT_BASE + self.id


class CaConfig(_Model):
    """The CA that signs the certificates of the mesh."""

    source: Literal["firstCluster", "config", "mismatched"] = "firstCluster"
    """`firstCluster`: all clusters get the first one's `cilium-ca`. `config`: all get `cert` and
    `key`. `mismatched`: each keeps its own; needs cilium CLI 0.19.1 or newer."""
    cert: Annotated[str, AfterValidator(pem)] | None = Field(default=None, title="PEM")
    """The CA's certificate, as PEM or base64 of it; only with `source: config`."""
    key: SecretPem | None = None
    """The CA's unencrypted key, a secret, as PEM or base64 of it; only with `source: config`."""


class DemoImages(_Model):
    """Images of the demo; a cluster's own `images` replace them."""

    rebel_base: RebelBase[Image] = "docker.io/library/nginx:1.15.8"
    x_wing: XWing[Image] = (
        "quay.io/cilium/json-mock:v1.3.3"
        "@sha256:f26044a2b8085fcaa8146b6b8bb73556134d7ec3d5782c6a04a058c945924ca0"
    )
    pull_secrets: PullSecrets[tuple[ObjectName, ...]] = ()


class DemoConfig(_Model):
    """The demo workloads `rebel-base` and `x-wing`, and their global Service `rebel-base`."""

    enabled: bool = True
    """Whether the demo is deployed. Without it, verification looks at the connections only."""
    namespace: Namespace = "default"
    """Namespace of the demo in every cluster. It must exist: the program does not make it, because
    a destroy would then delete it with everything in it."""
    replicas: Replicas = 2
    """Pods of each workload in each cluster, 1 to 100."""
    service_port: Port = 80
    """Port of the global Service."""
    affinity: Literal["none", "local", "remote"] = "none"
    """Whose Pods answer the Service while they are ready: everybody's (`none`), the cluster's own
    (`local`) or the other clusters' (`remote`)."""
    shared: bool = True
    """Whether a cluster's Pods answer the other clusters too, not only their own."""
    images: DemoImages = Field(default_factory=DemoImages)


class VerificationConfig(_Model):
    """The proof with traffic at the end of an update: Pod to Pod, and the global Service."""

    enabled: bool = True
    """Whether an update ends with the proof."""
    requests: Requests = 20
    """Requests to the global Service from each cluster, 1 to 1000."""
    timeout_seconds: Seconds = 180
    """How long all traffic together may take until every route has answered, in seconds."""


class TimeoutsConfig(_Model):
    """How long a step may take before it fails, in whole seconds, 1 to 3600."""

    enable_seconds: Seconds = 300
    """`cilium clustermesh enable` in one cluster, certificates included."""
    connect_seconds: Seconds = 300
    """Connecting one cluster to all its peers; then as long again until its clustermesh-apiserver
    and agents are ready."""
    disconnect_seconds: Seconds = 120
    """Disconnecting one cluster from its peers."""
    disable_seconds: Seconds = 120
    """`cilium clustermesh disable` in one cluster."""
    status_seconds: Seconds = 300
    """Waiting until a cluster is connected to every other."""
    request_seconds: Seconds = 10
    """One request to an API server, or one run of a credential plugin."""


class JumpConfig(_Model):
    """The host that all nodes are reached through."""

    address: SshAddress
    port: Port = 22
    """Port of its sshd."""
    user: SshUser = None
    private_key: OwnKey = None
    host_key: KnownKey = None


class SshConfig(_Model):
    """How the nodes in `clusters[].nodes` are reached."""

    user: UserName = "root"
    """The user that logs in: root, or one that has `sudo` without a password."""
    port: Port = 22
    """Port of sshd on the nodes."""
    private_key: SshKey | None = None
    """Unencrypted private key, a secret. Default: the keys in the agent at `SSH_AUTH_SOCK`."""
    connect_seconds: Seconds = 10
    """How long one attempt to connect may take, in seconds."""
    jump: JumpConfig | None = None


class KernelConfig(_Model):
    """What happens to nodes whose kernel is too old for Cilium (docs/kernel.md)."""

    upgrade: bool = False
    """Whether a newer kernel is installed, and the node drained and rebooted, one node at a time.
    Otherwise preflight only reports old kernels."""
    cilium_version: CiliumVersion | None = None
    """The Cilium that the nodes are to run, if a newer one. Default: the version running there."""
    package: Literal["kernel-lt", "kernel-ml"] = "kernel-lt"
    """ELRepo's long-term (`kernel-lt`) or mainline (`kernel-ml`) kernel."""
    base_url: Url | None = None
    """A repository instead of ELRepo's; `{el}` and `{arch}` are filled in. Required for EL7.
    Default: ELRepo's."""
    release_package_url: Url | None = None
    """The package that sets up ELRepo's repositories; `{el}` and `{arch}` are filled in. Not used
    with `baseUrl`. Default: ELRepo's."""
    key_urls: tuple[Url, ...] = Field(default=(), strict=False)
    """The keys that the packages are signed with. Default: ELRepo's."""
    install_seconds: Seconds = 900
    """How long each call of the package manager may take, in seconds."""
    drain_seconds: Seconds = 300
    """How long Pods may take to leave the node, in seconds."""
    reboot_seconds: Seconds = 600
    """How long the node may take to be back and Ready, in seconds."""


@dataclass(frozen=True, slots=True)
class OwnedRelease:
    """Cilium's Helm release, if the program owns it; `values` are the user's, maybe secret."""

    chart: Chart
    values: Mapping[str, Any] = field(repr=False)


class MeshConfig(_Model):
    """The whole stack config, the keys of the namespace `cilium-clustermesh`."""

    clusters: tuple[ClusterConfig, ...] = Field(strict=False)
    """The members of the mesh, two or more. With `ca.source: firstCluster` the first one's CA
    becomes everybody's."""
    max_connected_clusters: Literal[255, 511] = 255
    """How many clusters every Cilium was installed for, 255 or 511; it cannot be changed later."""
    service_type: Literal["NodePort"] = "NodePort"
    """How every clustermesh-apiserver is exposed; there is one way."""
    ca: CaConfig = Field(default_factory=CaConfig)
    cilium: CiliumInstall = Field(default_factory=CiliumInstall)
    preflight: dict[str, Annotated[Level, Strict(False)]] = Field(default_factory=dict)
    """Levels of single preflight checks, by their names: `error` stops the update, `warn` prints a
    warning, `off` skips the check. Default: the level of each check in docs/configuration.md."""
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
        """Where the config has a secret in plain text, in the order of the config."""
        return self._exposed

    @property
    def made_clusters(self) -> tuple[ClusterConfig, ...]:
        """The members that Kubean makes, in the order of the config."""
        return tuple(cluster for cluster in self.clusters if cluster.kubean is not None)

    @property
    def management(self) -> Kubeconfig:
        """The kubeconfig of the management cluster, read by `load`; secret throughout.

        Raises LookupError if no cluster is made by Kubean.
        """
        if self._management is None:
            raise LookupError("no cluster is made by Kubean, so its kubeconfig was not read")
        return self._management

    @property
    def preflight_levels(self) -> Mapping[str, Level]:
        """The level of every preflight check: the defaults, changed as this config says."""
        return MappingProxyType({**DEFAULT_LEVELS, **self.preflight})

    def cluster(self, name: str) -> ClusterConfig:
        """Return the member of that name; raises KeyError if there is none."""
        return {cluster.name: cluster for cluster in self.clusters}[name]

    def release_of(self, cluster: ClusterConfig) -> OwnedRelease | None:
        """The wanted Helm release of Cilium in a cluster; None if the program does not own it."""
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
