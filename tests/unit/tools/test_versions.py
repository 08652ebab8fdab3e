import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.versions import VersionRange, parse_release

releases = st.tuples(*[st.integers(0, 999)] * 3)


@given(releases)
def test_a_release_is_read_with_or_without_v(release: tuple[int, int, int]) -> None:
    text = ".".join(map(str, release))
    assert parse_release(text) == parse_release(f"v{text}\n") == release


@pytest.mark.parametrize("text", ["", "v1.32.4-dispatcher", "1.33", "v1.33.4+k3s1", "1.34.0-rc.1"])
def test_what_is_not_a_plain_release_is_not_taken_for_one(text: str) -> None:
    assert parse_release(text) is None


@given(releases, releases, releases)
def test_a_range_holds_its_lower_bound_but_not_its_upper(
    low: tuple[int, int, int], high: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    versions = VersionRange(at_least=low, below=high)
    assert (low in versions) == (low < high)
    assert high not in versions
    assert (other in versions) == (low <= other < high)
