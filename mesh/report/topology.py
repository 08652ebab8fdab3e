"""The layout of the drawing of a mesh: pure geometry, in pixels.

There are two drawings: the clusters in a ring for wide screens, and in a column with arcs beside it
for narrow ones. Beyond MOST_CLUSTERS the lines are unreadable, and tables take their place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import atan2, cos, degrees, pi, sin

from .model import Cluster, Link, Report

MOST_CLUSTERS = 12

_RING_WIDTH = 1040
_MOST_WITH_LARGE_BOXES = 8
_MOST_WITH_ALL_BADGES = 4
_GAP = 12
_COLUMN_WIDTH = 350
_COLUMN_BOX = (236.0, 96.0)
_COLUMN_GAP = 18
_MARGIN = 2
# Fractions of a line: lines cross in the middle, and their badges must not cover each other.
_BADGE_AT_MIDDLE, _BADGE_BESIDE = 0.5, 0.34


class Tie(StrEnum):
    """How two clusters are connected, both directions taken together."""

    CONNECTED = "connected"
    ONE_WAY = "one-way"
    MISSING = "missing"
    UNKNOWN = "unknown"


_WORDS = {
    Tie.CONNECTED: "{} and {} are connected",
    Tie.ONE_WAY: "{} is connected to {}, but not vice versa",
    Tie.MISSING: "{} and {} are not connected",
    Tie.UNKNOWN: "it is not known whether {} and {} are connected",
}


@dataclass(frozen=True, slots=True)
class Box:
    """One cluster; `x` and `y` are its upper left corner."""

    cluster: Cluster
    x: float
    y: float
    width: float
    height: float

    @property
    def center(self) -> tuple[float, float]:
        """The middle."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Line:
    """Two clusters and the path between them.

    `badge` is the place of its sign, None without one; `turn` is the direction in which a one-way
    sign points, in degrees clockwise from the right.
    """

    words: str
    tie: Tie
    path: str
    badge: tuple[float, float] | None
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that is drawn, in drawing order."""

    kind: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]

    @property
    def ties(self) -> tuple[Tie, ...]:
        """The ties that occur, for the legend."""
        found = {line.tie for line in self.lines}
        return tuple(tie for tie in Tie if tie in found)


def tie(report: Report, one: str, other: str) -> Tie:
    """Return how two clusters are connected."""
    pair = (report.connection(one, other), report.connection(other, one))
    states = {known.state if known else Link.UNKNOWN for known in pair}
    if states == {Link.CONNECTED}:
        return Tie.CONNECTED
    if Link.MISSING in states:
        return Tie.ONE_WAY if Link.CONNECTED in states else Tie.MISSING
    return Tie.UNKNOWN


def ring(report: Report) -> Drawing:
    """Return the clusters in a ring, the first at the top; of two, the first at the left."""
    clusters = report.clusters
    width, height = _ring_box(len(clusters))
    centers = _ring(len(clusters), width, height)
    left = min(x for x, _ in centers) - width / 2 - _MARGIN
    top = min(y for _, y in centers) - height / 2 - _MARGIN
    boxes = tuple(
        Box(cluster, x - width / 2 - left, y - height / 2 - top, width, height)
        for cluster, (x, y) in zip(clusters, centers, strict=True)
    )
    return _drawing("ring", boxes, _straight_lines(report, boxes))


def column(report: Report) -> Drawing:
    """Return the clusters below each other, with an arc at the right for every pair."""
    width, height = _COLUMN_BOX
    boxes = tuple(
        Box(cluster, _MARGIN, _MARGIN + row * (height + _COLUMN_GAP), width, height)
        for row, cluster in enumerate(report.clusters)
    )
    drawing = _drawing("column", boxes, _arcs(report, boxes))
    return Drawing("column", _COLUMN_WIDTH, drawing.height, boxes, drawing.lines)


def _drawing(kind: str, boxes: tuple[Box, ...], lines: Iterator[Line]) -> Drawing:
    width = max((box.x + box.width for box in boxes), default=0) + _MARGIN
    height = max((box.y + box.height for box in boxes), default=0) + _MARGIN
    # Bad ties are drawn last, over the good ones.
    order = (Tie.CONNECTED, Tie.UNKNOWN, Tie.ONE_WAY, Tie.MISSING)
    sorted_lines = sorted(lines, key=lambda line: order.index(line.tie))
    return Drawing(kind, width, height, boxes, tuple(sorted_lines))


def _ring_box(count: int) -> tuple[float, float]:
    return (224, 104) if count <= _MOST_WITH_LARGE_BOXES else (192, 88)


def _ring(count: int, width: float, height: float) -> list[tuple[float, float]]:
    """The middles of the boxes on an ellipse, as flat as the room for each box allows."""
    if count == 1:
        return [(0.0, 0.0)]
    if count == 2:
        return [(-width * 1.3, 0.0), (width * 1.3, 0.0)]
    across, radius = (_RING_WIDTH - width) / 2, 110 + 15 * count
    while True:
        for shift in (0.0, pi / count):
            centers = [
                _on_ellipse(-pi / 2 - shift + 2 * pi * n / count, across, radius)
                for n in range(count)
            ]
            if _have_room(centers, width + _GAP, height + _GAP):
                return centers
        radius += 10


def _on_ellipse(angle: float, across: float, radius: float) -> tuple[float, float]:
    return round(across * cos(angle), 1), round(radius * sin(angle), 1)


def _have_room(centers: Sequence[tuple[float, float]], width: float, height: float) -> bool:
    return all(
        abs(one[0] - other[0]) >= width or abs(one[1] - other[1]) >= height
        for one, other in combinations(centers, 2)
    )


def _straight_lines(report: Report, boxes: Sequence[Box]) -> Iterator[Line]:
    at = _BADGE_AT_MIDDLE if len(boxes) <= 3 else _BADGE_BESIDE
    for one, other in combinations(boxes, 2):
        (x1, y1), (x2, y2) = one.center, other.center
        badge = (x1 + (x2 - x1) * at, y1 + (y2 - y1) * at)
        yield _line(report, one, other, f"M{x1:g} {y1:g}L{x2:g} {y2:g}", badge)


def _arcs(report: Report, boxes: Sequence[Box]) -> Iterator[Line]:
    room = _COLUMN_WIDTH - _COLUMN_BOX[0] - 26
    for (row, one), (other_row, other) in combinations(enumerate(boxes), 2):
        x = one.x + one.width
        y1, y2 = one.center[1], other.center[1]
        share = (other_row - row) / max(len(boxes) - 1, 1)
        # The middle of a Bézier curve lies at three quarters of the distance of its handles.
        out = 30 + (room - 30) * share
        path = f"M{x:g} {y1:g}C{x + out / 0.75:g} {y1:g} {x + out / 0.75:g} {y2:g} {x:g} {y2:g}"
        yield _line(report, one, other, path, (x + out, (y1 + y2) / 2))


def _line(report: Report, one: Box, other: Box, path: str, badge: tuple[float, float]) -> Line:
    found = tie(report, one.cluster.name, other.cluster.name)
    is_shown = found is not Tie.CONNECTED or len(report.clusters) <= _MOST_WITH_ALL_BADGES
    place = (round(badge[0], 1), round(badge[1], 1)) if is_shown else None
    tied, rest = _direction(report, one, other)
    (x1, y1), (x2, y2) = tied.center, rest.center
    turn = round(degrees(atan2(y2 - y1, x2 - x1)))
    words = _WORDS[found].format(tied.cluster.name, rest.cluster.name)
    return Line(words, found, path, place, turn)


def _direction(report: Report, one: Box, other: Box) -> tuple[Box, Box]:
    """The two boxes; if only one is connected to the other, that one first."""
    back = report.connection(other.cluster.name, one.cluster.name)
    forth = report.connection(one.cluster.name, other.cluster.name)
    is_back = back is not None and back.state is Link.CONNECTED
    is_forth = forth is not None and forth.state is Link.CONNECTED
    return (other, one) if is_back and not is_forth else (one, other)
