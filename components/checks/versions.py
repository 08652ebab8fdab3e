"""Preflight checks of versions (Cilium, kernel, Kubernetes, CLI) and of the nodes' readiness."""

from collections.abc import Iterator

from ..common.listing import listed
from ..common.versions import Version
from ..node.minimum import minimum_for
from .report import MESH, Complaint
from .subject import Subject, unsure

# The first with both `connect --parallel` and unicast mode (cilium-cli releases).
OLDEST_CLI = Version(0, 16, 20)
# `connect --allow-mismatching-ca` came with this one.
OLDEST_CLI_FOR_MISMATCHED_CA = Version(0, 19, 1)
_INSTALL_CLI = "install it from github.com/cilium/cilium-cli/releases and put it on PATH"

# Minor of Cilium 1 -> the minors of Kubernetes 1 that it was tested with, first and last.
_KUBERNETES = {16: (27, 30), 17: (29, 32), 18: (30, 33), 19: (31, 34), 20: (33, 36)}


def cilium_version_skew(subject: Subject) -> Iterator[Complaint]:
    """All clusters run Cilium versions at most one minor apart."""
    known = {}
    for config, facts in subject.reachable():
        version = subject.cilium_version(config, facts)
        if version is not None:
            known[facts.name] = version
        elif facts.cilium is not None:
            yield unsure(facts, "Cilium's version", "cilium_version", "release")
    if not known:
        return
    oldest, newest = min(known, key=known.__getitem__), max(known, key=known.__getitem__)
    one, other = known[oldest], known[newest]
    if one.major != other.major or other.minor - one.minor > 1:
        text = f"{oldest} has Cilium {one}, {newest} has {other}: more than one minor apart"
        yield Complaint(MESH, text, f"upgrade {oldest} first, one minor at a time")


def kernel(subject: Subject) -> Iterator[Complaint]:
    """Every node's kernel is new enough for its Cilium; nodes in `nodes` have their own check."""
    planned = {(plan.cluster, plan.node) for plan in subject.plans}
    for config, facts in subject.reachable():
        cilium = subject.cilium_version(config, facts)
        if cilium is None:
            continue
        wanted = minimum_for(cilium)
        # `node-upgrade` judges the nodes in `nodes`, which were inspected themselves.
        others = [one for one in facts.nodes if (facts.name, one.name) not in planned]
        old = [one for one in others if not wanted.is_met_by(one.kernel)]
        if old:
            named = listed(f"{node.name} ({node.kernel or 'unknown'})" for node in old)
            minor = cilium.minor_text
            text = f"the kernel is too old for Cilium {minor}, which needs {wanted}: {named}"
            remedy = (
                "upgrade the kernel of these nodes and reboot them, or list them under nodes and"
                " set kernel.upgrade to true (docs/kernel.md)"
            )
            yield Complaint(facts.name, text, remedy)
        elif not facts.nodes:
            yield unsure(facts, "the kernel of the nodes", "nodes")


def kubernetes_version(subject: Subject) -> Iterator[Complaint]:
    """Every cluster's Cilium was tested with its Kubernetes version."""
    for config, facts in subject.reachable():
        cilium, kubernetes = subject.cilium_version(config, facts), facts.kubernetes_version
        if cilium is None or kubernetes is None or cilium.minor not in _KUBERNETES:
            continue
        low, high = _KUBERNETES[cilium.minor]
        if not low <= kubernetes.minor <= high:
            text = (
                f"Cilium {cilium.minor_text} was not tested with Kubernetes {kubernetes}, only with"
                f" 1.{low} to 1.{high}"
            )
            yield Complaint(facts.name, text, "plan an upgrade of Cilium or Kubernetes")


def cli_version(subject: Subject) -> Iterator[Complaint]:
    """The cilium CLI is on PATH and can connect in one direction, to all peers at once."""
    cli = subject.cli
    is_mismatched = subject.config.ca.source == "mismatched"
    oldest = OLDEST_CLI_FOR_MISMATCHED_CA if is_mismatched else OLDEST_CLI
    if cli.path is None:
        yield Complaint(MESH, "the cilium CLI is not on PATH", _INSTALL_CLI)
    elif cli.version is None:
        said = cli.said or "nothing"
        text = f"the cilium CLI does not report its version ({said}): {oldest} or newer is needed"
        yield Complaint(MESH, text, "check it with `cilium version --client`", is_sure=False)
    elif cli.version < oldest:
        text = f"the cilium CLI is {cli.version}, {oldest} or newer is needed"
        yield Complaint(MESH, text, _INSTALL_CLI)


def nodes_ready(subject: Subject) -> Iterator[Complaint]:
    """Every node is ready, so that its agent can connect; without Cilium no node can be."""
    for config, facts in subject.reachable():
        if subject.is_to_be_installed(config, facts):
            continue
        down = [node.name for node in facts.nodes if not node.is_ready]
        if down:
            text = f"nodes are not ready: {listed(down)}"
            remedy = "repair them, or expect verification to wait for them"
            yield Complaint(facts.name, text, remedy)
