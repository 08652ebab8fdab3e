"""The message if a part of the mesh does not become ready."""

import json
from typing import Any

import pytest

from components.scripts.lib import rollout
from components.scripts.lib.step import likely_cause
from tests.unit.scripts.conftest import TOKEN, Ran, World

CONNECT = {
    "CLUSTER": "cluster01",
    "PEERS": json.dumps({"cluster02": {"endpoint": "", "override": False}}),
}
CRASHED: dict[str, Any] = {
    "metadata": {"name": "clustermesh-apiserver-1"},
    "status": {
        "containerStatuses": [
            {"name": "apiserver", "ready": True, "state": {"running": {}}},
            {
                "name": "etcd",
                "ready": False,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}},
            },
        ]
    },
}


@pytest.fixture
def late(world: World) -> World:
    """A cluster whose clustermesh-apiserver does not become ready."""
    for name, port in (("cluster01", "32257"), ("cluster02", "32258")):
        environment = {"CLUSTER": name, "SERVICE_TYPE": "NodePort", "NODE_PORT": port}
        assert world.run("member", "enable", environment).returncode == 0
    ca = world.clusters["cluster01"]["objects"]["secret/cilium-ca"]
    objects = world.clusters["cluster02"]["objects"] | {"secret/cilium-ca": ca}
    world.change("cluster02", objects=objects)
    world.change("cluster01", ready=False, pods=[CRASHED], logs={})
    return world


def connect(world: World) -> Ran:
    return world.run("peers", "connect", CONNECT)


def with_log(world: World, *lines: str) -> None:
    world.change("cluster01", logs={"clustermesh-apiserver-1/etcd": "\n".join(lines)})


def test_the_container_and_its_end_are_named_and_not_the_api_server(late: World) -> None:
    with_log(late, "starting", "fatal: permission denied", "goodbye")
    ran = connect(late)
    assert ran.returncode == 1
    assert "deployment/clustermesh-apiserver is not ready" in ran.stderr
    assert "Pod clustermesh-apiserver-1, container etcd waits: CrashLoopBackOff" in ran.stderr
    assert "exit code 1 (Error)" in ran.stderr
    assert "its log says: fatal: permission denied; fix:" in ran.stderr
    assert "container apiserver" not in ran.stderr
    assert "API server does not answer" not in ran.stderr


def test_a_log_is_shown_without_what_is_secret_in_it(late: World) -> None:
    jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"
    with_log(late, f"failed: {TOKEN}cluster01 and {jwt} at https://me:pass-word@host/")
    said = connect(late).stderr
    assert "its log says: failed: [secret] and [secret] at https://[secret]@host/" in said
    assert "canary" not in said and jwt not in said and "pass-word" not in said


def test_without_a_log_the_rest_is_said(late: World) -> None:
    said = connect(late).stderr
    assert "CrashLoopBackOff" in said and "its log says" not in said


def test_a_container_that_runs_again_is_asked_for_the_log_of_its_end(late: World) -> None:
    status = CRASHED["status"]["containerStatuses"][1] | {"state": {"running": {}}}
    again = CRASHED | {"status": {"containerStatuses": [status]}}
    late.change("cluster01", pods=[again])
    connect(late)
    (call,) = [call for call in late.calls("kubectl") if "logs" in call]
    assert "--previous" in call


def test_many_pods_are_counted_not_listed(late: World) -> None:
    late.change("cluster01", pods=[CRASHED] * 9)
    said = connect(late).stderr
    assert said.count("CrashLoopBackOff") == 4 and "and 5 more" in said


def test_pods_that_cannot_even_be_made_are_said_to_be(late: World) -> None:
    failure = {"type": "ReplicaFailure", "message": "exceeded quota: tight"}
    late.change("cluster01", pods=[], deployment={"status": {"conditions": [failure]}})
    assert "Pods cannot be made: exceeded quota: tight" in connect(late).stderr


def test_an_api_server_that_falls_silent_meanwhile_is_what_is_told(
    late: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = late.answer

    def falling_silent(command: list[str], *arguments: Any, **options: Any) -> Any:
        done = answer(command, *arguments, **options)
        if {"rollout", "deployment/clustermesh-apiserver"} <= {*command}:
            late.change("cluster01", up=False)
        return done

    monkeypatch.setattr("subprocess.run", falling_silent)
    said = connect(late).stderr
    assert "the reason cannot be read" in said
    assert "Likely cause: the API server does not answer" in said


def test_a_node_port_that_is_taken_names_the_keys_that_free_it() -> None:
    cause = likely_cause(
        'Service "clustermesh-apiserver" is invalid: spec.ports[0].nodePort: Invalid value: 32257:'
        " provided port is already allocated"
    )
    assert "mesh.nodePort" in cause and "apiServer.nodePort" in cause


@pytest.mark.parametrize(
    ("said", "is_silent"),
    [
        ("dial tcp 172.30.0.1:31443: i/o timeout", True),
        ("net/http: TLS handshake timeout", True),
        ("dial tcp 172.30.0.1:31443: connect: connection refused", True),
        ("error: timed out waiting for the condition", False),
        ("UPGRADE FAILED: timed out waiting for the condition", False),
        ("`cilium clustermesh enable` did not end within 300 s", False),
        ("context deadline exceeded", False),
    ],
)
def test_an_api_server_is_called_silent_only_where_it_is(said: str, is_silent: bool) -> None:
    cause = likely_cause(said)
    assert cause and ("does not answer" in cause) is is_silent


DEPLOYMENT = {"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
DAEMON_SET = {"observedGeneration": 2, "desiredNumberScheduled": 2}
DAEMON_SET |= {"updatedNumberScheduled": 2, "numberAvailable": 2}


def workload(kind: str, status: dict[str, int]) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"generation": 2}, "spec": {}, "status": status}


@pytest.mark.parametrize(
    ("kind", "status", "is_done"),
    [
        ("Deployment", {}, True),
        ("Deployment", {"observedGeneration": 1}, False),
        ("Deployment", {"replicas": 2}, False),
        ("Deployment", {"updatedReplicas": 0}, False),
        ("Deployment", {"availableReplicas": 0}, False),
        ("DaemonSet", {}, True),
        ("DaemonSet", {"observedGeneration": 1}, False),
        ("DaemonSet", {"updatedNumberScheduled": 1}, False),
        ("DaemonSet", {"numberAvailable": 1}, False),
    ],
)
def test_a_rollout_is_done_when_kubectl_would_say_so(
    kind: str, status: dict[str, int], is_done: bool
) -> None:
    whole = {"Deployment": DEPLOYMENT, "DaemonSet": DAEMON_SET}[kind] | status
    assert rollout.is_done(workload(kind, whole)) is is_done


def test_what_is_absent_or_unseen_is_waited_for() -> None:
    assert not rollout.is_done({})
    assert not rollout.is_done({"kind": "DaemonSet", "metadata": {"generation": 1}})
