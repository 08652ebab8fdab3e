"""Cilium's Helm release, as it stands in the cluster: what is configured now, and how to set it."""

import base64
import gzip
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.scripts.cli import NAMESPACE, RELEASE, Cli

Values = dict[str, Any]


@dataclass(frozen=True)
class Release:
    """The newest revision. `values` are the user's own, without the chart's defaults."""

    revision: int
    status: str
    values: Values
    chart: dict[str, Any]

    def value(self, *path: str) -> Any:
        """Look a value up as Helm does: the user's own, else the chart's default, else None."""
        own = _find(self.values, path)
        return _find(self.chart.get("values") or {}, path) if own is None else own

    @property
    def peers(self) -> dict[str, str]:
        """The clusters that are configured as peers, each with its `address:port`."""
        return {name: _endpoint(entry) for name, entry in self._entries() if _enabled(entry)}

    def _entries(self) -> list[tuple[str, Values]]:
        clusters = self.value("clustermesh", "config", "clusters") or []
        if isinstance(clusters, dict):
            return [(name, entry) for name, entry in clusters.items() if entry]
        return [(entry["name"], entry) for entry in clusters]

    def without(self, names: set[str]) -> Values:
        """Give the values that take these peers out and change nothing else."""
        clusters = self.value("clustermesh", "config", "clusters") or []
        # Helm merges maps (charts from 1.20 on) key by key, where null deletes; a list it replaces.
        rest: object = (
            {name: None for name in names if name in clusters}
            if isinstance(clusters, dict)
            else [entry for entry in clusters if entry["name"] not in names]
        )
        return {"clustermesh": {"config": {"clusters": rest}}}


def newest(cli: Cli, context: str) -> Release | None:
    """Read the newest revision of the release, None where there is none; raises CliError."""
    listed = cli.read(
        context,
        "get",
        "secrets",
        f"--selector=owner=helm,name={RELEASE}",
        "--output=jsonpath={range .items[*]}{.metadata.labels.version} {.metadata.name}\n{end}",
    )
    revisions = [line.split() for line in listed.splitlines() if line.strip()]
    if not revisions:
        return None
    _, name = max(revisions, key=lambda revision: int(revision[0]))
    return decode(cli.read(context, "get", "secret", name, "--output=jsonpath={.data.release}"))


def decode(data: str) -> Release:
    """Unpack a release Secret's `release` key: Kubernetes' base64 over Helm's base64 and gzip."""
    stored = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(data))))
    return Release(
        revision=int(stored["version"]),
        status=str(stored["info"]["status"]),
        values=stored.get("config") or {},
        chart=stored["chart"],
    )


def set_values(cli: Cli, context: str, release: Release, values: Values, timeout: float) -> None:
    """Upgrade the release with these values on top of its own; raises CliError.

    The chart is the release's own, unpacked from the cluster: no repository is asked, and a
    vendor's or patched chart stays what it was.
    """
    with tempfile.TemporaryDirectory(prefix="clustermesh-chart-") as folder:
        chart = Path(folder, "chart")
        write_chart(release.chart, chart)
        overrides = Path(folder, "values.json")
        overrides.write_text(json.dumps(values))
        cli.cilium(
            context,
            "upgrade",
            f"--namespace={NAMESPACE}",
            f"--helm-release-name={RELEASE}",
            f"--chart-directory={chart}",
            "--reuse-values",
            f"--values={overrides}",
            timeout=timeout,
        )


def write_chart(chart: dict[str, Any], folder: Path) -> None:
    """Lay a release's chart out as a chart directory; JSON is YAML enough for Helm."""
    folder.mkdir(parents=True)
    (folder / "Chart.yaml").write_text(json.dumps(chart["metadata"]))
    (folder / "values.yaml").write_text(json.dumps(chart.get("values") or {}))
    if chart.get("schema"):
        (folder / "values.schema.json").write_bytes(base64.b64decode(chart["schema"]))
    for entry in [*(chart.get("templates") or []), *(chart.get("files") or [])]:
        path = (folder / entry["name"]).resolve()
        if folder.resolve() not in path.parents:
            raise ValueError(f"the chart holds a file outside its folder: {entry['name']}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(entry.get("data") or ""))


def _find(values: Values, path: tuple[str, ...]) -> Any:
    found: Any = values
    for key in path:
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found


def _endpoint(entry: Values) -> str:
    host = (entry.get("ips") or [entry.get("address") or ""])[0]
    # As the CLI takes it: an IPv6 address in brackets.
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{entry.get('port', '')}"


def _enabled(entry: Values) -> bool:
    return entry.get("enabled") is not False
