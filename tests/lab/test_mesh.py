"""`pulumi up` joins real clusters and proves it with traffic."""

import json

import pytest
import yaml

from components.common.outputs_schema import MeshOutputs
from components.scripts.lib import kubelets
from tests.lab.labs import Lab
from tests.lab.meshes import (
    Mesh,
    beside_the_mesh,
    everything,
    helm_release,
    private,
    restart_agents,
)


def test_up_ends_with_every_route_of_the_matrix_answered(mesh: Mesh) -> None:
    assert mesh.is_whole("cluster01", "cluster02")
    service = mesh.matrix()["cluster02", "cluster01", "global-service"]
    assert set(service["answers"]) == {"cluster01", "cluster02"}


def test_the_outputs_have_the_shape_that_is_documented(mesh: Mesh) -> None:
    outputs = mesh.outputs(secrets=True)
    read = MeshOutputs.model_validate(outputs).model_dump(by_alias=True, exclude_unset=True)
    assert json.loads(json.dumps(read)) == outputs


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


def test_kubelets_are_told_of_new_peers_and_bring_them_at_once(mesh: Mesh, lab: Lab) -> None:
    """By an annotation on the Pods; otherwise agents would learn of them a minute or two later."""
    for number in (1, 2):
        selector = "k8s-app in (cilium,clustermesh-apiserver)"
        pods = lab.get(number, "pods", "-n", "kube-system", "-l", selector)["items"]
        marks = {one["metadata"].get("annotations", {}).get(kubelets.REVISION) for one in pods}
        assert len(pods) == 2
        assert marks == {str(helm_release(lab, number).revision)}


def test_nothing_of_cilium_is_changed_but_the_mesh_and_its_agents_restart(
    mesh: Mesh, lab: Lab
) -> None:
    """`cilium upgrade` would make our NodePort the address of the agents' API server."""
    assert {number: beside_the_mesh(lab, number) for number in (1, 2)} == mesh.before
    restart_agents(lab, 1)


@pytest.mark.parametrize("flags", [(), ("--refresh",)], ids=["plain", "refresh"])
def test_a_second_up_changes_nothing(mesh: Mesh, flags: tuple[str, ...]) -> None:
    mesh.up("--expect-no-changes", *flags)


def test_the_merged_kubeconfig_reaches_every_cluster_by_its_name(mesh: Mesh, lab: Lab) -> None:
    file = mesh.merged_kubeconfig()
    for name in ("cluster01", "cluster02"):
        done = lab.exec("kubectl", "--kubeconfig", str(file), "--context", name, "get", "nodes")
        assert f"{name}-control-plane" in done.stdout, done.stderr
    file.unlink()


def test_each_original_kubeconfig_still_works_and_knows_every_member(mesh: Mesh, lab: Lab) -> None:
    for name, text in mesh.outputs(secrets=True)["kubeconfigs"].items():
        original = yaml.safe_load((lab.folder / f".lab/{lab.name}/{name}.kubeconfig").read_text())
        assert yaml.safe_load(text)["current-context"] == original["current-context"]
        file = private(lab.folder / f"{name}.yaml", text)
        kubectl = ("kubectl", "--kubeconfig", str(file))
        assert f"{name}-control-plane" in lab.exec(*kubectl, "get", "nodes").stdout
        for member in ("cluster01", "cluster02"):
            done = lab.exec(*kubectl, "--context", member, "get", "nodes")
            assert f"{member}-control-plane" in done.stdout, done.stderr
        file.unlink()


def test_verify_proves_it_again_without_an_update(mesh: Mesh) -> None:
    python = str(mesh.stack.folder / ".venv/bin/python")
    done = mesh.stack.run(python, "-m", "mesh", "verify", "--stack", mesh.stack.name, quiet=True)
    assert done.returncode == 0, done.stderr
    assert "global Service" in done.stdout


def test_a_config_that_the_cluster_belies_is_refused_in_preview(mesh: Mesh, lab: Lab) -> None:
    """Preflight reads the clusters; nothing changes in any of them."""
    before = [everything(lab, number) for number in (1, 2)]
    mesh.entries = {
        1: {"id": 7, "podCidrs": ["10.70.0.0/16"]},
        2: {"name": "cluster-two", "serviceCidrs": ["10.71.0.0/16"]},
    }
    mesh.configure(1, 2)
    done = mesh.preview()
    mesh.entries = {}
    mesh.configure(1, 2)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    for check in ("cluster-id", "cluster-name", "pod-cidr", "service-cidr"):
        assert check in said, said
    assert [everything(lab, number) for number in (1, 2)] == before
