"""Nodes whose kernels are upgraded, and those that are left alone."""

import pytest

from tests.nodes.conftest import Nodes
from tests.nodes.fake_nodes import ALMA_9, CENTOS_7, RHEL_10, ROCKY_8

ARCHIVE = {"baseUrl": "https://mirror.example/elrepo/archive/kernel/el{el}/{arch}"}


@pytest.mark.parametrize(
    ("what", "uefi", "kernel", "wanted"),
    [
        (CENTOS_7, False, {"package": "kernel-ml", **ARCHIVE}, "6.9.7-1.el7.elrepo.x86_64"),
        (CENTOS_7, True, {"package": "kernel-ml", **ARCHIVE}, "6.9.7-1.el7.elrepo.x86_64"),
        (ROCKY_8, True, {}, "5.15.148-1.el8.elrepo.x86_64"),
        (ALMA_9, True, {}, "6.1.77-1.el9.elrepo.x86_64"),
        (RHEL_10, False, {"package": "kernel-ml"}, "7.1.2-1.el10.elrepo.x86_64"),
    ],
    ids=["EL7-BIOS", "EL7-UEFI", "EL8-UEFI", "EL9-UEFI", "EL10-BIOS"],
)
def test_a_kernel_that_is_too_old_is_replaced_once_and_for_good(
    nodes: Nodes, what: dict[str, str], uefi: bool, kernel: dict[str, str], wanted: str
) -> None:
    node = nodes.fleet.add(what, uefi=uefi)
    before = node.boot_id
    nodes.configure(node, kernel=kernel)
    answer = nodes.project.up()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert node.kernel == node.default_kernel == wanted
    assert node.boot_id != before
    assert node.called("systemd-run") == ["systemd-run --on-active=3 systemctl reboot"]
    assert node.object == {"metadata": {"annotations": {}}, "spec": {}}
    assert [call for call in nodes.fleet.kubectl_calls if call.startswith("drain")]

    node.forget_calls()
    after = node.boot_id
    assert nodes.project.planned() == {}
    assert nodes.project.up().returncode == 0
    assert node.calls == [] and node.boot_id == after
