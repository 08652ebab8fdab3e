"""`pulumi up` against the procedure by hand, as a script: two real clusters, the same start."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import yaml

from bench import events
from bench.bench import Bench
from bench.errors import BenchError
from bench.results import Row, Section
from bench.samples import Samples, interleaved, ratio, seconds
from demo.engine import LabStack
from lab.cilium import VERSION
from tests.lab.labs import Lab, eventually

ABOUT = (
    "A lab of two real clusters with agents and traffic. `by hand` is bench/by_hand.sh: kubectl and"
    " the cilium CLI in the order of the procedure, one cluster after the other. Both start the"
    " same: Cilium installed, no mesh, no `cilium-ca`, every agent ready and without a peer. The"
    " script does less: it has no preflight and no drift, and proves fewer routes. `proof` is"
    " `clustermesh status --wait` and the curls. Our phases overlap, so they do not add up to"
    " the whole; a phase lasts while at least one of its resources is being created."
)
LAB = "bench"
SCRIPT = Path(__file__).with_name("by_hand.sh")
PHASES: Mapping[str, tuple[str, ...]] = {
    "expose": ("ApiServerService",),
    "enable": ("SharedCa", "MeshMember"),
    "connect": ("MeshPeers",),
    "demo": ("RebelBase", "XWing", "GlobalService"),
    "proof": ("MeshVerification",),
}
"""The script's phases, and our components that do the same."""
OURS, BY_HAND = "ours", "by hand"
WHOLE = "whole"
_BARS = {WHOLE: 0.5}
"""The most that our phase may take, as a share of the same by hand; 1 if it is not listed."""
_SLOWEST_BAR = 1.3
"""The most that our slowest run may take, relative to the median."""

Phases = dict[str, float]


def measure(bench: Bench) -> Section:
    """Bring the lab up, measure in pairs, and take it down."""
    folder = bench.folder / "against-hand"
    folder.mkdir()
    lab = Lab(LAB, folder)
    lab.clone()
    describe(lab)
    try:
        lab.up()
        return Section("Against doing it by hand", ABOUT, list(_rows(lab, bench.repeats)))
    finally:
        lab.down()


def parse_phases(text: str) -> Phases:
    """Read the script's lines `phase NAME SECONDS`."""
    lines = [line.split() for line in text.splitlines() if line.startswith("phase ")]
    return {name: float(took) for _, name, took in lines}


@dataclass
class _Pair:
    """Both ways on one lab, with the phases of every run."""

    lab: Lab
    stack: LabStack
    phases: dict[str, list[Phases]] = field(default_factory=lambda: {OURS: [], BY_HAND: []})
    done_by: str | None = None

    def begin(self, _: str) -> None:
        """Go back to the start, with the tool that ran last."""
        if self.done_by == OURS:
            self.stack.pulumi("destroy", "--yes", "--skip-preview", "--stack", LAB, quiet=True)
        elif self.done_by == BY_HAND:
            self._script("undo")
        for number in (1, 2):
            self.lab.kubectl(
                number, "-n", "kube-system", "delete", "secret", "--ignore-not-found", "cilium-ca"
            )
            agents = ("rollout", "status", "daemonset/cilium")
            self.lab.kubectl(number, "-n", "kube-system", *agents)
            self._forgotten(number)

    def _forgotten(self, number: int) -> None:
        """Wait until the agent knows no peer: otherwise it holds on to an etcd that is gone.

        It learns that a Secret is gone when its kubelet looks again, a minute or two later, and
        would join the next mesh only after giving up that etcd.
        """
        status = ("exec", "daemonset/cilium", "-c", "cilium-agent", "--", "cilium", "status")
        words = ("-n", "kube-system", *status, "--output=json")

        def knows_nobody() -> bool:
            said = json.loads(self.lab.kubectl(number, *words))
            return not said.get("cluster-mesh", {}).get("clusters")

        eventually(knows_nobody, "an agent without peers", seconds=300)

    def run(self, name: str) -> float:
        """Join the two clusters and return the time in s."""
        ways = {OURS: self._ours, BY_HAND: self._by_hand}
        self.done_by = name
        return seconds(ways[name])

    def _ours(self) -> None:
        up = ("pulumi", "up", "--yes", "--skip-preview", "--json", "--stack", LAB)
        stack = self.stack
        found = events.follow(stack.command(*up), stack.folder, stack.environment())
        took = {name: events.busy(found, *parts) for name, parts in PHASES.items()}
        if idle := [name for name, spent in took.items() if not spent]:
            raise BenchError(f"nothing was created in {', '.join(idle)}: was the start the same?")
        self.phases[OURS].append(took)

    def _by_hand(self) -> None:
        self.phases[BY_HAND].append(parse_phases(self._script("join")))

    def _script(self, action: str) -> str:
        words = ("sh", str(SCRIPT), action, str(self.stack.home), VERSION)
        done: subprocess.CompletedProcess[str] = self.stack.run(*words, quiet=True)
        if done.returncode:
            raise BenchError(f"by_hand.sh {action} failed: {done.stderr.strip()[-2000:]}")
        return done.stdout


def _rows(lab: Lab, repeats: int) -> Iterator[Row]:
    stack = LabStack(LAB, lab.folder)
    stack.prepare()
    pair = _Pair(lab, stack)
    ways = {name: partial(pair.run, name) for name in (OURS, BY_HAND)}
    whole = interleaved(ways, repeats, pair.begin)
    yield from _compared(WHOLE, whole)
    slowest = Samples((whole[OURS].most / whole[OURS].median,))
    what = f"{WHOLE}, ours, slowest / median"
    yield Row(what=what, samples=slowest, unit="ratio", members=2, bar=_SLOWEST_BAR)
    for phase in PHASES:
        yield from _compared(phase, {name: _phase(pair.phases[name], phase) for name in ways})


def _phase(runs: list[Phases], phase: str) -> Samples:
    return Samples(tuple(run[phase] for run in runs))


def _compared(what: str, taken: Mapping[str, Samples]) -> Iterator[Row]:
    for name, samples in taken.items():
        yield Row(what=f"{what}, {name}", samples=samples, members=2)
    found = ratio(taken[OURS], taken[BY_HAND])
    yield Row(
        what=f"{what}, ours / by hand",
        samples=found,
        unit="ratio",
        members=2,
        bar=_BARS.get(what, 1.0),
    )


def describe(lab: Lab) -> None:
    """Write the stack file: both clusters, and the demo's images that the lab has as stand-ins."""
    lab.describe(1, 2)
    document = yaml.safe_load(lab.stack_file.read_text())
    images = {"xWing": "quay.io/cilium/json-mock:v1.3.3"}
    document["config"]["cilium-clustermesh:demo"] = {"images": images}
    lab.stack_file.write_text(yaml.safe_dump(document))
