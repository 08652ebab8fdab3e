"""Secrets that are large: marked as such without being taken apart.

`Output.secret`, `Output.from_input` and `Output.all` make several Outputs of every single value in
a document, again at every call: of the kubeconfigs of N members, N times N of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import pulumi

T = TypeVar("T")


def secret(value: pulumi.Input[T]) -> pulumi.Output[T]:
    """Mark a value as a secret; it holds no Outputs itself."""
    marked: pulumi.Output[T] = pulumi.Output.secret(None).apply(lambda _: value)
    return marked


def joined(parts: Mapping[str, pulumi.Input[Any]]) -> pulumi.Output[dict[str, Any]]:
    """Wait for all parts; none of them holds an Output itself."""
    names = list(parts)
    return together([parts[name] for name in names]).apply(
        lambda known: dict(zip(names, known, strict=True))
    )


def together(values: Sequence[pulumi.Input[Any]]) -> pulumi.Output[list[Any]]:
    """Wait for all values; none of them holds an Output itself."""
    known: pulumi.Output[list[Any]] = pulumi.Output.from_input([])
    for value in values:
        known = _and(known, value)
    return known


def _and(known: pulumi.Output[list[Any]], value: pulumi.Input[Any]) -> pulumi.Output[list[Any]]:
    if not isinstance(value, pulumi.Output):
        return known.apply(lambda before: [*before, value])
    return known.apply(lambda before: value.apply(lambda one: [*before, one]))
