"""A list in one line of text."""

from collections.abc import Iterable


def listed(items: Iterable[object], most: int = 3) -> str:
    """Return the first items, and how many more there are: `a, b, c and 4 more`."""
    texts = [str(one) for one in items]
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
