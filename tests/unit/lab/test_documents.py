"""The input of kubeadm and Cilium has what a mesh member needs."""

from pathlib import Path
from typing import Any

import pytest

from lab import cgroups, cilium, kubeadm
from lab.spec import ClusterSpec, load
from tests.unit.lab.test_spec import cluster, stack


@pytest.fixture
def spec(tmp_path: Path) -> ClusterSpec:
    return load(stack(tmp_path, cluster(2)), "dev").cluster("cluster02")


@pytest.fixture
def values(spec: ClusterSpec, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    unified = cgroups.Hierarchy(Path("/sys/fs/cgroup/unified"), "")
    monkeypatch.setattr(cgroups, "unified", lambda: unified)
    return cilium.values(spec)


def test_cilium_gets_the_cluster_s_own_name_and_id(values: dict[str, Any]) -> None:
    assert values["cluster"] == {"name": "cluster02", "id": 2}


def test_the_mesh_is_left_to_the_program_under_test(values: dict[str, Any]) -> None:
    mesh = values["clustermesh"]
    assert "useAPIServer" not in mesh
    assert "config" not in mesh


def test_no_image_is_asked_for_by_digest(values: dict[str, Any]) -> None:
    """Images made here cannot have upstream's digests."""
    apiserver = values["clustermesh"]["apiserver"]
    for holder in (values, values["operator"], apiserver, values["certgen"]):
        assert holder["image"]["useDigest"] is False


def test_every_cluster_carries_kubespray_s_one_name(spec: ClusterSpec) -> None:
    document: dict[str, Any] = kubeadm.cluster_configuration(spec)
    assert document["clusterName"] == "cluster.local"
    assert document["networking"]["podSubnet"] == "10.20.0.0/16"
    assert document["networking"]["serviceSubnet"] == "10.21.0.0/16"


def test_every_leader_renews_within_the_lease_that_it_leaves_as_it_is(
    spec: ClusterSpec, values: dict[str, Any]
) -> None:
    """client-go and Cilium have leases of 15 s, and refuse intervals that do not fit."""
    document: dict[str, Any] = kubeadm.cluster_configuration(spec)
    for part in ("controllerManager", "scheduler"):
        told = {one["name"]: one["value"] for one in document[part]["extraArgs"]}
        assert renews(told["leader-elect-renew-deadline"], told["leader-elect-retry-period"])
    told = dict(one.split("=") for one in values["operator"]["extraArgs"])
    deadline = told["--leader-election-renew-deadline"]
    assert renews(deadline, told["--leader-election-retry-period"])


def renews(deadline: str, retry: str) -> bool:
    jitter, lease = 1.2, 15
    return jitter * int(retry.rstrip("s")) < int(deadline.rstrip("s")) < lease
