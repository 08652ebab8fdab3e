"""Cilium's Helm release, as it stands in the cluster: what is configured now, and how to set it."""

import base64
import gzip
import io
import json
import os
import re
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .. import addresses
from ..cluster.as_read import AsRead
from ..foreign_text import shown
from .cli import NAMESPACE, RELEASE, Cli, CliError

Values = dict[str, Any]
# How a revision that the program itself has written is described in Helm's history.
OURS = "by cilium-clustermesh"
DEPLOYED = "deployed"
LABELS = f"owner=helm,name={RELEASE}"
# Where files are made in memory: a chart has 150, and making them on a disk is dear where others do
# the same at the same time (docs/scale.md). A container may have 64 MiB of it.
_IN_MEMORY, _ROOM = Path("/dev/shm"), 128 * 1024 * 1024
# Between the objects of a manifest, and before each: where Helm says from which template it is.
_SEPARATOR = re.compile(r"^---[ \t]*$", re.MULTILINE)
_SOURCE = re.compile(r"# Source: (\S.*)")
_CHART = "cilium"
# A Secret holds 1 MiB, and Cilium's release unpacks to a fifteenth of this.
_LARGEST = 64 * 1024 * 1024
_MISSHAPEN = (KeyError, TypeError, ValueError, AttributeError)
_NAMED, _SHOWN = 3, 100
_COLUMNS = "|".join(
    f"{{.metadata.{key}}}"
    for key in (
        "labels.version",
        "labels.status",
        "name",
        "uid",
        "resourceVersion",
        "managedFields[*].manager",
    )
)


class UndecodableError(CliError):
    """What Helm keeps of a revision is not what Helm writes."""


class UnmanageableError(CliError):
    """The release cannot be upgraded from what Helm keeps of it; the text says why."""

    is_explained = True


WAY_OUT = (
    "declare the mesh in the values of what installs Cilium there (the chart that wraps Cilium's, "
    "a HelmRelease of Flux), upgrade that, and take this cluster out of the config; or install "
    "Cilium by its own chart, without a post-renderer"
)
"""What to do about a release that cannot be managed from here."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision as its Secret is labelled, and as it is at this moment.

    `writers` are the programs that have written it, by the names that Kubernetes has noted.
    """

    number: int
    status: str
    name: str
    as_read: AsRead
    writers: tuple[str, ...]

    @property
    def is_pending(self) -> bool:
        """Whether Helm is at work on it, or was when it was killed."""
        return _is_pending(self.status)


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
        return _is_pending(self.status)

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
        clustermesh.go). Raises CliError where one is no endpoint.
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


def newest(cli: Cli, context: str) -> Release | None:
    """Read the newest revision of the release, None where there is none; raises CliError.

    By one request: the newest is never superseded, and few others are not.
    """
    listed = cli.selected(context, "secrets", f"{LABELS},status!=superseded")
    found = sorted((decode(packed(one)) for one in listed), key=lambda one: one.revision)
    if not found:
        return None
    deployed = [one for one in found if one.status == DEPLOYED]
    return found[-1].building_on(deployed[-1] if deployed else None)


def history(cli: Cli, context: str) -> list[Revision]:
    """List the revisions of the release that Helm keeps, oldest first; raises CliError."""
    output = f"jsonpath={{range .items[*]}}{_COLUMNS}\n{{end}}"
    listed = cli.read(context, "get", "secrets", f"--selector={LABELS}", f"--output={output}")
    # The last column may hold anything that can be printed, but no line break.
    columns = [line.split("|", _COLUMNS.count("|")) for line in listed.split("\n")]
    revisions = [_revision(*one) for one in columns if one[0].isascii() and one[0].isdecimal()]
    return sorted(revisions, key=lambda revision: revision.number)


def secret_name(revision: int) -> str:
    """Give the name of the Secret in which Helm keeps that revision (makeKey in its storage.go)."""
    return f"sh.helm.release.v1.{RELEASE}.v{revision}"


def read(cli: Cli, context: str, revision: Revision) -> Release:
    """Read a revision; raises CliError."""
    output = "--output=jsonpath={.data.release}"
    return decode(cli.read(context, "get", "secret", revision.name, output))


def _revision(number: str, status: str, name: str, *more: str) -> Revision:
    uid, version, writers = more
    return Revision(int(number), status, name, AsRead(uid, version), tuple(writers.split()))


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
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(shown(name, _SHOWN) for name in names[:_NAMED]) + more


def write(cli: Cli, context: str, release: Release, *arguments: str, timeout: float) -> None:
    """Run a command of the cilium CLI that upgrades the release as it is kept; raises CliError.

    Nothing that writes the release goes past this.
    """
    if release.refusal is not None:
        raise UnmanageableError(
            f"Cilium's Helm release in {context} is not upgraded, as that would take Cilium out of "
            f"the cluster: {release.refusal}. Nothing was changed; {WAY_OUT}"
        )
    cli.write_release(context, *arguments, timeout=timeout)


def set_values(cli: Cli, context: str, release: Release, values: Values, timeout: float) -> None:
    """Upgrade the release with these values on top of its own; raises CliError.

    The chart is the release's own, unpacked from the cluster: no repository is asked, and a
    vendor's or patched chart stays what it was.
    """
    with tempfile.TemporaryDirectory(prefix="clustermesh-chart-", dir=_place()) as folder:
        chart = Path(folder, "chart")
        write_chart(release.chart, chart)
        overrides = Path(folder, "values.json")
        overrides.write_text(json.dumps({**values, **_else_detected(release)}))
        write(
            cli,
            context,
            release,
            "upgrade",
            f"--namespace={NAMESPACE}",
            f"--helm-release-name={RELEASE}",
            f"--chart-directory={chart}",
            "--reuse-values",
            f"--values={overrides}",
            timeout=timeout,
        )


def _place() -> Path | None:
    """Give where a chart is laid out; None for where temporary files are."""
    try:
        found = os.statvfs(_IN_MEMORY)
    except OSError:
        return None
    has_room = found.f_bavail * found.f_frsize >= _ROOM
    return _IN_MEMORY if has_room and os.access(_IN_MEMORY, os.W_OK) else None


def _else_detected(release: Release) -> dict[str, Any]:
    """Say again what `cilium upgrade` would otherwise detect anew (autodetect.go).

    As the API server it would take the kubeconfig's: our NodePort, which an agent cannot reach
    before it runs itself. And a kube-proxy that is no DaemonSet it would take for none.
    """
    keys = ("k8sServiceHost", "k8sServicePort", "kubeProxyReplacement")
    return {key: release.value(key) for key in keys if release.value(key) is not None}


def write_chart(chart: dict[str, Any], folder: Path) -> None:
    """Lay a release's chart out as a chart directory; JSON is YAML enough for Helm."""
    folder.mkdir(parents=True)
    (folder / "Chart.yaml").write_text(json.dumps(chart["metadata"]))
    (folder / "values.yaml").write_text(json.dumps(chart.get("values") or {}))
    if chart.get("schema"):
        (folder / "values.schema.json").write_bytes(base64.b64decode(chart["schema"]))
    made = {folder}
    for entry in [*(chart.get("templates") or []), *(chart.get("files") or [])]:
        path = folder / entry["name"]
        if folder not in path.parents or ".." in path.parts:
            raise CliError(f"the chart of the release holds a file outside: {shown(entry['name'])}")
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        path.write_bytes(base64.b64decode(entry.get("data") or ""))


def _is_pending(status: str) -> bool:
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
    checked_endpoint(name, endpoint)
    host, _, port = endpoint.rpartition(":")
    return {"ips": [host.strip("[]")], "port": int(port)}


def checked_endpoint(name: str, text: str) -> str:
    """Return the endpoint of a peer as it may go into a Helm value; raises CliError otherwise.

    Preflight has looked at it before. The charts put it into a manifest as it is, so nothing that
    is written goes past this.
    """
    if addresses.endpoint(text) is None:
        raise CliError(
            f"the endpoint of peer {name} is not an IP address and a port but {shown(text)}, so it "
            "is not written into the Helm release: look at the addresses of the nodes of "
            f"{name}, or give mesh.address of {name}"
        )
    return text


def _endpoint(entry: Values) -> str:
    host = str((entry.get("ips") or [entry.get("address") or ""])[0])
    # As the CLI takes it: an IPv6 address in brackets.
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{entry.get('port', '')}"


def _enabled(entry: Values) -> bool:
    return entry.get("enabled") is not False
