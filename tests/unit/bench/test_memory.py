from bench.memory import peak_rows
from bench.peak import Peak

MIB = 2**20


def test_a_run_in_which_a_kind_was_not_met_does_not_count_for_it() -> None:
    """A look once a second misses what lives for less; 0 is nobody's size."""
    peaks = [Peak({"engine": 90 * MIB, "kubectl": 0}, 90 * MIB), Peak({"engine": 110 * MIB}, MIB)]
    peaks.append(Peak({"kubectl": 40 * MIB}, MIB))
    rows = {row.what: row.samples.values for row in peak_rows("connect", peaks, 2)}
    assert rows["connect: engine"] == (90, 110)
    assert rows["connect: kubectl"] == (40,)
    assert rows["connect: all together"] == (90, 1, 1)


def test_a_kind_that_no_run_met_has_no_row() -> None:
    rows = [row.what for row in peak_rows("connect", [Peak({"other": 0}, MIB)], 2)]
    assert rows == ["connect: all together"]
