"""The sections of the stack config about a Cilium release that the program owns."""

from typing import Any

from pydantic import Field

from .base import Model
from .types import ChartName, ChartVersion, Url


class CiliumMember(Model):
    """What differs from `cilium` in this cluster."""

    install: bool | None = None
    """Replaces `cilium.install` for this cluster."""
    version: ChartVersion | None = None
    """Replaces `cilium.version` for this cluster."""
    chart: ChartName | None = None
    """Replaces `cilium.chart` for this cluster."""
    values: dict[str, Any] = Field(default_factory=dict, repr=False)
    """Values of the chart, merged over `cilium.values` for this cluster."""


class CiliumInstall(Model):
    """Cilium's own Helm release, if this program is to own it (docs/release.md)."""

    install: bool = False
    """Whether the program installs Cilium, or takes over its release; no CLI writes to it then."""
    version: ChartVersion | None = None
    """Full version of the chart, such as `1.18.4`; required with `install`."""
    chart: ChartName = "cilium"
    """Name of a chart in the repository, `oci://…`, or the path of a folder or archive: absolute,
    or relative to the project folder (`./charts/cilium`)."""
    repository: Url | None = None
    """Repository in which `chart` is looked up by name. Default: `https://helm.cilium.io`."""
    values: dict[str, Any] = Field(default_factory=dict, repr=False)
    """More values of the chart, the same in every cluster. What the program sets is refused."""
