"""Every object goes to a cluster that the program names: no default provider or kubeconfig."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .resource import KUBERNETES_PROVIDER, Fault, Resource

# What the engine calls a provider that nobody asked for: `default`, `default_4_25_0`.
_DEFAULT = re.compile(r"default(_\d+_\d+_\d+\S*)?")


def check(resource: Resource, _: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield an object without a provider of its own, or a provider without a kubeconfig."""
    if resource.type.startswith("kubernetes:") and _DEFAULT.fullmatch(resource.provider):
        yield Fault(
            f"{resource.type} {resource.name} has no provider of its own: it would go to whichever"
            " cluster the machine's kubeconfig points to at the time; pass a cluster's provider to"
            " it or its component, and set pulumi:disable-default-providers"
        )
    if resource.type == KUBERNETES_PROVIDER and not _DEFAULT.fullmatch(resource.name):
        yield from _without_kubeconfig(resource)


def _without_kubeconfig(provider: Resource) -> Iterator[Fault]:
    # Unknown in a preview is not absent; a provider that only writes files needs none.
    is_given = provider.props.get("kubeconfig") not in (None, "")
    if not is_given and not provider.props.get("renderYamlToDirectory"):
        yield Fault(
            f"the Kubernetes provider {provider.name} has no kubeconfig: it would use the machine's"
            " own; set the content of its cluster's kubeconfig"
        )
