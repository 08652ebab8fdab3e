"""The output of `cilium clustermesh status -o json`, parsed and judged; standard library only.

The CLI's exit code proves nothing: with `-o json` it is 0 even if no peer is connected, and without
`--wait` always (cilium-cli/clustermesh/clustermesh.go, Status).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_KEYS = {"access_information", "connectivity", "kvstoremesh"}
_DECODER = json.JSONDecoder()

# What the agents say about a peer -> the likely cause, most specific first.
_CAUSES = (
    (
        r"x509|certificate|tls: |authentication handshake",
        "the clusters do not trust each other: their cilium-ca differs, or certificates expired",
    ),
    (
        r"connection refused",
        "nothing listens at the peer's endpoint: its clustermesh-apiserver is down, or the NodePort"
        " is not the configured one",
    ),
    (
        r"no route to host|network is unreachable|i/o timeout|deadline exceeded|timed out",
        "the peer's clustermesh-apiserver NodePort cannot be reached from these nodes: a firewall,"
        " a wrong address, or no route",
    ),
    (
        r"no such host|server misbehaving",
        "the name of the peer's endpoint cannot be resolved",
    ),
    (
        r"configuration required but not found|cluster configuration",
        "the peer's name here is not its own cluster-name, or its KVStoreMesh is not connected",
    ),
    (
        r"cluster ?id",
        "the peer's cluster-id is already in use here",
    ),
    (r"synchronization in progress|not synced", "it is still synchronising: wait and look again"),
    (
        r"waiting for initial connection|unknown status|not ready|quorum",
        "no connection has been made yet: the endpoint may be wrong or unreachable, or the agents"
        " have not yet read their new configuration",
    ),
)


class StatusError(Exception):
    """The output contains no status; the text says so and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many of `total` agents (or replicas) have a peer configured, and are connected to it."""

    configured: int = 0
    connected: int = 0
    total: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether all are connected, and there are any."""
        return self.connected == self.configured == self.total > 0

    def __str__(self) -> str:
        """Return it as the CLI writes it."""
        return f"{self.configured}/{self.total} configured, {self.connected}/{self.total} connected"


@dataclass(frozen=True, slots=True)
class Connectivity:
    """One side's view: that of the agents, or of KVStoreMesh."""

    total: int = 0
    not_ready: int = 0
    peers: Mapping[str, Count] = field(default_factory=dict)
    errors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def count(self, peer: str) -> Count:
        """Return a peer's count; an unknown peer has nothing configured."""
        return self.peers.get(peer, Count(total=self.total))


@dataclass(frozen=True, slots=True)
class MeshStatus:
    """The status of one cluster. `kvstoremesh` is None if it is off or reports nothing."""

    agents: Connectivity
    kvstoremesh: Connectivity | None


@dataclass(frozen=True, slots=True)
class PeerVerdict:
    """Whether a cluster is connected to a peer, and if not, what was said and the likely causes."""

    cluster: str
    peer: str
    agents: Count
    kvstoremesh: Count | None
    said: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()

    @property
    def is_connected(self) -> bool:
        """Whether all agents are connected, and all KVStoreMesh replicas if there are any."""
        return self.agents.is_whole and (self.kvstoremesh is None or self.kvstoremesh.is_whole)

    def render(self) -> str:
        """Return the verdict as one line."""
        return f"{self.cluster} -> {self.peer}: {self.state()}"

    def state(self) -> str:
        """Return whether it is connected, the counts and the likely causes."""
        state = "connected" if self.is_connected else "not connected"
        counts = f"agents {self.agents}"
        if self.kvstoremesh is not None:
            counts += f"; KVStoreMesh {self.kvstoremesh}"
        causes = f"; likely: {'; or '.join(self.causes)}" if self.causes else ""
        return f"{state} ({counts}){causes}"


def parse(output: str) -> MeshStatus:
    """Return the status in the CLI's output, which has warnings before and after it.

    Raises StatusError if there is none.
    """
    found = [document for document in _objects(output) if _KEYS & document.keys()]
    if not found:
        raise StatusError("`cilium clustermesh status` printed no status in JSON")
    document = found[-1]
    kvstoremesh = _mapping(document.get("kvstoremesh"))
    replicas = kvstoremesh.get("status") if kvstoremesh.get("enabled") else None
    return MeshStatus(
        agents=_connectivity(document.get("connectivity")),
        kvstoremesh=_connectivity(replicas) if isinstance(replicas, Mapping) else None,
    )


def judge(cluster: str, status: MeshStatus, peers: Iterable[str]) -> tuple[PeerVerdict, ...]:
    """Return for every expected peer whether the cluster is connected to it."""
    return tuple(_verdict(cluster, status, peer) for peer in peers)


def unexpected(status: MeshStatus, peers: Iterable[str]) -> tuple[str, ...]:
    """Return the peers that are configured although the config does not name them."""
    sides = [status.agents, *([status.kvstoremesh] if status.kvstoremesh else [])]
    return tuple(sorted({name for side in sides for name in side.peers} - set(peers)))


def likely_causes(said: Iterable[str]) -> tuple[str, ...]:
    """Return the likely causes of what agents or programs said, each once."""
    found = [
        cause
        for pattern, cause in _CAUSES
        if any(re.search(pattern, text, re.IGNORECASE) for text in said)
    ]
    return tuple(dict.fromkeys(found))


def _verdict(cluster: str, status: MeshStatus, peer: str) -> PeerVerdict:
    agents, replicas = status.agents, status.kvstoremesh
    said = (*agents.errors.get(peer, ()), *(replicas.errors.get(peer, ()) if replicas else ()))
    verdict = PeerVerdict(
        cluster=cluster,
        peer=peer,
        agents=agents.count(peer),
        kvstoremesh=replicas.count(peer) if replicas else None,
        said=tuple(dict.fromkeys(said)),
    )
    if verdict.is_connected:
        return verdict
    causes = _cause_of_counts(verdict, agents) or likely_causes(said)[:2]
    return PeerVerdict(
        cluster, peer, verdict.agents, verdict.kvstoremesh, verdict.said, tuple(causes)
    )


def _cause_of_counts(verdict: PeerVerdict, agents: Connectivity) -> tuple[str, ...]:
    if agents.total == 0:
        return ("no agent reported its status: are the cilium Pods running?",)
    if verdict.agents.configured == 0 and verdict.peer not in agents.peers:
        return (
            "the peer is not configured: connect did not run, or a later Helm upgrade dropped it",
        )
    return ()


def _objects(output: str) -> Iterator[dict[str, Any]]:
    """Yield all JSON objects that start on a line of their own."""
    position = 0
    for line in re.finditer(r"^\s*\{", output, re.MULTILINE):
        if line.end() - 1 < position:
            continue
        try:
            document, position = _DECODER.raw_decode(output, line.end() - 1)
        except (ValueError, RecursionError):
            continue
        if isinstance(document, dict):
            yield document


def _connectivity(document: object) -> Connectivity:
    known = _mapping(document)
    total = _number(known.get("total"))
    return Connectivity(
        total=total,
        not_ready=_number(known.get("not_ready")),
        peers={
            name: Count(_number(stats.get("configured")), _number(stats.get("connected")), total)
            for name, stats in _mappings(known.get("clusters"))
        },
        errors=_errors(known.get("errors")),
    )


def _errors(document: object) -> dict[str, tuple[str, ...]]:
    """Return peer -> errors from Pod -> peer -> errors."""
    found: dict[str, list[str]] = {}
    for _, peers in _mappings(document):
        for peer, details in _mappings(peers):
            listed = details.get("Errors")
            found.setdefault(peer, []).extend(
                text for text in (listed if isinstance(listed, list) else []) if text
            )
    return {peer: tuple(str(text) for text in texts) for peer, texts in found.items()}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, inner in _mapping(value).items():
        yield name, _mapping(inner)


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
