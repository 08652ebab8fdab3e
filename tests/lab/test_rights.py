"""The rights of docs/rbac.yaml are enough for everything that the program does."""

import pytest

from tests.lab import restricted
from tests.lab.labs import Lab
from tests.lab.meshes import Mesh

TOO_MUCH = {
    "read a Secret elsewhere": ("get", "secrets", "-n", "default"),
    "give itself more": ("escalate", "clusterroles"),
    "remove a node": ("delete", "nodes"),
    "act as somebody else": ("impersonate", "users"),
    "do anything at all": ("*", "*"),
}


def test_a_mesh_is_updated_with_the_rights_of_the_manifest(mesh: Mesh, lab: Lab) -> None:
    """From here on, every test connects to the clusters with only these rights."""
    restricted.restrict(mesh, 1, 2)
    mesh.configure(1, 2)
    mesh.up()
    assert mesh.is_whole("cluster01", "cluster02")
    done = mesh.preview("--refresh", "--expect-no-changes")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_manifest_lets_kubelets_be_told_of_new_peers(mesh: Mesh, lab: Lab) -> None:
    """Without it an update still works, so only this test would notice."""
    entry = mesh.entries.get(1) or restricted.entry(lab, restricted.restricted_kubeconfig(lab, 1))
    words = ("patch", "pods", "-n", "kube-system")
    assert restricted.may(lab, lab.folder / entry["kubeconfig"], *words)


@pytest.mark.parametrize("words", TOO_MUCH.values(), ids=TOO_MUCH)
def test_the_manifest_gives_no_right_to(mesh: Mesh, lab: Lab, words: tuple[str, ...]) -> None:
    """It is not cluster-admin by another name."""
    entry = mesh.entries.get(1) or restricted.entry(lab, restricted.restricted_kubeconfig(lab, 1))
    assert not restricted.may(lab, lab.folder / entry["kubeconfig"], *words)
