"""What a ClusterMesh is told: the stack config, as arguments.

The words after each key become its description in the schema of the Pulumi package. What is
allowed, and what is meant by a key that is left out, `config/models.py` decides.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict


class ApiServer(TypedDict, total=False):
    """How the other clusters' operators reach a cluster's API server: through a NodePort."""

    address: str | None
    """An IP address or a DNS name. Default: found out."""
    node_port: int | None
    """The NodePort of that Service, 30000 to 32767. Default: Kubernetes chooses."""
    tls_server_name: str | None
    """A name in its certificate, where that does not cover the address. Default: found out."""
    selector: Mapping[str, str] | None
    """How its Pods are found. Default: the labels of kubeadm and Kubespray."""


class MeshEndpoint(TypedDict, total=False):
    """Where the other clusters' agents reach a cluster's clustermesh-apiserver."""

    address: str | None
    """An IP address. Default: that of the first node."""
    node_port: int | None
    """Its NodePort, its own in the mesh. Default: 32256 and the cluster's id."""


class Images(TypedDict, total=False):
    """Images of the demo: mirrors, air-gapped sites."""

    rebel_base: str | None
    """The server, an nginx."""
    x_wing: str | None
    """The client; it has to have curl."""
    pull_secrets: Sequence[str] | None
    """Secrets in the demo's namespace that images are pulled with."""


class MemberCilium(TypedDict, total=False):
    """What one cluster has otherwise than the mesh's `cilium` says."""

    install: bool | None
    """Whether Cilium's Helm release is this program's in this cluster."""
    version: str | None
    """The version of the chart, in full."""
    chart: str | None
    """The chart."""
    values: Mapping[str, Any] | None
    """Further values of the chart, put over those of the mesh."""


class Node(TypedDict, total=False):
    """A node whose kernel is looked after."""

    name: str
    """The name of its Node object; with `kubean`, of the machine."""
    address: str
    """Where its sshd is reached: an IP address or a DNS name."""
    port: int | None
    """Where its sshd listens. Default: that of `ssh`."""
    user: str | None
    """Who logs in. Default: that of `ssh`."""
    private_key: str | None
    """An unencrypted private key, secret. Default: that of `ssh`."""
    host_key: str | None
    """Its public host key, type and base64. Default: `known_hosts` is asked."""


class KubeanHost(TypedDict, total=False):
    """A machine that becomes a node of a cluster which Kubean makes."""

    name: str
    """The machine's name, which becomes the node's."""
    address: str
    """Where its sshd is reached: an IP address or a DNS name."""
    ip: str | None
    """Its address in the cluster. Default: `address`, if that is an IP address."""
    roles: Sequence[str] | None
    """Groups of Kubespray: kube_control_plane, etcd, kube_node. Default: kube_node."""


class KubeanSsh(TypedDict, total=False):
    """How Kubespray logs in to the machines."""

    user: str | None
    """Root, or one who becomes root without a password. Default: root."""
    port: int | None
    """Where sshd listens. Default: 22."""
    private_key: str
    """The private key of that user, without a passphrase, secret."""


class MemberKubean(TypedDict, total=False):
    """A cluster that Kubean makes of machines."""

    hosts: Sequence[KubeanHost]
    """The machines."""
    ssh: KubeanSsh
    """How Kubespray logs in to them."""
    image: str
    """The spray-job image."""
    kubespray_version: str
    """The version of the Kubespray in the image, 2.28 or newer."""
    kubernetes_version: str | None
    """Such as 1.34.3. Default: Kubespray's."""
    tunnel_mode: str | None
    """Cilium's tunnels, the same in every cluster: vxlan or geneve. Default: vxlan."""
    supplementary_addresses: Sequence[str] | None
    """Further addresses and names for the API server's certificate. Default: none."""
    extra_vars: Mapping[str, Any] | None
    """Further variables of Kubespray. Default: none."""
    action: str | None
    """How a change is brought to the cluster: install, scale or upgrade. Default: install."""
    limit: Sequence[str] | None
    """With scale: the hosts that are new. Default: all."""
    protect: bool | None
    """Whether the cluster must not be removed. Default: true."""
    reset: bool | None
    """Whether a removal takes Kubernetes off the machines. Default: false."""
    timeout_seconds: int | None
    """How long an operation is waited for, 1 to 21600. Default: 3600."""


class Cluster(TypedDict, total=False):
    """A member of the mesh."""

    name: str
    """The cluster's name, as its cilium-config has it, unique in the mesh."""
    id: int
    """The cluster's id, as its cilium-config has it, unique in the mesh: 1 to 255, or to 511."""
    former_name: str | None
    """The name that it had in the mesh so far: says that the change is meant."""
    former_id: int | None
    """The id that it had in the mesh so far: says that the change is meant."""
    pod_cidrs: Sequence[str]
    """The ranges that its Pods have; no range of the mesh may overlap another."""
    service_cidrs: Sequence[str]
    """The ranges that its Services have; no range of the mesh may overlap another."""
    kubeconfig: str | None
    """The path of an admin kubeconfig: absolute, below ~, or relative to the project's folder."""
    kubeconfig_content: str | None
    """The content of an admin kubeconfig instead of a path, secret."""
    context: str | None
    """Which context of the kubeconfig leads to the cluster. Default: its current one."""
    kubean: MemberKubean | None
    """Says that Kubean makes the cluster; it has no kubeconfig of its own then."""
    cilium: MemberCilium | None
    """What this cluster has otherwise than the mesh's `cilium` says."""
    api_server: ApiServer | None
    """How the other clusters' operators reach its API server."""
    mesh: MeshEndpoint | None
    """Where the other clusters' agents reach its clustermesh-apiserver."""
    images: Images | None
    """The demo's images in this cluster. Default: those of `demo`."""
    nodes: Sequence[Node] | None
    """Nodes whose kernels are looked after. Default: none."""


class Ca(TypedDict, total=False):
    """The CA that signs the certificates of the mesh."""

    source: str | None
    """Where it comes from: firstCluster, config or mismatched. Default: firstCluster."""
    cert: str | None
    """With config: its certificate, PEM."""
    key: str | None
    """With config: its private key, PEM, secret."""


class Cilium(TypedDict, total=False):
    """Cilium's Helm release, where it is to be this program's."""

    install: bool | None
    """Whether Cilium is installed, or its release taken over. Default: false."""
    version: str | None
    """The version of the chart, in full; needed with `install`."""
    chart: str | None
    """The name of a chart in the repository, oci://registry/path, or a path. Default: cilium."""
    repository: str | None
    """Where the chart is found by its name. Default: https://helm.cilium.io."""
    values: Mapping[str, Any] | None
    """Further values of the chart, the same in every cluster. Default: none."""


class Jump(TypedDict, total=False):
    """The host that all nodes are reached through."""

    address: str
    """Where its sshd is reached: an IP address or a DNS name."""
    port: int | None
    """Where its sshd listens. Default: 22."""
    user: str | None
    """Who logs in. Default: that of `ssh`."""
    private_key: str | None
    """An unencrypted private key, secret. Default: that of `ssh`."""
    host_key: str | None
    """Its public host key, type and base64. Default: `known_hosts` is asked."""


class Ssh(TypedDict, total=False):
    """How nodes are reached."""

    user: str | None
    """Root, or one with sudo without a password. Default: root."""
    port: int | None
    """Where sshd listens. Default: 22."""
    private_key: str | None
    """An unencrypted private key, secret. Default: the agent of SSH_AUTH_SOCK has it."""
    connect_seconds: int | None
    """How long one attempt to connect may take, in seconds. Default: 10."""
    jump: Jump | None
    """The host that all nodes are reached through. Default: none."""


class Kernel(TypedDict, total=False):
    """What becomes of nodes whose kernel is too old for Cilium."""

    upgrade: bool | None
    """Whether a newer one is installed, and the node drained and rebooted. Default: false."""
    cilium_version: str | None
    """The Cilium that the nodes are to run. Default: the one that runs there."""
    package: str | None
    """ELRepo's kernel-lt or kernel-ml. Default: kernel-lt."""
    base_url: str | None
    """A repository instead of ELRepo's own; {el} and {arch} are filled in."""
    release_package_url: str | None
    """The package that brings ELRepo's repositories. Default: ELRepo's own."""
    key_urls: Sequence[str] | None
    """The keys that packages are signed with. Default: ELRepo's."""
    install_seconds: int | None
    """How long each call of the package manager may take, in seconds. Default: 900."""
    drain_seconds: int | None
    """How long Pods may take to leave, in seconds. Default: 300."""
    reboot_seconds: int | None
    """How long the node may take to be back and ready, in seconds. Default: 600."""


class Demo(TypedDict, total=False):
    """The demo workloads and their global Service."""

    enabled: bool | None
    """Whether there is a demo; without it only connections are verified. Default: true."""
    namespace: str | None
    """Where it lives, the same in every cluster; it must exist. Default: default."""
    replicas: int | None
    """Pods of each workload in each cluster, 1 to 100. Default: 2."""
    service_port: int | None
    """The port of the global Service. Default: 80."""
    affinity: str | None
    """Whose Pods answer while they are ready: none, local or remote. Default: none."""
    shared: bool | None
    """Whether a cluster's Pods answer the others as well. Default: true."""
    images: Images | None
    """Its images. Default: those of the procedure, from their public registries."""


class VerificationSettings(TypedDict, total=False):
    """The proof with traffic at the end of an update."""

    enabled: bool | None
    """Whether an update ends with it. Default: true."""
    requests: int | None
    """Requests to the global Service from each cluster, 1 to 1000. Default: 20."""
    timeout_seconds: int | None
    """How long all traffic may take until every route has answered. Default: 180."""


class Timeouts(TypedDict, total=False):
    """How long a step may take before it fails, in seconds, 1 to 3600."""

    enable_seconds: int | None
    """`cilium clustermesh enable` in one cluster. Default: 300."""
    connect_seconds: int | None
    """`cilium clustermesh connect` of one cluster to all its peers. Default: 300."""
    disconnect_seconds: int | None
    """Taking the peers out of one cluster. Default: 120."""
    disable_seconds: int | None
    """`cilium clustermesh disable` in one cluster. Default: 120."""
    status_seconds: int | None
    """Until a cluster is connected to every other. Default: 300."""
    request_seconds: int | None
    """One request to an API server. Default: 10."""


class Kubean(TypedDict, total=False):
    """The management cluster, through which Kubean makes clusters."""

    management_kubeconfig: str | None
    """The path of its kubeconfig, needed where a cluster is made."""
    management_kubeconfig_content: str | None
    """The content of its kubeconfig instead of a path, secret."""
    context: str | None
    """Which context of the kubeconfig leads to it. Default: its current one."""
    namespace: str | None
    """The namespace of Kubean's operator. Default: kubean-system."""


class ClusterMeshArgs(TypedDict, total=False):
    """A mesh; everything in it has to be known before anything is made."""

    clusters: Sequence[Cluster]
    """The members, two or more. The first one's CA becomes everybody's, by default."""
    max_connected_clusters: int | None
    """How many clusters every Cilium was installed for: 255 or 511. Default: 255."""
    service_type: str | None
    """How every clustermesh-apiserver is exposed; there is one way. Default: NodePort."""
    ca: Ca | None
    """The CA that signs the certificates of the mesh."""
    cilium: Cilium | None
    """Cilium's Helm release, where it is to be this program's."""
    preflight: Mapping[str, str] | None
    """Levels of single checks by their names: error, warn or off."""
    ssh: Ssh | None
    """How nodes are reached."""
    kernel: Kernel | None
    """What becomes of nodes whose kernel is too old for Cilium."""
    demo: Demo | None
    """The demo workloads and their global Service."""
    verification: VerificationSettings | None
    """The proof with traffic at the end of an update."""
    timeouts: Timeouts | None
    """How long a step may take before it fails."""
    kubean: Kubean | None
    """The management cluster, through which Kubean makes clusters."""
