"""Kubernetes objects, made from their manifests."""

from collections.abc import Mapping
from typing import Any

import pulumi

from ..common.labels import LABELS, full_name

Manifest = Mapping[str, Any]


class KubernetesObject(pulumi.CustomResource):
    """A Kubernetes object from its manifest, managed by the provider of pulumi_kubernetes.

    The classes there come all at once: importing them took a tenth of a preview with nothing to do
    (docs/scale.md), for the few kinds that are made here.
    """

    metadata: pulumi.Output[Mapping[str, Any]]
    spec: pulumi.Output[Mapping[str, Any]]
    data: pulumi.Output[Mapping[str, Any]]

    def __init__(
        self, name: str, manifest: Manifest, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Make the object; with an `id` among the options, read it."""
        # An output has its attribute only if it is named here.
        outputs = dict.fromkeys(("metadata", "spec", "data"))
        # A read goes by the id; given inputs, the provider would take name and namespace instead.
        inputs = manifest if opts is None or opts.id is None else {}
        super().__init__(type_token(manifest), name, {**outputs, **inputs}, opts)


def type_token(manifest: Manifest) -> str:
    """Return the provider's type for the kind of an object."""
    group, _, version = manifest["apiVersion"].rpartition("/")
    return f"kubernetes:{group or 'core'}/{version}:{manifest['kind']}"


OWNED = {"pulumi.com/patchForce": "true"}
"""The annotation by which the provider takes back what somebody else wrote to a field of ours.

That somebody may be us: the provider has a new field manager for every create, and an object that
a killed update has created belongs to another one, which its state does not know.
"""

UNAWAITED = {"pulumi.com/skipAwait": "true"}
"""The annotation that keeps the provider from waiting for a Service's endpoints.

It would watch them for ten seconds at least, and for ten minutes, in vain, if a global Service has
its backends in other clusters only. The Pods behind ours are waited for with their Deployments.
"""


def object_meta(
    name: str,
    namespace: pulumi.Input[str] | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the metadata of an object of that name, with more labels and annotations if given."""
    return {
        "name": name,
        **({"namespace": namespace} if namespace is not None else {}),
        "labels": {**LABELS, **(labels or {})},
        "annotations": {**(annotations or {}), **OWNED},
    }


def this_stack() -> str:
    """Return `project/stack`, without the organization, which changes with the backend."""
    return full_name(pulumi.get_project(), pulumi.get_stack())
