import json
from typing import Any

import pytest

from components.scripts.lib import kubelets
from tests.unit.scripts.conftest import World

PORTS = {"cluster01": 32257, "cluster02": 32258, "cluster03": 32259}
AUTO = {
    name: {"endpoint": f"172.30.0.{number}:{PORTS[name]}", "override": False}
    for number, name in enumerate(PORTS, start=1)
}


@pytest.fixture
def enabled(world: World) -> World:
    """Three clusters with ClusterMesh enabled and one CA."""
    ca = {
        "kind": "Secret",
        "metadata": {"name": "cilium-ca"},
        "data": {"ca.crt": "one", "ca.key": "k"},
    }
    for name, port in PORTS.items():
        world.change(name, objects=world.clusters[name]["objects"] | {"secret/cilium-ca": ca})
        environment = {"CLUSTER": name, "SERVICE_TYPE": "NodePort", "NODE_PORT": str(port)}
        assert world.run("member", "enable", environment).returncode == 0
    world.forget_calls()
    return world


def peers(*names: str, **changed: object) -> dict[str, str]:
    listed = {name: AUTO[name] for name in names} | changed
    return {"CLUSTER": "cluster01", "PEERS": json.dumps(listed)}


def verbs(world: World) -> list[str]:
    return [call[0] if call[0] == "upgrade" else call[1] for call in world.calls("cilium")]


def test_all_peers_take_one_call_and_one_helm_revision(enabled: World) -> None:
    before = enabled.release("cluster01")["version"]
    done = enabled.run("peers", "connect", peers("cluster02", "cluster03"))
    assert done.returncode == 0, done.stderr
    assert set(enabled.peers("cluster01")) == {"cluster02", "cluster03"}
    assert enabled.release("cluster01")["version"] == before + 1
    assert json.loads(done.stdout) == {
        "cluster": "cluster01",
        "peers": {"cluster02": "172.30.0.2:32258", "cluster03": "172.30.0.3:32259"},
        "revision": before + 1,
    }


def test_no_other_cluster_is_written(enabled: World) -> None:
    """One writer per Helm release is what lets all clusters connect at the same time."""
    before = {name: enabled.clusters[name] for name in ("cluster02", "cluster03")}
    enabled.run("peers", "connect", peers("cluster02", "cluster03"))
    assert {name: enabled.clusters[name] for name in before} == before


def test_the_release_and_the_secrets_are_read_by_few_programs(enabled: World) -> None:
    """Each start costs more than its request, and all members connect at the same time."""
    before = enabled.release("cluster01")["version"]
    enabled.run("peers", "connect", peers("cluster02", "cluster03"))
    reads = [call for call in enabled.calls("kubectl") if "get" in call]
    assert ["secrets" in call for call in reads] == [True, False]
    assert f"secret/sh.helm.release.v1.cilium.v{before + 1}" in reads[1]


def test_a_release_that_somebody_else_writes_meanwhile_is_read_anew(enabled: World) -> None:
    """Then the next revision is not the newest, but the reported one is."""
    before = enabled.release("cluster01")["version"]
    enabled.change("cluster01", upgradesOfOthers=1)
    done = enabled.run("peers", "connect", peers("cluster02"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["revision"] == before + 2


@pytest.mark.parametrize("endpoint", ["172.30.0.2:32258", ""], ids=["known", "unknown"])
def test_no_peer_is_asked_but_one_whose_endpoint_has_to_be_found(
    enabled: World, endpoint: str
) -> None:
    """Asking would cost each member one call per peer, N times N in all."""
    told = {"cluster02": {"endpoint": endpoint, "override": False}}
    done = enabled.run("peers", "connect", peers(**told))
    assert done.returncode == 0, done.stderr
    asked = {command[2] for command in enabled.commands}
    assert asked == ({"cluster01"} if endpoint else {"cluster01", "cluster02"})
    connects = [call for call in enabled.calls("cilium") if call[1] == "connect"]
    assert len(connects) == (0 if endpoint else 1)
    assert all("--connection-mode=unicast" in call for call in connects)
    assert enabled.peers("cluster01") == {"cluster02": "172.30.0.2:32258"}


def test_a_dead_peer_whose_endpoint_is_known_is_connected_like_the_others(enabled: World) -> None:
    """It is there when it comes back; the proof says that it is dead."""
    enabled.change("cluster03", up=False)
    done = enabled.run("peers", "connect", peers("cluster02", "cluster03"))
    assert done.returncode == 0, done.stderr
    assert set(enabled.peers("cluster01")) == {"cluster02", "cluster03"}


def test_a_second_connect_writes_nothing(enabled: World) -> None:
    enabled.run("peers", "connect", peers("cluster02"))
    enabled.forget_calls()
    before = enabled.clusters
    assert enabled.run("peers", "connect", peers("cluster02")).returncode == 0
    assert enabled.calls("cilium") == []
    assert enabled.clusters == before


def pod(name: str) -> dict[str, object]:
    return {"metadata": {"name": name}, "status": {}}


def annotations(world: World) -> list[str]:
    pods = world.clusters["cluster01"]["pods"]
    return [one["metadata"].get("annotations", {}).get(kubelets.REVISION, "") for one in pods]


def test_the_pods_are_told_so_that_kubelets_bring_them_the_new_peers_at_once(
    enabled: World,
) -> None:
    """Otherwise an agent learns of a peer when its kubelet looks again, a minute or two later."""
    enabled.change("cluster01", pods=[pod("cilium-1"), pod("clustermesh-apiserver-1")])
    enabled.run("peers", "connect", peers("cluster02"))
    revision = str(enabled.release("cluster01")["version"])
    assert annotations(enabled) == [revision, revision]
    (call,) = [call for call in enabled.calls("kubectl") if "annotate" in call]
    assert "--selector=k8s-app in (cilium,clustermesh-apiserver)" in call


def test_without_the_right_to_it_the_connect_goes_on_and_says_what_it_costs(enabled: World) -> None:
    """The manifest of an earlier release does not have it."""
    enabled.change("cluster01", pods=[pod("cilium-1")], mayPatchPods=False)
    done = enabled.run("peers", "connect", peers("cluster02"))
    assert done.returncode == 0, done.stderr
    assert "in a minute or two" in done.stderr
    assert "forbidden" in done.stderr


def test_a_disable_leaves_no_mark_at_the_pods(enabled: World) -> None:
    enabled.change("cluster01", pods=[pod("cilium-1")])
    enabled.run("peers", "connect", peers("cluster02"))
    enabled.run("member", "disable", {"CLUSTER": "cluster01"})
    assert annotations(enabled) == [""]


def test_a_new_peer_is_connected_alone(enabled: World) -> None:
    enabled.run("peers", "connect", peers("cluster02"))
    enabled.forget_calls()
    enabled.run("peers", "connect", peers("cluster02", "cluster03"))
    assert len(enabled.calls("cilium")) == 1
    assert set(enabled.peers("cluster01")) == {"cluster02", "cluster03"}


def test_a_peer_whose_port_changed_is_followed(enabled: World) -> None:
    enabled.run("peers", "connect", peers("cluster02"))
    moved = {"CLUSTER": "cluster02", "SERVICE_TYPE": "NodePort", "NODE_PORT": "30009"}
    enabled.run("member", "enable", moved)
    changed = {"cluster02": {"endpoint": "172.30.0.2:30009", "override": False}}
    assert enabled.run("peers", "connect", peers(**changed)).returncode == 0
    assert enabled.peers("cluster01") == {"cluster02": "172.30.0.2:30009"}


@pytest.mark.parametrize("mismatching", ["false", "true"], ids=["written", "by the CLI"])
def test_a_given_endpoint_is_used_for_that_peer_alone(enabled: World, mismatching: str) -> None:
    given = {"cluster02": {"endpoint": "198.51.100.7:4000", "override": True}}
    environment = peers("cluster03", **given) | {"ALLOW_MISMATCHING_CA": mismatching}
    done = enabled.run("peers", "connect", environment)
    assert done.returncode == 0, done.stderr
    assert enabled.peers("cluster01") == {
        "cluster02": "198.51.100.7:4000",
        "cluster03": "172.30.0.3:32259",
    }


UNKNOWN = {"endpoint": "", "override": False}
HOSTILE = "172.30.0.2\n---\nkind: ClusterRoleBinding"


def node(*addresses: str, kind: str = "ExternalIP") -> dict[str, Any]:
    listed = [{"type": kind, "address": one} for one in addresses]
    return {"metadata": {"name": "node"}, "status": {"addresses": listed}}


def destinations(world: World) -> list[str]:
    """The endpoints that were passed to the CLI, "" if it had to find one."""
    words = [call for call in world.calls("cilium") if call[:2] == ["clustermesh", "connect"]]
    option = "--destination-endpoint="
    found = [[one for one in call if one.startswith(option)] for call in words]
    return [one[0].removeprefix(option) if one else "" for one in found]


@pytest.mark.parametrize(
    ("nodes", "endpoint"),
    [
        ([node("172.30.0.2", kind="InternalIP")], "172.30.0.2:32258"),
        ([node("192.0.2.2")], "192.0.2.2:32258"),
        ([node(HOSTILE), node("192.0.2.3")], "192.0.2.3:32258"),
        ([node(HOSTILE, "192.0.2.3")], "192.0.2.3:32258"),
        ([node("fe80::1%eth0"), node("fd00::3")], "[fd00::3]:32258"),
    ],
)
def test_the_cli_is_always_given_the_endpoint(
    enabled: World, nodes: list[Any], endpoint: str
) -> None:
    """It writes the text in a node's status into the Helm release unchecked."""
    enabled.change("cluster02", nodes=nodes)
    done = enabled.run("peers", "connect", peers(cluster02=UNKNOWN))
    assert done.returncode == 0, done.stderr
    assert destinations(enabled) == [endpoint]


def test_it_is_given_each_of_them_where_it_has_to_trust_their_cas(enabled: World) -> None:
    both = peers("cluster02", "cluster03") | {"ALLOW_MISMATCHING_CA": "true"}
    assert enabled.run("peers", "connect", both).returncode == 0
    assert destinations(enabled) == ["172.30.0.2:32258", "172.30.0.3:32259"]
    assert set(enabled.peers("cluster01")) == {"cluster02", "cluster03"}


@pytest.mark.parametrize("nodes", [[], [node(HOSTILE)], [node("fe80::1%eth0"), {}]])
def test_a_peer_without_an_address_is_refused_and_the_others_are_connected(
    enabled: World, nodes: list[Any]
) -> None:
    enabled.change("cluster02", nodes=nodes)
    done = enabled.run("peers", "connect", peers("cluster03", cluster02=UNKNOWN))
    assert done.returncode == 1
    assert "no endpoint of cluster02 is known" in done.stderr
    assert "set mesh.address of cluster02" in done.stderr
    assert set(enabled.peers("cluster01")) == {"cluster03"}


@pytest.mark.parametrize("mismatching", ["false", "true"], ids=["written", "by the CLI"])
@pytest.mark.parametrize(
    "endpoint",
    [f"{HOSTILE}:32258", "cluster02.example:32258", "172.30.0.2:0", "172.30.0.2:x", "fd00::2:1"],
)
def test_what_is_no_endpoint_is_not_written_whoever_says_it(
    enabled: World, endpoint: str, mismatching: str
) -> None:
    """The second lock: preflight has looked before, and its level can be changed."""
    before = enabled.release("cluster01")
    told = peers(cluster02={"endpoint": endpoint, "override": False})
    done = enabled.run("peers", "connect", told | {"ALLOW_MISMATCHING_CA": mismatching})
    assert done.returncode == 1
    assert "the endpoint of peer cluster02 is not an IP address and a port" in done.stderr
    assert "\n---" not in done.stderr
    assert enabled.release("cluster01") == before


def test_a_peer_that_calls_itself_otherwise_is_not_left_to_the_cli(enabled: World) -> None:
    """It writes the peer's own name, which a chart puts into a manifest."""
    objects = enabled.clusters["cluster02"]["objects"]
    objects["configmap/cilium-config"] = {"data": {"cluster-name": "x\n---\nkind: ConfigMap"}}
    enabled.change("cluster02", objects=objects)
    before = enabled.release("cluster01")
    done = enabled.run("peers", "connect", peers(cluster02=UNKNOWN))
    assert done.returncode == 1
    assert "the peer cluster02 calls itself 'x\\n---" in done.stderr
    assert enabled.release("cluster01") == before


def test_peers_whose_endpoints_are_known_need_no_kubeconfig(enabled: World) -> None:
    both = peers("cluster02", "cluster03")
    done = enabled.run("peers", "connect", both, contexts=("cluster01",))
    assert done.returncode == 0, done.stderr
    assert set(enabled.peers("cluster01")) == {"cluster02", "cluster03"}


def test_a_former_peer_is_removed_also_when_it_is_dead(enabled: World) -> None:
    done = enabled.run("peers", "connect", peers("cluster02", "cluster03"))
    enabled.change("cluster03", up=False)
    environment = peers("cluster02") | {"PULUMI_COMMAND_STDOUT": done.stdout}
    again = enabled.run("peers", "connect", environment, contexts=("cluster01",))
    assert again.returncode == 0, again.stderr
    assert set(enabled.peers("cluster01")) == {"cluster02"}


def test_a_peer_that_somebody_else_connected_stays(enabled: World) -> None:
    enabled.run("peers", "connect", peers("cluster02", "cluster03"))
    environment = peers("cluster02") | {
        "PULUMI_COMMAND_STDOUT": '{"peers":{"cluster02":"172.30.0.2:32258"}}'
    }
    enabled.run("peers", "connect", environment)
    assert set(enabled.peers("cluster01")) == {"cluster02", "cluster03"}


def test_a_dead_peer_does_not_keep_the_others_apart(enabled: World) -> None:
    """A member that was dead before anybody could read its address."""
    enabled.change("cluster03", up=False)
    unknown = {"endpoint": "", "override": False}
    done = enabled.run("peers", "connect", peers("cluster02", cluster03=unknown))
    assert done.returncode == 1
    assert "cluster03" in done.stderr
    assert "canary" not in done.stderr
    assert set(enabled.peers("cluster01")) == {"cluster02"}


def test_different_cas_are_refused_unless_asked_for(enabled: World) -> None:
    other = {"secret/cilium-ca": {"data": {"ca.crt": "two", "ca.key": "k"}}}
    enabled.change("cluster02", objects=enabled.clusters["cluster02"]["objects"] | other)
    unknown = {"cluster02": {"endpoint": "", "override": False}}
    done = enabled.run("peers", "connect", peers(**unknown))
    assert done.returncode == 1
    assert "Likely cause: the clusters have different cilium-ca Secrets" in done.stderr
    assert verbs(enabled).count("connect") == 1
    allowed = peers("cluster02") | {"ALLOW_MISMATCHING_CA": "true"}
    assert enabled.run("peers", "connect", allowed).returncode == 0


def test_disconnect_takes_our_peers_and_no_other(enabled: World) -> None:
    enabled.run("peers", "connect", peers("cluster02", "cluster03"))
    assert enabled.run("peers", "disconnect", peers("cluster02")).returncode == 0
    assert set(enabled.peers("cluster01")) == {"cluster03"}


def test_disconnect_asks_no_peer_and_takes_one_helm_revision(enabled: World) -> None:
    """Any of them may be dead."""
    enabled.run("peers", "connect", peers("cluster02", "cluster03"))
    before = enabled.release("cluster01")["version"]
    enabled.forget_calls()
    enabled.change("cluster02", up=False)
    both = peers("cluster02", "cluster03")
    done = enabled.run("peers", "disconnect", both, contexts=("cluster01",))
    assert done.returncode == 0, done.stderr
    assert enabled.peers("cluster01") == {}
    assert enabled.release("cluster01")["version"] == before + 1
    assert {command[2] for command in enabled.commands} == {"cluster01"}


def test_disconnect_from_a_peer_that_has_got_another_name(enabled: World) -> None:
    """The CLI would ask the peer for its name, and remove that name."""
    enabled.run("peers", "connect", peers("cluster02", "cluster03"))
    objects = enabled.clusters["cluster02"]["objects"]
    config = {"configmap/cilium-config": {"data": {"cluster-name": "other", "cluster-id": "2"}}}
    enabled.change("cluster02", objects=objects | config)
    done = enabled.run("peers", "disconnect", peers("cluster02", "cluster03"))
    assert done.returncode == 0, done.stderr
    assert enabled.peers("cluster01") == {}


def test_disconnect_twice_is_disconnect_once(enabled: World) -> None:
    enabled.run("peers", "connect", peers("cluster02"))
    enabled.run("peers", "disconnect", peers("cluster02"))
    version = enabled.release("cluster01")["version"]
    assert enabled.run("peers", "disconnect", peers("cluster02")).returncode == 0
    assert enabled.release("cluster01")["version"] == version


def test_a_peer_that_somebody_removed_is_drift_and_comes_back(enabled: World) -> None:
    both = peers("cluster02", "cluster03")
    enabled.run("peers", "connect", both)
    assert enabled.observe("peers", both) == {}
    enabled.run("peers", "disconnect", peers("cluster03"))
    assert enabled.observe("peers", both) == {
        "cluster03": "it is no longer a peer in the Helm release"
    }
    assert enabled.run("peers", "connect", both).returncode == 0
    assert enabled.observe("peers", both) == {}


def test_a_peer_at_another_endpoint_is_drift(enabled: World) -> None:
    enabled.run("peers", "connect", peers("cluster02"))
    moved = peers(cluster02={"endpoint": "192.0.2.9:32258", "override": True})
    found = enabled.observe("peers", moved)
    assert found == {
        "cluster02": "the Helm release has it at 172.30.0.2:32258, wanted is 192.0.2.9:32258"
    }


def test_a_secret_that_the_agents_lack_is_drift_and_comes_back(enabled: World) -> None:
    """The Helm release may list a peer that nobody reads any more."""
    enabled.run("peers", "connect", peers("cluster02"))
    objects = enabled.clusters["cluster01"]["objects"]
    objects["secret/cilium-clustermesh"] = {"data": {}}
    enabled.change("cluster01", objects=objects)
    assert set(enabled.observe("peers", peers("cluster02"))) == {"cluster02"}
    assert enabled.run("peers", "connect", peers("cluster02")).returncode == 0
    assert enabled.observe("peers", peers("cluster02")) == {}


def test_peers_of_somebody_else_are_no_drift(enabled: World) -> None:
    enabled.run("peers", "connect", peers("cluster02", "cluster03"))
    assert enabled.observe("peers", peers("cluster02")) == {}


def test_a_dead_cluster_is_left_to_its_disable_so_that_its_peers_are_not_kept(
    enabled: World,
) -> None:
    """Whoever disables ClusterMesh elsewhere waits for this."""
    enabled.run("peers", "connect", peers("cluster02"))
    enabled.change("cluster01", up=False)
    done = enabled.run("peers", "disconnect", peers("cluster02"))
    assert done.returncode == 0, done.stderr
    assert "its peers stay in it until ClusterMesh is disabled there" in done.stderr
    enabled.change("cluster01", up=True)
    assert set(enabled.peers("cluster01")) == {"cluster02"}
