"""What of a lab is on this machine: the traces that `down` has to remove."""

from dataclasses import dataclass
from pathlib import Path

from lab import cgroups
from lab.paths import CGROUP_HOME, STATE_HOME
from lab.run import run


@dataclass(frozen=True)
class Traces:
    """Everything outside the build cache that a lab could leave behind."""

    foreign_processes: frozenset[str]
    network_namespaces: frozenset[str]
    mounts: frozenset[str]
    cgroups: frozenset[str]
    links: frozenset[str]
    rules: str
    files: frozenset[str]


def traces(beside: str) -> Traces:
    """Look at the machine as it is now; the processes of the lab `beside` come and go, and may."""
    return Traces(
        foreign_processes=frozenset(_foreign_processes(beside)),
        network_namespaces=frozenset(run("ip", "netns", "list").split("\n")),
        mounts=frozenset(Path("/proc/self/mounts").read_text().splitlines()),
        cgroups=frozenset(_cgroups()),
        links=frozenset(path.name for path in Path("/sys/class/net").iterdir()),
        rules=run("ip", "rule") + run("ip", "route", "show", "table", "all"),
        files=frozenset(str(path) for path in STATE_HOME.glob("*")),
    )


def _foreign_processes(beside: str) -> list[str]:
    """Processes that live in another PID or network namespace than we do, in no known lab."""
    own = {kind: Path(f"/proc/self/ns/{kind}").readlink() for kind in ("pid", "net")}
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and _differs(process, own) and not _is_of(process, beside):
            found.append(process.name)
    return found


def _differs(process: Path, own: dict[str, Path]) -> bool:
    try:
        if (process / "stat").read_text().rpartition(")")[2].split()[0] in "ZX":
            return False  # dead; whoever inherited it has yet to collect it
        return any((process / "ns" / kind).readlink() != link for kind, link in own.items())
    except OSError:
        return False


def _is_of(process: Path, lab: str) -> bool:
    try:
        return f"/{CGROUP_HOME}/{lab}/" in (process / "cgroup").read_text()
    except OSError:
        return True


def _cgroups() -> list[str]:
    return [
        str(folder)
        for hierarchy in cgroups.hierarchies()
        for folder in (hierarchy.mount / CGROUP_HOME).glob("*")
        if folder.is_dir()
    ]
