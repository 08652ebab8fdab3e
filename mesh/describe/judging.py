"""What keeps the described clusters from being a mesh: config faults and preflight findings."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from components.checks import registry
from components.checks.report import PreflightReport
from components.config import loading
from components.config.faults.fault import ConfigFaults, Fault
from components.config.models import ClusterConfig, MeshConfig
from components.config.preflight_levels import Level
from components.facts.cilium_cli import CliFacts
from mesh.describe.entries import Entry

_PLACE = re.compile(r".*:clusters\[(\d+)\]\.(\w+)")
# Names and ids come from the clusters themselves, so these cannot fail; missing ones are asked for.
_IDLE = {"cluster-name": Level.OFF, "cluster-id": Level.OFF}
# The check that judges each key: for a missing key it would judge a value that nobody gave.
_JUDGING = {"podCidrs": "pod-cidr", "serviceCidrs": "service-cidr", "id": "node-port"}
_OVERLAP = "cidr-overlap"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The faults of the keys in the file, and preflight's report, which names clusters by label."""

    faults: tuple[Fault, ...]
    report: PreflightReport

    @property
    def stops(self) -> bool:
        """Whether an update would be refused."""
        return bool(self.faults) or not self.report.is_ok

    @property
    def told_apart(self) -> tuple[Fault, ...]:
        """The faults that preflight does not report in its own words."""
        told = {finding.check for finding in self.report.findings}
        return tuple(one for one in self.faults if not (_OVERLAP in told and _is_overlap(one)))


def judge(
    described: Sequence[Entry], raw: Mapping[str, Any], cli: CliFacts, folder: Path, stack: str
) -> Judgement:
    """Judge the resulting config, `raw`, and the facts of its clusters.

    `folder` is that of the stack file, where relative paths start; `stack` is its full name.
    """
    report = _preflight(described, raw, cli, stack)
    return Judgement(tuple(_faults(raw, folder)), report)


def place(fault: Fault) -> tuple[int, str] | None:
    """The cluster's number and the key of its entry; None if the fault is about the mesh."""
    found = _PLACE.match(fault.key)
    return (int(found[1]), found[2]) if found else None


def _faults(raw: Mapping[str, Any], folder: Path) -> Iterator[Fault]:
    """The loader's faults, except those of keys that are not written: they follow from others.

    Examples are a missing key, which has a question, and a NodePort made from an id.
    """
    try:
        loading.load(raw, folder)
    except ConfigFaults as found:
        for fault in found.faults:
            where = place(fault)
            if where is None or where[1] in raw["clusters"][where[0]]:
                yield fault


def _is_overlap(fault: Fault) -> bool:
    return fault.problem.startswith("it overlaps")


def _preflight(
    described: Sequence[Entry], raw: Mapping[str, Any], cli: CliFacts, stack: str
) -> PreflightReport:
    facts = [replace(entry.facts, name=entry.label) for entry in described]
    report = registry.check(_assumed(described, raw), facts, cli, stack=stack)
    asked = {
        (entry.label, check)
        for entry in described
        for key, check in _JUDGING.items()
        if entry.lacks(key)
    }
    kept = (one for one in report.findings if (one.cluster, one.check) not in asked)
    return replace(report, findings=tuple(kept))


def _assumed(described: Sequence[Entry], raw: Mapping[str, Any]) -> MeshConfig:
    """The config for the checks; unlike the loader's it may have gaps, and its names are labels."""
    clusters = (
        ClusterConfig.model_construct(
            name=entry.label,
            id=entry.values.get("id", 0),
            pod_cidrs=_networks(entry.values.get("podCidrs", ())),
            service_cidrs=_networks(entry.values.get("serviceCidrs", ())),
        )
        for entry in described
    )
    return MeshConfig.model_construct(
        clusters=tuple(clusters),
        max_connected_clusters=raw["maxConnectedClusters"],
        preflight=_IDLE,
    )


def _networks(texts: Sequence[str]) -> tuple[Any, ...]:
    return tuple(ip_network(text) for text in texts)
