"""The time from a clone to a proven mesh, phase by phase."""

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from bench import against_hand
from bench.bench import Bench
from bench.control_planes import run
from bench.results import Row, Section
from bench.samples import Samples, seconds
from demo.engine import LabStack
from tests.lab.labs import Lab

ABOUT = (
    "What `make demo` does, phase by phase, with programs and images already built:"
    " `lab up` starts two clusters from nothing, `demo` joins and proves them, `again` is `make"
    " demo` on a lab that is up and joined."
)
BARS: Mapping[str, float] = {
    "programs, nothing to build": 5,
    "lab up": 90,
    "demo": 75,
    "again: lab up": 10,
    "again: demo": 15,
    "lab down": 15,
}


def measure(bench: Bench) -> Section:
    """Measure the phases on a lab of its own, which is taken down every time."""
    return Section("Bootstrap", ABOUT, list(_phases(bench)))


def _phases(bench: Bench) -> Iterator[Row]:
    folder = bench.folder / "bootstrap"
    folder.mkdir()
    lab = Lab(against_hand.LAB, folder)
    lab.clone()
    against_hand.describe(lab)
    stack = LabStack(lab.name, folder)
    building = partial(run, stack.environment(), sys.executable, "-m", "tools", "build")
    phases: dict[str, Callable[[], object]] = {
        "programs, nothing to build": building,
        "lab up": lab.up,
        "demo": partial(_demo, stack),
        "again: lab up": lab.up,
        "again: demo": partial(_demo, stack),
        "lab down": lab.down,
    }
    taken: dict[str, list[float]] = {name: [] for name in phases}
    try:
        for _ in range(bench.repeats):
            for name, phase in phases.items():
                taken[name].append(seconds(phase))
    finally:
        lab.down()
    for name, values in taken.items():
        yield _row(name, values)


def _demo(stack: LabStack) -> None:
    stack.prepare()
    words = ("--yes", "--skip-preview", "--suppress-outputs", "--stack", stack.name)
    stack.pulumi("up", *words, quiet=True)


def _row(what: str, values: list[float]) -> Row:
    return Row(what=what, samples=Samples(tuple(values)), bar=BARS.get(what))
