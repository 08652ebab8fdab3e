"""A third member: silent at first, joined once it answers, dead at the end, and removed even so."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.lab.labs import Lab, eventually
from tests.lab.loops import pod_url, requests
from tests.lab.meshes import Mesh, helm_release
from tests.lab.test_destroy import ours

GIVE_UP = {"PULUMI_K8S_DELETE_UNREACHABLE": "true"}
# The CLI itself would ask a silent peer for minutes.
QUICK = {"requestSeconds": 6, "connectSeconds": 30}
# A generous sum of the timeouts of a removal's parts.
BOUND_SECONDS = 600


@pytest.fixture(scope="module")
def third(lab: Lab, joined: Mesh) -> Iterator[None]:
    """Cluster03 exists, in no mesh; it is left dead, with everything that it had of the mesh."""
    lab.up_with(1, 2, 3)
    yield
    joined.configure(1, 2)


@pytest.mark.usefixtures("third")
def test_a_silent_cluster_is_named_and_the_healthy_ones_are_finished(mesh: Mesh, lab: Lab) -> None:
    """Nobody accepts a connection to it: no refusal, no answer."""
    mesh.entries[2] = {**mesh.entries.get(2, {}), "mesh": {"nodePort": 32002}}
    with silent(lab, 3):
        mesh.configure(1, 2, 3, timeouts=QUICK)
        refused = mesh.try_up()
        said = refused.stdout + refused.stderr
        assert refused.returncode != 0
        assert "api-reachable" in said
        assert "cluster03" in said
        assert "did not answer within 6 s" in said
        assert not helm_release(lab, 1).peers["cluster02"].endswith(":32002")

        mesh.configure(1, 2, 3, timeouts=QUICK, preflight={"api-reachable": "warn"})
        done = mesh.try_up("--continue-on-error")
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "the other peers are connected, but these did not answer: cluster03" in said
    assert set(helm_release(lab, 1).peers) == {"cluster02"}
    assert set(helm_release(lab, 2).peers) == {"cluster01"}
    assert helm_release(lab, 1).peers["cluster02"].endswith(":32002")


@pytest.mark.usefixtures("third")
def test_a_third_cluster_joins_by_config_alone(mesh: Mesh, lab: Lab) -> None:
    """Nothing that existed is created again."""
    before = ids(mesh)
    mesh.configure(1, 2, 3)
    mesh.up()
    assert mesh.is_whole("cluster01", "cluster02", "cluster03")
    after = ids(mesh)
    assert {urn: after.get(urn) for urn in before} == before
    mesh.canaries.plant_keys(lab, 3)


@pytest.mark.usefixtures("third")
def test_a_dead_member_leaves_and_the_others_lose_no_request(mesh: Mesh, lab: Lab) -> None:
    """First the run says what cannot be removed; what is given up is forgotten."""
    whole = mesh.export()
    kill(lab, 3)
    mesh.configure(1, 2)
    started = time.monotonic()
    with requests(lab, 1, pod_url(lab, 2)) as loop:
        refused = mesh.try_up()
        given_up = mesh.try_up(**GIVE_UP)
    assert loop.codes
    assert loop.lost == 0, loop.codes
    assert refused.returncode != 0
    # Said by our step or by Kubernetes' provider, whichever meets the silence first.
    assert "PULUMI_K8S_DELETE_UNREACHABLE" in refused.stdout + refused.stderr
    assert given_up.returncode == 0, given_up.stdout + given_up.stderr
    assert time.monotonic() - started < BOUND_SECONDS
    assert mesh.is_whole("cluster01", "cluster02")
    for number, peer in ((1, "cluster02"), (2, "cluster01")):
        assert set(helm_release(lab, number).peers) == {peer}
    assert not [one["urn"] for one in mesh.state() if "::cluster03" in one["urn"]]
    assert mesh.preview("--expect-no-changes").returncode == 0
    # As if it had not left: so the next test has a dead member that is in the mesh.
    mesh.import_state(whole)


@pytest.mark.usefixtures("third")
def test_a_destroy_finishes_and_says_what_it_could_not_clean(mesh: Mesh, lab: Lab) -> None:
    done = mesh.destroy("--continue-on-error")
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "cluster03: disable failed: the cluster does not answer" in said
    assert "so ClusterMesh stays enabled in it, with its peers" in said
    assert ours(lab, 1) == ours(lab, 2) == []
    left = {one["urn"].rpartition("::")[2] for one in mesh.state() if "$" in one["urn"]}
    assert {name.partition("-")[0] for name in left if name.startswith("cluster0")} == {"cluster03"}

    last = mesh.destroy(**GIVE_UP)
    said = last.stdout + last.stderr
    assert last.returncode == 0, said
    given_up = "cluster03: disable: it does not answer and is given up; ClusterMesh stays enabled"
    assert f"{given_up} in it" in said
    assert mesh.state() == []


def ids(mesh: Mesh) -> dict[str, str]:
    return {one["urn"]: one["id"] for one in mesh.state() if "id" in one}


def kill(lab: Lab, number: int) -> None:
    """Kill every process of the cluster's node."""
    lab.exec("sh", "-c", "kill -TERM 1", node=f"cluster0{number}-control-plane")
    gone = ("get", "--raw", "/readyz", "--request-timeout=2s")
    eventually(lambda: lab.try_kubectl(number, *gone).returncode != 0, "a dead API server")


@contextmanager
def silent(lab: Lab, number: int) -> Iterator[None]:
    """Make the cluster's node drop its answers to Pulumi; the cluster itself keeps running."""
    node = f"cluster0{number}-control-plane"
    gateway = lab.exec("ip", "route", "show", "default", node=node).stdout.split()[2]
    lane = ("ip", "route", "add", "blackhole", f"{gateway}/32")
    assert lab.exec(*lane, node=node).returncode == 0
    try:
        yield
    finally:
        lab.exec("ip", "route", "del", "blackhole", f"{gateway}/32", node=node)
