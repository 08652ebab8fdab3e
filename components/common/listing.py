"""Lists and numbers in the form that a sentence needs."""

from collections.abc import Iterable


def listed(items: Iterable[object], most: int = 3) -> str:
    """Return the first items, and how many more there are: `a, b, c and 4 more`."""
    texts = [str(one) for one in items]
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def counted(number: int, word: str) -> str:
    """Return `1 error` or `2 errors`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
