"""The cost of a preview and an update with nothing to do, and where the time goes."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from bench.audit import read_more_than_once
from bench.bench import Bench
from bench.control_planes import Members
from bench.errors import BenchError
from bench.mesh import Mesh
from bench.results import Row
from bench.samples import Samples, interleaved, ratio, seconds
from bench.stack import REPOSITORY, Stack
from components.facts import reading
from components.kubeconfig.document import Kubeconfig, read_file

ABOUT = (
    "Control planes only. `empty` is a program with the same providers (one of Kubernetes per"
    " member, one for Commands, one for resources in Python) and nothing else. The proof is a"
    " Command whose inputs have not changed, so a no-op does not repeat it: it costs nothing here."
)
EMPTY = Path(__file__).parent / "programs/empty.py"
TITLE = "Nothing to do"
PREFLIGHT_AGENT = "python-urllib3"
_BAR = 1.5
_COMMANDS = {"preview": ("preview",), "up": ("up", "--yes", "--skip-preview")}
_IMPORTED = (
    "components.procedure.kubean",
    "components.procedure.demo",
    "components.procedure.joining",
    "components.procedure.kernels",
    "components.procedure.exports",
    "components.preflight",
    "components.procedure.proof",
    "components.procedure.site",
    "components.procedure.stack_config",
)


def of(bench: Bench, mesh: Mesh) -> Iterator[Row]:
    """Measure a mesh in which nothing is to be done."""
    count = len(mesh.members.names)
    empty = bench.stack(f"empty-{count}", EMPTY)
    empty.configure(mesh.entries)
    empty.up()
    mesh.connected()
    stacks = {"ours": mesh.stack, "empty": empty}
    for command in _COMMANDS:
        yield from _side_by_side(bench, mesh, stacks, command)
    yield from _preflight(bench, mesh.stack, mesh.members)


def rest(bench: Bench) -> Iterator[Row]:
    """Measure what does not depend on the members."""
    return _imports(bench.repeats)


def _side_by_side(
    bench: Bench, mesh: Mesh, stacks: Mapping[str, Stack], command: str
) -> Iterator[Row]:
    def run(name: str) -> float:
        begun = time.monotonic()
        peak = stacks[name].peak(*_COMMANDS[command], "--expect-no-changes")
        took = time.monotonic() - begun
        mesh.took(f"{command} with nothing to do, {name}", peak)
        return took

    count = len(mesh.members.names)
    taken = interleaved({name: partial(run, name) for name in stacks}, bench.repeats)
    for name, samples in taken.items():
        yield Row(what=f"{command}, {name}", samples=samples, members=count)
    found = ratio(taken["ours"], taken["empty"])
    what = f"{command}, ours / empty"
    yield Row(what=what, samples=found, unit="ratio", members=count, bar=_BAR)


def _preflight(bench: Bench, stack: Stack, members: Members) -> Iterator[Row]:
    """Measure what preflight reads, the time it takes alone, and repeated reads."""
    count = len(members.names)
    members.mark()
    stack.pulumi("preview", "--expect-no-changes")
    requests = members.requests()
    asked = [one for one in requests if one.agent == PREFLIGHT_AGENT]
    twice = [
        path
        for one in members.listed
        for path in read_more_than_once(one.audit.requests(), PREFLIGHT_AGENT)
    ]
    documents = {one.name: document(one.kubeconfig) for one in members.listed}
    took = [
        seconds(partial(reading.read_all, documents, 10, "default")) for _ in range(bench.repeats)
    ]
    yield Row(what="preflight reads, alone", samples=Samples(tuple(took)), members=count)
    for what, number in (
        ("requests in a preview", len(requests)),
        ("of them preflight's", len(asked)),
        ("objects that preflight reads twice", len(twice)),
    ):
        yield Row(what=what, samples=Samples((number,)), unit="", members=count)


def document(file: Path) -> Kubeconfig:
    """Read a kubeconfig like the program does."""
    return read_file(file, None)


def _imports(repeats: int) -> Iterator[Row]:
    """Measure the time to import what the program imports, and its own modules' share of it."""
    found = [importing(_IMPORTED) for _ in range(repeats)]
    for what, prefix in (
        ("imports, all", ""),
        ("imports, pulumi_kubernetes", "pulumi_kubernetes"),
        ("imports, pulumi", "pulumi"),
        ("imports, pydantic", "pydantic"),
        ("imports, components", "components"),
    ):
        taken = tuple(own_share(one, prefix) for one in found)
        yield Row(what=what, samples=Samples(taken), note="python -X importtime")


def importing(modules: tuple[str, ...]) -> dict[str, float]:
    """Import these modules in a new Python; returns each imported module's own time in s."""
    code = "; ".join(f"import {name}" for name in modules)
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"the program cannot be imported: {done.stderr[-800:]}")
    return parse_import_times(done.stderr)


def parse_import_times(text: str) -> dict[str, float]:
    """Read the output of `-X importtime`: `import time: self [us] | cumulative | package`."""
    times: dict[str, float] = {}
    for line in text.splitlines():
        own, _, rest = line.removeprefix("import time:").partition("|")
        name = rest.rpartition("|")[2].strip()
        if line.startswith("import time:") and own.strip().isdigit():
            times[name] = int(own) / 1e6
    return times


def own_share(times: dict[str, float], package: str) -> float:
    """Return the sum of a package's own modules in s; an empty name means all modules."""
    return sum(
        took
        for name, took in times.items()
        if not package or name == package or name.startswith(f"{package}.")
    )
