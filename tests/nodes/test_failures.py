"""Steps that fail: the node is left on its old default kernel, and the next run completes."""

from collections.abc import Iterator

import pytest

from tests.nodes.conftest import Nodes
from tests.nodes.fake_nodes import ROCKY_8, FakeNode

OLD = ROCKY_8["kernel"]
NEW = "5.15.148-1.el8.elrepo.x86_64"


def refused(nodes: Nodes, *texts: str) -> str:
    answer = nodes.project.up()
    assert answer.returncode != 0
    for text in texts:
        assert text in answer.stdout, answer.stdout
    assert "Traceback" not in answer.stdout + answer.stderr
    return answer.stdout


def completes(nodes: Nodes, node: FakeNode) -> None:
    answer = nodes.project.up()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert node.kernel == node.default_kernel == NEW
    assert node.node_object == {"metadata": {"annotations": {}}, "spec": {}}


# The node's file that makes it fail, its content, and the message.
BEFORE_THE_REBOOT = [
    ("bad-key", "elrepo.org", "none of the keys could be imported"),
    (
        "fail/dnf",
        "Error: Cannot download repomd.xml",
        "elrepo-release-8.el8.elrepo.noarch.rpm could",
    ),
    ("slow", "", "could not be installed"),
    ("no-vmlinuz", "", f"/boot/vmlinuz-{NEW} is missing"),
    ("fail/drain", "Cannot evict pod: disruption budget", "node node1 could not be drained"),
    ("stubborn", "", f"the default kernel is /boot/vmlinuz-{OLD} after it was set"),
    ("fail/systemd-run", "Failed to connect to bus", "systemd-run does not start the reboot"),
]


def test_what_fails_before_the_reboot_leaves_the_node_as_it_was_and_says_so(nodes: Nodes) -> None:
    """One fault after the other, on one node; the next one is never touched meanwhile."""
    node, following = nodes.fleet.add(ROCKY_8), nodes.fleet.add(ROCKY_8)
    # Even if the package itself makes its kernel the default.
    node.write("takes-default")
    before = node.boot_id
    nodes.configure(node, following, kernel={})
    for name, content, said in BEFORE_THE_REBOOT:
        node.write(name, content)
        refused(nodes, said, OLD)
        assert (node.kernel, node.default_kernel, node.boot_id) == (OLD, OLD, before), name
        # A drained node whose reboot then fails stays out until the next run.
        is_drained = node.node_object["spec"] == {"unschedulable": True}
        assert is_drained == (name in ("stubborn", "fail/systemd-run")), name
        assert not following.called("dnf")
        node.repair(name)
    completes(nodes, node)
    assert following.kernel == NEW
    assert nodes.project.planned() == {}


@pytest.fixture
def rebooting(nodes: Nodes) -> Iterator[FakeNode]:
    """A node whose upgrade begins, for faults that come after it has been rebooted."""
    node = nodes.fleet.add(ROCKY_8)
    nodes.configure(node, kernel={"rebootSeconds": 12})
    yield node


def test_a_node_that_boots_its_old_kernel_gets_it_back_as_the_default(
    nodes: Nodes, rebooting: FakeNode
) -> None:
    rebooting.write("falls-back")
    before = rebooting.boot_id
    refused(nodes, f"came back with kernel {OLD} instead of {NEW}", "is the default again")
    assert rebooting.default_kernel == OLD and rebooting.boot_id != before
    assert rebooting.node_object["spec"] == {"unschedulable": True}
    # As docs/kernel.md says: the whole upgrade again, from the installation on.
    rebooting.repair("falls-back")
    (urn,) = [one["urn"] for one in nodes.project.state() if one["urn"].endswith("node1-install")]
    answer = nodes.project.up("--replace", urn)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    completes(nodes, rebooting)


def test_a_node_that_does_not_come_back_is_named_and_found_by_the_next_run(
    nodes: Nodes, rebooting: FakeNode
) -> None:
    rebooting.write("dead")
    refused(nodes, "node node1 did not come back within 12 s after its reboot", "cordoned")
    assert rebooting.node_object["spec"] == {"unschedulable": True}
    nodes.project.configure(preflight={"node-upgrade": "warn"})
    refused(nodes, "did not come back")
    rebooting.repair("dead")
    rebooting.stop()
    rebooting.write("kernel", NEW)
    rebooting.start(nodes.fleet.namespace)
    completes(nodes, rebooting)


def test_a_node_that_does_not_reboot_is_told_apart_and_completed_once_it_has(
    nodes: Nodes, rebooting: FakeNode
) -> None:
    rebooting.write("never")
    refused(nodes, "answers, but did not reboot within 12 s")
    rebooting.stop()
    rebooting.write("kernel", NEW)
    rebooting.start(nodes.fleet.namespace)
    completes(nodes, rebooting)


def test_a_connection_that_is_lost_in_mid_installation_is_completed_by_the_next_run(
    nodes: Nodes, rebooting: FakeNode
) -> None:
    """The node is rebooted by somebody else while dnf runs."""
    rebooting.write("cut")
    refused(nodes, "node1-install")
    assert rebooting.kernel == rebooting.default_kernel == OLD
    rebooting.repair("cut")
    completes(nodes, rebooting)


def test_a_destroy_gives_a_node_back_that_was_left_cordoned_and_keeps_its_kernel(
    nodes: Nodes, rebooting: FakeNode
) -> None:
    rebooting.write("falls-back")
    refused(nodes, "came back with kernel")
    calls = len(rebooting.calls)
    answer = nodes.project.destroy()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert rebooting.node_object == {"metadata": {"annotations": {}}, "spec": {}}
    assert len(rebooting.calls) == calls
