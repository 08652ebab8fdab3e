"""Estimates for larger meshes, by straight lines through what this run measured."""

from collections.abc import Iterable, Iterator, Mapping

from bench.results import Row, Section
from bench.samples import Samples, slope

ABOUT = (
    "Not measured: straight lines through the medians of this run, extended to the most members"
    " that Cilium allows. A line is the least that it can be: what grows faster is listed in"
    " docs/scale.md."
)
SIZES = (255, 511)
_TIMES = ("ours", "ours, connect", "mesh mode", "preview, ours", "preview, empty")
_FEWEST = 2


def project(sections: Iterable[Section]) -> Section | None:
    """Extend the lines; None if too little was measured."""
    measured = [row for one in sections for row in one.rows if row.members is not None]
    rows = [row for what in _TIMES for row in _drawn_out(what, _points(measured, what))]
    return Section("On paper", ABOUT, rows) if rows else None


def _points(rows: Iterable[Row], what: str) -> dict[int, float]:
    return {row.members: row.samples.median for row in rows if row.what == what and row.members}


def _drawn_out(what: str, points: Mapping[int, float]) -> Iterator[Row]:
    if len(points) < _FEWEST:
        return
    steep, base = slope(points.items())
    note = f"{base:.1f} s and {steep:.2f} s per member"
    for size in SIZES:
        yield Row(what=what, samples=Samples((base + steep * size,)), members=size, note=note)
