"""A destroy leaves the clusters as they were: without the mesh, with Cilium and the CA."""

from tests.lab.labs import Lab
from tests.lab.meshes import Mesh, beside_the_mesh, restart_agents

SYSTEM = ("-n", "kube-system")


def test_destroy_leaves_nothing_of_ours_and_all_that_was_there_before(mesh: Mesh, lab: Lab) -> None:
    lab.apply(1, "{apiVersion: v1, kind: ConfigMap, metadata: {name: not-ours}, data: {a: b}}")
    done = mesh.destroy()
    assert done.returncode == 0, done.stdout[-4000:]
    assert mesh.state() == []
    for number in (1, 2):
        assert ours(lab, number) == []
        assert lab.get(number, "secret", "cilium-ca", *SYSTEM)["data"]["ca.key"]
        restart_agents(lab, number)
    assert lab.get(1, "configmap", "not-ours")["data"] == {"a": "b"}
    assert {number: beside_the_mesh(lab, number) for number in (1, 2)} == mesh.before


def ours(lab: Lab, number: int) -> list[str]:
    """What a mesh of this program has created in the cluster."""
    kinds = "deployments,services,configmaps,secrets,jobs"
    items = [
        *lab.get(number, kinds, "-n", "default")["items"],
        *lab.get(number, kinds, *SYSTEM)["items"],
    ]
    names = [one["metadata"]["name"] for one in items]
    marks = ("clustermesh", "kvstoremesh", "rebel-base", "x-wing")
    return [name for name in names if any(mark in name for mark in marks)]
