"""Preflight checks of Cilium's own settings in every cluster."""

from collections import Counter
from collections.abc import Callable, Iterator

from ..cilium.helm_release import WAY_OUT
from ..facts.cluster import CiliumConfig
from ..kube_api.errors import Kind
from .report import Complaint
from .subject import Subject, unsure

_INSTALL = "install Cilium with Helm or `cilium install`, or set cilium.install"
_NEW_IDENTITY = "; after a change every Pod must restart"


def api_reachable(subject: Subject) -> Iterator[Complaint]:
    """Every API server answers the kubeconfig's user."""
    for facts in subject.facts:
        if facts.unreachable is not None:
            yield Complaint(facts.name, facts.unreachable.text, facts.unreachable.remedy)


def cilium_release(subject: Subject) -> Iterator[Complaint]:
    """Cilium is there, with a Helm release to upgrade; or the program installs it."""
    for config, facts in subject.reachable():
        error = facts.unread.get("cilium")
        if subject.is_to_be_installed(config, facts):
            continue
        if error is not None and error.kind is Kind.NOT_FOUND:
            text = "Cilium is not installed: kube-system has no ConfigMap cilium-config"
            yield Complaint(facts.name, text, _INSTALL)
        elif error is not None:
            yield unsure(facts, "the presence of Cilium", "cilium")
        elif "release" in facts.unread:
            yield unsure(facts, "Cilium's Helm release", "release")
        elif facts.release is None:
            yield Complaint(
                facts.name,
                "Cilium has no Helm release named cilium in kube-system, so it cannot be upgraded",
                "install Cilium with Helm: template installs (Kubespray up to 2.27, Argo CD,"
                " sub-charts) leave no release",
            )


def cilium_chart(subject: Subject) -> Iterator[Complaint]:
    """Cilium's release can be upgraded from what Helm keeps of it without losing Cilium."""
    for config, facts in subject.reachable():
        found = facts.release
        if found is None or found.refusal is None:
            continue
        # A release of ours is rendered from the chart that the config names, whatever Helm keeps.
        if found.is_ours and subject.config.release_of(config) is not None:
            continue
        text = f"Cilium's Helm release cannot be managed: {found.refusal}"
        yield Complaint(facts.name, text, WAY_OUT)


def release_pending(subject: Subject) -> Iterator[Complaint]:
    """No upgrade of Cilium was interrupted or is still running."""
    for _, facts in subject.reachable():
        if facts.release is not None and facts.release.status.startswith("pending"):
            revision = facts.release.revision
            text = f"revision {revision} of Cilium's Helm release is {facts.release.status}"
            remedy = (
                "none needed: the update waits for a running upgrade, or recovers a broken-off one"
            )
            yield Complaint(facts.name, text, remedy)


def cluster_name(subject: Subject) -> Iterator[Complaint]:
    """Cilium has the name that the config says."""
    for config, facts, cilium in subject.with_cilium():
        if cilium.name != config.name:
            text = f"Cilium's cluster-name is {cilium.name!r}, the config says {config.name!r}"
            remedy = f"correct name in the config, or set cluster.name in Cilium{_NEW_IDENTITY}"
            yield Complaint(facts.name, text, remedy)


def cluster_id(subject: Subject) -> Iterator[Complaint]:
    """Cilium has the id that the config says."""
    for config, facts, cilium in subject.with_cilium():
        if cilium.id != config.id:
            text = f"Cilium's cluster-id is {cilium.id}, the config says {config.id}"
            remedy = f"correct id in the config, or set cluster.id in Cilium{_NEW_IDENTITY}"
            yield Complaint(facts.name, text, remedy)


def max_connected_clusters(subject: Subject) -> Iterator[Complaint]:
    """Every Cilium was installed for the number of clusters that the config says."""
    wanted = subject.config.max_connected_clusters
    for _, facts, cilium in subject.with_cilium():
        if cilium.max_connected_clusters != wanted:
            found = cilium.max_connected_clusters
            text = f"Cilium's max-connected-clusters is {found}, the config says {wanted}"
            remedy = (
                "correct the config, or install Cilium again: the number is fixed at installation"
                " and must be the same everywhere"
            )
            yield Complaint(facts.name, text, remedy)


def identity_mode(subject: Subject) -> Iterator[Complaint]:
    """Identities are stored as Kubernetes objects, which the mesh reads."""
    for _, facts, cilium in subject.with_cilium():
        if cilium.identity_mode != "crd":
            text = f"Cilium's identity-allocation-mode is {cilium.identity_mode}, not crd"
            yield Complaint(facts.name, text, "install Cilium with identityAllocationMode=crd")


def datapath_mode(subject: Subject) -> Iterator[Complaint]:
    """Pods on different nodes reach each other in the same way in every cluster."""
    remedy = "set the same routingMode, tunnelProtocol and tunnelPort in all clusters"
    yield from _same_everywhere(subject, "datapath mode", lambda one: one.datapath, remedy)


def encryption(subject: Subject) -> Iterator[Complaint]:
    """WireGuard or IPsec is on everywhere or nowhere."""
    remedy = "set the same encryption.enabled and encryption.type in all clusters"
    yield from _same_everywhere(subject, "encryption", lambda one: one.encryption, remedy)


def _same_everywhere(
    subject: Subject, what: str, value: Callable[[CiliumConfig], str], remedy: str
) -> Iterator[Complaint]:
    """Yield a complaint for every cluster that differs from most (in a tie, from the first)."""
    values = {facts.name: value(cilium) for _, facts, cilium in subject.with_cilium()}
    if not values:
        return
    usual = Counter(values.values()).most_common(1)[0][0]
    example = next(name for name, found in values.items() if found == usual)
    for name, found in values.items():
        if found != usual:
            text = f"its {what} is {found}, that of {example} is {usual}"
            yield Complaint(name, text, remedy)
