import pytest

from bench.samples import Samples, interleaved, ratio, slope


def test_the_median_least_and_most_are_those_of_the_values_in_any_order() -> None:
    taken = Samples((3.0, 1.0, 2.0, 10.0))
    assert (taken.median, taken.least, taken.most) == (2.5, 1.0, 10.0)


def test_nothing_measured_is_no_result() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        Samples(())


def test_a_ratio_is_taken_pair_by_pair_so_that_a_slow_minute_cancels_out() -> None:
    ours, theirs = Samples((1.0, 10.0, 1.0)), Samples((2.0, 20.0, 2.0))
    assert ratio(ours, theirs).values == (0.5, 0.5, 0.5)


def test_runs_of_different_numbers_have_no_ratio() -> None:
    with pytest.raises(ValueError, match="longer"):
        ratio(Samples((1.0,)), Samples((1.0, 2.0)))


def test_ways_take_turns_and_each_run_has_its_own_start() -> None:
    happened: list[str] = []

    def way(name: str) -> float:
        happened.append(name)
        return float(len(happened))

    taken = interleaved(
        {"a": lambda: way("a"), "b": lambda: way("b")},
        3,
        before=lambda name: happened.append(f"before {name}"),
    )
    runs = [one for one in happened if not one.startswith("before")]
    assert runs == ["a", "b", "b", "a", "a", "b"]
    assert happened[::2] == [f"before {name}" for name in runs]
    assert [len(one.values) for one in taken.values()] == [3, 3]


def test_a_slope_is_what_each_more_costs_and_what_there_is_without_any() -> None:
    assert slope([(2, 7.0), (4, 11.0), (8, 19.0)]) == pytest.approx((2.0, 3.0))
