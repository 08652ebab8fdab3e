"""The report of a stack: its outputs and config beside what the clusters say right now.

Nothing is changed. Whatever cannot be read becomes a finding, and the rest is reported.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from components.checks import registry
from components.checks.report import Finding as CheckFinding
from components.config.models import MeshConfig, TimeoutsConfig
from components.facts import management, reading
from components.facts.cilium_cli import CliFacts, read_cli
from components.facts.cluster import ClusterFacts, NodeFacts
from components.kubeconfig import yaml_text
from components.kubeconfig.document import Kubeconfig, read_text
from components.node import plan, survey
from components.reachability import matrix
from components.reachability.matrix import Cell, Path, Route
from components.reachability.status import PeerVerdict
from components.scripts.lib.cli import with_kubeconfig

from ..stack import Stack, StackError, run_pulumi
from . import certificates, findings, model, seeing
from .certificates import MeshCertificates
from .model import Link, Report, Use
from .seeing import Connections, Traffic

Outputs = Mapping[str, Any]


@dataclass(frozen=True)
class _Sources:
    """Everything that was read; if `config` is None, `faults` says why it could not be read."""

    outputs: Outputs = field(repr=False)
    config: MeshConfig | None
    faults: str
    facts: tuple[ClusterFacts, ...]
    certificates: Mapping[str, MeshCertificates]
    cli: CliFacts

    @property
    def names(self) -> list[str]:
        return [cluster["name"] for cluster in self.outputs["clusters"]]

    @property
    def spec(self) -> Mapping[str, Any] | None:
        """The settings of the stack's proof; None if it is switched off."""
        return (self.outputs.get("verification") or {}).get("spec")

    @property
    def reachable(self) -> list[str]:
        return [facts.name for facts in self.facts if facts.is_reachable]


def collect(stack: Stack, now: datetime, *, send_traffic: bool) -> Report:
    """Make the report of a stack; raises StackError if its outputs cannot be read.

    `now`, in UTC, is the moment from which the days of certificates are counted. Without traffic,
    the proof is the one that the stack has recorded.
    """
    sources = _read(stack)
    merged = yaml_text.read(sources.outputs["kubeconfig"])
    with with_kubeconfig(merged, _seconds(sources.config)) as cli:
        step = seeing.step(cli)
        connections = seeing.connections(step, sources.names, sources.reachable)
        traffic = None
        if send_traffic and sources.spec and sources.spec["demo"]:
            traffic = seeing.measure(step, sources.spec, sources.reachable, connections)
        report = _report(stack, now, sources, connections, traffic)
        # No secret is copied, but the words of a program may contain one.
        return Report.model_validate(_changed(report.model_dump(), cli.scrub))


def _read(stack: Stack) -> _Sources:
    outputs = stack.outputs()
    config, faults = _config(stack)
    documents = {
        one["name"]: _document(one["name"], outputs, config) for one in outputs["clusters"]
    }
    seconds = _seconds(config)
    facts = reading.read_all(documents, seconds)
    answering = {one.name: documents[one.name] for one in facts if one.is_reachable}
    ends = certificates.read_all(answering, seconds)
    return _Sources(outputs, config, faults, facts, ends, read_cli())


def _config(stack: Stack) -> tuple[MeshConfig | None, str]:
    try:
        return stack.config(), ""
    except StackError as error:
        return None, str(error)


def _document(name: str, outputs: Outputs, config: MeshConfig | None) -> Kubeconfig:
    """The kubeconfig of a cluster in the config, else the stack's own, over its NodePort."""
    known = {one.name: one for one in config.clusters if one.is_known} if config else {}
    if name in known:
        return known[name].document
    return read_text(outputs["kubeconfig"], name)


def _seconds(config: MeshConfig | None) -> int:
    return (config.timeouts if config else TimeoutsConfig()).request_seconds


def _report(
    stack: Stack,
    now: datetime,
    sources: _Sources,
    connections: Connections,
    traffic: Traffic | None,
) -> Report:
    facts = {one.name: one for one in sources.facts}
    services = tuple(_services(sources.facts))
    ends = tuple(_certificates(sources, now))
    checks = tuple(findings.of_checks(_checks(stack, sources)))
    found = [
        *checks,
        *findings.of_silence(sources.facts, checks),
        *findings.of_connections(connections),
        *(findings.of_traffic(traffic, connections) if traffic else ()),
        *findings.of_certificates(ends, sources.certificates),
        *findings.of_services(services, _with_services(sources.facts)),
        *_about_config(sources),
    ]
    return Report(
        stack=stack.name,
        made=_made(stack, now, sources.cli),
        clusters=tuple(_cluster(one, facts[one["name"]]) for one in sources.outputs["clusters"]),
        connections=tuple(_connections(sources, connections)),
        proof=_proof(sources, traffic),
        routes=tuple(_routes(sources, traffic)),
        services=services,
        certificates=ends,
        findings=findings.in_order(found),
    )


def _checks(stack: Stack, sources: _Sources) -> Sequence[CheckFinding]:
    """Run the preflight checks on the members that the config knows, as the next update will."""
    config = sources.config
    if config is None:
        return ()
    in_config = {cluster.name for cluster in config.clusters}
    facts = [one for one in sources.facts if one.name in in_config]
    plans = plan.plans(config, facts, survey.read_all(plan.accesses(config)))
    kubean = None
    if config.made_clusters:
        seconds = config.timeouts.request_seconds
        kubean = management.read(config.management, config.kubean.namespace, seconds)
    return registry.check(config, facts, sources.cli, plans, kubean, stack.mark).findings


def _about_config(sources: _Sources) -> Iterator[model.Finding]:
    if sources.config is None:
        yield findings.of_faults(sources.faults)
    else:
        in_config = [cluster.name for cluster in sources.config.clusters]
        yield from findings.of_config(sources.names, in_config)


def _made(stack: Stack, now: datetime, cli: CliFacts) -> model.Made:
    last = stack.last_update()
    return model.Made(
        at=now,
        pulumi=run_pulumi("version", folder=stack.folder).stdout.strip().removeprefix("v"),
        cilium_cli=cli.said.removeprefix("v"),
        last_update=model.LastUpdate(version=last.version, ended=last.ended) if last else None,
    )


def _cluster(output: Mapping[str, Any], facts: ClusterFacts) -> model.Cluster:
    cilium = facts.cilium
    return model.Cluster(
        name=output["name"],
        id=output["id"],
        unreachable=facts.unreachable.text if facts.unreachable else "",
        api_server=output["apiServerUrl"],
        mesh_endpoint=output["meshEndpoint"],
        pod_cidrs=tuple(output["podCidrs"]),
        service_cidrs=tuple(output["serviceCidrs"]),
        kubernetes=str(facts.kubernetes_version or ""),
        cilium=str(facts.cilium_version or ""),
        datapath=cilium.datapath if cilium else "",
        encryption=cilium.encryption if cilium else "",
        nodes=tuple(map(_node, facts.nodes)),
    )


def _node(node: NodeFacts) -> model.Node:
    return model.Node(
        name=node.name,
        is_ready=node.is_ready,
        is_control_plane=node.is_control_plane,
        addresses=tuple(map(str, (*node.internal_ips, *node.external_ips))),
        kernel=node.kernel,
        os=node.os_image,
    )


def _connections(sources: _Sources, seen: Connections) -> Iterator[model.Connection]:
    for source in sources.names:
        for target in sources.names:
            if source != target:
                verdict = seen.verdicts.get((source, target))
                state, said = _link(verdict)
                yield model.Connection(source=source, target=target, state=state, said=said)


def _link(verdict: PeerVerdict | None) -> tuple[Link, str]:
    if verdict is None:
        return Link.UNKNOWN, "its API server does not answer"
    if not seeing.is_known(verdict):
        return Link.UNKNOWN, next(iter(verdict.said), "no agent reported its status")
    counts = f"agents {verdict.agents}"
    if verdict.kvstoremesh is not None:
        counts += f"; KVStoreMesh {verdict.kvstoremesh}"
    return Link.CONNECTED if verdict.is_connected else Link.MISSING, counts


def _proof(sources: _Sources, traffic: Traffic | None) -> model.Proof:
    spec = sources.spec
    if spec is None:
        why = "verification is switched off (verification.enabled)"
        return model.Proof(origin="none", why=why)
    demo = spec["demo"]
    if demo is None:
        why = "the demo is switched off (demo.enabled), so no Pod can ask or answer"
        return model.Proof(origin="none", why=why)
    service = f"{demo['namespace']}/{demo['service']}"
    return model.Proof(origin="now" if traffic else "recorded", service=service)


def _routes(sources: _Sources, traffic: Traffic | None) -> Iterator[model.Route]:
    if traffic is None:
        listed = (sources.outputs.get("verification") or {}).get("matrix", [])
        traffic = Traffic(matrix.from_list(listed))
    known: dict[Route, Cell | None] = {cell.route: cell for cell in traffic.matrix.cells}
    known |= dict.fromkeys(traffic.unasked)
    for route in _in_order(known, sources.names):
        yield _route(route, known[route])


def _in_order(routes: Mapping[Route, object], names: Sequence[str]) -> list[Route]:
    def place(route: Route) -> tuple[int, int, int]:
        source, target = (names.index(name) for name in (route.source, route.target))
        return source, target, list(Path).index(route.path)

    known = [route for route in routes if {route.source, route.target} <= set(names)]
    return sorted(known, key=place)


def _route(route: Route, cell: Cell | None) -> model.Route:
    return model.Route(
        source=route.source,
        target=route.target,
        path=route.path,
        ok=cell.ok if cell else None,
        milliseconds=cell.milliseconds if cell else None,
        answers=dict(sorted(cell.answers.items())) if cell else {},
        error=cell.error if cell else "",
    )


def _services(facts: Sequence[ClusterFacts]) -> Iterator[model.GlobalService]:
    found = [(cluster.name, one) for cluster in facts for one in cluster.global_services]
    for namespace, name in sorted({(one.namespace, one.name) for _, one in found}):
        own = [(at, one) for at, one in found if (one.namespace, one.name) == (namespace, name)]
        yield model.GlobalService(
            namespace=namespace,
            name=name,
            clusters=tuple(cluster for cluster, _ in own),
            shared=tuple(cluster for cluster, one in own if one.shared),
            affinity={cluster: one.affinity for cluster, one in own if one.affinity != "none"},
        )


def _with_services(facts: Sequence[ClusterFacts]) -> list[str]:
    """The clusters whose Services were read."""
    return [one.name for one in facts if one.is_reachable and "node_ports" not in one.unread]


def _certificates(sources: _Sources, now: datetime) -> Iterator[model.Certificate]:
    for facts in sources.facts:
        if facts.certificate_expires is not None:
            end, name = facts.certificate_expires, "kube-apiserver"
            yield _certificate(facts.name, Use.API_SERVER, name, end, now)
        known = sources.certificates.get(facts.name, MeshCertificates())
        for one in known.found:
            yield _certificate(facts.name, one.use, one.name, one.expires, now)


def _certificate(
    cluster: str, use: Use, name: str, expires: datetime, now: datetime
) -> model.Certificate:
    days = (expires - now).days
    return model.Certificate(cluster=cluster, use=use, name=name, expires=expires, days=days)


def _changed(value: object, change: Callable[[str], str]) -> Any:
    """Return plain data with every text in it changed, keys too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {_changed(key, change): _changed(inner, change) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_changed(inner, change) for inner in value]
    return value
