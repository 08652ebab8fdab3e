"""A cluster that is silent from the start, and one that is dead at the end."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.lab.labs import Lab
from tests.lab.meshes import Mesh, helm_release
from tests.lab.test_destroy import ours
from tests.lab.test_removal import GIVE_UP, kill

# The CLI itself would ask a silent peer for minutes.
QUICK = {"requestSeconds": 3, "connectSeconds": 30}


@pytest.fixture(scope="module")
def third(lab: Lab, joined: Mesh) -> Iterator[None]:
    """Cluster03 is there, if it was given up before then with what the mesh had left in it."""
    lab.up_with(1, 2, 3)
    yield
    joined.configure(1, 2)
    assert lab.run("down", "--cluster", "cluster03").returncode == 0


@pytest.mark.usefixtures("third")
def test_a_silent_cluster_is_named_and_the_healthy_ones_are_finished(mesh: Mesh, lab: Lab) -> None:
    """Every connection to it is taken by nobody: no refusal, no answer."""
    mesh.entries[2] = {**mesh.entries.get(2, {}), "mesh": {"nodePort": 32002}}
    with silent(lab, 3):
        mesh.configure(1, 2, 3, timeouts=QUICK)
        refused = mesh.try_up()
        said = refused.stdout + refused.stderr
        assert refused.returncode != 0
        assert "api-reachable" in said
        assert "cluster03" in said
        assert "did not answer within 3 s" in said
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
def test_a_cluster_that_comes_back_is_joined_by_the_next_up(mesh: Mesh) -> None:
    """Also one that was removed while it was dead, with what the mesh had left in it."""
    mesh.configure(1, 2, 3)
    mesh.up()
    assert mesh.is_whole("cluster01", "cluster02", "cluster03")


@pytest.mark.usefixtures("third")
def test_a_destroy_finishes_and_says_what_it_could_not_clean(mesh: Mesh, lab: Lab) -> None:
    kill(lab, 3)
    done = mesh.destroy("--continue-on-error")
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "cluster03: disable failed: the cluster does not answer" in said
    assert "so ClusterMesh stays enabled in it, with its peers" in said
    assert ours(lab, 1) == ours(lab, 2) == []
    left = {one["urn"].rpartition("::")[2] for one in mesh.state() if "$" in one["urn"]}
    assert {name for name in left if name.startswith("cluster0")} == {"cluster03"}

    last = mesh.destroy(**GIVE_UP)
    said = last.stdout + last.stderr
    assert last.returncode == 0, said
    given_up = "cluster03: disable: it does not answer and is given up; ClusterMesh stays enabled"
    assert f"{given_up} in it" in said
    assert mesh.state() == []


@contextmanager
def silent(lab: Lab, number: int) -> Iterator[None]:
    """Let the cluster's node drop its answers to where Pulumi runs; the cluster itself goes on."""
    node = f"cluster0{number}-control-plane"
    gateway = lab.exec("ip", "route", "show", "default", node=node).stdout.split()[2]
    lane = ("ip", "route", "add", "blackhole", f"{gateway}/32")
    assert lab.exec(*lane, node=node).returncode == 0
    try:
        yield
    finally:
        lab.exec("ip", "route", "del", "blackhole", f"{gateway}/32", node=node)
