"""From a fresh clone with nothing built to a proven mesh, and the same again: one run.

It comes first: on a new machine, the other measurements use what it builds.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.bench import Bench
from bench.control_planes import run
from bench.errors import BenchError
from bench.results import Row, Section
from bench.samples import Samples, seconds
from bench.stack import REPOSITORY
from tools.golang import find_go

ABOUT = (
    "`make demo` in a new clone of the commit, with empty caches: the programs are built from"
    " source, then the images, then the lab comes up and is joined and proven; then `make demo`"
    " once more. One run, since it takes most of an hour. The rows below `cold` are what it prints"
    " itself. Programs are built in parallel, so their times do not add up to the whole;"
    " images are made while the nodes start."
)
BARS: Mapping[str, float] = {
    "cold, make demo": 2400,
    "cold, programs": 1800,
    "cold, images": 300,
    "warm, make demo": 30,
}
_BUILT = re.compile(r"^  (\S+) +\S+ +built +([\d.]+) s$", re.MULTILINE)
_PROGRAMS = re.compile(r"^\d+ programs \(\d+ built\) in ([\d.]+) s$", re.MULTILINE)
_IMAGES = re.compile(r"images: \d+ images built, ([\d.]+) s$", re.MULTILINE)
_LAB = re.compile(r"^up in (\d+) s", re.MULTILINE)
_SLOWEST = 5


@dataclass(frozen=True)
class Printed:
    """The times that a cold `make demo` prints, in s; `programs` one by one, the slowest first."""

    programs: Mapping[str, float]
    all_programs: float
    images: float
    lab: float


def measure(bench: Bench) -> Section:
    """Measure on a lab of its own, which is taken down; its caches are removed."""
    clone = bench.folder / "cold"
    run(dict(os.environ), "git", "clone", "--quiet", str(REPOSITORY), str(clone))
    environment = _environment(bench.folder / "cold-caches")
    said: list[str] = []
    make = partial(_make, clone, environment)
    try:
        cold = seconds(lambda: said.append(make("demo")))
        warm = seconds(lambda: make("demo"))
    finally:
        make("lab-down")
    return Section("Bootstrap, cold", ABOUT, list(_rows(parse(said[0]), cold, warm)))


def parse(text: str) -> Printed:
    """Read what a cold `make demo` printed; raises BenchError if something was built before."""
    built = {name: float(took) for name, took in _BUILT.findall(text)}
    return Printed(
        programs=dict(sorted(built.items(), key=lambda item: -item[1])),
        all_programs=_first(_PROGRAMS, text),
        images=_first(_IMAGES, text),
        lab=_first(_LAB, text),
    )


def _environment(caches: Path) -> dict[str, str]:
    """Return variables for empty caches: the machine's own if nothing was built, else new ones.

    The caches of the toolchain, of Go's builds and of pip are all below XDG_CACHE_HOME.
    """
    # pip's cache may hold what the bench's own environment needed a moment ago.
    known = {**os.environ, "PIP_NO_CACHE_DIR": "1"}
    go = find_go()
    if not (go.mod_cache.exists() or go.build_cache.exists()):
        return known
    caches.mkdir()
    known.pop("GOCACHE", None)
    return {**known, "GOMODCACHE": str(caches / "modules"), "XDG_CACHE_HOME": str(caches)}


def _make(clone: Path, environment: Mapping[str, str], target: str) -> str:
    """Run a target in the clone; returns stdout and stderr."""
    # sh merges the two streams.
    return run(
        dict(environment), "sh", "-c", 'exec make -C "$1" "$2" 2>&1', "sh", str(clone), target
    )


def _rows(printed: Printed, cold: float, warm: float) -> Iterator[Row]:
    slowest = list(printed.programs.items())[:_SLOWEST]
    yield from (
        _row("cold, make demo", cold),
        _row("cold, programs", printed.all_programs),
        *(_row(f"cold, programs, {name}", took) for name, took in slowest),
        _row("cold, images", printed.images),
        _row("cold, lab up", printed.lab),
        _row("warm, make demo", warm),
    )


def _row(what: str, took: float) -> Row:
    return Row(what=what, samples=Samples((took,)), bar=BARS.get(what))


def _first(pattern: re.Pattern[str], text: str) -> float:
    found = pattern.search(text)
    if found is None:
        raise BenchError(f"`make demo` printed no {pattern.pattern!r}: was it a cold one?")
    return float(found.group(1))
