"""Cilium's Helm release in the cluster: reads what is configured now, and changes it."""

import base64
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...cilium.helm_release import (
    DEPLOYED,
    NAMESPACE,
    RELEASE,
    WAY_OUT,
    Release,
    UndecodableError,
    Values,
    decode,
    is_pending,
    packed,
)
from ...common import addresses
from ...common.foreign_text import shown
from ...kube_api.as_read import AsRead
from .cli import Cli, CliError

LABELS = f"owner=helm,name={RELEASE}"
# Files here are in memory: a chart has 150, and writing them to disk is expensive if others do the
# same at the same time (docs/scale.md). A container may have 64 MiB of it.
_IN_MEMORY, _ROOM = Path("/dev/shm"), 128 * 1024 * 1024
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


class UnmanageableError(CliError):
    """The release cannot be upgraded from what Helm keeps of it; the text says why."""

    is_explained = True


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision by the labels of its Secret, and the Secret's state at this moment.

    `writers` are the programs that have written it, by the names that Kubernetes has recorded.
    """

    number: int
    status: str
    name: str
    as_read: AsRead
    writers: tuple[str, ...]

    @property
    def is_pending(self) -> bool:
        """Whether Helm is at work on it, or was when it was killed."""
        return is_pending(self.status)


def newest(cli: Cli, context: str) -> Release | None:
    """Read the newest revision of the release, None if there is none; raises CliError.

    With one request: the newest is never superseded, and almost all others are.
    """
    listed = cli.selected(context, "secrets", f"{LABELS},status!=superseded")
    found = sorted((decoded(packed(one)) for one in listed), key=lambda one: one.revision)
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


def read(cli: Cli, context: str, revision: Revision) -> Release:
    """Read a revision; raises CliError."""
    output = "--output=jsonpath={.data.release}"
    return decoded(cli.read(context, "get", "secret", revision.name, output))


def decoded(data: str) -> Release:
    """Return the release in the `release` key of a Secret; raises CliError."""
    try:
        return decode(data)
    except UndecodableError as error:
        raise CliError(str(error)) from None


def _revision(number: str, status: str, name: str, *more: str) -> Revision:
    uid, version, writers = more
    return Revision(int(number), status, name, AsRead(uid, version), tuple(writers.split()))


def write(cli: Cli, context: str, release: Release, *arguments: str, timeout: float) -> None:
    """Run a command of the cilium CLI that upgrades the release as it is kept; raises CliError.

    Every write of the release goes through here.
    """
    if release.refusal is not None:
        raise UnmanageableError(
            f"Cilium's Helm release in {context} is not upgraded, because that would remove Cilium "
            f"from the cluster: {release.refusal}. Nothing was changed; {WAY_OUT}"
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
    """Return the folder in which a chart is written; None for that of temporary files."""
    try:
        found = os.statvfs(_IN_MEMORY)
    except OSError:
        return None
    has_room = found.f_bavail * found.f_frsize >= _ROOM
    return _IN_MEMORY if has_room and os.access(_IN_MEMORY, os.W_OK) else None


def _else_detected(release: Release) -> dict[str, Any]:
    """Return the values that `cilium upgrade` would otherwise detect anew (autodetect.go).

    It would take the kubeconfig's API server: our NodePort, which an agent cannot reach before it
    runs itself. And it would not see a kube-proxy that is not a DaemonSet.
    """
    keys = ("k8sServiceHost", "k8sServicePort", "kubeProxyReplacement")
    return {key: release.value(key) for key in keys if release.value(key) is not None}


def write_chart(chart: dict[str, Any], folder: Path) -> None:
    """Write a release's chart as a chart directory; JSON is YAML enough for Helm."""
    folder.mkdir(parents=True)
    (folder / "Chart.yaml").write_text(json.dumps(chart["metadata"]))
    (folder / "values.yaml").write_text(json.dumps(chart.get("values") or {}))
    if chart.get("schema"):
        (folder / "values.schema.json").write_bytes(base64.b64decode(chart["schema"]))
    made = {folder}
    for entry in [*(chart.get("templates") or []), *(chart.get("files") or [])]:
        path = folder / entry["name"]
        if folder not in path.parents or ".." in path.parts:
            text = f"the chart of the release has a file outside its folder: {shown(entry['name'])}"
            raise CliError(text)
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        path.write_bytes(base64.b64decode(entry.get("data") or ""))


def checked_endpoint(name: str, text: str) -> str:
    """Return the endpoint of a peer if it may go into a Helm value; raises CliError otherwise.

    Preflight has checked it before. The charts put it into a manifest as it is, so every endpoint
    that is written goes through here.
    """
    if addresses.endpoint(text) is None:
        raise CliError(
            f"the endpoint of peer {name} is not an IP address and a port but {shown(text)}, so it "
            "is not written into the Helm release: look at the addresses of the nodes of "
            f"{name}, or set mesh.address of {name}"
        )
    return text
