"""Stack configs with clusters that Kubean creates."""

from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from components.config.loading import load
from components.config.models import MeshConfig
from tests.unit.config.configs import kubeconfig, raw_cluster

ALL_ROLES = ["kube_control_plane", "etcd", "kube_node"]
MANAGEMENT = 9


@cache
def ssh_key() -> str:
    """A private key as ssh-keygen writes it."""
    form = (Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return Ed25519PrivateKey.generate().private_bytes(*form).decode()


def raw_kubean(number: int, **changes: Any) -> dict[str, Any]:
    """The cluster that Kubean creates from two machines; a change to None removes the key."""
    kubean = {
        "hosts": [
            {"name": f"node{number}1", "address": f"192.0.2.{number}1", "roles": ALL_ROLES},
            {"name": f"node{number}2", "address": f"192.0.2.{number}2"},
        ],
        "ssh": {"privateKey": ssh_key()},
        "image": "ghcr.io/kubean-io/spray-job:v0.37.0",
        "kubesprayVersion": "2.31",
        **changes,
    }
    return {key: value for key, value in kubean.items() if value is not None}


def raw_made(number: int, cluster: dict[str, Any] | None = None, **kubean: Any) -> dict[str, Any]:
    """The stack config's entry of a cluster that Kubean creates."""
    made = {"kubeconfigContent": None, "kubean": raw_kubean(number, **kubean)}
    return raw_cluster(number, **{**made, **(cluster or {})})


def raw_mesh(*clusters: dict[str, Any], **changes: Any) -> dict[str, Any]:
    management = {"managementKubeconfigContent": kubeconfig(MANAGEMENT)}
    return {"clusters": list(clusters), "kubean": management, **changes}


def mesh(*clusters: dict[str, Any], **changes: Any) -> MeshConfig:
    return load(raw_mesh(*clusters, **changes), Path("/"))


def one_made(cluster: dict[str, Any] | None = None, **kubean: Any) -> MeshConfig:
    """A mesh of an existing cluster and one, cluster02, that Kubean creates."""
    return mesh(raw_cluster(1), raw_made(2, cluster, **kubean))
