import json

from tests.unit.scripts.conftest import World

CLUSTER01 = {"CLUSTER": "cluster01", "SERVICE_TYPE": "NodePort", "NODE_PORT": "32257"}
SERVICE = "service/clustermesh-apiserver"


def node_port(world: World, cluster: str) -> int:
    ports = world.clusters[cluster]["objects"][SERVICE]["spec"]["ports"]
    return int(ports[0]["nodePort"])


def test_enable_gives_the_cluster_a_node_port_of_its_own(world: World) -> None:
    done = world.run("member", "enable", CLUSTER01)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"cluster": "cluster01", "nodePort": 32257, "revision": 3}
    assert node_port(world, "cluster01") == 32257


def test_the_node_port_is_set_before_the_service_exists(world: World) -> None:
    """A Service that starts on the default port would meet a peer's (cilium#24692)."""
    world.run("member", "enable", CLUSTER01)
    verbs = [call[0] if call[0] != "clustermesh" else call[1] for call in world.calls("cilium")]
    assert verbs == ["upgrade", "enable"]


def test_a_second_enable_writes_nothing(world: World) -> None:
    world.run("member", "enable", CLUSTER01)
    before = world.clusters
    world.forget_calls()
    done = world.run("member", "enable", CLUSTER01)
    assert done.returncode == 0, done.stderr
    assert world.calls("cilium") == []
    assert world.clusters == before


def test_a_changed_node_port_is_one_upgrade(world: World) -> None:
    world.run("member", "enable", CLUSTER01)
    world.forget_calls()
    world.run("member", "enable", CLUSTER01 | {"NODE_PORT": "30001"})
    assert node_port(world, "cluster01") == 30001
    assert len(world.calls("cilium")) == 1


def test_enable_runs_again_where_a_revision_failed(world: World) -> None:
    world.run("member", "enable", CLUSTER01)
    world.change("cluster01", release=world.release("cluster01") | {"status": "failed"})
    world.forget_calls()
    world.run("member", "enable", CLUSTER01)
    assert world.release("cluster01")["status"] == "deployed"


def test_a_port_of_a_failed_revision_is_set_again(world: World) -> None:
    """Helm builds on the values of the last deployed revision, which lack it."""
    found = world.release("cluster01")
    mesh = {"apiserver": {"service": {"nodePort": 32257}}}
    failed = {"version": 2, "status": "failed", "config": found["config"] | {"clustermesh": mesh}}
    world.change("cluster01", release=failed)
    world.run("member", "enable", CLUSTER01)
    assert [call[0] for call in world.calls("cilium")] == ["upgrade", "clustermesh"]


def test_missing_certificates_are_told_with_the_job_to_look_at(world: World) -> None:
    world.change("cluster01", certgen=False)
    done = world.run("member", "enable", CLUSTER01 | {"ENABLE_SECONDS": "0"})
    assert done.returncode == 1
    assert "clustermesh-apiserver-generate-certs" in done.stderr


def test_no_helm_release_is_told_with_its_reason(world: World) -> None:
    world.change("cluster01", release=None)
    done = world.run("member", "enable", CLUSTER01)
    assert done.returncode == 1
    assert "Likely cause: Cilium was not installed as the Helm release" in done.stderr


def test_an_error_names_the_cluster_but_shows_no_credential(world: World) -> None:
    world.change("cluster01", up=False)
    done = world.run("member", "enable", CLUSTER01)
    assert done.returncode == 1
    assert done.stderr.startswith("cluster01: enable failed")
    assert "canary" not in done.stderr + done.stdout
    assert "[secret]" in done.stderr


def test_disable_leaves_the_ca_and_no_other_secret(world: World) -> None:
    world.run("member", "enable", CLUSTER01)
    done = world.run("member", "disable", CLUSTER01)
    assert done.returncode == 0, done.stderr
    left = [name for name in world.clusters["cluster01"]["objects"] if name.startswith("secret/")]
    assert left == ["secret/cilium-ca"]
    assert SERVICE not in world.clusters["cluster01"]["objects"]


def test_peers_that_a_disable_by_hand_left_go_with_the_mesh(world: World) -> None:
    world.run("member", "enable", CLUSTER01)
    found = world.release("cluster01")
    peer = {"name": "cluster02", "ips": ["172.30.0.2"], "port": 32258}
    found["config"]["clustermesh"] |= {"useAPIServer": False, "config": {"clusters": [peer]}}
    world.change("cluster01", release=found)
    assert world.run("member", "disable", CLUSTER01).returncode == 0
    assert world.peers("cluster01") == {}


def test_disable_twice_is_disable_once(world: World) -> None:
    world.run("member", "enable", CLUSTER01)
    world.run("member", "disable", CLUSTER01)
    version = world.release("cluster01")["version"]
    assert world.run("member", "disable", CLUSTER01).returncode == 0
    assert world.release("cluster01")["version"] == version


def test_disable_is_done_where_cilium_is_gone(world: World) -> None:
    world.change("cluster01", release=None)
    assert world.run("member", "disable", CLUSTER01).returncode == 0


def test_a_dead_cluster_is_forgotten_only_when_told_so(world: World) -> None:
    world.run("member", "enable", CLUSTER01)
    world.change("cluster01", up=False)
    refused = world.run("member", "disable", CLUSTER01)
    assert refused.returncode == 1
    assert "PULUMI_K8S_DELETE_UNREACHABLE=true" in refused.stderr
    given_up = {"PULUMI_K8S_DELETE_UNREACHABLE": "true"}
    done = world.run("member", "disable", CLUSTER01 | given_up)
    assert done.returncode == 0, done.stderr
    assert "ClusterMesh stays enabled in it" in done.stderr


def test_giving_up_forgets_no_cluster_that_answers(world: World) -> None:
    world.run("member", "enable", CLUSTER01)
    world.run("member", "disable", CLUSTER01 | {"PULUMI_K8S_DELETE_UNREACHABLE": "true"})
    assert SERVICE not in world.clusters["cluster01"]["objects"]


def test_what_was_changed_by_hand_is_named_and_repaired(world: World) -> None:
    world.run("member", "enable", CLUSTER01)
    assert world.observe("member", CLUSTER01) == {}
    objects = world.clusters["cluster01"]["objects"]
    del objects["deployment/clustermesh-apiserver"]
    objects[SERVICE] = {"spec": {"ports": [{"nodePort": 30999}]}}
    world.change("cluster01", objects=objects)
    assert world.observe("member", CLUSTER01) == {
        "deployment": "the Deployment clustermesh-apiserver is missing",
        "service": "the Service clustermesh-apiserver has NodePort 30999, wanted is 32257",
    }
    done = world.run("member", "enable", CLUSTER01)
    assert done.returncode == 0, done.stderr
    assert world.observe("member", CLUSTER01) == {}


def test_a_control_plane_that_was_scaled_to_nothing_is_drift(world: World) -> None:
    world.run("member", "enable", CLUSTER01)
    objects = world.clusters["cluster01"]["objects"]
    objects["deployment/clustermesh-apiserver"]["spec"]["replicas"] = 0
    world.change("cluster01", objects=objects)
    found = world.observe("member", CLUSTER01)
    assert found == {"deployment": "the Deployment clustermesh-apiserver is scaled to nothing"}


def test_a_mesh_that_was_disabled_by_hand_is_drift(world: World) -> None:
    world.run("member", "enable", CLUSTER01)
    world.run("member", "disable", CLUSTER01)
    found = world.observe("member", CLUSTER01)
    assert found == {"enabled": "ClusterMesh is disabled in the Helm release"}
