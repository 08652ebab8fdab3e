import json
from typing import Any

import pytest

from components.scripts.lib.traffic import answers_in
from tests.unit.scripts.conftest import Ran, World, kubeconfig

NAMES = ["cluster01", "cluster02"]
SERVICE = "http://rebel-base:80/"
DEMO = {
    "namespace": "default",
    "service": "rebel-base",
    "servicePort": 80,
    "podPort": 80,
    "servers": "name=rebel-base",
    "clients": "name=x-wing",
    "affinity": "none",
    "shared": True,
}


def pod(name: str, ip: str, **more: Any) -> dict[str, Any]:
    """A Pod that answers."""
    ready = [{"type": "Ready", "status": "True"}]
    return {
        "metadata": {"name": name, "labels": {"name": "rebel-base"}},
        "status": {"podIP": ip, "conditions": ready} | more,
    }


def client(name: str) -> dict[str, Any]:
    """A Pod that asks, and must never be asked."""
    asking = pod(name, "172.30.9.9")
    asking["metadata"]["labels"] = {"name": "x-wing"}
    return asking


def status(*peers: str, connected: int = 1) -> dict[str, Any]:
    side = {
        "clusters": {peer: {"configured": 1, "connected": connected} for peer in peers},
        "total": 1,
    }
    return {"connectivity": side, "kvstoremesh": {"enabled": True, "status": side}}


@pytest.fixture
def mesh(world: World) -> World:
    """Two connected clusters, with one Pod each and a global Service."""
    join(world)
    return world


def join(world: World) -> None:
    """Connect the two, give each a Pod, and let the global Service answer."""
    for name, other in (NAMES, NAMES[::-1]):
        world.change(
            name,
            meshStatus=status(other),
            pods=[
                pod(f"pod-of-{name}", world.clusters[name]["address"]),
                client(f"client-of-{name}"),
            ],
            answers={
                SERVICE: ["cluster01", "cluster02"],
                f"http://{world.clusters[other]['address']}:80/": [other],
            },
        )


def verify(
    world: World,
    demo: dict[str, Any] | None = DEMO,
    seconds: int = 0,
    merged: dict[str, Any] | None = None,
) -> Ran:
    spec = {
        "clusters": NAMES,
        "demo": demo,
        "requests": 4,
        "statusSeconds": 1,
        "trafficSeconds": seconds,
    }
    environment = {"SPEC": json.dumps(spec)}
    if merged is None:
        return world.run("verify", "verify", environment)
    return world.run("verify", "verify", environment, merged=merged)


def row(ran: Ran, source: str, target: str, path: str) -> dict[str, Any]:
    rows = json.loads(ran.stdout)["matrix"]
    (found,) = [
        row for row in rows if (row["from"], row["to"], row["path"]) == (source, target, path)
    ]
    return dict(found)


def test_a_whole_mesh_is_proven_over_every_route(mesh: World) -> None:
    ran = verify(mesh)
    assert ran.returncode == 0, ran.stderr
    proof = json.loads(ran.stdout)
    assert proof["connected"] == {"cluster01": ["cluster02"], "cluster02": ["cluster01"]}
    assert len(proof["matrix"]) == 2 + 4
    assert row(ran, "cluster01", "cluster02", "pod-ip") == {
        "from": "cluster01",
        "to": "cluster02",
        "path": "pod-ip",
        "ok": True,
        "milliseconds": 1.5,
        "answers": {"cluster02": 1},
    }
    shared = row(ran, "cluster02", "cluster01", "global-service")
    assert shared["answers"] == {"cluster01": 2, "cluster02": 2}


def test_the_answers_are_shown_as_they_came(mesh: World) -> None:
    assert '{"Galaxy": "Alderaan", "Cluster": "cluster02"}' in verify(mesh).stderr


def test_without_demo_only_the_connections_are_checked(mesh: World) -> None:
    ran = verify(mesh, demo=None)
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["matrix"] == []


def test_the_merged_kubeconfig_is_tried_and_whom_it_does_not_reach_is_named(mesh: World) -> None:
    merged = kubeconfig(*NAMES)
    assert verify(mesh, merged=merged).returncode == 0
    mesh.change("cluster02", nodePortOpen=False)
    ran = verify(mesh, merged=merged)
    assert ran.returncode == 1
    assert "the merged kubeconfig does not reach every cluster" in ran.stderr
    assert "\n  cluster02: " in ran.stderr and "\n  cluster01: " not in ran.stderr
    assert "its NodePort is reachable from here" in ran.stderr
    assert verify(mesh).returncode == 0


def test_a_peer_that_is_not_connected_fails_before_any_traffic(mesh: World) -> None:
    mesh.change("cluster01", meshStatus=status("cluster02", connected=0))
    ran = verify(mesh)
    assert ran.returncode == 1
    assert "cluster01 -> cluster02: not connected" in ran.stderr
    assert json.loads(ran.stdout)["connected"]["cluster01"] == []
    assert not any("exec" in call and "curl" in call for call in mesh.calls("kubectl"))


def test_a_missing_connection_comes_with_what_kvstoremesh_says(mesh: World) -> None:
    dialed = "❌ Cannot establish TCP connection to 172.30.0.2:32258: connection refused"
    mesh.change(
        "cluster01",
        meshStatus=status("cluster02", connected=0),
        troubleshoot=f"✅ ok\n  {dialed}\n",
    )
    ran = verify(mesh)
    assert "Cannot establish TCP connection to 172.30.0.2:32258" in ran.stderr
    assert "likely cause: nothing listens at the peer's endpoint" in ran.stderr


def test_different_cas_are_named_as_the_cause(mesh: World) -> None:
    mesh.change("cluster01", meshStatus=status("cluster02", connected=0))
    objects = mesh.clusters["cluster02"]["objects"]
    mesh.change("cluster02", objects=objects | {"secret/cilium-ca": {"data": {"ca.crt": "b"}}})
    assert "different cilium-ca Secrets" in verify(mesh).stderr


def test_a_status_that_is_none_is_a_failure_and_no_traceback(mesh: World) -> None:
    mesh.change("cluster01", meshStatus="no JSON object")
    ran = verify(mesh)
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr


def test_a_service_that_one_cluster_never_answers_fails(mesh: World) -> None:
    answers = mesh.clusters["cluster02"]["answers"] | {SERVICE: ["cluster02"]}
    mesh.change("cluster02", answers=answers)
    ran = verify(mesh)
    assert ran.returncode == 1
    assert "cluster02 does not reach cluster01 by the global Service" in ran.stderr
    assert "the annotation service.cilium.io/global must be the same" in ran.stderr
    assert row(ran, "cluster02", "cluster01", "global-service")["ok"] is False


def test_one_silent_pod_of_several_is_enough_to_fail(mesh: World) -> None:
    mesh.change("cluster02", pods=[pod("a", "172.30.0.2"), pod("b", "172.30.0.99"), client("c")])
    ran = verify(mesh)
    assert ran.returncode == 1
    said = "cluster01 does not reach cluster02 by Pod IP (curl: (28) Connection timed out)"
    assert said in ran.stderr


@pytest.mark.parametrize(
    ("settings", "ports"),
    [
        ({}, "UDP 8472 (VXLAN)"),
        ({"tunnel-protocol": "geneve"}, "UDP 6081 (Geneve)"),
        ({"routing-mode": "native"}, "the Pod CIDRs (native routing)"),
        ({"tunnel": "disabled"}, "the Pod CIDRs (native routing)"),
    ],
)
def test_lost_packets_point_at_the_ports_that_these_clusters_use(
    mesh: World, settings: dict[str, str], ports: str
) -> None:
    for name in NAMES:
        objects = mesh.clusters[name]["objects"] | {"configmap/cilium-config": {"data": settings}}
        mesh.change(name, objects=objects, answers={})
    assert f"must let {ports} through" in verify(mesh).stderr


def test_a_connection_that_broke_during_the_traffic_is_the_cause(mesh: World) -> None:
    """The first answer of `status` is that of a whole mesh."""
    first, then = status("cluster02"), status("cluster02", connected=0)
    mesh.change("cluster01", meshStatus=[first, then], answers={})
    said = verify(mesh).stderr
    assert "cluster01 -> cluster02: not connected" in said


def test_an_answer_of_the_wrong_cluster_fails(mesh: World) -> None:
    answers = mesh.clusters["cluster01"]["answers"] | {"http://172.30.0.2:80/": ["cluster01"]}
    mesh.change("cluster01", answers=answers)
    assert row(verify(mesh), "cluster01", "cluster02", "pod-ip")["ok"] is False


def test_pods_that_are_not_ready_are_not_asked(mesh: World) -> None:
    waiting = pod("b", "172.30.0.99", conditions=[{"type": "Ready", "status": "False"}])
    mesh.change("cluster02", pods=[pod("a", "172.30.0.2"), waiting, client("c")])
    assert verify(mesh).returncode == 0


def test_no_ready_pod_is_told(mesh: World) -> None:
    mesh.change("cluster02", pods=[])
    assert "no ready Pod name=rebel-base in cluster02" in verify(mesh).stderr


def test_the_proof_goes_on_until_every_cluster_has_answered(mesh: World) -> None:
    """Backends are chosen at random: a first round without one cluster proves nothing."""
    turns = ["cluster02"] * 4 + ["cluster01"]
    mesh.change("cluster02", answers=mesh.clusters["cluster02"]["answers"] | {SERVICE: turns})
    assert verify(mesh, seconds=30).returncode == 0


def test_a_local_affinity_expects_no_other_cluster(mesh: World) -> None:
    for name in NAMES:
        mesh.change(name, answers=mesh.clusters[name]["answers"] | {SERVICE: [name]})
    assert verify(mesh, demo=DEMO | {"affinity": "local"}).returncode == 0


def test_nothing_is_written_to_any_cluster(mesh: World) -> None:
    verbs = {"get", "exec"}
    before = mesh.clusters["cluster01"]["objects"]
    verify(mesh)
    calls = [[word for word in call if word in verbs] for call in mesh.calls("kubectl")]
    assert all(calls)
    assert mesh.clusters["cluster01"]["objects"] == before


def test_a_web_page_that_names_no_cluster_is_no_answer() -> None:
    (answer,) = answers_in("<html>\nhello\n#answered 404 0.1\n")
    assert answer.reply.cluster is None
    assert "HTTP 404" in answer.reply.error


def test_the_pods_of_a_cluster_are_read_by_one_program(mesh: World) -> None:
    """Starting one costs more than what it asks."""
    assert verify(mesh).returncode == 0
    reads = [call for call in mesh.calls("kubectl") if "pods" in call]
    assert len(reads) == len(NAMES)
    assert all("--selector=name in (x-wing,rebel-base)" in call for call in reads)
