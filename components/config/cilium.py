"""The parts of the stack config that are about a Cilium which the program owns."""

from typing import Any

from pydantic import Field

from .base import Model
from .types import ChartName, ChartVersion, Url


class CiliumMember(Model):
    """What one cluster has otherwise than `cilium` says; its values are put over those."""

    install: bool | None = None
    version: ChartVersion | None = None
    chart: ChartName | None = None
    values: dict[str, Any] = Field(default_factory=dict, repr=False)


class CiliumInstall(Model):
    """Whether the program owns Cilium's Helm release, and what is in it beside the mesh.

    `repository` is asked where `chart` is the name of one in it.
    """

    install: bool = False
    version: ChartVersion | None = None
    chart: ChartName = "cilium"
    repository: Url | None = None
    values: dict[str, Any] = Field(default_factory=dict, repr=False)
