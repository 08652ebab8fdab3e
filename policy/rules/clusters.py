"""The clusters of a mesh: unique names and ids, and ranges that do not overlap.

They come from the output `clusters` of a mesh's stack (docs/outputs.md) and of references to one;
the ids also from the identities that the program itself records.
"""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from .resource import STACK, Fault, Resource

_LISTING = (STACK, "cilium-clustermesh:index:MeshReference")
_IDENTITY = "pulumi-python:dynamic/cilium-clustermesh:MeshIdentity"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Cluster:
    """One member, and the resource that describes it; unknown values are None or empty."""

    urn: str
    name: str
    id: int | None
    cidrs: tuple[str, ...] = ()


def members(resources: Iterable[Resource]) -> list[list[Cluster]]:
    """Return the clusters of each mesh that the stack makes or refers to."""
    found = [list(_listed(one)) or list(_identified(one)) for one in resources]
    return [mesh for mesh in found if mesh]


def unique(resources: Sequence[Resource], _: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the clusters of a mesh that share a name or an id."""
    for mesh in members(resources):
        for one, other in combinations(mesh, 2):
            if one.name == other.name:
                yield Fault(
                    f"two clusters are called {one.name}: their peers could not tell them apart;"
                    " rename one of them, in Cilium too",
                    one.urn,
                )
            if one.id is not None and one.id == other.id:
                yield Fault(
                    f"{one.name} and {other.name} have the same id {one.id}: their Pods'"
                    " identities would be mixed up; change the id of one of them, in Cilium too",
                    one.urn,
                )


def disjoint(resources: Sequence[Resource], _: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the ranges that overlap, of two clusters or within one."""
    for mesh in members(resources):
        ranges = [(cluster, text) for cluster in mesh for text in cluster.cidrs]
        for (one, text), (other, further) in combinations(ranges, 2):
            if _overlap(text, further):
                yield Fault(
                    f"{text} of {one.name} and {further} of {other.name} overlap: traffic for one"
                    " would go to the other; give one of them another range",
                    one.urn,
                )


def _listed(resource: Resource) -> Iterator[Cluster]:
    listed = resource.prop("clusters") if resource.type in _LISTING else None
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, Mapping) and isinstance(entry.get("name"), str):
            ranges = [entry.get("podCidrs"), entry.get("serviceCidrs")]
            known = [cidr for cidrs in ranges if isinstance(cidrs, list) for cidr in cidrs]
            texts = tuple(cidr for cidr in known if isinstance(cidr, str))
            yield Cluster(resource.urn, entry["name"], _number(entry.get("id")), texts)


def _identified(resource: Resource) -> Iterator[Cluster]:
    identities = resource.prop("identities") if resource.type == _IDENTITY else None
    for name, entry in (identities or {}).items():
        if isinstance(entry, Mapping):
            yield Cluster(resource.urn, name, _number(entry.get("id")))


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) else None


def _overlap(one: str, other: str) -> bool:
    first, second = _network(one), _network(other)
    if first is None or second is None or first.version != second.version:
        return False
    return first.overlaps(second)


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
