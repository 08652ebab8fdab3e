"""Comments of a stack file."""

import textwrap
from collections.abc import Iterable, Iterator

# Of the 100 columns of a line, those that a comment in a cluster's entry has for itself.
_WIDTH = 94


def comment(text: str) -> list[str]:
    """Write a text, its lines as they are."""
    return [f"# {line}" for line in text.splitlines()]


def commented(lines: Iterable[str]) -> list[str]:
    """Take lines of YAML out of use."""
    return [f"# {line}" for line in lines]


def remark(sign: str, text: str) -> Iterator[str]:
    """Write a text behind a sign that stands out, in as many lines as it takes."""
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
