"""Drift under the real engine: a refresh names it, and the next update repairs exactly that."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import (
    FakeClusters,
    Project,
    new_clusters,
    new_project,
    open_project,
)
from tools.toolchain import Toolchain

TOKENS = {f"cluster0{number}": f"canary-token-of-cluster0{number}" for number in (1, 2)}
DRIFT = "pulumi-python:dynamic/cilium-clustermesh:Drift"
COMMAND = "command:local:Command"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, toolchain: Toolchain) -> Path:
    """Two clusters that are joined, to be copied for each test."""
    folder = tmp_path_factory.mktemp("drift")
    project = new_project(folder, toolchain)
    new_clusters(folder)
    shutil.copy(Path(__file__).with_name("joined.py"), project.folder / "__main__.py")
    project.configure_secret("tokens", TOKENS)
    project.configure(names=list(TOKENS))
    answer = project.up()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return folder


@pytest.fixture
def joined(template: Path, tmp_path: Path, toolchain: Toolchain) -> Project:
    shutil.copytree(template, tmp_path, symlinks=True, dirs_exist_ok=True)
    return open_project(tmp_path, toolchain)


@pytest.fixture
def clusters(joined: Project, tmp_path: Path) -> FakeClusters:
    made = FakeClusters(tmp_path / "world")
    made.install(tmp_path / "bin")
    made.forget_calls()
    return made


def no_peers(clusters: FakeClusters, name: str) -> None:
    release = clusters.state[name]["release"]
    release["config"]["clustermesh"]["config"]["clusters"] = []
    objects = clusters.state[name]["objects"]
    clusters.change(
        name,
        release=release | {"version": release["version"] + 1},
        objects=objects | {"secret/cilium-clustermesh": {"data": {}}},
    )


def disabled(clusters: FakeClusters, name: str) -> None:
    release = clusters.state[name]["release"]
    release["config"]["clustermesh"] |= {"useAPIServer": False}
    clusters.change(name, release=release | {"version": release["version"] + 1})


def other_node_port(clusters: FakeClusters, name: str) -> None:
    objects = clusters.state[name]["objects"]
    service = {"spec": {"ports": [{"nodePort": 30999}]}}
    clusters.change(name, objects=objects | {"service/clustermesh-apiserver": service})


def no_secret(clusters: FakeClusters, name: str) -> None:
    objects = clusters.state[name]["objects"]
    del objects["secret/cilium-clustermesh"]
    clusters.change(name, objects=objects)


@dataclass(frozen=True)
class Case:
    """A change by hand in a cluster, what a refresh says about it, and the repair."""

    change: Callable[[FakeClusters, str], None]
    said: str
    component: str


NO_PEERS = Case(no_peers, "{peer}: it is no longer a peer in the Helm release", "MeshPeers")
DISABLED = Case(disabled, "ClusterMesh is disabled in the Helm release", "MeshMember")
NODE_PORT = Case(other_node_port, "has NodePort 30999, wanted is {port}", "MeshMember")
NO_SECRET = Case(no_secret, "the Secret cilium-clustermesh does not know it", "MeshPeers")
PORTS = {"cluster01": 32257, "cluster02": 32258}
STEPS = {"MeshMember": "enable", "MeshPeers": "peers"}


@pytest.mark.parametrize(
    "cases", [(NO_PEERS, NODE_PORT), (DISABLED, NO_SECRET)], ids=["peers-port", "disabled-secret"]
)
def test_a_refresh_names_the_drift_and_an_update_repairs_it(
    joined: Project, clusters: FakeClusters, cases: tuple[Case, Case]
) -> None:
    """A different one in each cluster, to tell a repair of one from a repair of both."""
    by_cluster = dict(zip(TOKENS, cases, strict=True))
    for name, case in by_cluster.items():
        case.change(clusters, name)
    shown = joined.pulumi("preview", "--refresh", "--diff")
    said = shown.stdout + shown.stderr
    assert shown.returncode == 0, said
    for name, case in by_cluster.items():
        (peer,) = set(TOKENS) - {name}
        step = "peers" if case.component == "MeshPeers" else "member"
        assert f"{name}/{step}: drift" in said
        assert case.said.format(peer=peer, port=PORTS[name]) in said
    assert said.count(": drift: ") == len(cases)
    assert "enable" not in [verb for _, verb in clusters.verbs()]

    done = joined.up("--refresh")
    assert done.returncode == 0, done.stdout + done.stderr
    changed = {
        one["urn"].rpartition("index:")[2]
        for one in joined.state()
        if one["type"] == COMMAND and one["inputs"]["environment"].get("REPAIRS") == "1"
    }
    assert changed == {
        f"{case.component}${COMMAND}::{name}-{STEPS[case.component]}"
        for name, case in by_cluster.items()
    }
    for name, port in PORTS.items():
        (peer,) = set(TOKENS) - {name}
        assert clusters.peers(name) == {peer}
        objects = clusters.state[name]["objects"]
        assert objects["service/clustermesh-apiserver"]["spec"]["ports"] == [{"nodePort": port}]
        assert objects["secret/cilium-clustermesh"]["data"] == {peer: ""}
    again = joined.up("--refresh", "--expect-no-changes")
    assert again.returncode == 0, again.stdout + again.stderr


def test_a_cluster_that_does_not_answer_is_no_drift(
    joined: Project, clusters: FakeClusters
) -> None:
    clusters.change("cluster01", up=False)
    shown = joined.pulumi("preview", "--refresh", "--expect-no-changes")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "cluster01/peers: it could not be looked at" in shown.stdout + shown.stderr
    assert "Traceback" not in shown.stdout + shown.stderr


def test_the_state_holds_no_credential_of_what_looks_for_drift(joined: Project) -> None:
    drifts: list[dict[str, Any]] = [one for one in joined.state() if one["type"] == DRIFT]
    assert len(drifts) == 4
    assert not [token for token in TOKENS.values() if token in joined.everything_written()]
