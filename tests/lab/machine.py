"""The traces of a lab on this machine that `down` has to remove."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from lab import cgroups, network
from lab.paths import CGROUP_HOME, STATE_HOME, LabPaths
from lab.run import run
from tests.lab.labs import SHARED

_BESIDE = [LabPaths(name) for name in SHARED]


@dataclass(frozen=True)
class Traces:
    """Everything outside the build cache that a lab could leave behind."""

    foreign_processes: frozenset[str]
    network_namespaces: frozenset[str]
    mounts: frozenset[str]
    cgroups: frozenset[str]
    links: frozenset[str]
    rules: frozenset[str]
    files: frozenset[str]


def traces() -> Traces:
    """Look at the machine as it is now, without what comes and goes meanwhile.

    That is, without the labs that the tests share and without other workers of these tests.
    """
    return Traces(
        foreign_processes=frozenset(_foreign_processes()),
        network_namespaces=frozenset(_namespaces()),
        mounts=frozenset(_mounts()),
        cgroups=frozenset(_cgroups()),
        links=frozenset(path.name for path in Path("/sys/class/net").iterdir()),
        rules=frozenset(_rules()),
        files=frozenset(_files()),
    )


def left(before: Traces, now: Traces) -> dict[str, frozenset[str]]:
    """What is there now and was not before."""
    pairs = {one.name: (getattr(before, one.name), getattr(now, one.name)) for one in fields(now)}
    return {name: there - was for name, (was, there) in pairs.items() if there - was}


def _foreign_processes() -> Iterator[str]:
    """Processes in another PID or network namespace than ours, and in no known lab."""
    own = {kind: Path(f"/proc/self/ns/{kind}").readlink() for kind in ("pid", "net")}
    names = [name for lab in _BESIDE for name in network.namespaces(lab)]
    its = {_inode(Path("/run/netns", name)) for name in names}
    for process in Path("/proc").glob("[0-9]*"):
        is_its = _inode(process / "ns/net") in its
        if not is_its and _differs(process, own) and not _is_known(process):
            yield f"{process.name} {_name(process)}"


def _differs(process: Path, own: dict[str, Path]) -> bool:
    try:
        if (process / "stat").read_text().rpartition(")")[2].split()[0] in "ZX":
            return False  # dead; whoever inherited it has yet to collect it
        return any((process / "ns" / kind).readlink() != link for kind, link in own.items())
    except OSError:
        return False


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return ""


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _is_known(process: Path) -> bool:
    """Whether it is one of those labs, or of a test that another worker runs."""
    try:
        groups, environment = (process / "cgroup").read_text(), (process / "environ").read_bytes()
    except OSError:
        return True
    worker = re.search(rb"(?:^|\0)PYTEST_XDIST_WORKER=(\w+)", environment)
    is_another_s = worker and worker[1].decode() != os.environ.get("PYTEST_XDIST_WORKER")
    return bool(is_another_s) or any(f"/{lab.cgroup}/" in groups for lab in _BESIDE)


def _rules() -> Iterator[str]:
    for what in (("rule",), ("route", "show", "table", "all")):
        yield from run("ip", *what).splitlines()


def _namespaces() -> Iterator[str]:
    for line in run("ip", "netns", "list").splitlines():
        if _is_a_lab_s(line) and not _is_beside(line):
            # Without its id, which the kernel assigns only when somebody asks for it.
            yield line.split()[0]


def _mounts() -> Iterator[str]:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        place = Path(line.split()[1])
        is_named = place.parent.name == "netns"
        if is_named and not _is_a_lab_s(place.name):
            continue
        is_its = any(lab.state in place.parents for lab in _BESIDE)
        if not is_its and not _is_beside(place.name):
            yield line


def _is_a_lab_s(namespace: str) -> bool:
    """Whether it is any lab's; the tests of nodes have theirs as well."""
    return namespace.startswith(LabPaths("").network_namespace("").rstrip("."))


def _is_beside(namespace: str) -> bool:
    return any(lab.owns_namespace(namespace) for lab in _BESIDE)


def _cgroups() -> Iterator[str]:
    known = {Path(lab.cgroup).name for lab in _BESIDE}
    for hierarchy in cgroups.hierarchies():
        for folder in (hierarchy.mount / CGROUP_HOME).glob("*"):
            if folder.is_dir() and folder.name not in known:
                yield str(folder)


def _files() -> Iterator[str]:
    known = {path for lab in _BESIDE for path in (lab.state, lab.lock)}
    return (str(path) for path in STATE_HOME.glob("*") if path not in known)
