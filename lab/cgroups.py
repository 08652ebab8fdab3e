"""A cgroup per node in every hierarchy of the machine (cgroup v1, hybrid or v2)."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

_MOUNTS = Path("/proc/self/mounts")

_PRECEDENCE = {"cpu.shares": "8192", "cpu.weight": "800"}
"""The CPU weight of all labs together, for v1 and v2: eight times that of one other process.

Without it, ten programs that build or test beside a lab leave all its clusters a tenth of the
machine, and an API server that waits for a CPU loses leases and answers.
"""


@dataclass(frozen=True)
class Hierarchy:
    """One mounted cgroup hierarchy; `controllers` is its v1 mount option, empty for cgroup2."""

    mount: Path
    controllers: str

    @property
    def is_v2(self) -> bool:
        """Whether this is the unified hierarchy."""
        return not self.controllers


def hierarchies(mounts: str | None = None) -> list[Hierarchy]:
    """The hierarchies mounted on this machine; raises LabError if the unified one is missing."""
    text = _MOUNTS.read_text() if mounts is None else mounts
    found: dict[str, Hierarchy] = {}
    for line in text.splitlines():
        _, mount, kind, options, *_ = line.split()
        if kind == "cgroup2":
            found.setdefault("", Hierarchy(Path(mount), ""))
        elif kind == "cgroup":
            controllers = _controllers(options)
            found.setdefault(controllers, Hierarchy(Path(mount), controllers))
    if "" not in found:
        raise LabError(
            "no cgroup2 file system is mounted, and Cilium's socket load balancer needs one; "
            "mount it: mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none "
            "/sys/fs/cgroup/unified"
        )
    return list(found.values())


def unified() -> Hierarchy:
    """The cgroup2 hierarchy, to which Cilium attaches its socket load balancer."""
    return next(hierarchy for hierarchy in hierarchies() if hierarchy.is_v2)


def _controllers(options: str) -> str:
    generic = {"rw", "ro", "nosuid", "nodev", "noexec", "relatime", "xattr", "clone_children"}
    words = [word for word in options.split(",") if word not in generic]
    return ",".join(word for word in words if not word.startswith("release_agent="))


def create(path: str) -> list[Path]:
    """Create the cgroup `path` in every hierarchy; returns its folders, ready to be joined."""
    folders = []
    for hierarchy in hierarchies():
        folder = hierarchy.mount
        for part in Path(path).parts:
            _delegate(hierarchy, folder)
            folder = folder / part
            folder.mkdir(exist_ok=True)
            _inherit_cpuset(folder)
        give_precedence(hierarchy.mount / Path(path).parts[0])
        folders.append(folder)
    return folders


def _delegate(hierarchy: Hierarchy, parent: Path) -> None:
    """Enable the controllers for the level below: cgroup2 does not do so by itself."""
    if not hierarchy.is_v2:
        return
    for controller in (parent / "cgroup.controllers").read_text().split():
        (parent / "cgroup.subtree_control").write_text(f"+{controller}")


def _inherit_cpuset(folder: Path) -> None:
    """Copy the parent's v1 cpuset: a new one is empty, and no process can join it."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        knob = folder / name
        if knob.exists() and "cpuset" in folder.parts and not knob.read_text().strip():
            knob.write_text((folder.parent / name).read_text())


def give_precedence(folder: Path) -> None:
    """Set the CPU weight that puts a cgroup before single processes beside it."""
    for name, value in _PRECEDENCE.items():
        if (folder / name).exists():
            (folder / name).write_text(value)


def processes(path: str) -> set[int]:
    """The processes anywhere below the cgroup `path`, in any hierarchy."""
    found: set[int] = set()
    for folder in _subtree(path):
        try:
            found.update(int(pid) for pid in (folder / "cgroup.procs").read_text().split())
        except OSError:
            continue
    return found


def kill(path: str, timeout: float = 30) -> None:
    """Kill every process below the cgroup `path` at once, as a power cut would.

    `timeout` is in seconds. Raises a LabError that names the processes that are left.
    """
    deadline = time.monotonic() + timeout
    while left := processes(path):
        if time.monotonic() > deadline:
            raise LabError(f"cgroup {path}: processes {sorted(left)} do not end on SIGKILL")
        for pid in left:
            _kill(pid)
        time.sleep(0.05)


def remove(path: str, timeout: float = 30) -> None:
    """Remove the cgroup `path` with everything below it, once its last process is gone.

    `timeout` is in seconds. Raises a LabError that names the processes that are left.
    """
    deadline = time.monotonic() + timeout
    while not _try_remove(path):
        if time.monotonic() > deadline:
            left = ", ".join(map(str, sorted(processes(path)))) or "none"
            raise LabError(f"cgroup {path} cannot be removed; processes still in it: {left}")
        time.sleep(0.05)
    for hierarchy in hierarchies():
        _remove_if_empty(hierarchy.mount / Path(path).parent)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _try_remove(path: str) -> bool:
    return all([_remove_if_empty(folder) for folder in _subtree(path)])


def _remove_if_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _subtree(path: str) -> Iterator[Path]:
    """The folders at and below `path` in every hierarchy, deepest first."""
    for hierarchy in hierarchies():
        top = hierarchy.mount / path
        if top.is_dir():
            yield from sorted(
                (folder for folder in top.rglob("*") if folder.is_dir()),
                key=lambda folder: len(folder.parts),
                reverse=True,
            )
            yield top
