"""The sections of the stack config about clusters that Kubean makes."""

from typing import Any, Literal

from pydantic import Field, SecretStr

from ..common.versions import Version, parse
from .base import Model
from .types import (
    Host,
    Image,
    IpAddress,
    KubernetesVersion,
    KubesprayVersion,
    Namespace,
    ObjectName,
    OperationSeconds,
    Port,
    SshKey,
    UserName,
)

Role = Literal["kube_control_plane", "kube_node", "etcd"]


class KubeanHost(Model):
    """A machine that becomes a node."""

    name: ObjectName
    """Name of the machine, which becomes the node's."""
    address: Host
    """Where its sshd is reached, and on the first control plane node the API server: an IP address
    or a DNS name."""
    ip: IpAddress | None = None
    """Its address in the cluster. Default: `address`, if that is an IP address."""
    roles: tuple[Role, ...] = Field(default=("kube_node",), strict=False)
    """Its groups in Kubespray: `kube_control_plane`, `etcd` and `kube_node`. Each needs a host, and
    `etcd` an odd number of them."""


class KubeanSsh(Model):
    """How Kubespray logs in to the machines."""

    user: UserName = "root"
    """The user that logs in: root, or one that becomes root without a password."""
    port: Port = 22
    """Port of sshd on the machines."""
    private_key: SshKey
    """The user's private key, without a passphrase; a secret."""


class KubeanMember(Model):
    """What Kubean makes this cluster of; it then has no kubeconfig of its own (docs/kubean.md)."""

    hosts: tuple[KubeanHost, ...] = Field(strict=False)
    """The machines, each with a name, an address and roles."""
    ssh: KubeanSsh
    image: Image
    """The spray-job image, such as `ghcr.io/kubean-io/spray-job:v0.37.0`."""
    kubespray_version: KubesprayVersion
    """Version of Kubespray in the image, 2.28 or newer, such as "2.31". Which variables exist
    depends on it."""
    kubernetes_version: KubernetesVersion | None = None
    """Version of Kubernetes, such as "1.34.3". Default: Kubespray's."""
    tunnel_mode: Literal["vxlan", "geneve"] = "vxlan"
    """Protocol of Cilium's tunnels, the same in every cluster: `vxlan` or `geneve`."""
    supplementary_addresses: tuple[Host, ...] = Field(default=(), strict=False)
    """More addresses and names for the API server's certificate."""
    extra_vars: dict[str, Any] = Field(default_factory=dict, repr=False)
    """More variables of Kubespray. What the program sets itself is refused."""
    action: Literal["install", "scale", "upgrade"] = "install"
    """Which playbook applies a change to the cluster: `install`, `scale` or `upgrade`."""
    limit: tuple[ObjectName, ...] = Field(default=(), strict=False)
    """The names of the new hosts, with `action: scale`. Default: all."""
    protect: bool = True
    """Whether the cluster is protected from being removed."""
    reset: bool = False
    """Whether a removal uninstalls Kubernetes from the machines, with `reset.yml`. Set it in a
    `pulumi up` of its own before the removal."""
    timeout_seconds: OperationSeconds = 3600
    """How long to wait for an operation, in seconds, 1 to 21600."""

    @property
    def kubespray(self) -> Version:
        """The version of Kubespray, to compare it; raises LookupError if it was not checked."""
        found = parse(self.kubespray_version)
        if found is None:
            raise LookupError("the version of Kubespray was not checked")
        return found


class KubeanConfig(Model):
    """The management cluster, through which Kubean makes clusters."""

    management_kubeconfig: str | None = Field(default=None, title="path")
    """Path of its kubeconfig. This or the content is required if Kubean makes a cluster."""
    management_kubeconfig_content: SecretStr | None = None
    """Content of its kubeconfig, a secret, instead of a path."""
    context: str | None = None
    """The kubeconfig's context that leads to it. Default: `current-context`."""
    namespace: Namespace = "kubean-system"
    """Namespace of Kubean's operator."""
