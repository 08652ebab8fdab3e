"""The parts of the stack config that are about clusters which Kubean makes."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr

from ..common.versions import Version, parse
from . import ssh_keys
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
    UserName,
    refused,
)

Role = Literal["kube_control_plane", "kube_node", "etcd"]


def _ssh_key(secret: SecretStr) -> SecretStr:
    # Without the line feed at its end ssh cannot read a key.
    text = secret.get_secret_value().strip() + "\n"
    try:
        ssh_keys.load(text)
    except (ValueError, TypeError):
        raise refused(
            "this is no private key that ssh can use unattended",
            "an unencrypted private key as ssh-keygen writes it, or in PEM",
            "give the content of the key file with `pulumi config set --secret --path`",
        ) from None
    return SecretStr(text)


SshKey = Annotated[SecretStr, AfterValidator(_ssh_key)]


class KubeanHost(Model):
    """A machine that becomes a node. `ip`: its address in the cluster; None: `address`, if an IP.

    `roles` are Kubespray's groups.
    """

    name: ObjectName = Field(description="the machine's name, which becomes the node's")
    address: Host = Field(description="where its sshd is reached: an IP address or a DNS name")
    ip: IpAddress | None = None
    roles: tuple[Role, ...] = Field(default=("kube_node",), strict=False)


class SshConfig(Model):
    """How Kubespray logs in to the machines; the user has to be root or able to become it."""

    user: UserName = "root"
    port: Port = 22
    private_key: SshKey = Field(description="the private key of that user, a secret")


class KubeanMember(Model):
    """A cluster that Kubean makes. `image`: the spray-job, whose Kubespray is the version given."""

    hosts: tuple[KubeanHost, ...] = Field(
        strict=False, description="the machines, each with name, address and roles"
    )
    ssh: SshConfig = Field(description="how to log in to the machines, with privateKey a secret")
    image: Image = Field(description="the spray-job image, such as ghcr.io/kubean-io/spray-job:TAG")
    kubespray_version: KubesprayVersion = Field(
        description="the version of Kubespray in the image, such as '2.31'"
    )
    kubernetes_version: KubernetesVersion | None = None
    tunnel_mode: Literal["vxlan", "geneve"] = "vxlan"
    supplementary_addresses: tuple[Host, ...] = Field(default=(), strict=False)
    extra_vars: dict[str, Any] = Field(default_factory=dict, repr=False)
    action: Literal["install", "scale", "upgrade"] = "install"
    limit: tuple[ObjectName, ...] = Field(default=(), strict=False)
    protect: bool = True
    reset: bool = False
    timeout_seconds: OperationSeconds = 3600

    @property
    def kubespray(self) -> Version:
        """The version of Kubespray, to be compared."""
        found = parse(self.kubespray_version)
        if found is None:
            raise LookupError("the version of Kubespray was not checked")
        return found


class KubeanConfig(Model):
    """The management cluster, in which Kubean runs, and the namespace of its operator."""

    management_kubeconfig: str | None = None
    management_kubeconfig_content: SecretStr | None = None
    context: str | None = None
    namespace: Namespace = "kubean-system"
