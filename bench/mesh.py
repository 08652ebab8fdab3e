"""A mesh of control planes, created once per size and reset to its start for every run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.bench import Bench
from bench.control_planes import Member, Members
from bench.peak import Peak
from bench.snapshot import Snapshot, asking
from bench.stack import Stack
from lab.nodeless import Json

OFF = {"demo": {"enabled": False}, "verification": {"enabled": False}}
"""Settings of a stack whose members have no Pods to answer."""
_UNCONNECTED = ("--exclude=**:MeshPeers$**", "--exclude-dependents")


@dataclass(frozen=True)
class Mesh:
    """The `members`, and `joining`, which runs but is not a member yet.

    `enabled` restores the state in which ClusterMesh is enabled everywhere, `connected` the one in
    which all members are connected; `peaks` is the memory that runs took, by what they did.
    """

    stack: Stack
    members: Members
    joining: Member
    enabled: Callable[[], None]
    connected: Callable[[], None]
    peaks: dict[str, list[Peak]] = field(default_factory=dict)

    @property
    def everybody(self) -> Members:
        """The members and the cluster that will join."""
        listed = [*self.members.listed, self.joining]
        return Members(listed, self.members.folder, self.members.environment)

    @property
    def entries(self) -> list[Json]:
        """The members' entries in a stack file."""
        return [one.entry() for one in self.members.listed]

    def took(self, what: str, peak: Peak) -> None:
        """Record the memory of a run."""
        self.peaks.setdefault(what, []).append(peak)


@contextmanager
def running(bench: Bench, count: int) -> Iterator[Mesh]:
    """Run that many connected members, and one more cluster."""
    with bench.members_running(count + 1) as everybody:
        members = everybody.first(count)
        stack = bench.stack(f"members-{count}")
        stack.configure([one.entry() for one in members.listed], **OFF)
        stack.up(*_UNCONNECTED)
        enabled = _start(stack, everybody, "enabled")
        stack.up()
        connected = _start(stack, everybody, "connected")
        yield Mesh(stack, members, everybody.listed[count], enabled, connected)


def _start(stack: Stack, everybody: Members, name: str) -> Callable[[], None]:
    bring_back = stack.keep(name)
    snapshots = [Snapshot.taken(asking(one.api.etcd)) for one in everybody.listed]

    def restore() -> None:
        bring_back()
        for snapshot in snapshots:
            snapshot.restore()

    return restore
