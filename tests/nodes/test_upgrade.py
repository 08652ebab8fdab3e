"""Nodes whose kernels are upgraded, and nodes that are left alone."""

from tests.nodes.conftest import Nodes
from tests.nodes.fake_nodes import ALMA_9, CENTOS_7, DEBIAN, RHEL_10, ROCKY_8, FakeNode

ARCHIVE = "https://mirror.example/elrepo/archive/kernel/el{el}/{arch}"
REBOOT = ["systemd-run --on-active=3 systemctl reboot"]
UNTOUCHED: dict[str, dict[str, object]] = {"metadata": {"annotations": {}}, "spec": {}}


def is_untouched(node: FakeNode, boot_id: str) -> bool:
    programs = {call.split()[0] for call in node.calls}
    return not programs & {"rpm", "yum", "dnf", "systemd-run"} and node.boot_id == boot_id


def test_every_el_is_upgraded_one_node_after_the_other_and_the_second_run_changes_nothing(
    nodes: Nodes,
) -> None:
    """EL7 to EL10 with BIOS and UEFI, in a cluster and not; from a mirror."""
    fleet = nodes.fleet
    made = [
        fleet.add(CENTOS_7),
        fleet.add(ROCKY_8, uefi=True),
        fleet.add(ALMA_9, uefi=True, is_in_cluster=False),
        fleet.add(RHEL_10),
    ]
    before = [node.boot_id for node in made]
    nodes.configure(*made, kernel={"package": "kernel-ml", "baseUrl": ARCHIVE})

    answer = nodes.project.pulumi("preview")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    for node, firmware in zip(made, ("BIOS", "UEFI", "UEFI", "BIOS"), strict=True):
        line = next(one for one in answer.stdout.splitlines() if f"/{node.name}:" in one)
        assert "and REBOOTED" in line and firmware in line
    assert all(map(is_untouched, made, before))

    answer = nodes.project.up()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    majors = (7, 8, 9, 10)
    for node, major in zip(made, majors, strict=True):
        assert f".el{major}.elrepo" in node.kernel and node.kernel == node.default_kernel
        assert node.called("systemd-run") == REBOOT
    assert [node.boot_id for node in made if node.boot_id in before] == []
    assert made[0].called("yum") and not made[0].called("dnf")
    assert made[1].called("dnf") and not made[1].called("yum")
    assert all(node.node_object == UNTOUCHED for node in made if node is not made[2])
    drained = [call.split()[1] for call in fleet.kubectl_calls if call.startswith("drain")]
    assert drained == ["node1", "node2", "node4"]
    # The next node's reboot comes after the one before is back.
    times = [(node.folder / "installed").stat().st_mtime for node in made]
    back = [(node.folder / "boot_id").stat().st_mtime for node in made]
    assert all(back[number] < times[number + 1] for number in range(3))

    for node in made:
        node.forget_calls()
    after = [node.boot_id for node in made]
    assert nodes.project.planned() == {}
    assert nodes.project.up().returncode == 0
    assert all(map(is_untouched, made, after))


def test_only_what_is_too_old_is_rebooted_and_the_repository_is_elrepo_s_own(
    nodes: Nodes,
) -> None:
    """A Debian with a good kernel is as good as any; RHEL 8.10's 4.18 has everything needed."""
    old = nodes.fleet.add(ROCKY_8)
    rhel_8_10 = nodes.fleet.add({**ROCKY_8, "kernel": "4.18.0-553.16.1.el8_10.x86_64"})
    debian = nodes.fleet.add({**DEBIAN, "kernel": "6.1.0-21-amd64"})
    enough = (rhel_8_10, debian)
    before = [node.boot_id for node in enough]
    nodes.configure(*nodes.fleet.nodes, kernel={})
    answer = nodes.project.up()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert old.kernel == "5.15.148-1.el8.elrepo.x86_64"
    keys = [call.rpartition("/")[2] for call in old.called("rpm") if "--import" in call]
    assert keys == ["RPM-GPG-KEY-elrepo.org", "RPM-GPG-KEY-v2-elrepo.org"]
    assert old.called("dnf") == [
        "dnf -y install https://www.elrepo.org/elrepo-release-8.el8.elrepo.noarch.rpm",
        "dnf -y --enablerepo=elrepo-kernel install kernel-lt",
    ]
    assert all(map(is_untouched, enough, before))
    assert nodes.project.planned() == {}

    # If the wanted Cilium needs a newer kernel, that is a reason; needing an older one is none.
    nodes.configure(*nodes.fleet.nodes, kernel={"ciliumVersion": "1.13"})
    assert nodes.project.planned() == {}


def test_without_upgrade_preflight_says_who_is_too_old_and_nothing_is_registered(
    nodes: Nodes,
) -> None:
    node = nodes.fleet.add(ROCKY_8)
    nodes.configure(node, kernel={"upgrade": False})
    answer = nodes.project.up()
    assert answer.returncode != 0
    assert "too old (5.10 or newer" in answer.stdout
    assert "kernel.upgrade is false" in answer.stdout
    nodes.configure(node, kernel={"upgrade": False})
    nodes.project.configure(preflight={"node-upgrade": "warn"})
    assert nodes.project.up().returncode == 0
    assert not [one for one in nodes.project.state() if "NodeKernel" in one["type"]]
    assert is_untouched(node, node.boot_id)


def test_what_cannot_be_upgraded_is_told_together_with_its_way_out(nodes: Nodes) -> None:
    fleet = nodes.fleet
    fleet.add(DEBIAN)
    secured = fleet.add(ALMA_9, uefi=True)
    secured.write("secure-boot", "enabled")
    changed = fleet.add(ROCKY_8)
    dead = fleet.add(ROCKY_8)
    dead.stop()
    listed = [node.config() for node in fleet.nodes]
    listed[2] = changed.config(hostKey=secured.host_key)
    nodes.configure(*fleet.nodes, kernel={})
    clusters = nodes.clusters
    clusters[0]["nodes"] = listed
    nodes.project.configure(clusters=clusters)
    answer = nodes.project.pulumi("preview")
    assert answer.returncode != 0
    said = answer.stdout
    assert "node node1: Debian GNU/Linux 10 (buster), kernel 4.19.0-27-amd64: too old" in said
    assert "apt-get install -t <codename>-backports" in said
    assert "node node2:" in said and "Secure Boot is on" in said
    assert f"node node3: it could not be inspected over SSH ({changed.address})" in said
    assert "its host key is not the known one" in said
    assert "node node4:" in said and "it cannot be reached" in said
    assert "Traceback" not in said + answer.stderr
    assert not any(node.called("dnf") for node in fleet.nodes)


def test_a_jump_host_leads_to_the_node_and_no_key_is_shown_or_stored_in_the_clear(
    nodes: Nodes,
) -> None:
    jump = nodes.fleet.add({**DEBIAN, "kernel": "6.1.0-21-amd64"})
    node = nodes.fleet.add(ROCKY_8)
    way = {"address": jump.address, "hostKey": jump.host_key}
    nodes.configure(node, kernel={}, jump=way)
    answer = nodes.project.up("--diff")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert node.kernel == "5.15.148-1.el8.elrepo.x86_64"
    assert jump.read("log").count("Accepted publickey") >= node.read("log").count(
        "Accepted publickey"
    )
    secret = nodes.fleet.private_key.splitlines()[2]
    assert secret not in nodes.project.everything_written()
