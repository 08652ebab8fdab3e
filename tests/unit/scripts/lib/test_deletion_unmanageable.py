"""Every script leaves a release alone that cannot be upgraded from what Helm keeps of it."""

import json
from typing import Any

import pytest

from tests.unit.scripts.conftest import World

WRAPPER = {
    "chart": {
        "metadata": {"name": "cilium", "version": "0.1.0", "dependencies": [{"name": "cilium"}]},
        "values": {},
        "templates": [],
    },
    "manifest": "---\n# Source: cilium/charts/cilium/templates/a.yaml\nkind: DaemonSet\n",
}
MEMBER = {"CLUSTER": "cluster01", "SERVICE_TYPE": "NodePort", "NODE_PORT": "32257"}
PEER = {"endpoint": "172.30.0.2:32258", "override": False}
PEERS = {"CLUSTER": "cluster01", "PEERS": json.dumps({"cluster02": PEER})}
MESH = {
    "useAPIServer": True,
    "config": {"enabled": True, "clusters": [{"name": "cluster02", "ips": ["1.1.1.1"], "port": 1}]},
    "apiserver": {"service": {"type": "NodePort", "nodePort": 32257}},
}


def wrapped(world: World, **config: Any) -> dict[str, Any]:
    """Put a wrapper chart into cluster01, with these values, and nothing of ours."""
    release = {"version": 5, "status": "deployed", "config": config, **WRAPPER}
    world.change("cluster01", release=release)
    return world.release("cluster01")


@pytest.mark.parametrize(
    ("script", "action", "environment", "config"),
    [
        ("member", "enable", MEMBER, {}),
        ("member", "enable", MEMBER, {"clustermesh": {"apiserver": MESH["apiserver"]}}),
        ("peers", "connect", PEERS, {}),
        ("peers", "connect", PEERS | {"ALLOW_MISMATCHING_CA": "true"}, {}),
    ],
)
def test_nothing_is_written_and_the_way_that_works_is_named(
    world: World, script: str, action: str, environment: dict[str, str], config: dict[str, Any]
) -> None:
    before = wrapped(world, **config)
    ran = world.run(script, action, environment)
    assert ran.returncode == 1
    assert "is not upgraded, because that would remove Cilium from the cluster" in ran.stderr
    assert "declare the mesh in the values of whatever installs Cilium there" in ran.stderr
    assert "Likely cause" not in ran.stderr
    assert world.calls("cilium") == []
    assert world.release("cluster01") == before


@pytest.mark.parametrize(
    ("script", "action", "environment"),
    [("member", "disable", MEMBER), ("peers", "disconnect", PEERS)],
)
@pytest.mark.parametrize("config", [{}, {"clustermesh": MESH}, {"cilium": {"clustermesh": MESH}}])
def test_a_cluster_that_leaves_keeps_what_its_own_chart_may_have_declared(
    world: World, script: str, action: str, environment: dict[str, str], config: dict[str, Any]
) -> None:
    """That is the fix that a refusal names; so the certificates are in use."""
    before = wrapped(world, **config)
    ran = world.run(script, action, environment)
    assert ran.returncode == 0, ran.stderr
    assert "its Helm release is not upgraded: its chart 'cilium' has the sub-charts" in ran.stderr
    assert world.calls("cilium") == []
    assert not [call for call in world.calls("kubectl") if "delete" in call]
    assert world.release("cluster01") == before


def test_nothing_is_written_over_a_wrapper_that_somebodys_upgrade_has_failed_on(
    world: World,
) -> None:
    """Helm builds on the deployed revision."""
    wrapped(world)
    failed = {
        "version": 6,
        "status": "failed",
        "config": {},
        "chart": {"metadata": {"name": "cilium"}},
        "manifest": "",
    }
    world.change("cluster01", release={**failed, "before": WRAPPER})
    ran = world.run("member", "enable", MEMBER)
    assert ran.returncode == 1
    assert "revision 5, which is deployed, rules it out: its chart 'cilium'" in ran.stderr
    assert world.calls("cilium") == []


def test_what_was_broken_off_there_is_not_applied_again(world: World) -> None:
    before = wrapped(world)
    broken = {"version": 6, "status": "pending-upgrade", "writer": "helm", "config": {}, **WRAPPER}
    world.change("cluster01", release=broken)
    patience = {"CILIUM_CLUSTERMESH_HELM_PATIENCE": "0", "CONNECT_SECONDS": "0"}
    ran = world.run("peers", "connect", PEERS | patience | {"DISCONNECT_SECONDS": "0"})
    assert ran.returncode == 1
    assert world.calls("cilium") == []
    assert world.release("cluster01")["version"] == before["version"]
