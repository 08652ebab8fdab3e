"""The subject of the preflight checks: the config and the facts."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..common.versions import Version
from ..config.models import ClusterConfig, MeshConfig
from ..facts.cilium_cli import CliFacts
from ..facts.cluster import CiliumConfig, ClusterFacts
from ..facts.management import ManagementFacts
from ..kube_api.errors import Kind
from ..node.plan import NodePlan
from .report import Complaint


@dataclass(frozen=True, slots=True)
class Subject:
    """The config, the facts of every cluster and of the CLI here, and the plans for nodes.

    `management` is None if Kubean makes no cluster; `stack` is the asking `project/stack`.
    """

    config: MeshConfig
    facts: tuple[ClusterFacts, ...]
    cli: CliFacts
    plans: tuple[NodePlan, ...] = ()
    management: ManagementFacts | None = None
    stack: str = ""

    def reachable(self) -> Iterator[tuple[ClusterConfig, ClusterFacts]]:
        """Yield every cluster that answered, with its config."""
        for facts in self.facts:
            if facts.is_reachable:
                yield self.config.cluster(facts.name), facts

    def with_cilium(self) -> Iterator[tuple[ClusterConfig, ClusterFacts, CiliumConfig]]:
        """Yield every cluster whose cilium-config was read, with its config."""
        for config, facts in self.reachable():
            if facts.cilium is not None:
                yield config, facts, facts.cilium

    def is_to_be_installed(self, config: ClusterConfig, facts: ClusterFacts) -> bool:
        """Whether the cluster has no Cilium yet and the program installs it."""
        error = facts.unread.get("cilium")
        is_absent = error is not None and error.kind is Kind.NOT_FOUND
        return is_absent and self.config.release_of(config) is not None

    def cilium_version(self, config: ClusterConfig, facts: ClusterFacts) -> Version | None:
        """Return the version of Cilium that the cluster has after the update; None if unknown."""
        release = self.config.release_of(config)
        return release.chart.version if release else facts.cilium_version


def unsure(facts: ClusterFacts, what: str, *fields: str) -> Complaint:
    """Return the complaint that something could not be checked, with the reason if it is known."""
    reasons = [facts.unread[name] for name in fields if name in facts.unread]
    why = f": {reasons[0].text}" if reasons else ""
    remedy = reasons[0].remedy if reasons else "check it by hand"
    return Complaint(facts.name, f"{what} could not be checked{why}", remedy, is_sure=False)
