"""The time to connect by the number of members: ours, pair by pair, and the CLI's mesh mode.

On control planes only: see `bench.control_planes`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations

from bench.audit import Counts
from bench.bench import Bench
from bench.control_planes import Members
from bench.events import span
from bench.mesh import OFF, Mesh
from bench.results import Row
from bench.samples import Samples, interleaved, ratio, seconds

ABOUT = (
    "Control planes only: API servers with Cilium's objects and Helm release, no agents; Pods are"
    " reported ready at once. The start is always the same, restored in etcd and in Pulumi's"
    " state: ClusterMesh enabled everywhere, no peers; for the changes, all connected."
    " `ours` is the whole `pulumi up` of the project, with the engine, the preflight and everything"
    " that has nothing to do; `ours, connect` is the time from the first resource that connects,"
    " its watch of drift, to the end of the last. Demo and verification are off."
)
TITLE = "Growth"
OURS, CONNECT, PAIRWISE, MESH = "ours", "ours, connect", "pair by pair", "mesh mode"
MORE, LESS, MOVED = "one member more", "one member less", "one NodePort changed"
_MESH_BAR, _PAIRWISE_BAR, _PAIRWISE_MEMBERS = 1.0, 0.3, 8


def of(bench: Bench, mesh: Mesh) -> Iterator[Row]:
    """Measure connecting the members, and then changes to the connected mesh."""
    yield from _connecting(bench, mesh)
    yield from _changing(bench, mesh)


def rest(_: Bench) -> Iterator[Row]:
    """Yield nothing: all of it depends on the members."""
    return iter(())


def connect_pairwise(members: Members) -> None:
    """Connect as the procedure says: pair after pair, both sides at once."""
    for one, other in combinations(members.names, 2):
        _connect(members, one, other)


def connect_in_mesh_mode(members: Members) -> None:
    """Connect by one call of the CLI that writes to all members at the same time."""
    first, *others = members.names
    parallel = f"--parallel={len(members.names)}"
    _connect(members, first, ",".join(others), "--connection-mode=mesh", parallel)


def _connect(members: Members, source: str, targets: str, *flags: str) -> None:
    destination = f"--destination-context={targets}"
    members.run("cilium", "--context", source, "clustermesh", "connect", destination, *flags)


@dataclass
class _Race:
    """The ways to connect, each from the same start."""

    mesh: Mesh
    phases: list[float] = field(default_factory=list)
    counted: dict[str, Counts] = field(default_factory=dict)

    def begin(self, _: str) -> None:
        """Go back to the start without peers, and restart the counts."""
        self.mesh.enabled()
        self.mesh.members.mark()

    def run(self, name: str) -> float:
        """Connect, and return the time in s."""
        members = self.mesh.members
        ways = {
            OURS: self._ours,
            PAIRWISE: lambda: connect_pairwise(members),
            MESH: lambda: connect_in_mesh_mode(members),
        }
        took = seconds(ways[name])
        self.counted[name] = members.counts()
        return took

    def _ours(self) -> None:
        found = span(self.mesh.stack.timed_up(), "MeshPeers")
        assert found is not None, "nothing was connected"
        self.phases.append(found.seconds)


def _connecting(bench: Bench, mesh: Mesh) -> Iterator[Row]:
    race = _Race(mesh)
    ways = {name: partial(race.run, name) for name in (OURS, PAIRWISE, MESH)}
    taken = interleaved(ways, bench.repeats, race.begin)
    taken[CONNECT] = Samples(tuple(race.phases))
    count = len(mesh.members.names)
    for name in (OURS, CONNECT, PAIRWISE, MESH):
        yield Row(what=name, samples=taken[name], members=count)
    yield from ratios(taken, count)
    for name in ways:
        yield from counts_rows(name, race.counted[name], count)


def ratios(taken: Mapping[str, Samples], count: int) -> Iterator[Row]:
    """Compare with the other ways; only connecting has bars, as `ours` does more than they do."""
    bars = {PAIRWISE: _PAIRWISE_BAR if count == _PAIRWISE_MEMBERS else None, MESH: _MESH_BAR}
    for other, bar in bars.items():
        for name in (OURS, CONNECT):
            found = ratio(taken[name], taken[other])
            kept = bar if name == CONNECT else None
            what = f"{name} / {other}"
            yield Row(what=what, samples=found, unit="ratio", members=count, bar=kept)


def counts_rows(name: str, counts: Counts, members: int) -> Iterator[Row]:
    """Return the rows for the counts of one run; they are the same in every run."""
    for what, number in (
        ("Helm upgrades", counts.upgrades),
        ("API writes", counts.writes),
        ("API reads", counts.reads),
    ):
        yield Row(what=f"{name}: {what}", samples=Samples((number,)), unit="", members=members)


def _changing(bench: Bench, mesh: Mesh) -> Iterator[Row]:
    """Measure single changes from the same start, except that leaving follows joining."""
    first, *others = mesh.entries
    configs = {
        MORE: [*mesh.entries, mesh.joining.entry()],
        LESS: mesh.entries,
        MOVED: [{**first, "mesh": {"nodePort": 32700}}, *others],
    }
    counted: dict[str, Counts] = {}

    def begin(name: str) -> None:
        if name != LESS:
            mesh.connected()
        mesh.stack.configure(configs[name], **OFF)
        mesh.everybody.mark()

    def change(name: str) -> float:
        took = seconds(mesh.stack.up)
        counted[name] = mesh.everybody.counts()
        return took

    ways = {name: partial(change, name) for name in configs}
    taken = interleaved(ways, bench.repeats, begin, is_turned=False)
    mesh.connected()
    mesh.stack.configure(mesh.entries, **OFF)
    for name, samples in taken.items():
        yield Row(what=name, samples=samples, members=len(mesh.entries))
        yield from counts_rows(name, counted[name], len(mesh.entries))
