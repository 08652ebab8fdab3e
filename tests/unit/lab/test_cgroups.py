"""The cgroup hierarchies of a machine are recognised whatever their flavour."""

from pathlib import Path

import pytest

from lab.cgroups import give_precedence, hierarchies
from lab.errors import LabError

HYBRID = """\
tmpfs /sys/fs/cgroup tmpfs rw,relatime,mode=755 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,relatime,xattr,release_agent=/lib/agent,name=systemd 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0
"""


def test_a_hybrid_machine_has_every_v1_hierarchy_and_the_unified_one() -> None:
    found = {hierarchy.controllers: str(hierarchy.mount) for hierarchy in hierarchies(HYBRID)}
    assert found == {
        "cpu,cpuacct": "/sys/fs/cgroup/cpu,cpuacct",
        "name=systemd": "/sys/fs/cgroup/systemd",
        "": "/sys/fs/cgroup/unified",
    }


def test_a_second_mount_of_the_same_hierarchy_is_not_a_second_hierarchy() -> None:
    twice = HYBRID + "cgroup2 /mnt/again cgroup2 rw 0 0\n"
    unified = [each for each in hierarchies(twice) if each.is_v2]
    assert [str(each.mount) for each in unified] == ["/sys/fs/cgroup/unified"]


def test_without_cgroup2_the_way_to_mount_it_is_told() -> None:
    with pytest.raises(LabError, match="mount -t cgroup2"):
        hierarchies("cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n")


@pytest.mark.parametrize(("knob", "usual"), [("cpu.shares", 1024), ("cpu.weight", 100)])
def test_clusters_come_before_a_process_beside_them(tmp_path: Path, knob: str, usual: int) -> None:
    (tmp_path / knob).write_text(str(usual))
    give_precedence(tmp_path)
    assert int((tmp_path / knob).read_text()) == 8 * usual
    assert [file.name for file in tmp_path.iterdir()] == [knob]
