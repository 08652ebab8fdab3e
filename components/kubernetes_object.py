"""An object of Kubernetes, made from its manifest."""

from collections.abc import Mapping
from typing import Any

import pulumi

Manifest = Mapping[str, Any]


class KubernetesObject(pulumi.CustomResource):
    """What pulumi_kubernetes would make, told as one would apply it; the provider is the same.

    Its own classes come all at once: importing them took a tenth of a preview with nothing to do
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
        # What is read goes by its id; of inputs the provider would take name and namespace instead.
        inputs = manifest if opts is None or opts.id is None else {}
        super().__init__(type_token(manifest), name, {**outputs, **inputs}, opts)


def type_token(manifest: Manifest) -> str:
    """Give the type that the provider has for the kind of an object."""
    group, _, version = manifest["apiVersion"].rpartition("/")
    return f"kubernetes:{group or 'core'}/{version}:{manifest['kind']}"
