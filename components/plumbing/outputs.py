"""Outputs that are secret and large, that only a created object has, or that are known at once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar, cast

import pulumi

T = TypeVar("T")
Later: TypeAlias = T | pulumi.Output[T]
"""A value that is known when the program is loaded, or only once a cluster has been made."""


def secret(value: pulumi.Input[T]) -> pulumi.Output[T]:
    """Return a value, which holds no Outputs itself, marked as a secret without taking it apart.

    `Output.secret`, `Output.from_input` and `Output.all` make several Outputs of every single
    value in a document, again at every call: for the kubeconfigs of N members, N times N of them.
    """
    marked: pulumi.Output[T] = pulumi.Output.secret(None).apply(lambda _: value)
    return marked


def joined(parts: Mapping[str, pulumi.Input[Any]]) -> pulumi.Output[dict[str, Any]]:
    """Return all parts as one Output; none of them holds an Output itself."""
    names = list(parts)
    return together([parts[name] for name in names]).apply(
        lambda known: dict(zip(names, known, strict=True))
    )


def together(values: Sequence[pulumi.Input[Any]]) -> pulumi.Output[list[Any]]:
    """Return all values as one Output; none of them holds an Output itself."""
    known: pulumi.Output[list[Any]] = pulumi.Output.from_input([])
    for value in values:
        known = _and(known, value)
    return known


def _and(known: pulumi.Output[list[Any]], value: pulumi.Input[Any]) -> pulumi.Output[list[Any]]:
    if not isinstance(value, pulumi.Output):
        return known.apply(lambda before: [*before, value])
    return known.apply(lambda before: value.apply(lambda one: [*before, one]))


def once_created(resource: pulumi.CustomResource, output: pulumi.Output[T]) -> pulumi.Output[T]:
    """Return the output, unknown while the object is still to be created.

    Otherwise a preview takes what the server would fill in for absent, or invents it by a dry run.
    """
    # Not by Output.all, which loses the types.
    return resource.id.apply(lambda _: output)


def not_yet() -> pulumi.Output[Any]:
    """Return an unknown value, for what a preview cannot know: only the update brings it."""
    return pulumi.Output.from_input(cast("Any", pulumi.output.UNKNOWN))


def then(function: Callable[..., T], *values: Later[Any]) -> Later[T]:
    """Return the function's result for these values: at once if all are known, else in an apply.

    So everything about a cluster whose kubeconfig is given stays a plain value, and no caller has
    to tell the two apart.
    """
    if any(isinstance(value, pulumi.Output) for value in values):
        return pulumi.Output.all(*values).apply(lambda known: function(*known))
    return function(*values)


def without_dependencies(output: pulumi.Output[T]) -> pulumi.Output[T]:
    """Return the Output with its value kept, known and secret as before, but not its dependency.

    The engine deletes a resource only after all that depend on it. A resource without a delete
    step needs no inputs then; if its deletion stalls, it must not block theirs: a dead cluster that
    got its CA from the first one would keep the mesh enabled in that one.
    """
    value = output.future(with_unknowns=True)
    return cast(
        "pulumi.Output[T]", pulumi.Output(set(), value, output.is_known(), output.is_secret())
    )
