"""The metadata of every object of this project: what marks it as ours."""

from collections.abc import Mapping
from typing import Any

import pulumi

from .labels import LABELS

OWNED = {"pulumi.com/patchForce": "true"}
"""The annotation by which the provider takes back what somebody else wrote to a field of ours.

That somebody may be we: the provider has a new field manager for every create, and the object that
a killed update has created is that of another one, which its state does not know.
"""

UNAWAITED = {"pulumi.com/skipAwait": "true"}
"""The annotation by which the provider does not wait for a Service's endpoints.

It would watch them for ten seconds at least, and for ten minutes, in vain, where a global Service
has its backends in other clusters only. The Pods behind ours are waited for with their Deployments.
"""


def object_meta(
    name: str,
    namespace: pulumi.Input[str] | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Give the metadata of an object of that name, with more labels and annotations if given."""
    return {
        "name": name,
        **({"namespace": namespace} if namespace is not None else {}),
        "labels": {**LABELS, **(labels or {})},
        "annotations": {**(annotations or {}), **OWNED},
    }
