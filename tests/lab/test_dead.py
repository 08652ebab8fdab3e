"""A cluster that is dead from the start, and one that is dead at the end."""

import pytest

from tests.lab.labs import Lab
from tests.lab.meshes import Mesh, helm_release
from tests.lab.test_destroy import ours
from tests.lab.test_removal import GIVE_UP, kill


@pytest.fixture(scope="module")
def dead_third(lab: Lab, joined: Mesh) -> None:
    """Cluster03 described, made and dead; nothing joined."""
    assert joined.destroy().returncode == 0
    lab.up_with(1, 2, 3)
    kill(lab, 3)
    joined.configure(1, 2, 3)


@pytest.mark.usefixtures("dead_third")
def test_a_dead_cluster_is_named_and_the_healthy_ones_are_finished(mesh: Mesh, lab: Lab) -> None:
    refused = mesh.try_up()
    assert refused.returncode != 0
    assert "api-reachable" in refused.stdout + refused.stderr
    assert "cluster03" in refused.stdout + refused.stderr
    assert helm_release(lab, 1).peers == {}

    mesh.configure(1, 2, 3, preflight={"api-reachable": "warn"})
    done = mesh.try_up("--continue-on-error")
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "the other peers are connected, but these did not answer: cluster03" in said
    assert set(helm_release(lab, 1).peers) == {"cluster02"}
    assert set(helm_release(lab, 2).peers) == {"cluster01"}


def test_a_cluster_that_comes_back_is_joined_by_the_next_up(mesh: Mesh, lab: Lab) -> None:
    lab.up_with(1, 2, 3)
    mesh.configure(1, 2, 3)
    mesh.up()
    assert mesh.is_whole("cluster01", "cluster02", "cluster03")


def test_a_destroy_finishes_and_says_what_it_could_not_clean(mesh: Mesh, lab: Lab) -> None:
    kill(lab, 3)
    done = mesh.destroy("--continue-on-error")
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "cluster03: disconnect failed: the cluster does not answer" in said
    last = mesh.destroy(**GIVE_UP)
    said = last.stdout + last.stderr
    assert last.returncode == 0, said
    assert "cluster03: it does not answer and is given up; ClusterMesh stays enabled in it" in said
    assert ours(lab, 1) == ours(lab, 2) == []
    assert mesh.state() == []
    mesh.configure(1, 2)
    assert lab.run("down", "--cluster", "cluster03").returncode == 0
