"""The mesh is reached over NodePorts; a LoadBalancer would expose it to everybody."""

from collections.abc import Iterator, Mapping
from typing import Any

from . import global_services
from .resource import SERVICE, Fault, Resource

_LOAD_BALANCER = "LoadBalancer"
_RELEASE = "kubernetes:helm.sh/v3:Release"
_RELEASE_TYPE = ("values", "clustermesh", "apiserver", "service", "type")
_PART_OF = ("app.kubernetes.io/part-of", "cilium-clustermesh")
_APISERVER = ("k8s-app", "clustermesh-apiserver")


def check(resource: Resource, settings: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield a resource that exposes the mesh through a LoadBalancer, unless `allowed` is set."""
    where = None if settings.get("allowed") else _where(resource)
    if where:
        yield Fault(
            f"{resource.type} {resource.name} exposes the mesh through a LoadBalancer ({where}):"
            " peers reach it over a NodePort, and nobody else should; make it a NodePort, or allow"
            " it in the pack's config"
        )


def _where(resource: Resource) -> str | None:
    if resource.texts("environment").get("SERVICE_TYPE") == _LOAD_BALANCER:
        return "environment.SERVICE_TYPE"
    if resource.type == _RELEASE and resource.prop(*_RELEASE_TYPE) == _LOAD_BALANCER:
        return ".".join(_RELEASE_TYPE)
    if resource.prop("spec", "type") == _LOAD_BALANCER and _is_of_the_mesh(resource):
        return "spec.type"
    return None


def _is_of_the_mesh(service: Resource) -> bool:
    return service.type == SERVICE and (
        _PART_OF in service.texts("metadata", "labels").items()
        or _APISERVER in service.texts("spec", "selector").items()
        or global_services.is_global(service)
    )
