"""Whether a YAML document is plain data: what JSON can say, of a size and depth that can be used.

YAML can say more: a few lines of anchors unfold to more than any memory holds, a node can hold
itself. Such a document is small once read, and hangs or kills whoever walks through it or writes it
as JSON, as the engine, kubectl and the providers are given it.
"""

from typing import Any

MAX_DEPTH = 50
TOO_DEEP = f"it is nested deeper than {MAX_DEPTH} levels"
# Values, each counted as often as it is referred to; thousands of clusters have fewer.
MAX_VALUES = 200_000


class NotPlainError(ValueError):
    """The document is more than plain data; the text says what, without a word of it."""


def check_plain(document: Any) -> None:
    """Raise NotPlainError where the document is more than plain data."""
    _measure(document, 0, {})


def _measure(node: Any, depth: int, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Count the values of a node and its levels; `known` are those of the nodes seen before."""
    if not isinstance(node, dict | list):
        _check_scalar(node)
        return 1, 0
    values, height = known.get(id(node)) or _measure_inner(node, depth, known)
    known[id(node)] = values, height
    if depth + height > MAX_DEPTH:
        raise NotPlainError(TOO_DEEP)
    if values > MAX_VALUES:
        raise NotPlainError(f"it unfolds to more than {MAX_VALUES} values")
    return values, height


def _measure_inner(
    node: dict[Any, Any] | list[Any], depth: int, known: dict[int, tuple[int, int]]
) -> tuple[int, int]:
    # A node that holds itself ends here, too.
    if depth > MAX_DEPTH:
        raise NotPlainError(TOO_DEEP)
    for key in node if isinstance(node, dict) else ():
        if not isinstance(key, str):
            raise NotPlainError("it has a key that is no text")
        _check_scalar(key)
    inner = node.values() if isinstance(node, dict) else node
    measured = [_measure(one, depth + 1, known) for one in inner]
    height = max((levels for _, levels in measured), default=0)
    return 1 + sum(values for values, _ in measured), 1 + height


def _check_scalar(value: object) -> None:
    if value is not None and not isinstance(value, str | bool):
        raise NotPlainError("it has a value that is no text, number, list or mapping")
    try:
        str(value).encode()
    except UnicodeEncodeError:
        raise NotPlainError("it has half a character (a lone surrogate)") from None
