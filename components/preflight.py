"""The gate in front of everything: no resource is registered while a check stops the update."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.checks import registry
from components.cli_facts import CliFacts, read_cli
from components.cluster import reading
from components.cluster.facts import ClusterFacts
from components.config.models import MeshConfig
from components.kubeconfig import merge
from components.kubeconfig.document import Kubeconfig
from components.node import plan, survey
from components.node.access import Access
from components.node.survey import Answer, Place

ReadNodes = Callable[[Mapping[Place, Access]], Mapping[Place, Answer]]
ReadClusters = Callable[[Mapping[str, Kubeconfig], float], tuple[ClusterFacts, ...]]


@dataclass(frozen=True, kw_only=True)
class PreflightArgs:
    """The whole config; the readers are there for tests."""

    config: MeshConfig = field(repr=False)
    read_clusters: ReadClusters = reading.read_all
    read_nodes: ReadNodes = survey.read_all
    read_cli: Callable[[], CliFacts] = read_cli


class Preflight(pulumi.ComponentResource):
    """Reads all clusters once and checks what must hold before a mesh, in a preview too.

    `kubeconfigs`, the way into each cluster, come from here alone: what has one has passed.
    """

    facts: Mapping[str, ClusterFacts]
    kubeconfigs: Mapping[str, pulumi.Output[Mapping[str, Any]]]

    def __init__(
        self, name: str, args: PreflightArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Check; raises pulumi.RunError with the whole report when something stops the update."""
        documents = {cluster.name: cluster.document for cluster in args.config.clusters}
        seconds = args.config.timeouts.request_seconds
        facts = args.read_clusters(documents, seconds)
        answers = args.read_nodes(plan.accesses(args.config))
        plans = plan.plans(args.config, facts, answers)
        report = registry.check(args.config, facts, args.read_cli(), plans)
        if not report.is_ok:
            raise pulumi.RunError(report.render())
        super().__init__("cilium-clustermesh:index:Preflight", name, None, opts)
        for one in plans:
            pulumi.log.info(one.render(), self)
        for warning in report.warnings:
            pulumi.log.warn(warning.render(), self)
        self.facts = {cluster.name: cluster for cluster in facts}
        self.kubeconfigs = {
            name: pulumi.Output.secret(merge.flattened(name, document))
            for name, document in documents.items()
        }
        self.register_outputs({})
