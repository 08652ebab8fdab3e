import pytest

from bench import scale
from bench.results import Row, Section
from bench.samples import Samples


def section(*sizes: int) -> Section:
    """A preview that takes a second, and half a second more per member."""
    rows = [
        Row(what="preview, ours", samples=Samples((1 + size / 2,)), members=size) for size in sizes
    ]
    return Section("Nothing to do", "", rows)


def test_a_larger_mesh_takes_what_the_line_through_the_smaller_ones_says() -> None:
    drawn = scale.project([section(2, 4, 8)])
    assert drawn is not None
    assert [row.members for row in drawn.rows] == [255, 511]
    assert [row.samples.median for row in drawn.rows] == pytest.approx([128.5, 256.5])
    assert {row.note for row in drawn.rows} == {"1.0 s and 0.50 s per member"}


def test_through_one_point_there_is_no_line() -> None:
    assert scale.project([section(2)]) is None
