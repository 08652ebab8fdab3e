"""How long it takes from a clone to a proven mesh, phase by phase."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from bench import against_hand
from bench.bench import Bench
from bench.control_planes import run
from bench.results import Row, Section
from bench.samples import Samples, seconds
from demo.engine import LabStack
from tests.lab.labs import Lab

ABOUT = (
    "What `make demo` does, one phase after the other, with programs and images that are there:"
    " `lab up` starts two clusters from nothing, `demo` joins and proves them, `again` is `make"
    " demo` on a lab that is up and joined. The rows of a cold build are those that"
    " `python -m tools build` itself prints (one run, given by --build-log); programs are built"
    " side by side, so the single times do not add up to the whole."
)
BARS: Mapping[str, float] = {
    "programs, all built": 1800,
    "programs, nothing to build": 5,
    "lab up": 90,
    "demo": 75,
    "again: lab up": 10,
    "again: demo": 15,
    "lab down": 15,
}
_BUILT = re.compile(r"^  (\S+) +\S+ +built +([\d.]+) s$", re.MULTILINE)
_TOTAL = re.compile(r"^\d+ programs \(.*\) in ([\d.]+) s$", re.MULTILINE)
_SLOWEST = 5


def measure(bench: Bench) -> Section:
    """Measure the phases on a lab of its own; it is taken down every time."""
    rows = [*_cold(bench.build_log), *_warm(bench)]
    return Section("Bootstrap", ABOUT, rows)


def parse_build_log(text: str) -> tuple[dict[str, float], float]:
    """Read what a build printed: the seconds of every program, slowest first, and of all."""
    built = {name: float(took) for name, took in _BUILT.findall(text)}
    slowest = dict(sorted(built.items(), key=lambda item: -item[1]))
    total = _TOTAL.search(text)
    return slowest, float(total.group(1)) if total else 0.0


def _cold(log: Path | None) -> Iterator[Row]:
    if log is None:
        return
    slowest, whole = parse_build_log(log.read_text())
    yield _row("programs, all built", [whole])
    for name, took in list(slowest.items())[:_SLOWEST]:
        yield _row(f"programs, {name}", [took])


def _warm(bench: Bench) -> Iterator[Row]:
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
