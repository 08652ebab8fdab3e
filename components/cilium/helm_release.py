"""Cilium's Helm release as Helm keeps it in the cluster: decoded, and what may become of it."""

import base64
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..common import addresses
from ..common.foreign_text import shown
from ..common.listing import listed

NAMESPACE = "kube-system"
RELEASE = "cilium"
Values = dict[str, Any]
# How a revision that the program itself has written is described in Helm's history.
OURS = "by cilium-clustermesh"
DEPLOYED = "deployed"
# Between the objects of a manifest, and before each: where Helm says from which template it is.
_SEPARATOR = re.compile(r"^---[ \t]*$", re.MULTILINE)
_SOURCE = re.compile(r"# Source: (\S.*)")
_CHART = "cilium"
# A Secret holds 1 MiB, and Cilium's release unpacks to a fifteenth of this.
_LARGEST = 64 * 1024 * 1024
_MISSHAPEN = (KeyError, TypeError, ValueError, AttributeError)
_SHOWN = 100

WAY_OUT = (
    "declare the mesh in the values of what installs Cilium there (the chart that wraps Cilium's, "
    "a HelmRelease of Flux), upgrade that, and take this cluster out of the config; or install "
    "Cilium by its own chart, without a post-renderer"
)
"""What to do about a release that cannot be managed from here."""


class UndecodableError(ValueError):
    """What Helm keeps of a revision is not what Helm writes."""


@dataclass(frozen=True)
class Release:
    """The newest revision. `values` are the user's own, without the chart's defaults.

    `refusal`: why an upgrade from what Helm keeps would take Cilium's objects away, None if it
    would not. Helm builds on the last revision that was deployed, so that one's counts as well.
    """

    revision: int
    status: str
    values: Values
    chart: dict[str, Any]
    description: str = ""
    refusal: str | None = None

    @property
    def is_pending(self) -> bool:
        """Whether Helm is at work on it, or was when it was killed."""
        return is_pending(self.status)

    @property
    def is_ours(self) -> bool:
        """Whether the program has written it as the owner of the release."""
        return self.description.startswith(OURS)

    def value(self, *path: str) -> Any:
        """Look a value up as Helm does: the user's own, else the chart's default, else None."""
        own = _find(self.values, path)
        return _find(self.chart.get("values") or {}, path) if own is None else own

    def building_on(self, deployed: "Release | None") -> "Release":
        """Return it with what speaks against the revision that Helm will build on as well."""
        if self.refusal is not None or deployed is None or deployed.refusal is None:
            return self
        text = f"of revision {deployed.revision}, which is deployed: {deployed.refusal}"
        return replace(self, refusal=text)

    @property
    def peers(self) -> dict[str, str]:
        """The clusters that are configured as peers, each with its `address:port`."""
        return {name: _endpoint(entry) for name, entry in self._entries() if _enabled(entry)}

    def _entries(self) -> list[tuple[str, Values]]:
        clusters = self.value("clustermesh", "config", "clusters") or []
        if isinstance(clusters, dict):
            return [(name, entry) for name, entry in clusters.items() if entry]
        return [(entry["name"], entry) for entry in clusters]

    def with_peers(self, endpoints: Mapping[str, str]) -> Values:
        """Give the values that add these peers, each at its `address:port`, and change no other.

        As `clustermesh connect` would write them (getCluster and mergeClusters in its
        clustermesh.go). Raises ValueError if one is no endpoint.
        """
        added = {name: _entry(name, endpoint) for name, endpoint in endpoints.items()}
        clusters = self.value("clustermesh", "config", "clusters")
        if isinstance(clusters, dict):
            # Helm merges them key by key, where null deletes what an entry had besides.
            old = {name: dict.fromkeys(clusters.get(name) or {}) for name in added}
            return _of_clusters({name: old[name] | added[name] for name in added})
        others = [entry for name, entry in self._entries() if name not in added]
        return _of_clusters([*others, *({"name": name} | added[name] for name in added)])

    def without(self, names: set[str]) -> Values:
        """Give the values that take these peers out and change nothing else."""
        clusters = self.value("clustermesh", "config", "clusters") or []
        # Helm merges maps (charts from 1.20 on) key by key, where null deletes; a list it replaces.
        rest: object = (
            {name: None for name in names if name in clusters}
            if isinstance(clusters, dict)
            else [entry for entry in clusters if entry["name"] not in names]
        )
        return _of_clusters(rest)


def secret_name(revision: int) -> str:
    """Give the name of the Secret in which Helm keeps that revision (makeKey in its storage.go)."""
    return f"sh.helm.release.v1.{RELEASE}.v{revision}"


def packed(secret: Mapping[str, Any]) -> str:
    """Give what a release Secret holds, as `decode` takes it; "" where that is gone."""
    return str((secret.get("data") or {}).get("release") or "")


def decode(data: str) -> Release:
    """Unpack a release Secret's `release` key: Kubernetes' base64 over Helm's base64 and gzip.

    Raises UndecodableError without a word of what is in there.
    """
    try:
        stored = json.loads(_unpacked(base64.b64decode(base64.b64decode(data))))
        return Release(
            revision=int(stored["version"]),
            status=str(stored["info"]["status"]),
            values=dict(stored.get("config") or {}),
            chart=dict(stored["chart"]),
            description=str(stored["info"].get("description") or ""),
            refusal=_refusal(stored["chart"], frozenset(_sources(stored))),
        )
    except (*_MISSHAPEN, RecursionError, OSError, EOFError, zlib.error):
        raise UndecodableError(
            f"what Helm keeps of the release `{RELEASE}` cannot be decoded, so it cannot be "
            f"upgraded: look at it with `helm history {RELEASE} -n {NAMESPACE}`"
        ) from None


def _unpacked(data: bytes) -> bytes:
    """Return what gzip has packed; raises ValueError where that is no release, for its size."""
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError("no release is that large")
    return content


def _refusal(chart: Mapping[str, Any], sources: frozenset[str]) -> str | None:
    """Say why an upgrade from this chart would take away what was made from these templates.

    A release holds the chart without its sub-charts: of one that wraps Cilium's, nothing but the
    wrapper is left, and an upgrade deletes whatever that does not render (helm#8421).
    """
    metadata = chart.get("metadata") or {}
    name, names = metadata.get("name"), [one["name"] for one in metadata.get("dependencies") or []]
    if names:
        return (
            f"its chart {shown(name)} has the sub-charts {_some(names)}, which Helm does not keep "
            "in a release, so they cannot be managed"
        )
    if name != _CHART:
        return f"its chart is {shown(name)}, not Cilium's own"
    if "" in sources:
        return "something has changed its objects after they were rendered (a post-renderer)"
    lacking = sorted(sources - {f"{name}/{one['name']}" for one in chart.get("templates") or []})
    if lacking:
        return f"Helm does not keep the templates of what is deployed: {_some(lacking)}"
    return None


def _sources(stored: Mapping[str, Any]) -> Iterator[str]:
    """Yield the template of each object, "" where none is said.

    Helm writes it before the object (renderResources in its action.go).
    """
    for text in _SEPARATOR.split(str(stored.get("manifest") or "")):
        first = text.strip().partition("\n")[0]
        if first:
            found = _SOURCE.fullmatch(first.strip())
            yield found[1] if found else ""
    yield from (str(hook["path"]) for hook in stored.get("hooks") or [])


def _some(names: Sequence[object]) -> str:
    return listed(shown(name, _SHOWN) for name in names)


def is_pending(status: str) -> bool:
    """Whether Helm is at work on a revision of that status, or was when it was killed."""
    return status.startswith("pending-")


def _find(values: Values, path: tuple[str, ...]) -> Any:
    found: Any = values
    for key in path:
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found


def _of_clusters(clusters: object) -> Values:
    return {"clustermesh": {"config": {"clusters": clusters}}}


def _entry(name: str, endpoint: str) -> Values:
    if addresses.endpoint(endpoint) is None:
        raise ValueError(f"the endpoint of peer {name} is none: {shown(endpoint)}")
    host, _, port = endpoint.rpartition(":")
    return {"ips": [host.strip("[]")], "port": int(port)}


def _endpoint(entry: Values) -> str:
    host = str((entry.get("ips") or [entry.get("address") or ""])[0])
    return addresses.host_port(host, entry.get("port", ""))


def _enabled(entry: Values) -> bool:
    return entry.get("enabled") is not False
