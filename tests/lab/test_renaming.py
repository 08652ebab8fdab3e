"""A renamed cluster is followed in place: the last change, as there is no way back."""

from tests.lab.labs import Lab
from tests.lab.meshes import Mesh, helm_release, own_objects
from tests.lab.surgery import rename_cluster


def test_a_renamed_cluster_that_says_its_former_name_is_changed_in_place(
    mesh: Mesh, lab: Lab
) -> None:
    """The disruption is intended: Cilium has its new name already, and the program follows."""
    # The tests before may have left it destroyed.
    mesh.up()
    before = own_objects(lab, 2)
    rename_cluster(lab, 2, "cluster-two")
    mesh.remember(2)
    mesh.change(2, {"name": "cluster-two"})
    refused = mesh.preview()
    assert refused.returncode != 0
    assert "write `formerName: cluster02` into its entry" in refused.stdout + refused.stderr

    mesh.change(2, {"formerName": "cluster02"})
    mesh.up()
    assert mesh.is_whole("cluster01", "cluster-two")
    assert set(helm_release(lab, 1).peers) == {"cluster-two"}
    assert own_objects(lab, 2) == before
    # The former name is said once.
    del mesh.entries[2]["formerName"]
    mesh.configure(1, 2)
    assert mesh.preview("--expect-no-changes").returncode == 0
