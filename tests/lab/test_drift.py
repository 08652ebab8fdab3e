"""A refresh names what was changed by hand, and the next update repairs exactly that."""

from tests.lab.labs import Lab
from tests.lab.meshes import Mesh, helm_release, upgrade_by_hand

SYSTEM = ("-n", "kube-system")
MESH_SERVICE = ("service", "clustermesh-apiserver", *SYSTEM)


def test_peers_a_node_port_and_an_annotation_are_named_and_repaired(mesh: Mesh, lab: Lab) -> None:
    """A peer removed by hand, an upgrade that dropped the peers, a port and an annotation gone."""
    before = mesh.repairs()
    file = mesh.merged_kubeconfig()
    done = lab.exec(
        # The CLI looks a peer's context up in KUBECONFIG only (cilium#36289).
        *("env", f"KUBECONFIG={file}", "cilium", "--context", "cluster01", "clustermesh"),
        *("disconnect", "--connection-mode=unicast", "--destination-context=cluster02"),
    )
    file.unlink()
    assert done.returncode == 0, done.stderr
    lab.kubectl(1, "annotate", "service", "rebel-base", "service.cilium.io/global-")
    # Changed, not removed: the annotation is somebody else's from then on.
    turned_off = ("service.cilium.io/shared=false", "--overwrite")
    lab.kubectl(2, "annotate", "service", "rebel-base", *turned_off)
    upgrade_by_hand(lab, 2, {"clustermesh": {"config": {"clusters": []}}})
    moved = '[{"op": "replace", "path": "/spec/ports/0/nodePort", "value": 30999}]'
    lab.kubectl(2, "patch", *MESH_SERVICE, "--type=json", "-p", moved)

    said = _named(mesh)
    assert "cluster01/peers: drift: cluster02: it is no longer a peer in the Helm release" in said
    assert "cluster02/peers: drift: cluster01: it is no longer a peer in the Helm release" in said
    assert "the Service clustermesh-apiserver has NodePort 30999, wanted is" in said
    assert "service.cilium.io/global" in said

    mesh.up("--refresh")
    assert mesh.is_whole("cluster01", "cluster02")
    assert _repaired(mesh, before) == {
        ("MeshPeers", "cluster01"),
        ("MeshPeers", "cluster02"),
        ("MeshMember", "cluster02"),
        ("MeshVerification", "mesh"),
    }
    for number, key in ((1, "global"), (2, "shared")):
        service = lab.get(number, "service", "rebel-base")
        assert service["metadata"]["annotations"][f"service.cilium.io/{key}"] == "true"
    _nothing_is_left_to_do(mesh)


def test_a_disabled_or_unconnected_mesh_is_named_and_repaired(mesh: Mesh, lab: Lab) -> None:
    """Configured is not connected: a control plane without replicas is drift too."""
    before = mesh.repairs()
    kubeconfig = ("--kubeconfig", str(lab.kubeconfig(2)))
    done = lab.exec("cilium", *kubeconfig, "clustermesh", "disable", timeout=180)
    assert done.returncode == 0, done.stderr
    lab.kubectl(1, "scale", "deployment", "clustermesh-apiserver", *SYSTEM, "--replicas=0")

    said = _named(mesh)
    assert "cluster02/member: drift: enabled: ClusterMesh is disabled in the Helm release" in said
    assert "the Deployment clustermesh-apiserver is scaled to nothing" in said
    assert "mesh/verify: drift: cluster01 -> cluster02: not connected" in said

    mesh.up("--refresh")
    assert mesh.is_whole("cluster01", "cluster02")
    assert ("MeshMember", "cluster01") in _repaired(mesh, before)
    assert ("MeshMember", "cluster02") in _repaired(mesh, before)
    assert helm_release(lab, 2).value("clustermesh", "useAPIServer")
    _nothing_is_left_to_do(mesh)


def _named(mesh: Mesh) -> str:
    done = mesh.preview("--refresh", "--diff")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _repaired(mesh: Mesh, before: dict[tuple[str, str], int]) -> set[tuple[str, str]]:
    return {key for key, count in mesh.repairs().items() if count > before[key]}


def _nothing_is_left_to_do(mesh: Mesh) -> None:
    done = mesh.preview("--refresh", "--expect-no-changes")
    assert done.returncode == 0, done.stdout + done.stderr
