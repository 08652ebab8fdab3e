"""`pulumi up` joins real clusters, proves it with traffic, and leaves no secret in the clear.

The tests of this file build on each other in their order: two clusters, then a third, then none.
"""

import json
import re
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
import yaml

from demo.engine import LabStack
from tests.lab.labs import Lab
from tests.lab.meshes import (
    Mesh,
    beside_the_mesh,
    files_with,
    private_keys,
    restart_agents,
    watched_arguments,
)


@pytest.fixture(scope="module")
def mesh(lab: Lab) -> Iterator[Mesh]:
    """The mesh of cluster01 and cluster02, made by one `up`."""
    made = Mesh(lab, LabStack(lab.name, lab.folder))
    made.configure(1, 2)
    made.stack.prepare()
    made.remember(1, 2)
    with watched_arguments() as arguments:
        made.up()
    made.printed.append("\n".join(arguments))
    made.keep_encryption()
    yield made
    made.run("destroy", "--yes", "--skip-preview", "--stack", lab.name)
    made.configure(1, 2)


def complete(names: tuple[str, ...]) -> set[tuple[str, str, str]]:
    """Every route that a mesh of these clusters must have."""
    pods = {(one, other, "pod-ip") for one, other in permutations(names, 2)}
    return pods | {(one, other, "global-service") for one in names for other in names}


def test_up_ends_with_every_route_of_the_matrix_answered(mesh: Mesh) -> None:
    matrix = mesh.matrix()
    assert set(matrix) == complete(("cluster01", "cluster02"))
    assert all(cell["ok"] for cell in matrix.values())
    service = matrix["cluster02", "cluster01", "global-service"]
    assert set(service["answers"]) == {"cluster01", "cluster02"}


def test_cilium_itself_says_that_every_peer_is_connected(mesh: Mesh, lab: Lab) -> None:
    for number, peer in ((1, "cluster02"), (2, "cluster01")):
        kubeconfig = str(lab.kubeconfig(number))
        done = lab.exec(
            *("cilium", "--kubeconfig", kubeconfig, "clustermesh", "status", "-o", "json")
        )
        start = done.stdout.index("{")
        status, _ = json.JSONDecoder().raw_decode(done.stdout[start:])
        counts = status["connectivity"]["clusters"][peer]
        assert counts["connected"] == counts["configured"] > 0


def test_nothing_of_cilium_is_changed_but_the_mesh_and_its_agents_restart(
    mesh: Mesh, lab: Lab
) -> None:
    """`cilium upgrade` would put our NodePort where the agents look for their API server."""
    assert {number: beside_the_mesh(lab, number) for number in (1, 2)} == mesh.before
    restart_agents(lab, 1)


@pytest.mark.parametrize("flags", [(), ("--refresh",)], ids=["plain", "refresh"])
def test_a_second_up_changes_nothing(mesh: Mesh, flags: tuple[str, ...]) -> None:
    mesh.up("--expect-no-changes", *flags)
    assert mesh.preview("--expect-no-changes", *flags).returncode == 0


def test_the_merged_kubeconfig_reaches_every_cluster_by_its_name(mesh: Mesh, lab: Lab) -> None:
    file = _private(lab.folder / "merged.yaml", mesh.outputs(secrets=True)["kubeconfig"])
    for name in ("cluster01", "cluster02"):
        done = lab.exec("kubectl", "--kubeconfig", str(file), "--context", name, "get", "nodes")
        assert f"{name}-control-plane" in done.stdout, done.stderr
    file.unlink()


def test_each_original_kubeconfig_still_works_and_knows_every_member(mesh: Mesh, lab: Lab) -> None:
    for name, text in mesh.outputs(secrets=True)["kubeconfigs"].items():
        original = yaml.safe_load((lab.folder / f".lab/{lab.name}/{name}.kubeconfig").read_text())
        assert yaml.safe_load(text)["current-context"] == original["current-context"]
        file = _private(lab.folder / f"{name}.yaml", text)
        kubectl = ("kubectl", "--kubeconfig", str(file))
        assert f"{name}-control-plane" in lab.exec(*kubectl, "get", "nodes").stdout
        for member in ("cluster01", "cluster02"):
            done = lab.exec(*kubectl, "--context", member, "get", "nodes")
            assert f"{member}-control-plane" in done.stdout, done.stderr
        file.unlink()


def test_verify_proves_it_again_without_an_update(mesh: Mesh) -> None:
    python = str(mesh.stack.folder / ".venv/bin/python")
    done = mesh.stack.run(python, "-m", "components.verify", "--stack", mesh.stack.name, quiet=True)
    assert done.returncode == 0, done.stderr
    assert "global Service" in done.stdout


def test_a_config_that_the_cluster_belies_is_refused_in_preview(mesh: Mesh, lab: Lab) -> None:
    """Preflight reads the clusters; nothing is changed in any of them."""
    before = [_everything(lab, number) for number in (1, 2)]
    document = yaml.safe_load(lab.stack_file.read_text())
    first, second = document["config"]["cilium-clustermesh:clusters"]
    first |= {"id": 7, "podCidrs": ["10.70.0.0/16"]}
    second |= {"name": "cluster-two", "serviceCidrs": ["10.71.0.0/16"]}
    lab.stack_file.write_text(yaml.safe_dump(document))
    done = mesh.preview()
    mesh.configure(1, 2)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    for check in ("cluster-id", "cluster-name", "pod-cidr", "service-cidr"):
        assert check in said, said
    assert [_everything(lab, number) for number in (1, 2)] == before


def test_no_private_key_is_anywhere_in_the_clear(mesh: Mesh, lab: Lab) -> None:
    """State, logs, outputs, process arguments and leftover files; the kubeconfigs are the lab's."""
    keys = private_keys(lab, 1, 2)
    mesh.outputs()
    assert not [key for key in keys for text in mesh.printed if key in text]
    places = [mesh.stack.home / "pulumi", mesh.stack.home / "pulumi-home", Path("/tmp")]
    own = {str(path) for path in lab.folder.rglob("*.kubeconfig")}
    assert not [path for path in files_with(keys, mesh.started, *places) if path not in own]


def test_a_third_cluster_joins_by_config_alone(mesh: Mesh, lab: Lab) -> None:
    nodes = [lab.get(number, "nodes")["items"][0]["metadata"]["uid"] for number in (1, 2)]
    mesh.configure(1, 2, 3)
    assert "cluster03" in lab.up()
    printed = mesh.up("--diff")
    matrix = mesh.matrix()
    assert set(matrix) == complete(("cluster01", "cluster02", "cluster03"))
    assert all(cell["ok"] for cell in matrix.values())
    touched = set(re.findall(r"^\s*~ (\S+): \(update\)", printed, re.MULTILINE))
    assert not re.search(r"\(replace\)|\(delete\)", printed)
    assert touched <= {"command:local:Command"}
    assert [lab.get(n, "nodes")["items"][0]["metadata"]["uid"] for n in (1, 2)] == nodes


def test_the_third_cluster_leaves_again_and_the_others_stay_connected(mesh: Mesh, lab: Lab) -> None:
    mesh.configure(1, 2)
    mesh.up()
    assert set(mesh.matrix()) == complete(("cluster01", "cluster02"))
    secret = lab.get(1, "secret", "cilium-clustermesh", "-n", "kube-system")
    assert not [key for key in secret["data"] if key.startswith("cluster03")]
    assert lab.run("down", "--cluster", "cluster03").returncode == 0
    assert "cluster03" not in lab.exec("ls", "/run/netns").stdout


def test_destroy_leaves_the_clusters_with_cilium_and_without_the_mesh(mesh: Mesh, lab: Lab) -> None:
    done = mesh.run("destroy", "--yes", "--skip-preview", "--stack", lab.name)
    assert done.returncode == 0, done.stdout[-4000:]
    for number in (1, 2):
        gone = lab.try_kubectl(
            number, "get", "deploy", "clustermesh-apiserver", "-n", "kube-system"
        )
        assert "NotFound" in gone.stderr
        assert "No resources" in lab.try_kubectl(number, "get", "deploy", "-n", "default").stderr
        assert lab.get(number, "secret", "cilium-ca", "-n", "kube-system")["data"]["ca.key"]
        restart_agents(lab, number)
    assert {number: beside_the_mesh(lab, number) for number in (1, 2)} == mesh.before


def _private(file: Path, text: str) -> Path:
    file.touch(mode=0o600)
    file.write_text(text)
    return file


def _everything(lab: Lab, number: int) -> list[str]:
    """What the program could write to in a cluster, with the version of each object."""
    kinds = "services,secrets,configmaps,deployments,daemonsets"
    items = lab.get(number, kinds, "-A")["items"]
    return [f"{one['kind']} {one['metadata']['uid']} {_version(one)}" for one in items]


def _version(item: dict[str, dict[str, str]]) -> str:
    """Workloads report their status all the time; their generation counts what was asked."""
    return item["metadata"].get("generation") or item["metadata"]["resourceVersion"]
