"""What is wrong with a mesh, and the fix: the causes, not what follows from them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from components.checks.report import MESH
from components.checks.report import Finding as CheckFinding
from components.common.listing import counted
from components.config.preflight_levels import Level as CheckLevel
from components.facts.cluster import ClusterFacts
from components.reachability.matrix import Path
from components.reachability.status import PeerVerdict

from .certificates import MeshCertificates
from .model import SOON_DAYS, Certificate, Finding, GlobalService, Level, Use
from .seeing import Connections, Traffic, is_known

T = TypeVar("T")

# First of their level: the rest may follow from them.
_FIRST = ("api-reachable", "connection", "traffic")
_WAYS = {Path.POD_IP: "by Pod IP", Path.GLOBAL_SERVICE: "through the global Service"}
_RUN_CERTGEN = "run Cilium's CronJob clustermesh-apiserver-generate-certs in kube-system"
_RENEWALS = {
    Use.API_SERVER: "renew it (kubeadm: `kubeadm certs renew apiserver` on each control plane"
    " node) and restart the API server",
    Use.MESH_SERVER: _RUN_CERTGEN,
    Use.MESH_CLIENT: _RUN_CERTGEN,
    Use.MESH_CA: "give the mesh a new CA (docs/configuration.md, `ca`)",
}


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, errors first, of these the causes first, else in their order."""

    def grave(one: Finding) -> tuple[bool, int]:
        rank = _FIRST.index(one.check) if one.check in _FIRST else len(_FIRST)
        return one.level is not Level.ERROR, rank

    return tuple(sorted(findings, key=grave))


def of_checks(found: Iterable[CheckFinding]) -> Iterator[Finding]:
    """Yield what the preflight checks found."""
    for one in found:
        level = Level.ERROR if one.level is CheckLevel.ERROR else Level.WARN
        yield _finding(level, one.check, one.text, one.remedy, cluster=one.cluster)


def of_silence(facts: Iterable[ClusterFacts], told: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the clusters that do not answer, except those that a check has named."""
    named = {one.cluster for one in told if one.check == "api-reachable"}
    for one in facts:
        if one.unreachable is not None and one.name not in named:
            text, remedy = one.unreachable.text, one.unreachable.remedy
            yield _finding(Level.ERROR, "api-reachable", text, remedy, cluster=one.name)


def of_connections(seen: Connections) -> Iterator[Finding]:
    """Yield the missing connections, and the clusters that reported nothing about any."""
    missing = [one for one in seen.verdicts.values() if is_known(one) and not one.is_connected]
    for remedy, verdicts in _by(missing, _remedy):
        details = [line for one in verdicts for line in _details(one, seen)]
        yield _grouped("connection", [_missing(one) for one in verdicts], remedy, details)
    silent = [one for one in seen.verdicts.values() if not is_known(one)]
    for cluster, verdicts in _by(silent, lambda one: one.cluster):
        why = next((said for one in verdicts for said in one.said), "no agent reported its status")
        text = f"its connections to the others are unknown: {why}"
        remedy = "; or ".join(verdicts[0].causes) or "run `cilium clustermesh status` there"
        yield _finding(Level.ERROR, "connection", text, remedy, cluster=cluster)


def of_traffic(seen: Traffic, connections: Connections) -> Iterator[Finding]:
    """Yield the routes that got no answer, except those that a missing connection explains."""
    missing = {
        frozenset(pair)
        for pair, one in connections.verdicts.items()
        if is_known(one) and not one.is_connected
    }
    own = [
        one
        for one in seen.diagnoses
        if frozenset((one.cell.route.source, one.cell.route.target)) not in missing
    ]
    for cause, diagnoses in _by(own, lambda one: one.cause):
        texts = [
            f"{one.cell.route.source} does not reach {one.cell.route.target}"
            f" {_WAYS[one.cell.route.path]}{_parenthesis(one.cell.error)}"
            for one in diagnoses
        ]
        yield _grouped("traffic", texts, f"likely: {cause}", [])


def of_certificates(
    certificates: Iterable[Certificate], read: Mapping[str, MeshCertificates]
) -> Iterator[Finding]:
    """Yield the certificates that have expired or will soon, and those that could not be read."""
    for one in certificates:
        if one.days >= SOON_DAYS:
            continue
        is_over = one.days < 0
        when = f"{one.expires:%Y-%m-%d}"
        soon = f"expires in {counted(one.days, 'day')} ({when})"
        left = f"expired on {when}" if is_over else soon
        what = "the API server's certificate" if one.use is Use.API_SERVER else one.name
        level = Level.ERROR if is_over else Level.WARN
        text = f"{what} {left}"
        yield _finding(level, "certificate", text, _RENEWALS[one.use], cluster=one.cluster)
    for name, known in read.items():
        if known.unread is not None:
            text = f"the mesh's certificates could not be read: {known.unread.text}"
            yield _finding(Level.WARN, "certificate", text, known.unread.remedy, cluster=name)


def of_services(services: Iterable[GlobalService], readable: Sequence[str]) -> Iterator[Finding]:
    """Yield the global Services that some clusters lack: Pods there cannot find them."""
    for one in services:
        absent = [name for name in readable if name not in one.clusters]
        if absent:
            text = (
                f"{one.full_name} is a global Service in {', '.join(one.clusters)}, but not in"
                f" {', '.join(absent)}"
            )
            remedy = "create it in every cluster whose Pods use it, with the same annotations"
            yield _finding(Level.WARN, "global-service", text, remedy)


def of_config(in_mesh: Sequence[str], in_config: Sequence[str]) -> Iterator[Finding]:
    """Yield the clusters that an update would add or remove."""
    for names, words in (
        ([name for name in in_config if name not in in_mesh], "in the config but not in the mesh"),
        ([name for name in in_mesh if name not in in_config], "in the mesh but not in the config"),
    ):
        if names:
            text = f"{', '.join(names)}: {words}"
            remedy = "run `pulumi preview` to see what an update would do, then `pulumi up`"
            yield _finding(Level.WARN, "config", text, remedy)


def of_faults(said: str) -> Finding:
    """Return the finding that the config could not be read, so nothing was checked against it."""
    text = f"the clusters could not be checked against the config: {said}"
    return _finding(Level.WARN, "config", text, "fix the config; `pulumi preview` checks it")


def _finding(
    level: Level,
    check: str,
    text: str,
    remedy: str,
    *,
    cluster: str = MESH,
    details: Sequence[str] = (),
) -> Finding:
    return Finding(
        level=level,
        cluster=cluster,
        check=check,
        text=text,
        remedy=remedy,
        details=tuple(details),
    )


def _grouped(check: str, texts: Sequence[str], remedy: str, details: Sequence[str]) -> Finding:
    """One finding for all texts with the same fix."""
    if len(texts) == 1:
        return _finding(Level.ERROR, check, texts[0], remedy, details=details)
    what = {"connection": "connections are missing", "traffic": "routes get no answer"}[check]
    return _finding(Level.ERROR, check, f"{len(texts)} {what}", remedy, details=[*texts, *details])


def _missing(one: PeerVerdict) -> str:
    return f"{one.cluster} is not connected to {one.peer} (agents {one.agents})"


def _remedy(one: PeerVerdict) -> str:
    causes = "; or ".join(one.causes)
    return f"likely: {causes}" if causes else "run `pulumi up --refresh`, which repairs what it can"


def _details(one: PeerVerdict, seen: Connections) -> list[str]:
    looked = [line.strip() for line in seen.looks.get((one.cluster, one.peer), ())]
    return list(dict.fromkeys([*looked, *one.said]))


def _parenthesis(text: str) -> str:
    return f" ({text})" if text else ""


def _by(entries: Iterable[T], key: Callable[[T], str]) -> Iterator[tuple[str, list[T]]]:
    """Yield the entries grouped by key, in the order of each key's first entry."""
    groups: dict[str, list[T]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    yield from groups.items()
