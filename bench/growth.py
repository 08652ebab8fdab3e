"""How connecting grows with the members: ours, pair by pair, and the CLI's own mesh mode.

On control planes alone: see `bench.control_planes`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations

from bench.audit import Counts
from bench.bench import Bench
from bench.control_planes import Member, Members
from bench.events import span
from bench.results import Row, Section
from bench.samples import Samples, interleaved, ratio, seconds
from bench.stack import Stack

ABOUT = (
    "Control planes only: API servers with Cilium's objects and Helm release, no agents; Pods are"
    " said to be ready at once. The start is always the same: ClusterMesh enabled everywhere,"
    " nobody connected. `ours` is the whole `pulumi up` of the project, with the engine, the"
    " preflight and everything that has nothing to do; `ours, connect` is the time from the first"
    " Command that connects to the end of the last. Demo and verification are off."
)
OFF = {"demo": {"enabled": False}, "verification": {"enabled": False}}
OURS, CONNECT, PAIRWISE, MESH = "ours", "ours, connect", "pair by pair", "mesh mode"
_MESH_BAR, _PAIRWISE_BAR, _PAIRWISE_MEMBERS = 1.0, 0.3, 8


def measure(bench: Bench) -> Section:
    """Measure for every number of members."""
    rows = [row for count in bench.members for row in _of(bench, count)]
    return Section("Growth", ABOUT, rows)


def connect_pairwise(members: Members) -> None:
    """Connect as the procedure says: every pair, one after the other, both sides at once."""
    for one, other in combinations(members.names, 2):
        _connect(members, one, other)


def connect_in_mesh_mode(members: Members) -> None:
    """Connect by one call of the CLI that writes all members, as many at a time as there are."""
    first, *others = members.names
    parallel = f"--parallel={len(members.names)}"
    _connect(members, first, ",".join(others), "--connection-mode=mesh", parallel)


def _connect(members: Members, source: str, targets: str, *flags: str) -> None:
    destination = f"--destination-context={targets}"
    members.run("cilium", "--context", source, "clustermesh", "connect", destination, *flags)


def _of(bench: Bench, count: int) -> Iterator[Row]:
    with bench.members_running(count + 1) as everybody:
        members, joining = everybody.first(count), everybody.listed[count]
        stack = bench.stack(f"growth-{count}")
        stack.configure([one.entry() for one in members.listed], **OFF)
        stack.up()
        yield from _connecting(bench, stack, members)
        yield from _changing(bench, stack, members, joining)


@dataclass
class _Race:
    """The ways to connect, one after the other from the same start."""

    stack: Stack
    members: Members
    phases: list[float] = field(default_factory=list)
    counted: dict[str, Counts] = field(default_factory=dict)
    is_connected_by_us: bool = True

    def begin(self, _: str) -> None:
        """Take all peers out again, by the way of whoever connected them, and count anew."""
        if self.is_connected_by_us:
            self.stack.disconnect()
        else:
            self.members.everywhere(self._disconnect)
        self.members.mark()

    def run(self, name: str) -> float:
        """Connect, and give the time."""
        ways = {
            OURS: self._ours,
            PAIRWISE: lambda: connect_pairwise(self.members),
            MESH: lambda: connect_in_mesh_mode(self.members),
        }
        took = seconds(ways[name])
        self.counted[name] = self.members.counts()
        self.is_connected_by_us = name == OURS
        return took

    def _ours(self) -> None:
        found = span(self.stack.timed_up(), "MeshPeers")
        assert found is not None, "nothing was connected"
        self.phases.append(found.seconds)

    def _disconnect(self, member: Member) -> None:
        others = ",".join(name for name in self.members.names if name != member.name)
        command = ("cilium", "--context", member.name, "clustermesh", "disconnect")
        self.members.run(*command, "--connection-mode=unicast", f"--destination-context={others}")


def _connecting(bench: Bench, stack: Stack, members: Members) -> Iterator[Row]:
    race = _Race(stack, members)
    ways = {name: partial(race.run, name) for name in (OURS, PAIRWISE, MESH)}
    taken = interleaved(ways, bench.repeats, race.begin)
    taken[CONNECT] = Samples(tuple(race.phases))
    count = len(members.names)
    for name in (OURS, CONNECT, PAIRWISE, MESH):
        yield Row(what=name, samples=taken[name], members=count)
    yield from _ratios(taken, count)
    for name in ways:
        yield from counts_rows(name, race.counted[name], count)


def _ratios(taken: Mapping[str, Samples], count: int) -> Iterator[Row]:
    bars = {PAIRWISE: _PAIRWISE_BAR if count == _PAIRWISE_MEMBERS else None, MESH: _MESH_BAR}
    for other, bar in bars.items():
        for name in (OURS, CONNECT):
            found = ratio(taken[name], taken[other])
            what = f"{name} / {other}"
            yield Row(what=what, samples=found, unit="ratio", members=count, bar=bar)


def counts_rows(name: str, counts: Counts, members: int) -> Iterator[Row]:
    """Give the rows of what was counted in one run; they are the same in every run."""
    for what, number in (
        ("Helm upgrades", counts.upgrades),
        ("API writes", counts.writes),
        ("API reads", counts.reads),
    ):
        yield Row(what=f"{name}: {what}", samples=Samples((number,)), unit="", members=members)


def _changing(bench: Bench, stack: Stack, members: Members, joining: Member) -> Iterator[Row]:
    """Measure what one change costs, and what its undoing does, in turns."""
    old = [one.entry() for one in members.listed]
    first, *others = old
    moved = {**first, "mesh": {"nodePort": 32700}}
    configs = {
        "one member more": [*old, joining.entry()],
        "one member less": old,
        "one NodePort changed": [moved, *others],
        "NodePort changed back": old,
    }
    taken: dict[str, list[float]] = {name: [] for name in configs}
    counted: dict[str, Counts] = {}
    everybody = Members([*members.listed, joining], members.folder, members.environment)
    stack.up()
    for _ in range(bench.repeats):
        for name, clusters in configs.items():
            stack.configure(clusters, **OFF)
            everybody.mark()
            taken[name].append(seconds(stack.up))
            counted[name] = everybody.counts()
    for name, values in taken.items():
        yield Row(what=name, samples=Samples(tuple(values)), members=len(old))
        yield from counts_rows(name, counted[name], len(old))
