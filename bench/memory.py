"""The memory that an update takes, and the sizes of the state and the release Secrets."""

import base64
import json
from collections.abc import Iterator, Sequence

from bench.bench import Bench
from bench.control_planes import Member, Members
from bench.mesh import Mesh
from bench.mocked import recorded
from bench.peak import Peak
from bench.results import Row
from bench.samples import Samples
from components.cilium import helm_release
from components.reachability.matrix import Matrix, Reply, Route, fill, wanted_routes
from components.scripts.lib import release
from components.scripts.lib.cli import Cli

ABOUT = (
    "Control planes only. Connecting has runs of its own here: watching processes takes time,"
    " which would count against ours alone. No-ops are watched in the runs of the section"
    " above, ours and the empty program alike. The peak of one process is the kernel's own (VmHWM),"
    " the largest of its kind; the total of all processes is read once a second."
    " The sizes of release Secrets"
    " are those of one real release with that many peers written into it, as Kubernetes counts"
    " them (at most 1 MiB each); the proof's result comes from the program's own code."
)
TITLE = "Memory and sizes"
SIZES = (2, 8, 32, 255, 511)
MOCKED = (2, 8, 32)
_MIB = 2**20
_SECRET_LIMIT = 1.0


def of(bench: Bench, mesh: Mesh) -> Iterator[Row]:
    """Yield the memory that connecting and the runs before took, and the size of the state."""
    for _ in range(bench.repeats):
        mesh.enabled()
        mesh.took("connect", mesh.stack.up_peak())
    count = len(mesh.members.names)
    for what, peaks in mesh.peaks.items():
        yield from peak_rows(what, peaks, count)
    exported = len(json.dumps(mesh.stack.state()["deployment"]))
    yield _size_row("state, without demo and proof", exported, count)


def rest(bench: Bench) -> Iterator[Row]:
    """Measure sizes for larger meshes too."""
    yield from _mocked()
    yield from _secrets(bench)
    yield from _proofs()


def peak_rows(what: str, peaks: Sequence[Peak], count: int) -> Iterator[Row]:
    """Yield the largest process of each kind, and the total of all, over some runs."""
    # If a run never saw a process of a kind, it says nothing about its size.
    kinds = dict.fromkeys(kind for one in peaks for kind, size in one.of_one.items() if size)
    for kind in kinds:
        sizes = tuple(one.of_one[kind] / _MIB for one in peaks if one.of_one.get(kind))
        yield Row(what=f"{what}: {kind}", samples=Samples(sizes), unit="MiB", members=count)
    sizes = tuple(one.together / _MIB for one in peaks)
    yield Row(what=f"{what}: all together", samples=Samples(sizes), unit="MiB", members=count)


def _size_row(what: str, size: int, count: int, bar: float | None = None, note: str = "") -> Row:
    samples = Samples((size / _MIB,))
    return Row(what=what, samples=samples, unit="MiB", members=count, bar=bar, note=note)


def _mocked() -> Iterator[Row]:
    """Measure the state by mocks, without the engine's own part and without encryption."""
    for size in MOCKED:
        made = recorded(size)
        for what, of in (("of all resources", ""), ("of what connects", ":MeshPeers::")):
            found = sum(len(json.dumps(one.inputs)) for one in made.resources if of in one.parent)
            yield _size_row(f"inputs {what}", found, size, note="by mocks")
        exported = len(json.dumps(list(made.outputs.values())))
        yield _size_row("outputs of stack and components", exported, size, note="by mocks")


def _secrets(bench: Bench) -> Iterator[Row]:
    with bench.members_running(1) as members:
        (member,) = members.listed
        enable = ("clustermesh", "enable", "--service-type=NodePort")
        members.run("cilium", "--context", member.name, *enable)
        for size in SIZES:
            found = _release_size(members, member, size)
            yield _size_row("release Secret", found, size, _SECRET_LIMIT, "real Helm release")


def _release_size(members: Members, member: Member, size: int) -> int:
    cli = Cli(members.environment, ())
    found = release.newest(cli, member.name)
    assert found is not None
    release.set_values(cli, member.name, found, peers(size - 1), 300)
    newest = release.history(cli, member.name)[-1]
    secret = cli.get(member.name, "secret", newest.name)
    assert secret is not None
    return len(base64.b64decode(secret["data"]["release"]))


def peers(count: int) -> helm_release.Values:
    """Return values with that many peers, as `cilium clustermesh connect` writes them."""
    listed = [
        {"name": f"cluster{number:03}", "ips": [f"10.200.{number // 250}.{number % 250}"]}
        | {"port": 32256 + number}
        for number in range(2, count + 2)
    ]
    return {"clustermesh": {"config": {"clusters": listed}}}


def _proofs() -> Iterator[Row]:
    for size in SIZES:
        note = f"{len(proof(size).cells)} routes; the state holds it three times"
        result = json.dumps(proof(size).to_list(), separators=(",", ":"))
        yield _size_row("the proof's result", len(result), size, note=note)


def proof(size: int) -> Matrix:
    """Return the proof of a mesh of that size in which every member answered."""
    names = [f"cluster{number:03}" for number in range(1, size + 1)]
    routes = wanted_routes(names, "none", shared=True)
    return fill(routes, {route: _replies(route) for route in routes})


def _replies(route: Route) -> list[Reply]:
    return [Reply(route.target, 1.5), Reply(route.target, 2.5)]
