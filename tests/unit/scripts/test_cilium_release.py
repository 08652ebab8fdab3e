"""If Pulumi owns the Helm release, the scripts look and wait, and leave the release alone."""

import json
from typing import Any

import pytest

from components.cilium.helm_release import OURS
from components.scripts.lib import pending
from tests.unit.scripts.conftest import World
from tests.unit.scripts.lib.test_pending import Clock, break_off, clock

ENABLED = {"CLUSTER": "cluster01", "SERVICE_TYPE": "NodePort", "NODE_PORT": "32257"}
PEERS = {
    "CLUSTER": "cluster01",
    "PEERS": json.dumps({"cluster02": {"endpoint": "172.30.0.2:32258", "override": True}}),
}
RELEASE = {"RELEASE": "7"}
WATCHED = ENABLED | PEERS
__all__ = ["clock"]


@pytest.fixture
def released(world: World) -> World:
    """A cluster after Pulumi's release: as the CLI leaves it."""
    port = {"CLUSTER": "cluster02", "NODE_PORT": "32258"}
    world.run("member", "enable", ENABLED)
    world.run("member", "enable", ENABLED | port)
    ran = world.run("peers", "connect", PEERS | {"ALLOW_MISMATCHING_CA": "true"})
    assert ran.returncode == 0, ran.stderr
    world.change("cluster01", release=world.release("cluster01") | {"description": f"{OURS}, x"})
    world.forget_calls()
    return world


def kept(world: World) -> dict[str, Any]:
    return dict(world.clusters["cluster01"]["objects"]["secret/cilium-ca"])


@pytest.mark.parametrize(
    ("script", "action", "environment"),
    [("member", "enable", ENABLED), ("peers", "connect", PEERS)],
)
def test_a_mesh_that_is_there_is_found_and_nothing_written_to_the_release(
    released: World, script: str, action: str, environment: dict[str, str]
) -> None:
    before = released.release("cluster01")
    ran = released.run(script, action, environment | RELEASE)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["revision"] == before["version"]
    assert released.release("cluster01") == before
    assert released.calls("cilium") == []


@pytest.mark.parametrize(
    ("script", "action", "environment"),
    [("member", "enable", ENABLED), ("peers", "connect", PEERS)],
)
def test_what_somebody_took_out_is_told_and_not_written(
    released: World, script: str, action: str, environment: dict[str, str]
) -> None:
    found = released.release("cluster01")
    found["config"]["clustermesh"] = {"useAPIServer": False, "config": {"clusters": []}}
    released.change("cluster01", release=found)
    ran = released.run(script, action, environment | RELEASE)
    assert ran.returncode == 1
    assert "`pulumi up --refresh` sets it again" in ran.stderr
    assert released.calls("cilium") == []


def test_the_inverses_still_leave_the_mesh(released: World) -> None:
    """A member that leaves has no owner any more, so the CLI may write."""
    assert released.run("peers", "disconnect", PEERS | RELEASE).returncode == 0
    assert released.peers("cluster01") == {}
    assert released.run("member", "disable", ENABLED | RELEASE).returncode == 0
    assert "service/clustermesh-apiserver" not in released.clusters["cluster01"]["objects"]


def test_the_ca_is_kept_whatever_becomes_of_the_release(released: World) -> None:
    released.run("cilium_release", "settle", WATCHED)
    assert kept(released)["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    released.forget_calls()
    released.run("cilium_release", "settle", WATCHED)
    assert not [call for call in released.calls("kubectl") if "annotate" in call]


def test_what_was_broken_off_makes_way_and_is_left_to_pulumi(released: World, clock: Clock) -> None:
    """The engine owns the release, so its provider is no stranger here."""
    break_off(released, "pulumi-kubernetes")
    ran = released.run("cilium_release", "settle", WATCHED)
    assert ran.returncode == 0, ran.stderr
    assert "it has not changed for 30 s" in ran.stderr
    assert released.release("cluster01")["status"] == "deployed"
    assert released.calls("cilium") == []


def test_a_first_installation_that_was_broken_off_is_begun_again(
    released: World, clock: Clock
) -> None:
    first = {"version": 1, "status": "pending-install", "writer": "helm", "config": {}}
    released.change("cluster01", release=first)
    ran = released.run("cilium_release", "settle", WATCHED | {pending.PATIENCE: "30"})
    assert ran.returncode == 0, ran.stderr
    assert "beginning the installation again" in ran.stderr


def test_every_repair_makes_another_result(released: World) -> None:
    before = released.run("cilium_release", "settle", WATCHED).stdout
    assert released.run("cilium_release", "settle", WATCHED).stdout == before
    assert released.run("cilium_release", "settle", WATCHED | {"REPAIRS": "1"}).stdout != before


def test_a_revision_of_somebody_else_is_drift(released: World) -> None:
    assert released.observe("cilium_release", WATCHED) == {}
    found = released.release("cluster01") | {"description": "Upgrade complete"}
    found["config"]["clustermesh"]["config"]["clusters"] = []
    released.change("cluster01", release=found)
    drift = released.observe("cilium_release", WATCHED)
    assert "is not Pulumi's" in drift["owner"]
    assert drift["cluster02"] == "it is no longer a peer in the Helm release"


def test_a_ca_that_the_chart_brings_too_gets_the_marks_of_helm(released: World) -> None:
    """Helm refuses to take over a Secret without them."""
    ca = kept(released)["data"]
    given = {"cert": "x", "key": "y"}
    objects = released.clusters["cluster01"]["objects"]
    objects["secret/cilium-ca"] = {
        "metadata": {},
        "data": {"ca.crt": "eA==", "ca.key": "eQ=="},
    }
    assert ca != objects["secret/cilium-ca"]["data"]
    released.change("cluster01", objects=objects)
    environment = {"CLUSTER": "cluster01"}
    released.run("share_ca", "share", environment, ca=given)
    assert kept(released)["metadata"] == {}
    ran = released.run("share_ca", "share", environment | {"RENDERED": "true"}, ca=given)
    assert ran.returncode == 0, ran.stderr
    annotations = kept(released)["metadata"]["annotations"]
    assert annotations["meta.helm.sh/release-name"] == "cilium"
