"""Foreign text in a message."""

import pytest

from components.common.foreign_text import shown


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("node1", "'node1'"),
        ("a\n::error::b", r"'a\n::error::b'"),
        ("\x1b[2J", r"'\x1b[2J'"),
        ("a\u2028b\x85\u202e", r"'a\u2028b\x85\u202e'"),
        (None, "'None'"),
        (["x"], "\"['x']\""),
        ("x" * 61, f"'{'x' * 60}'…"),
    ],
)
def test_it_is_one_short_line_of_printable_ascii(said: object, text: str) -> None:
    assert shown(said) == text
    assert text.removesuffix("…").isascii() and text.isprintable()
