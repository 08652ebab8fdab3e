"""Cilium in a lab cluster, installed by the cilium CLI as a Helm release, not yet in a mesh."""

from pathlib import Path

import yaml

from lab import cgroups
from lab.kubeadm import RENEWAL
from lab.kubectl import ClusterClient
from lab.paths import LabPaths
from lab.spec import ClusterSpec

VERSION = "1.18.4"

_AGENT_CAPABILITIES = [
    "CHOWN",
    "KILL",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "SYS_MODULE",
    "SYS_ADMIN",
    "DAC_OVERRIDE",
    "FOWNER",
    "SETGID",
    "SETUID",
]
_CLEAN_CAPABILITIES = ["NET_ADMIN", "SYS_MODULE", "SYS_ADMIN"]
"""The chart's own lists without SYS_RESOURCE, which this kind of machine may lack itself."""

_IMAGES = ("image", "operator.image", "clustermesh.apiserver.image", "certgen.image")

Values = dict[str, object]


def values(cluster: ClusterSpec) -> Values:
    """The Helm values of a cluster that can become a mesh member later."""
    election = [f"--leader-election-{key}={value}" for key, value in RENEWAL.items()]
    settings: Values = {
        "cluster": {"name": cluster.name, "id": cluster.id},
        "ipam": {"mode": "kubernetes"},
        "kubeProxyReplacement": True,
        "k8sServiceHost": str(cluster.control_plane.address),
        # Tests reach a node's API server by both routes within minutes, and Cilium mixes up their
        # source ports until it has collected them (cilium#37566), which it seldom does by default.
        "conntrackGCInterval": "10s",
        "k8sServicePort": 6443,
        "cgroup": {"hostRoot": str(cgroups.unified().mount)},
        "envoy": {"enabled": False},
        "l7Proxy": False,
        "hubble": {"enabled": False},
        "operator": {"replicas": 1, "extraArgs": election},
        "securityContext": {
            "capabilities": {
                "ciliumAgent": _AGENT_CAPABILITIES,
                "cleanCiliumState": _CLEAN_CAPABILITIES,
            }
        },
    }
    for image in _IMAGES:
        _set(settings, f"{image}.useDigest", False)
        _set(settings, f"{image}.pullPolicy", "IfNotPresent")
    return settings


def install(client: ClusterClient, cluster: ClusterSpec, paths: LabPaths) -> None:
    """Install the release; returns before the agents are ready."""
    file = _write_values(cluster, paths)
    client.cilium("install", "--version", VERSION, "--values", file, timeout=180)


def is_installed(client: ClusterClient) -> bool:
    """Whether a finished Helm release of Cilium is there, which today's CLI requires."""
    found = client.try_kubectl(
        *("get", "secrets", "-n", "kube-system", "-o", "name"),
        *("-l", "owner=helm,name=cilium,status=deployed"),
    )
    return found.returncode == 0 and bool(found.stdout.strip())


def discard_unfinished(client: ClusterClient) -> None:
    """Remove a release whose first installation was interrupted: Helm would refuse the name."""
    client.kubectl("delete", "secrets", "-n", "kube-system", "-l", "owner=helm,name=cilium")


def _write_values(cluster: ClusterSpec, paths: LabPaths) -> Path:
    file = paths.cluster(cluster.name) / "cilium-values.yaml"
    file.write_text(yaml.safe_dump(values(cluster), sort_keys=False))
    return file


def _set(settings: Values, path: str, value: object) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        child = settings.setdefault(parent, {})
        assert isinstance(child, dict)
        settings = child
    settings[last] = value
