"""Cilium's Helm release, decoded from what Helm keeps in the cluster, and how it may change."""

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
# How Helm's history describes a revision that this program wrote.
OURS = "by cilium-clustermesh"
DEPLOYED = "deployed"
# The line between two objects of a manifest, and the line in which Helm names an object's template.
_SEPARATOR = re.compile(r"^---[ \t]*$", re.MULTILINE)
_SOURCE = re.compile(r"# Source: (\S.*)")
_CHART = "cilium"
# A Secret holds at most 1 MiB; Cilium's release unpacks to a fifteenth of this limit.
_LARGEST = 64 * 1024 * 1024
_MISSHAPEN = (KeyError, TypeError, ValueError, AttributeError)
_SHOWN = 100

WAY_OUT = (
    "declare the mesh in the values of whatever installs Cilium there (the chart that wraps "
    "Cilium's, a HelmRelease of Flux), upgrade that, and remove this cluster from the config; or "
    "install Cilium with its own chart, without a post-renderer"
)
"""The fix for a release that cannot be managed from here."""


class UndecodableError(ValueError):
    """A release Secret holds something other than what Helm writes."""


@dataclass(frozen=True)
class Release:
    """The newest revision. `values` are the user's own, without the chart's defaults.

    `refusal`: why an upgrade from what Helm keeps would delete Cilium's objects; None if it would
    not. Helm builds on the last deployed revision, so its refusal counts as well.
    """

    revision: int
    status: str
    values: Values
    chart: dict[str, Any]
    description: str = ""
    refusal: str | None = None

    @property
    def is_pending(self) -> bool:
        """Whether Helm is working on it, or was killed while doing so."""
        return is_pending(self.status)

    @property
    def is_ours(self) -> bool:
        """Whether the program wrote it as the owner of the release."""
        return self.description.startswith(OURS)

    def value(self, *path: str) -> Any:
        """Return a value as Helm finds it: the user's own, else the chart's default, else None."""
        own = _find(self.values, path)
        return _find(self.chart.get("values") or {}, path) if own is None else own

    def building_on(self, deployed: "Release | None") -> "Release":
        """Return it with the refusal of `deployed`, the revision that Helm will build on."""
        if self.refusal is not None or deployed is None or deployed.refusal is None:
            return self
        text = f"revision {deployed.revision}, which is deployed, rules it out: {deployed.refusal}"
        return replace(self, refusal=text)

    @property
    def peers(self) -> dict[str, str]:
        """The clusters configured as peers, each with its `address:port`."""
        return {name: _endpoint(entry) for name, entry in self._entries() if _enabled(entry)}

    def _entries(self) -> list[tuple[str, Values]]:
        clusters = self.value("clustermesh", "config", "clusters") or []
        if isinstance(clusters, dict):
            return [(name, entry) for name, entry in clusters.items() if entry]
        return [(entry["name"], entry) for entry in clusters]

    def with_peers(self, endpoints: Mapping[str, str]) -> Values:
        """Return the values that add these peers, each at its `address:port`, and change no other.

        They are what `clustermesh connect` would write (getCluster and mergeClusters in its
        clustermesh.go). Raises ValueError if one is not an endpoint.
        """
        added = {name: _entry(name, endpoint) for name, endpoint in endpoints.items()}
        clusters = self.value("clustermesh", "config", "clusters")
        if isinstance(clusters, dict):
            # Helm merges maps key by key; null deletes what else an entry had.
            old = {name: dict.fromkeys(clusters.get(name) or {}) for name in added}
            return _of_clusters({name: old[name] | added[name] for name in added})
        others = [entry for name, entry in self._entries() if name not in added]
        return _of_clusters([*others, *({"name": name} | added[name] for name in added)])

    def without(self, names: set[str]) -> Values:
        """Return the values that remove these peers and change nothing else."""
        clusters = self.value("clustermesh", "config", "clusters") or []
        # Helm merges a map (charts from 1.20 on) key by key, and null deletes; it replaces a list.
        rest: object = (
            {name: None for name in names if name in clusters}
            if isinstance(clusters, dict)
            else [entry for entry in clusters if entry["name"] not in names]
        )
        return _of_clusters(rest)


def secret_name(revision: int) -> str:
    """Return the name of the Secret that holds a revision (makeKey in Helm's storage.go)."""
    return f"sh.helm.release.v1.{RELEASE}.v{revision}"


def packed(secret: Mapping[str, Any]) -> str:
    """Return what a release Secret holds, as `decode` takes it; "" if that is gone."""
    return str((secret.get("data") or {}).get("release") or "")


def decode(data: str) -> Release:
    """Unpack a release Secret's `release` key: Kubernetes' base64 over Helm's base64 and gzip.

    Raises UndecodableError, which quotes nothing of the content.
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
            f"the stored Helm release `{RELEASE}` cannot be decoded, so it cannot be upgraded: "
            f"look at it with `helm history {RELEASE} -n {NAMESPACE}`"
        ) from None


def _unpacked(data: bytes) -> bytes:
    """Return what gzip packed; raises ValueError if it is too large for a release."""
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError("no release is that large")
    return content


def _refusal(chart: Mapping[str, Any], sources: frozenset[str]) -> str | None:
    """Return why an upgrade from this chart would delete what these templates rendered, or None.

    A release holds the chart without its sub-charts: if a chart wraps Cilium's, only the wrapper
    is left, and an upgrade deletes whatever the wrapper does not render (helm#8421).
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
        return "something changed its objects after they were rendered (a post-renderer)"
    lacking = sorted(sources - {f"{name}/{one['name']}" for one in chart.get("templates") or []})
    if lacking:
        return f"Helm does not keep the templates of what is deployed: {_some(lacking)}"
    return None


def _sources(stored: Mapping[str, Any]) -> Iterator[str]:
    """Yield the template of each object, "" if none is named.

    Helm names it in a comment before the object (renderResources in its action.go).
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
    """Whether Helm is working on a revision of that status, or was killed while doing so."""
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
        raise ValueError(f"the endpoint of peer {name} is not valid: {shown(endpoint)}")
    host, _, port = endpoint.rpartition(":")
    return {"ips": [host.strip("[]")], "port": int(port)}


def _endpoint(entry: Values) -> str:
    host = str((entry.get("ips") or [entry.get("address") or ""])[0])
    return addresses.host_port(host, entry.get("port", ""))


def _enabled(entry: Values) -> bool:
    return entry.get("enabled") is not False
