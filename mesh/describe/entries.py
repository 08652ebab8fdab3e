"""The clusters' entries in the stack file: what each cluster said, and what is left to ask."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from components.common.listing import listed
from components.config.types import ClusterName
from components.facts.cluster import CiliumConfig, ClusterFacts
from components.facts.endpoints import found_address
from components.kube_api.errors import ApiError, Kind
from mesh.describe.sources import Source

_NAME: TypeAdapter[str] = TypeAdapter(ClusterName)
# Cilium's defaults for a cluster that was given neither.
_NAMELESS, _NO_ID = "default", 0
_TO_BE_SET = (
    "should it get? Cilium has none there yet: set {} in its Helm values and restart every Pod"
)


@dataclass(frozen=True, slots=True)
class Gap:
    """A missing value: its key in the cluster's entry, and the question to answer."""

    key: str
    question: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One member; `label` is unique, and the cluster's name if that is known and unique.

    `values` has the known keys of the stack file, in their order.
    """

    label: str
    source: Source
    facts: ClusterFacts
    values: Mapping[str, Any]
    gaps: tuple[Gap, ...]

    def lacks(self, key: str) -> bool:
        """Whether a key waits for an answer."""
        return any(gap.key == key for gap in self.gaps)


def entries(sources: Sequence[Source], facts: Iterable[ClusterFacts]) -> tuple[Entry, ...]:
    """Describe every cluster; the facts come in the order of the sources."""
    described: list[Entry] = []
    for source, one in zip(sources, facts, strict=True):
        taken = {entry.label for entry in described}
        described.append(entry(_label(source, one, taken), source, one))
    return tuple(described)


def entry(label: str, source: Source, facts: ClusterFacts) -> Entry:
    """Describe one cluster."""
    values = {
        "name": _name(facts.cilium),
        "id": _id(facts.cilium),
        "podCidrs": [str(one) for one in facts.pod_cidrs],
        "serviceCidrs": [str(one) for one in facts.service_cidrs],
    }
    known = {key: value for key, value in values.items() if value}
    return Entry(label, source, facts, known, tuple(_gaps(facts, known)))


def _name(cilium: CiliumConfig | None) -> str | None:
    return cilium.name if cilium is not None and cilium.name != _NAMELESS else None


def _id(cilium: CiliumConfig | None) -> int | None:
    return cilium.id if cilium is not None and cilium.id != _NO_ID else None


def _gaps(facts: ClusterFacts, known: Mapping[str, Any]) -> Iterator[Gap]:
    questions = {
        "name": _of_cilium(facts, "name", "cluster.name"),
        "id": _of_cilium(facts, "id", "cluster.id"),
        "podCidrs": f"Which ranges do its Pods have?{_allocated(facts)}",
        "serviceCidrs": f"Which ranges do its Services have?{_why(facts, 'service_cidrs')}",
    }
    for key, question in questions.items():
        if key not in known:
            yield Gap(key, question)
    # A cluster that does not answer now may do so at the update, which then finds the addresses.
    if facts.is_reachable and not found_address(facts):
        why = _why(facts, "nodes")
        yield Gap("apiServer.address", f"Where do the other clusters reach its API server?{why}")
        yield Gap(
            "mesh.address", f"At which IP address do the other clusters' agents reach it?{why}"
        )


def _of_cilium(facts: ClusterFacts, key: str, value: str) -> str:
    error = facts.unread.get("cilium")
    if facts.cilium is not None or (error is not None and error.kind is Kind.NOT_FOUND):
        return f"Which {key} {_TO_BE_SET.format(value)}."
    return f"Which {key} does its cilium-config have (cluster-{key})?{_why(facts, 'cilium')}"


def _allocated(facts: ClusterFacts) -> str:
    given = facts.allocated_pod_cidrs
    if not given:
        return _why(facts, "cilium", "nodes", "allocated_pod_cidrs")
    return f" Its nodes were given {listed(given)}: which range are these from?"


def _why(facts: ClusterFacts, *fields: str) -> str:
    errors: list[ApiError] = [facts.unread[name] for name in fields if name in facts.unread]
    error = facts.unreachable or next(iter(errors), None)
    return f" Not read: {error.text}." if error else ""


def _label(source: Source, facts: ClusterFacts, taken: set[str]) -> str:
    """Its name, else that of the file; with a number if another cluster has that label already."""
    name = _name(facts.cilium)
    stem = name if name and _is_name(name) else source.path.stem.strip(".") or "cluster"
    numbered = (f"{stem} ({number})" for number in range(2, len(taken) + 3))
    return next(one for one in (stem, *numbered) if one not in taken)


def _is_name(name: str) -> bool:
    try:
        _NAME.validate_python(name)
    except ValidationError:
        return False
    return True
