"""Lists in one line of text."""

import pytest

from components.common.listing import listed


@pytest.mark.parametrize(
    ("items", "text"),
    [([], ""), (["a"], "a"), ("abc", "a, b, c"), ("abcd", "a, b, c and 1 more")],
)
def test_what_is_not_named_is_counted(items: list[str], text: str) -> None:
    assert listed(items) == text
