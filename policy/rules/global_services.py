"""A global Service is one Service: the same in every cluster, except for the backends it prefers.

Cilium merges the backends of Services with the same name and namespace. In a cluster without it its
name cannot be resolved; if ports differ, some requests reach no backend.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import clusters
from .resource import SERVICE, UNKNOWN, Fault, Resource

# Cilium's own spelling since 1.13, and the one before it.
_GLOBAL = ("service.cilium.io/global", "io.cilium/global-service")
_AFFINITY = ("service.cilium.io/affinity", "io.cilium/service-affinity")
# The prefixes of what kubectl and Pulumi write for themselves.
_OF_TOOLS = ("kubectl.kubernetes.io/", "pulumi.com/")


def check(resources: Sequence[Resource], settings: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the global Services that are missing somewhere or differ.

    `mayDiffer` lists annotations that need not be the same, such as service.cilium.io/shared.
    """
    by_name = defaultdict(list)
    for one in resources:
        if is_global(one):
            by_name[_name(one)].append(one)
    expected = _clusters(resources)
    ignored = (*_AFFINITY, *settings.get("mayDiffer", ()))
    for name, services in by_name.items():
        yield from _missing(name, services, expected)
        yield from _differing(name, services, ignored)


def is_global(resource: Resource) -> bool:
    """Whether it is a Service that Cilium shares between clusters."""
    annotations = resource.texts("metadata", "annotations")
    return resource.type == SERVICE and any(annotations.get(key) == "true" for key in _GLOBAL)


def _clusters(resources: Sequence[Resource]) -> list[str]:
    """Return the clusters that the stack is about; they have the names of their providers."""
    listed = [cluster.name for mesh in clusters.members(resources) for cluster in mesh]
    return list(dict.fromkeys(listed or [one.provider for one in resources if is_global(one)]))


def _name(service: Resource) -> str:
    namespace = service.prop("metadata", "namespace") or "default"
    return f"{namespace}/{service.prop('metadata', 'name')}"


def _missing(name: str, services: Sequence[Resource], expected: Sequence[str]) -> Iterator[Fault]:
    there = {service.provider for service in services}
    missing = [cluster for cluster in expected if cluster not in there]
    if missing:
        yield Fault(
            f"the global Service {name} is not in {', '.join(missing)}: Pods there cannot resolve"
            " its name; create it in every cluster, with or without backends",
            services[0].urn,
        )


def _differing(name: str, services: Sequence[Resource], ignored: Sequence[str]) -> Iterator[Fault]:
    first, *others = services
    for other in others:
        for what, one, another in (
            ("ports", _ports(first), _ports(other)),
            ("annotations", _annotations(first, ignored), _annotations(other, ignored)),
        ):
            if one != another and UNKNOWN not in (one, another):
                yield Fault(
                    f"the global Service {name} has different {what} in {other.provider} than in"
                    f" {first.provider}: what a request reaches would depend on where it comes"
                    " from; create it from the same arguments in every cluster",
                    other.urn,
                )


def _ports(service: Resource) -> Any:
    listed = service.prop("spec", "ports")
    if not isinstance(listed, list):
        return UNKNOWN
    return sorted(
        (str(port.get("name", "")), int(port.get("port", 0)), str(port.get("protocol", "TCP")))
        for port in listed
        if isinstance(port, Mapping)
    )


def _annotations(service: Resource, ignored: Sequence[str]) -> Mapping[str, str]:
    return {
        key: text
        for key, text in service.texts("metadata", "annotations").items()
        if key not in ignored and not key.startswith(_OF_TOOLS)
    }
