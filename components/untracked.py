"""Values that are waited for, whose origin need not outlive who uses them.

The engine deletes a resource only after all that depend on it. Who has nothing to undo needs
nobody at that time, and where its own deletion is held up it would keep the others from going: a
dead cluster that got its CA from the first one would keep the mesh on in that one.
"""

from typing import TypeVar, cast

import pulumi

T = TypeVar("T")


def untracked(output: pulumi.Output[T]) -> pulumi.Output[T]:
    """Give the same value, known and secret as before, without what it was made from."""
    value = output.future(with_unknowns=True)
    return cast(
        "pulumi.Output[T]", pulumi.Output(set(), value, output.is_known(), output.is_secret())
    )
