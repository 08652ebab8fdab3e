"""What the machine must offer, checked before anything is touched."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.paths import STATE_HOME
from lab.run import attempt
from lab.spec import LabSpec, Network

MEMORY_PER_NODE_MIB = 1300
DISK_PER_NODE_MIB = 1500
PROGRAMS = ("ip", "unshare", "nsenter", "mount", "pivot_root", "containerd", "runc", "iptables")
_FILE_SYSTEMS = ("overlay", "bpf", "cgroup2")
_LINKS = ("veth", "bridge", "vxlan")
_INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
_INOTIFY_INSTANCES = 1024


@dataclass(frozen=True)
class Machine:
    """The facts of this machine that decide whether a lab can stand on it."""

    is_root: bool
    free_memory_mib: int
    free_disk_mib: int
    file_systems: frozenset[str]
    links: frozenset[str]
    programs: frozenset[str]
    has_btf: bool


def look() -> Machine:
    """Read the machine's facts; links are tried in a network namespace that then goes away."""
    return Machine(
        is_root=os.geteuid() == 0,
        free_memory_mib=_free_memory_mib(),
        free_disk_mib=shutil.disk_usage(_existing(STATE_HOME)).free // 2**20,
        file_systems=frozenset(Path("/proc/filesystems").read_text().split()),
        links=frozenset(kind for kind in _LINKS if _can_make(kind)),
        programs=frozenset(name for name in PROGRAMS if shutil.which(name)),
        has_btf=Path("/sys/kernel/btf/vmlinux").exists(),
    )


def check(spec: LabSpec, new_nodes: int, look_at: Callable[[], Machine] = look) -> None:
    """Raise one LabError with everything that prevents `new_nodes` more nodes."""
    faults = list(_faults(look_at(), spec, new_nodes))
    if faults:
        raise LabError(f"lab {spec.name!r} cannot start here:\n  - " + "\n  - ".join(faults))


def allow_watching(limit: Path = _INOTIFY) -> None:
    """Raise the kernel's limit of inotify instances; it stays raised when the lab is gone.

    A node takes 26 of them, and all nodes belong to root, who has 128 by default. A containerd that
    gets none runs without CRI and says so only in its log.
    """
    if int(limit.read_text()) < _INOTIFY_INSTANCES:
        limit.write_text(f"{_INOTIFY_INSTANCES}\n")


def _faults(machine: Machine, spec: LabSpec, new_nodes: int) -> Iterator[str]:
    if not machine.is_root:
        yield "it creates namespaces and mounts, which only root may: run it with sudo"
    for name in sorted(set(PROGRAMS) - machine.programs):
        yield f"the program {name} is missing: `make tools` installs it"
    for kind in sorted(set(_FILE_SYSTEMS) - machine.file_systems):
        yield f"the kernel does not know the file system {kind}: load its module, or build it in"
    for kind in sorted(set(_LINKS) - machine.links) if machine.is_root else ():
        yield f"the kernel cannot create a {kind} link: load its module (modprobe {kind})"
    if not machine.has_btf:
        yield "the kernel has no BTF (/sys/kernel/btf/vmlinux), which Cilium's datapath needs"
    need = new_nodes * MEMORY_PER_NODE_MIB
    if machine.free_memory_mib < need:
        yield (
            f"{new_nodes} more nodes need {need} MiB of memory and {machine.free_memory_mib} MiB "
            "are free: use fewer clusters or workers, or stop other programs"
        )
    need = new_nodes * DISK_PER_NODE_MIB
    if machine.free_disk_mib < need:
        yield (
            f"{new_nodes} more nodes need {need} MiB below {STATE_HOME} and "
            f"{machine.free_disk_mib} MiB are free: make room"
        )
    yield from _taken(spec)


def _taken(spec: LabSpec) -> Iterator[str]:
    """Faults of networks that hold addresses which the kernel keeps for itself."""
    for name, network in _ranges(spec):
        if network.is_loopback or network.is_multicast or network.is_link_local:
            yield f"{name} {network} is reserved by the kernel: choose a private range"


def _ranges(spec: LabSpec) -> Iterator[tuple[str, Network]]:
    yield "lab:nodeNetwork", spec.node_network
    for cluster in spec.clusters:
        yield f"{cluster.name}'s Pod CIDR", cluster.pod_cidr
        yield f"{cluster.name}'s Service CIDR", cluster.service_cidr


def _free_memory_mib() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) // 1024
    raise LabError("/proc/meminfo does not show the available memory; is this Linux?")


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)


def _can_make(kind: str) -> bool:
    extra = ("id", "1", "dstport", "4789") if kind == "vxlan" else ()
    command = ("unshare", "--net", "ip", "link", "add", "probe0", "type", kind, *extra)
    return attempt(*command).returncode == 0
