"""The chart that Cilium is installed from, and where it is."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from ..common.versions import Version, parse

REPOSITORY = "https://helm.cilium.io"
_OCI = "oci://"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: its name in the repository, `oci://…`, or the path of a folder or archive.

    `text` is the version as Helm knows it.
    """

    name: str
    text: str
    repository: str = REPOSITORY

    @property
    def version(self) -> Version:
        """The version, to compare it; raises LookupError if the text was not checked."""
        found = parse(self.text)
        if found is None:
            raise LookupError("the version of the chart was not checked")
        return found

    @property
    def is_local(self) -> bool:
        """Whether the chart is on this machine."""
        return is_local(self.name)

    @property
    def is_in_repository(self) -> bool:
        """Whether the chart comes from the repository."""
        return not self.is_local and not self.name.startswith(_OCI)


def is_local(name: str) -> bool:
    """Whether a chart of that name is a folder or an archive."""
    return not name.startswith(_OCI) and ("/" in name or name.endswith(".tgz"))


def same(one: str, other: str) -> bool:
    """Whether two texts name the same version of a chart, as Helm takes them."""
    return one.removeprefix("v") == other.removeprefix("v")


def version_in(folder: Path) -> str | None:
    """Read the version in a chart's folder; None if there is no chart."""
    try:
        described = yaml.safe_load((folder / "Chart.yaml").read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return None
    version = described.get("version") if isinstance(described, dict) else None
    return str(version) if version is not None else None
