"""If a machine cannot run the lab, all reasons are named at once, before anything is touched."""

from dataclasses import replace
from pathlib import Path

import pytest

from lab import host
from lab.errors import LabError
from lab.spec import LabSpec, load
from tests.unit.lab.test_spec import cluster, stack

GOOD = host.Machine(
    is_root=True,
    free_memory_mib=20_000,
    free_disk_mib=50_000,
    file_systems=frozenset({"overlay", "bpf", "cgroup2"}),
    links=frozenset({"veth", "bridge", "vxlan"}),
    programs=frozenset(host.PROGRAMS),
    has_btf=True,
)


@pytest.fixture
def spec(tmp_path: Path) -> LabSpec:
    return load(stack(tmp_path, cluster(1), cluster(2)), "dev")


def test_a_good_machine_passes(spec: LabSpec) -> None:
    host.check(spec, 2, lambda: GOOD)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"is_root": False}, "run it with sudo"),
        ({"free_memory_mib": 1000}, "MiB of memory"),
        ({"free_disk_mib": 100}, "make room"),
        ({"file_systems": frozenset({"bpf", "cgroup2"})}, "file system overlay"),
        ({"links": frozenset({"veth", "bridge"})}, "modprobe vxlan"),
        ({"programs": frozenset()}, "make tools"),
        ({"has_btf": False}, "BTF"),
    ],
)
def test_what_is_missing_is_named_with_the_way_out(
    spec: LabSpec, fault: dict[str, object], said: str
) -> None:
    machine = replace(GOOD, **fault)  # type: ignore[arg-type]
    with pytest.raises(LabError, match=said):
        host.check(spec, 2, lambda: machine)


@pytest.mark.parametrize(("before", "after"), [("128", 1024), ("4096", 4096)])
def test_nodes_may_watch_files_from_all_their_programs(
    tmp_path: Path, before: str, after: int
) -> None:
    limit = tmp_path / "max_user_instances"
    limit.write_text(before)
    host.allow_watching(limit)
    assert int(limit.read_text()) == after


def test_nodes_that_exist_already_need_no_more_memory(spec: LabSpec) -> None:
    host.check(spec, 0, lambda: replace(GOOD, free_memory_mib=10))


def test_address_ranges_of_the_kernel_itself_are_refused(tmp_path: Path) -> None:
    taken = cluster(1, podCidrs=["127.16.0.0/16"], serviceCidrs=["169.254.0.0/24"])
    spec = load(stack(tmp_path, taken), "dev")
    with pytest.raises(LabError) as caught:
        host.check(spec, 1, lambda: GOOD)
    assert "127.16.0.0/16" in str(caught.value)
    assert "169.254.0.0/24" in str(caught.value)


def test_looking_at_this_machine_never_fails() -> None:
    assert host.look().free_memory_mib > 0
