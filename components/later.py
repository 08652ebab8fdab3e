"""What is known when the program is loaded, or only once a cluster has been made."""

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import pulumi

T = TypeVar("T")
Later: TypeAlias = T | pulumi.Output[T]


def then(function: Callable[..., T], *values: Later[Any]) -> Later[T]:
    """Use values: at once where all are known, else in an apply.

    So a cluster whose kubeconfig is given stays as plain as it was, and nobody branches on an
    Output to make a difference between the two.
    """
    if any(isinstance(value, pulumi.Output) for value in values):
        return pulumi.Output.all(*values).apply(lambda known: function(*known))
    return function(*values)
