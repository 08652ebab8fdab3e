"""Whether a YAML document is plain data: what JSON can express, of a usable size and depth.

YAML can express more: a few lines of anchors expand beyond any memory, a node can contain itself.
Such a document is small once read, and hangs or kills whatever walks through it or writes it as
JSON, the form in which the engine, kubectl and the providers get it.
"""

from typing import Any

MAX_DEPTH = 50
TOO_DEEP = f"it is nested deeper than {MAX_DEPTH} levels"
# Values, each counted as often as it is referred to; thousands of clusters have fewer.
MAX_VALUES = 200_000


class NotPlainError(ValueError):
    """The document is more than plain data; the text says why and quotes nothing of it."""


def check_plain(document: Any) -> None:
    """Raise NotPlainError if the document is more than plain data."""
    _measure(document, 0, {})


def _measure(node: Any, depth: int, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Return the number of values in a node and its levels; `known` has those already counted."""
    if not isinstance(node, dict | list):
        _check_scalar(node)
        return 1, 0
    values, height = known.get(id(node)) or _measure_inner(node, depth, known)
    known[id(node)] = values, height
    if depth + height > MAX_DEPTH:
        raise NotPlainError(TOO_DEEP)
    if values > MAX_VALUES:
        raise NotPlainError(f"it expands to more than {MAX_VALUES} values")
    return values, height


def _measure_inner(
    node: dict[Any, Any] | list[Any], depth: int, known: dict[int, tuple[int, int]]
) -> tuple[int, int]:
    # A node that contains itself ends here, too.
    if depth > MAX_DEPTH:
        raise NotPlainError(TOO_DEEP)
    for key in node if isinstance(node, dict) else ():
        if not isinstance(key, str):
            raise NotPlainError("it has a key that is not text")
        _check_scalar(key)
    inner = node.values() if isinstance(node, dict) else node
    measured = [_measure(one, depth + 1, known) for one in inner]
    height = max((levels for _, levels in measured), default=0)
    return 1 + sum(values for values, _ in measured), 1 + height


def _check_scalar(value: object) -> None:
    if value is not None and not isinstance(value, str | bool):
        raise NotPlainError("it has a value that is not text, a number, a list or a mapping")
    try:
        str(value).encode()
    except UnicodeEncodeError:
        raise NotPlainError("it has half a character (a lone surrogate)") from None
