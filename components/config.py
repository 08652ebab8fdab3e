"""The stack config as typed models, and `load`, which reports every fault of it at once.

Keys are camelCase in YAML and snake_case here. Nothing in this file knows Pulumi: `load` takes plain
values, so that it can be tested, and used by tools, without an engine.
"""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr
from pydantic.alias_generators import to_camel

from components.kubeconfig import Kubeconfig
from components.preflight_catalog import DEFAULT_LEVELS, Level

Network = IPv4Network | IPv6Network
NODE_PORT_MIN, NODE_PORT_MAX = 30000, 32767
# 32256 + 511 = 32767: every id that Cilium allows gets a NodePort of its own inside Kubernetes' range.
# Own, because before Cilium 1.19 with kube-proxy replacement a peer's NodePort that is also used
# locally reaches the local cluster (cilium#24692, cilium#30297).
MESH_NODE_PORT_BASE = 32256

NodePort = Annotated[int, Field(ge=NODE_PORT_MIN, le=NODE_PORT_MAX)]
Seconds = Annotated[int, Field(ge=1, le=3600)]


class _Model(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
    )


class ApiServerConfig(_Model):
    """Where a cluster's API server is reached through its NodePort Service; None means: find out."""

    address: str | None = None
    node_port: NodePort | None = None
    tls_server_name: str | None = None
    selector: dict[str, str] = Field(
        default_factory=lambda: {"component": "kube-apiserver", "tier": "control-plane"}
    )


class MeshEndpointConfig(_Model):
    """Where the peers reach a cluster's clustermesh-apiserver; None means: the default."""

    address: str | None = None
    node_port: NodePort | None = None


class ImageOverrides(_Model):
    """Images for one cluster that replace the demo's, for mirrors and air-gapped sites."""

    rebel_base: str | None = None
    x_wing: str | None = None
    pull_secrets: tuple[str, ...] | None = Field(default=None, strict=False)


class ClusterConfig(_Model):
    """One member of the mesh."""

    name: str
    id: int
    pod_cidrs: tuple[Network, ...] = Field(strict=False)
    service_cidrs: tuple[Network, ...] = Field(strict=False)
    kubeconfig: str | None = None
    kubeconfig_content: SecretStr | None = None
    context: str | None = None
    api_server: ApiServerConfig = Field(default_factory=ApiServerConfig)
    mesh: MeshEndpointConfig = Field(default_factory=MeshEndpointConfig)
    images: ImageOverrides = Field(default_factory=ImageOverrides)

    _document: Kubeconfig | None = PrivateAttr(default=None)

    @property
    def document(self) -> Kubeconfig:
        """The kubeconfig itself, read by `load` from the path or the content; secret throughout."""
        if self._document is None:
            raise LookupError(f"the kubeconfig of {self.name} was not read: use config.load")
        return self._document

    @property
    def mesh_node_port(self) -> int:
        """The NodePort of the clustermesh-apiserver Service, unique in the mesh by default."""
        return self.mesh.node_port or MESH_NODE_PORT_BASE + self.id


class CaConfig(_Model):
    """Which CA signs the mesh certificates.

    `firstCluster`: the first cluster's `cilium-ca` is given to the others. `config`: `cert` and `key`.
    `mismatched`: each cluster keeps its own.
    """

    source: Literal["firstCluster", "config", "mismatched"] = "firstCluster"
    cert: str | None = None
    key: SecretStr | None = None


class DemoImages(_Model):
    """Images of the demo workloads."""

    rebel_base: str = "docker.io/library/nginx:1.15.8"
    x_wing: str = (
        "quay.io/cilium/json-mock:v1.3.3"
        "@sha256:f26044a2b8085fcaa8146b6b8bb73556134d7ec3d5782c6a04a058c945924ca0"
    )
    pull_secrets: tuple[str, ...] = Field(default=(), strict=False)


class DemoConfig(_Model):
    """The demo workloads and their global Service."""

    enabled: bool = True
    namespace: str = "default"
    replicas: int = Field(default=2, ge=1, le=100)
    service_port: int = Field(default=80, ge=1, le=65535)
    affinity: Literal["none", "local", "remote"] = "none"
    shared: bool = True
    images: DemoImages = Field(default_factory=DemoImages)


class VerificationConfig(_Model):
    """The proof with traffic at the end of an update."""

    enabled: bool = True
    requests: int = Field(default=20, ge=1, le=1000)
    timeout_seconds: Seconds = 180


class TimeoutsConfig(_Model):
    """How long a step may take, in seconds, before it fails."""

    enable_seconds: Seconds = 300
    connect_seconds: Seconds = 300
    disconnect_seconds: Seconds = 120
    disable_seconds: Seconds = 120
    status_seconds: Seconds = 300
    request_seconds: Seconds = 10


class MeshConfig(_Model):
    """The whole stack config of namespace `cilium-clustermesh`."""

    clusters: tuple[ClusterConfig, ...] = Field(strict=False)
    max_connected_clusters: Literal[255, 511] = 255
    service_type: Literal["NodePort"] = "NodePort"
    ca: CaConfig = Field(default_factory=CaConfig)
    preflight: dict[str, Level] = Field(default_factory=dict)
    demo: DemoConfig = Field(default_factory=DemoConfig)
    verification: VerificationConfig = Field(default_factory=VerificationConfig)
    timeouts: TimeoutsConfig = Field(default_factory=TimeoutsConfig)

    @property
    def preflight_levels(self) -> Mapping[str, Level]:
        """The level of every preflight check: the defaults with this config's changes."""
        return MappingProxyType({**DEFAULT_LEVELS, **self.preflight})

    def cluster(self, name: str) -> ClusterConfig:
        """Find a member by its name; raises KeyError where there is none."""
        return {cluster.name: cluster for cluster in self.clusters}[name]

    def peers_of(self, name: str) -> tuple[ClusterConfig, ...]:
        """All other members, in the order of the config."""
        return tuple(cluster for cluster in self.clusters if cluster.name != name)

    def demo_images(self, cluster: ClusterConfig) -> DemoImages:
        """The demo images of one cluster: the demo's, replaced by the cluster's own overrides."""
        own = cluster.images.model_dump(exclude_none=True)
        return self.demo.images.model_copy(update=own)


def load(raw: Mapping[str, object], project_dir: Path) -> MeshConfig:
    """Check the raw values, keyed without namespace, and read the kubeconfigs they point to.

    Raises ConfigFaults with every fault; relative kubeconfig paths start at `project_dir`.
    """
    raise NotImplementedError


def from_pulumi_text(values: Mapping[str, str]) -> dict[str, object]:
    """Decode values as the engine hands them over: JSON where they are, else plain text."""
    raise NotImplementedError
