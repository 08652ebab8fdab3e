"""A renamed cluster belongs to the member of its new name, whichever member leaves."""

import json

import pytest

from tests.unit.scripts.conftest import World

MEMBER = {"SERVICE_TYPE": "NodePort", "NODE_PORT": "32257"}
PEERS = {"PEERS": json.dumps({"cluster02": {"endpoint": "", "override": False}})}
UNDOING = [("member", "disable"), ("peers", "disconnect")]


@pytest.fixture
def joined(world: World) -> World:
    """cluster01 with ClusterMesh and a peer."""
    ca = {"kind": "Secret", "metadata": {"name": "cilium-ca"}, "data": {"ca.crt": "one"}}
    for name in ("cluster01", "cluster02"):
        world.change(name, objects=world.clusters[name]["objects"] | {"secret/cilium-ca": ca})
        assert world.run("member", "enable", {"CLUSTER": name, **MEMBER}).returncode == 0
    assert world.run("peers", "connect", {"CLUSTER": "cluster01", **PEERS}).returncode == 0
    world.forget_calls()
    return world


def call_it(world: World, name: str | None) -> None:
    data = {} if name is None else {"cluster-name": name}
    objects = world.clusters["cluster01"]["objects"] | {"configmap/cilium-config": {"data": data}}
    world.change("cluster01", objects=objects)


@pytest.mark.parametrize(("script", "action"), UNDOING)
def test_what_goes_under_the_old_name_undoes_nothing_and_says_so(
    joined: World, script: str, action: str
) -> None:
    call_it(joined, "cluster-one")
    before = joined.clusters
    done = joined.run(script, action, {"CLUSTER": "cluster01", **MEMBER, **PEERS})
    assert done.returncode == 0, done.stderr
    assert "Cilium's cluster-name is cluster-one there now" in done.stderr
    assert joined.calls("cilium") == []
    assert joined.clusters == before


@pytest.mark.parametrize("name", ["cluster01", "default", None])
@pytest.mark.parametrize(("script", "action"), UNDOING)
def test_a_cluster_that_is_nobody_elses_is_left_by_its_member(
    joined: World, script: str, action: str, name: str | None
) -> None:
    call_it(joined, name)
    done = joined.run(script, action, {"CLUSTER": "cluster01", **MEMBER, **PEERS})
    assert done.returncode == 0, done.stderr
    assert joined.peers("cluster01") == {}
