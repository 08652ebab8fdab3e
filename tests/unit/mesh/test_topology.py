"""The drawing of a mesh has room for everything in it, and shows how each pair is connected."""

from itertools import combinations

import pytest

from mesh.report.model import Link
from mesh.report.topology import MOST_CLUSTERS, Box, Drawing, Tie, column, ring, tie
from tests.unit.mesh import reports

SIZES = range(2, MOST_CLUSTERS + 1)


def drawings(count: int) -> list[Drawing]:
    report = reports.whole(count)
    return [ring(report), column(report)]


def overlap(one: Box, other: Box) -> bool:
    return abs(one.x - other.x) < one.width + 8 and abs(one.y - other.y) < one.height + 8


@pytest.mark.parametrize("count", SIZES)
def test_no_box_covers_another_or_leaves_the_drawing(count: int) -> None:
    for drawing in drawings(count):
        assert len(drawing.boxes) == count
        assert not [pair for pair in combinations(drawing.boxes, 2) if overlap(*pair)]
        for box in drawing.boxes:
            assert box.x >= 0
            assert box.y >= 0
            assert box.x + box.width <= drawing.width
            assert box.y + box.height <= drawing.height


@pytest.mark.parametrize("count", SIZES)
def test_a_wide_drawing_fits_a_screen_and_a_narrow_one_a_phone(count: int) -> None:
    wide, narrow = drawings(count)
    assert wide.width <= 1050
    assert narrow.width <= 360


@pytest.mark.parametrize("count", SIZES)
def test_every_pair_has_its_line(count: int) -> None:
    for drawing in drawings(count):
        assert len({line.path for line in drawing.lines}) == count * (count - 1) // 2


@pytest.mark.parametrize(
    ("forth", "back", "expected"),
    [
        (Link.CONNECTED, Link.CONNECTED, Tie.CONNECTED),
        (Link.MISSING, Link.CONNECTED, Tie.ONE_WAY),
        (Link.CONNECTED, Link.MISSING, Tie.ONE_WAY),
        (Link.MISSING, Link.MISSING, Tie.MISSING),
        (Link.MISSING, Link.UNKNOWN, Tie.MISSING),
        (Link.CONNECTED, Link.UNKNOWN, Tie.UNKNOWN),
    ],
)
def test_a_pair_is_as_good_as_its_worse_direction(forth: Link, back: Link, expected: Tie) -> None:
    good = reports.whole(2)
    states = zip(good.connections, (forth, back), strict=True)
    links = tuple(one.model_copy(update={"state": state}) for one, state in states)
    assert tie(reports.whole(2, connections=links), *good.names) is expected


def test_what_is_wrong_lies_over_the_rest_has_a_sign_and_says_which_way_it_goes() -> None:
    drawing = ring(reports.broken())
    last = drawing.lines[-1]
    assert last.tie is Tie.ONE_WAY
    assert last.words == "dublin is connected to frankfurt, but not vice versa"
    # From the right to the upper left.
    assert 90 < last.turn % 360 < 270
    assert all(line.badge for line in ring(reports.whole(2)).lines)
    assert not any(line.badge for line in ring(reports.whole(8)).lines)
