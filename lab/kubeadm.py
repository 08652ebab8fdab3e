"""kubeadm on a node: the control plane as static Pods, as Kubespray leaves it."""

from pathlib import Path

import yaml

from lab.node import Node
from lab.spec import ClusterSpec
from tools.host import RELAXED

KUBERNETES_VERSION = "v1.33.4"
COREDNS_VERSION = "v1.12.4"
ETCD_VERSION = "3.5.24-0"
PAUSE_IMAGE = "registry.k8s.io/pause:3.10"
TOKEN = "labjoi.0123456789abcdef"
"""The bootstrap token that workers join with. Not a secret: the lab has no way in from outside."""

_CRI_SOCKET = "unix:///run/containerd/containerd.sock"
_IGNORED_PREFLIGHT = "HTTPProxyCIDR"
"""kubeadm asks for `https://[10.0.0.1]:1234/`, which Go ≥ 1.25.2 refuses to parse."""

_PATCHES = "etc/kubernetes/patches"
_PROBE_SECONDS = 5
# The longest that client-go allows within its lease of 15 s.
RENEWAL = {"renew-deadline": "12s", "retry-period": "6s"}
"""Lease renewal of leaders without rivals: by default it is most of an idle cluster's writes."""

Document = dict[str, object]


def init(node: Node, cluster: ClusterSpec) -> None:
    """Create the control plane, without kube-proxy: Cilium replaces it."""
    _write_config(node, [_init_configuration(node), cluster_configuration(cluster), _kubelet()])
    _write_patches(node)
    node.run(
        "kubeadm",
        "init",
        "--config=/etc/kubernetes/kubeadm.yaml",
        f"--ignore-preflight-errors={_IGNORED_PREFLIGHT}",
        timeout=300,
    )


def join(node: Node, cluster: ClusterSpec) -> None:
    """Make the node a worker of the cluster."""
    _write_config(node, [_join_configuration(node, cluster)])
    node.run(
        "kubeadm",
        "join",
        "--config=/etc/kubernetes/kubeadm.yaml",
        f"--ignore-preflight-errors={_IGNORED_PREFLIGHT}",
        timeout=300,
    )


def admin_kubeconfig(node: Node) -> str:
    """The kubeconfig that kubeadm left for the administrator."""
    return (node.folder / "fs/etc/kubernetes/admin.conf").read_text()


def is_initialised(node: Node) -> bool:
    """Whether kubeadm has finished on this node."""
    return _done_file(node).exists()


def mark_initialised(node: Node) -> None:
    """Record that kubeadm has finished, to tell it from an interrupted one."""
    _done_file(node).touch()


def _done_file(node: Node) -> Path:
    return node.folder / "kubeadm.done"


def _write_config(node: Node, documents: list[Document]) -> None:
    path = node.folder / "fs/etc/kubernetes/kubeadm.yaml"
    path.write_text(yaml.safe_dump_all(documents, sort_keys=False))


def _write_patches(node: Node) -> None:
    """Patch the readiness probes to run every few seconds; kubeadm's run every second."""
    folder = node.folder / "fs" / _PATCHES
    folder.mkdir(exist_ok=True)
    for name in ("etcd", "kube-apiserver"):
        container = {"name": name, "readinessProbe": {"periodSeconds": _PROBE_SECONDS}}
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({"spec": {"containers": [container]}}))


def _registration(node: Node) -> Document:
    return {
        "name": node.spec.name,
        "criSocket": _CRI_SOCKET,
        "imagePullPolicy": "IfNotPresent",
        "taints": [],
        "kubeletExtraArgs": [{"name": "node-ip", "value": str(node.spec.address)}],
    }


def _init_configuration(node: Node) -> Document:
    return {
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "InitConfiguration",
        "bootstrapTokens": [{"token": TOKEN, "ttl": "0"}],
        "localAPIEndpoint": {"advertiseAddress": str(node.spec.address), "bindPort": 6443},
        "nodeRegistration": _registration(node),
        "patches": {"directory": f"/{_PATCHES}"},
        "skipPhases": ["addon/kube-proxy"],
    }


def cluster_configuration(cluster: ClusterSpec) -> Document:
    """The part of kubeadm's configuration about the cluster as a whole."""
    # Without this, exec and logs try to resolve node names, which no DNS knows here.
    preferred = {"name": "kubelet-preferred-address-types", "value": "InternalIP"}
    plugins = {"name": "flex-volume-plugin-dir", "value": "/var/lib/kubelet/volumeplugins"}
    election = [{"name": f"leader-elect-{key}", "value": RENEWAL[key]} for key in RENEWAL]
    # A lab may lose its last writes if the machine itself loses power, and only then.
    fast = {"name": "unsafe-no-fsync", "value": "true"}
    relaxed = [{"name": name, "value": value} for name, value in RELAXED.items()]
    return {
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "ClusterConfiguration",
        # Kubespray's name, the same in every cluster on purpose: a plain merge of kubeconfigs
        # would silently drop one of them.
        "clusterName": "cluster.local",
        "kubernetesVersion": KUBERNETES_VERSION,
        "controlPlaneEndpoint": f"{cluster.control_plane.address}:6443",
        "networking": {
            "podSubnet": str(cluster.pod_cidr),
            "serviceSubnet": str(cluster.service_cidr),
            "dnsDomain": "cluster.local",
        },
        "apiServer": {"extraArgs": [preferred], "extraEnvs": relaxed},
        "controllerManager": {"extraArgs": [plugins, *election], "extraEnvs": relaxed},
        "scheduler": {"extraArgs": election, "extraEnvs": relaxed},
        "dns": {"imageTag": COREDNS_VERSION},
        "etcd": {"local": {"imageTag": ETCD_VERSION, "extraArgs": [fast], "extraEnvs": relaxed}},
    }


def _kubelet() -> Document:
    eviction = {"nodefs.available": "0%", "nodefs.inodesFree": "0%", "imagefs.available": "0%"}
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": "/kubelet",
        "failCgroupV1": False,
        "failSwapOn": False,
        "volumePluginDir": "/var/lib/kubelet/volumeplugins",
        "evictionHard": eviction,
        "imageGCHighThresholdPercent": 100,
    }


def _join_configuration(node: Node, cluster: ClusterSpec) -> Document:
    return {
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "JoinConfiguration",
        "discovery": {
            "bootstrapToken": {
                "apiServerEndpoint": f"{cluster.control_plane.address}:6443",
                "token": TOKEN,
                "unsafeSkipCAVerification": True,
            }
        },
        "nodeRegistration": _registration(node),
    }
