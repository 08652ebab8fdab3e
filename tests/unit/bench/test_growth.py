from bench.growth import CONNECT, MESH, OURS, PAIRWISE, ratios
from bench.samples import Samples

TAKEN = {name: Samples((2.0,)) for name in (OURS, CONNECT, PAIRWISE, MESH)}


def test_the_bars_are_those_of_connecting_and_of_nothing_more() -> None:
    """The whole update reads and checks as well, which the other ways do not."""
    bars = {row.what: row.bar for row in ratios(TAKEN, 8)}
    assert bars[f"{CONNECT} / {MESH}"] == 1.0
    assert bars[f"{CONNECT} / {PAIRWISE}"] == 0.3
    assert bars[f"{OURS} / {MESH}"] is None


def test_pair_by_pair_has_its_bar_at_eight_members_alone() -> None:
    assert {row.bar for row in ratios(TAKEN, 2) if PAIRWISE in row.what} == {None}
