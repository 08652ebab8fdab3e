"""The gate before everything: no resource is registered if a check stops the update."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pulumi

from .checks import registry
from .checks.report import PreflightReport
from .config.models import MeshConfig
from .facts import management, reading
from .facts.cilium_cli import CliFacts, read_cli
from .facts.cluster import ClusterFacts
from .facts.management import ManagementFacts
from .kubeconfig import merge
from .kubeconfig.document import Kubeconfig
from .node import plan, survey
from .node.access import Access
from .node.survey import Answer, Place
from .plumbing import outputs
from .plumbing.kubernetes import this_stack
from .plumbing.options import component_options
from .plumbing.outputs import Later

ReadNodes = Callable[[Mapping[Place, Access]], Mapping[Place, Answer]]
ReadManagement = Callable[[Kubeconfig, str, float], ManagementFacts]
ReadClusters = Callable[[Mapping[str, Kubeconfig], float, str | None], tuple[ClusterFacts, ...]]
Passed = tuple[Mapping[str, Kubeconfig], Mapping[str, ClusterFacts]]


@dataclass(frozen=True, kw_only=True)
class PreflightArgs:
    """The whole config, and the only stack that may own the clusters; readers for tests."""

    config: MeshConfig = field(repr=False)
    stack: str = field(default_factory=this_stack)
    read_clusters: ReadClusters = reading.read_all
    read_nodes: ReadNodes = survey.read_all
    read_cli: Callable[[], CliFacts] = read_cli
    read_management: ReadManagement = management.read


class Preflight(pulumi.ComponentResource):
    """Reads all clusters once and checks what must hold before a mesh, in a preview too.

    `documents` and `kubeconfigs`, the access to each cluster, come from here alone: having one
    means the cluster passed. For clusters still to be created these and the facts are Outputs.

    `beside` are the options of all that is made beside it, with its parent and its dependencies.
    """

    beside: pulumi.ResourceOptions
    documents: dict[str, Later[Kubeconfig]]
    facts: dict[str, Later[ClusterFacts]]
    stack: str
    kubeconfigs: dict[str, pulumi.Output[Mapping[str, Any]]]

    def __init__(
        self, name: str, args: PreflightArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Run the checks; raises pulumi.RunError with the whole report if one stops the update."""
        documents = {one.name: one.document for one in args.config.clusters if one.is_known}
        with ThreadPoolExecutor(1) as beside:
            asked = beside.submit(args.read_cli)
            facts = _read(args, documents)
            cli = asked.result()
        answers = args.read_nodes(plan.accesses(args.config))
        plans = plan.plans(args.config, facts, answers)
        of_kubean = _read_management(args)
        report = registry.check(args.config, facts, cli, plans, of_kubean, args.stack)
        if not report.is_ok:
            raise pulumi.RunError(report.render())
        super().__init__("cilium-clustermesh:index:Preflight", name, None, component_options(opts))
        self.beside = pulumi.ResourceOptions.merge(None, opts)
        self.stack = args.stack
        self._args, self._cli, self._found, self._report = args, cli, facts, report
        self._known = documents
        self._plans, self._of_kubean = plans, of_kubean
        for one in plans:
            pulumi.log.info(one.render(), self)
        self._warn(report)
        self.documents = dict(documents)
        self.facts = {cluster.name: cluster for cluster in facts}
        self.kubeconfigs = {
            name: outputs.secret(merge.as_given({name: document}))
            for name, document in documents.items()
        }
        self.register_outputs({})

    def admit(self, made: Mapping[str, pulumi.Output[Kubeconfig]]) -> None:
        """Read and check clusters that are being made, with all others, once they are there.

        A finding then fails the update with the same report; nothing in the mesh has changed by
        that time, because it waits for their kubeconfigs or facts.
        """
        if not made:
            return
        passed: pulumi.Output[Passed] = pulumi.Output.all(**made).apply(self._pass)
        for name in made:
            document: pulumi.Output[Kubeconfig] = passed.apply(partial(_document, name))
            document = outputs.secret(document)
            self.documents[name] = document
            self.facts[name] = pulumi.Output.unsecret(passed.apply(partial(_facts, name)))
            self.kubeconfigs[name] = document.apply(partial(_as_given, name))

    def _pass(self, made: Mapping[str, Kubeconfig]) -> Passed:
        found = {one.name: one for one in (*self._found, *_read(self._args, made))}
        names = [one.name for one in self._args.config.clusters if one.name in found]
        facts = [found[name] for name in names]
        args = (self._cli, self._plans, self._of_kubean, self._args.stack)
        report = registry.check(self._args.config, facts, *args).beyond(self._report)
        taken = list(_taken_names({**self._known, **made}))
        if not report.is_ok or taken:
            raise pulumi.RunError("\n".join([*taken, report.render()]))
        self._warn(report)
        return made, found

    def _warn(self, report: PreflightReport) -> None:
        for warning in report.warnings:
            pulumi.log.warn(warning.render(), self)


def _read(args: PreflightArgs, documents: Mapping[str, Kubeconfig]) -> Sequence[ClusterFacts]:
    config = args.config
    namespace = config.demo.namespace if config.demo.enabled else None
    return args.read_clusters(documents, config.timeouts.request_seconds, namespace)


def _read_management(args: PreflightArgs) -> ManagementFacts | None:
    config = args.config
    if not config.made_clusters:
        return None
    seconds = config.timeouts.request_seconds
    return args.read_management(config.management, config.kubean.namespace, seconds)


def _taken_names(documents: Mapping[str, Kubeconfig]) -> Iterator[str]:
    for name, document in documents.items():
        for section, entry in merge.conflicts(document, documents):
            yield (
                f"the kubeconfig of {name} already has a {entry!r} under {section}, which leads"
                f" elsewhere: rename it there, because {entry} has to be the member"
            )


def _as_given(name: str, document: Kubeconfig) -> dict[str, Any]:
    return merge.as_given({name: document})


def _document(name: str, passed: Passed) -> Kubeconfig:
    return passed[0][name]


def _facts(name: str, passed: Passed) -> ClusterFacts:
    return passed[1][name]
