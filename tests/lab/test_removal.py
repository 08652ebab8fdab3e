"""A member joins by config alone, and leaves again when it is dead, without the others noticing."""

import time

from tests.lab.labs import Lab, eventually
from tests.lab.loops import pod_url, requests
from tests.lab.meshes import Mesh, helm_release

GIVE_UP = {"PULUMI_K8S_DELETE_UNREACHABLE": "true"}
# Sum of what the parts of a removal may take (timeouts of the stack), generously.
BOUND_SECONDS = 600


def test_a_third_cluster_joins_by_config_alone(mesh: Mesh, lab: Lab) -> None:
    before = {one["urn"]: one["id"] for one in mesh.state() if "id" in one}
    assert "cluster03" in lab.up_with(1, 2, 3)
    mesh.configure(1, 2, 3)
    mesh.up()
    assert mesh.is_whole("cluster01", "cluster02", "cluster03")
    after = {one["urn"]: one["id"] for one in mesh.state() if "id" in one}
    assert {urn: after.get(urn) for urn in before} == before
    mesh.canaries.plant_keys(lab, 3)


def test_a_dead_member_leaves_and_the_others_lose_no_request(mesh: Mesh, lab: Lab) -> None:
    """First it is said what cannot be cleaned; what is given up is forgotten."""
    kill(lab, 3)
    mesh.configure(1, 2)
    started = time.monotonic()
    with requests(lab, 1, pod_url(lab, 2)) as loop:
        refused = mesh.try_up()
        given_up = mesh.try_up(**GIVE_UP)
    assert loop.codes
    assert loop.lost == 0, loop.codes
    assert refused.returncode != 0
    # Said by our step or by Kubernetes' provider, whichever is the first to meet the silence.
    assert "PULUMI_K8S_DELETE_UNREACHABLE" in refused.stdout + refused.stderr
    assert given_up.returncode == 0, given_up.stdout + given_up.stderr
    assert time.monotonic() - started < BOUND_SECONDS
    assert mesh.is_whole("cluster01", "cluster02")
    for number, peer in ((1, "cluster02"), (2, "cluster01")):
        assert set(helm_release(lab, number).peers) == {peer}
    assert not [one["urn"] for one in mesh.state() if one["urn"].endswith("::cluster03")]
    assert mesh.preview("--expect-no-changes").returncode == 0


def kill(lab: Lab, number: int) -> None:
    """End every process of the cluster's node."""
    lab.exec("sh", "-c", "kill -TERM 1", node=f"cluster0{number}-control-plane")
    gone = ("get", "--raw", "/readyz", "--request-timeout=2s")
    eventually(lambda: lab.try_kubectl(number, *gone).returncode != 0, "a dead API server")
