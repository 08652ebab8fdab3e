"""Outputs that only a created object has."""

from typing import Any, TypeVar, cast

import pulumi

T = TypeVar("T")


def once_created(resource: pulumi.CustomResource, output: pulumi.Output[T]) -> pulumi.Output[T]:
    """Give the output, unknown while the object is yet to be made.

    A preview otherwise takes what the server would fill in for absent, or invents it by a dry run.
    """
    # Not by Output.all, which takes the types off.
    return resource.id.apply(lambda _: output)


def not_yet() -> pulumi.Output[Any]:
    """Give a value that a preview cannot have: only the update brings it."""
    return pulumi.Output.from_input(cast("Any", pulumi.output.UNKNOWN))
