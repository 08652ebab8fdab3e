"""The Commands under the real engine: what runs when, what is stored, and what is shown."""

import json
import shutil
from pathlib import Path

import pytest

from tests.engine.conftest import (
    FakeClusters,
    Project,
    new_clusters,
    new_project,
    open_project,
)
from tools.toolchain import Toolchain

TOKENS = {f"cluster0{number}": f"canary-token-of-cluster0{number}" for number in (1, 2, 3)}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, toolchain: Toolchain) -> Path:
    """Two clusters that are joined, to be copied for each test."""
    folder = tmp_path_factory.mktemp("joined")
    project = new_project(folder, toolchain)
    new_clusters(folder)
    shutil.copy(Path(__file__).with_name("joined.py"), project.folder / "__main__.py")
    project.configure_secret("tokens", TOKENS)
    configure(project, "cluster01", "cluster02")
    answer = project.up()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template, tmp_path, symlinks=True, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def joined(folder: Path, toolchain: Toolchain) -> Project:
    return open_project(folder, toolchain)


@pytest.fixture
def clusters(folder: Path) -> FakeClusters:
    made = FakeClusters(folder / "world")
    made.install(folder / "bin")
    return made


def configure(project: Project, *names: str, **more: object) -> None:
    project.configure(names=list(names), **more)


def test_an_update_joins_the_clusters(joined: Project, clusters: FakeClusters) -> None:
    assert clusters.peers("cluster01") == {"cluster02"}
    assert clusters.peers("cluster02") == {"cluster01"}
    outputs = json.loads(joined.pulumi("stack", "output", "--json").stdout)
    assert outputs["cluster01"]["peers"] == {"cluster02": "172.30.0.2:32258"}


def test_the_ca_is_there_before_the_second_cluster_is_enabled(
    joined: Project, clusters: FakeClusters
) -> None:
    state = clusters.state
    ca = [state[name]["objects"]["secret/cilium-ca"]["data"] for name in ("cluster01", "cluster02")]
    assert ca[0] == ca[1]


def test_nothing_is_run_again_wherever_the_programs_are(
    joined: Project, clusters: FakeClusters, tmp_path: Path
) -> None:
    """Another folder for the CLIs, for temporary files and for the caller: no change."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "tmp").mkdir(parents=True)
    clusters.install(elsewhere / "bin")
    clusters.forget_calls()
    environment = {
        "PATH": joined.environment["PATH"].replace(f"{tmp_path / 'bin'}:", f"{elsewhere}/bin:"),
        "TMPDIR": f"{elsewhere}/tmp",
        "KUBECONFIG": "/nowhere",
    }
    (joined.folder / "sub").mkdir()
    words = ("--expect-no-changes", "--refresh")
    answer = joined.up(*words, cwd=joined.folder / "sub", **environment)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    # The checks for drift read; nothing else has run.
    assert all("get" in call for call in clusters.calls())


def test_a_third_cluster_changes_the_peers_of_the_others_alone_and_leaves_without_a_trace(
    joined: Project, clusters: FakeClusters
) -> None:
    configure(joined, "cluster01", "cluster02", "cluster03")
    planned = joined.planned()
    changed = {name: op for name, op in planned.items() if "::cluster03" not in name}
    drift = "pulumi-python:dynamic/cilium-clustermesh:Drift"
    kinds = {"command:local:Command": "peers", drift: "peers-drift"}
    assert changed == {
        f"cilium-clustermesh:index:MeshPeers${kind}::{name}-{step}": "update"
        for kind, step in kinds.items()
        for name in ("cluster01", "cluster02")
    }
    assert joined.up().returncode == 0
    assert clusters.peers("cluster01") == {"cluster02", "cluster03"}
    assert clusters.peers("cluster03") == {"cluster01", "cluster02"}

    configure(joined, "cluster01", "cluster02")
    answer = joined.up()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert clusters.peers("cluster01") == {"cluster02"}
    assert clusters.peers("cluster03") == set()
    assert "service/clustermesh-apiserver" not in clusters.state["cluster03"]["objects"]


def test_a_destroy_disconnects_before_it_disables_and_keeps_the_ca(
    joined: Project, clusters: FakeClusters
) -> None:
    clusters.forget_calls()
    answer = joined.destroy()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    verbs = clusters.verbs()
    for name in ("cluster01", "cluster02"):
        assert [verb for of, verb in verbs if of == name] == ["upgrade", "disable"]
        secrets = [one for one in clusters.state[name]["objects"] if one.startswith("secret/")]
        assert secrets == ["secret/cilium-ca"]
    assert joined.state() == []


def test_a_changed_port_is_no_replacement_and_nothing_shows_a_credential(
    joined: Project, clusters: FakeClusters
) -> None:
    """Neither if it succeeds nor if a cluster fails, which is named with the cause."""
    configure(joined, "cluster01", "cluster02", firstPort=31000)
    assert set(joined.planned().values()) == {"update"}
    clusters.forget_calls()
    assert joined.up("--diff").returncode == 0
    assert "disable" not in [verb for _, verb in clusters.verbs()]

    clusters.change("cluster02", up=False)
    configure(joined, "cluster01", "cluster02", firstPort=31001)
    answer = joined.up("--logtostderr", "-v=3")
    assert answer.returncode != 0
    assert "cluster02: enable failed" in answer.stdout
    assert "Likely cause: the API server does not answer" in answer.stdout
    assert "Traceback" not in answer.stdout
    assert "canary-token" not in joined.everything_written()
    assert "canary-token" not in json.dumps(clusters.calls())


def test_a_failure_that_the_update_goes_on_after_is_no_traceback(
    joined: Project, clusters: FakeClusters
) -> None:
    """Resources that wait for the result of a failed Command are not updated."""
    clusters.change("cluster03", up=False)
    configure(joined, "cluster01", "cluster02", "cluster03")
    answer = joined.up("--continue-on-error")
    assert answer.returncode != 0
    assert "cluster03: share failed" in answer.stdout
    assert "Traceback" not in answer.stdout + answer.stderr
