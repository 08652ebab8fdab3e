"""Only counts that a second run finds again are compared."""

from bench.counts import comparable


def test_reads_count_where_nothing_is_written() -> None:
    assert comparable({"upgrades": 0, "writes": 0, "reads": 39})["reads"] == 39


def test_what_waits_for_what_it_wrote_is_not_compared_by_its_reads() -> None:
    assert comparable({"upgrades": 3, "writes": 33, "reads": 569}) == {"upgrades": 3, "writes": 33}
