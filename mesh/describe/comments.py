"""Comments of a stack file."""

import textwrap
from collections.abc import Iterable, Iterator

# What is left of 100 columns for a comment in a cluster's entry.
_WIDTH = 94


def comment(text: str) -> list[str]:
    """Return the lines of a text as comments."""
    return [f"# {line}" for line in text.splitlines()]


def commented(lines: Iterable[str]) -> list[str]:
    """Return lines of YAML as comments."""
    return [f"# {line}" for line in lines]


def remark(sign: str, text: str) -> Iterator[str]:
    """Return a text behind a sign that stands out, wrapped to the width of a comment."""
    return iter(
        textwrap.wrap(
            " ".join(text.split()),
            _WIDTH,
            initial_indent=f"# {sign} ",
            subsequent_indent="#   ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    )
