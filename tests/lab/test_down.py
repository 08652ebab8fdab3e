"""`down` leaves the machine as it was, whatever state the lab was in.

On a lab of its own, beside the shared one of another worker: neither may disturb the other.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import cgroups, network
from lab.paths import LabPaths
from tests.lab.labs import Lab
from tests.lab.machine import Traces, left, traces


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Lab]:
    """A lab with the addresses of the shared ones."""
    made = Lab("test-other", tmp_path)
    made.describe(1)
    made.down()
    yield made
    made.down()


def assert_nothing_left(before: Traces) -> None:
    """The kernel takes a moment to end killed processes; what stays longer was left behind."""
    deadline = time.monotonic() + 30
    while (found := left(before, traces())) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not found


def test_down_leaves_no_process_namespace_mount_cgroup_or_file(other: Lab) -> None:
    """It has a worker too, which joins through kubeadm and is removed like the rest."""
    before = traces()
    other.up("--workers", "1")
    assert len(other.get(1, "nodes")["items"]) == 2
    assert left(before, traces())
    other.down()
    assert_nothing_left(before)
    assert not (other.folder / ".lab").exists() or not any((other.folder / ".lab").rglob("*"))


def test_down_clears_away_an_up_that_failed(other: Lab) -> None:
    before = traces()
    paths = LabPaths(other.name)
    # An empty node folder makes `up` fail after it has created namespaces.
    paths.node("cluster01-control-plane").mkdir(parents=True)
    (paths.node("cluster01-control-plane") / "kubeadm.done").touch()
    answer = other.run("up")
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    other.down()
    assert_nothing_left(before)


def test_down_clears_away_what_a_reboot_leaves(other: Lab) -> None:
    """A reboot ends processes, namespaces, mounts and cgroups; the lab's files are still there."""
    before = traces()
    other.up()
    paths = LabPaths(other.name)
    cgroups.kill(paths.cgroup)
    cgroups.remove(paths.cgroup)
    for namespace in network.namespaces(paths):
        network.delete(namespace)
    assert paths.node("cluster01-control-plane").exists()
    assert other.run("status").returncode != 0
    other.down()
    assert_nothing_left(before)


def test_down_of_a_lab_that_was_never_up_is_fine(other: Lab) -> None:
    assert other.run("down").returncode == 0


def test_up_is_refused_before_anything_is_touched(other: Lab) -> None:
    other.describe(1, 1)
    before = traces()
    answer = other.run("up")
    assert answer.returncode == 1
    assert "both have id 1" in answer.stderr
    assert_nothing_left(before)


def test_without_root_up_says_so_and_touches_nothing(other: Lab) -> None:
    before = traces()
    answer = other.run("up", before=("unshare", "--user"))
    assert answer.returncode == 1
    assert "only root may: run it with sudo" in answer.stderr
    assert_nothing_left(before)
