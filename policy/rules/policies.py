"""The rules as Pulumi's policies: each gets plain data and yields faults."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pulumi_policy import (
    Policy,
    PolicyConfigSchema,
    PolicyProviderResource,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from . import clusters, exposure, global_services, plaintext, providers
from .resource import UNKNOWN, Fault, Resource

Settings = Mapping[str, Any]
OfResource = Callable[[Resource, Settings], Iterable[Fault]]
OfStack = Callable[[Sequence[Resource], Settings], Iterable[Fault]]


def of_resource(
    name: str, description: str, rule: OfResource, settings: PolicyConfigSchema | None = None
) -> Policy:
    """Return a policy that stops a resource before it is created or changed."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        for fault in rule(_resource(args), args.get_config()):
            report(fault.text, None)

    return ResourceValidationPolicy(name, description, validate, config_schema=settings)


def of_stack(
    name: str, description: str, rule: OfStack, settings: PolicyConfigSchema | None = None
) -> Policy:
    """Return a policy over all resources: it stops a preview, and reports after an update."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for fault in rule([_resource(one) for one in args.resources], args.get_config()):
            report(fault.text, fault.urn or None)

    return StackValidationPolicy(name, description, validate, config_schema=settings)


def _resource(given: ResourceValidationArgs | PolicyResource) -> Resource:
    provider: PolicyProviderResource | None = given.provider
    return Resource(
        type=given.resource_type,
        name=given.name,
        urn=given.urn,
        provider=provider.name if provider else "",
        props=plain(given.props),
    )


def plain(value: Any) -> Any:
    """Return a value as plain data, with UNKNOWN in place of what is not known yet."""
    if isinstance(value, Mapping):
        return {key: _at(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_at(value, index) for index in range(len(value))]
    return value


def _at(container: Any, key: Any) -> Any:
    try:
        return plain(container[key])
    except UnknownValueError:
        return UNKNOWN


POLICIES: Sequence[Policy] = (
    of_resource(
        "explicit-providers",
        "Every object goes to a cluster that the program names, with a kubeconfig that it sets.",
        providers.check,
    ),
    of_resource(
        "no-plaintext-secrets",
        "No Command and no provider has keys, tokens or certificates in the clear.",
        plaintext.check,
    ),
    of_resource(
        "no-mesh-load-balancer",
        "No LoadBalancer exposes the mesh or one of its API servers.",
        exposure.check,
        PolicyConfigSchema({"allowed": {"type": "boolean", "default": False}}),
    ),
    of_stack(
        "unique-clusters",
        "No two clusters of a mesh share a name or an id.",
        clusters.unique,
    ),
    of_stack(
        "disjoint-cidrs",
        "No two ranges of Pods or Services in a mesh overlap.",
        clusters.disjoint,
    ),
    of_stack(
        "identical-global-services",
        "A global Service is in every cluster, and the same in all of them but for its affinity.",
        global_services.check,
        PolicyConfigSchema({"mayDiffer": {"type": "array", "items": {"type": "string"}}}),
    ),
)
