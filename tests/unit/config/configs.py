"""Good stack configs for the tests of the pure logic."""

from functools import cache
from pathlib import Path
from typing import Any

from components.config.loading import load
from components.config.models import MeshConfig
from tests.kubeconfigs import as_text, kubeadm


@cache
def kubeconfig(number: int) -> str:
    """The kubeconfig of a cluster, as kubeadm writes it."""
    return as_text(kubeadm(f"https://192.0.2.{number}:6443", f"ca of cluster{number:02}"))


def raw_cluster(number: int, **changes: Any) -> dict[str, Any]:
    """One cluster as it stands in the stack config; a change to None takes the key out."""
    cluster = {
        "name": f"cluster{number:02}",
        "id": number,
        "podCidrs": [f"10.{number}0.0.0/16"],
        "serviceCidrs": [f"10.{number}1.0.0/16"],
        "kubeconfigContent": kubeconfig(number),
        **changes,
    }
    return {key: value for key, value in cluster.items() if value is not None}


def raw(count: int = 2, **changes: Any) -> dict[str, Any]:
    return {"clusters": [raw_cluster(number) for number in range(1, count + 1)], **changes}


def config(count: int = 2, **changes: Any) -> MeshConfig:
    return load(raw(count, **changes), Path("/"))
