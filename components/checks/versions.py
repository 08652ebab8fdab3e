"""Preflight checks of versions: Cilium, kernel, Kubernetes, CLI; and of the nodes' readiness."""

import re
from collections.abc import Iterable, Iterator

from components.checks.report import MESH, Complaint
from components.checks.subject import Subject, unsure
from components.cluster.facts import NodeFacts
from components.versions import Version, parse

# `connect --parallel` and unicast mode came with these (cilium-cli releases).
OLDEST_CLI = Version(0, 16, 20)
# `connect --allow-mismatching-ca` came with this one.
OLDEST_CLI_FOR_MISMATCHED_CA = Version(0, 19, 1)
_INSTALL_CLI = "install it from github.com/cilium/cilium-cli/releases and put it on PATH"

# From Cilium's "System Requirements" of each release: (from this Cilium on, the oldest kernel, the
# oldest build of RHEL 8's 4.18.0, which has what is needed backported).
_KERNELS = (
    (Version(1, 18), Version(5, 10), 553),  # RHEL 8.10
    (Version(1, 16), Version(5, 4), 372),  # RHEL 8.6
    (Version(1, 14), Version(4, 19, 57), 0),  # any RHEL 8
    (Version(0, 0), Version(4, 9, 17), None),
)
_RHEL8_KERNEL = re.compile(r"4\.18\.0-(\d{1,6})\b.*\.el8")
# Minors of Kubernetes 1 that a minor of Cilium 1 was tested with.
_KUBERNETES = {16: (27, 30), 17: (29, 32), 18: (30, 33), 19: (31, 34), 20: (33, 36)}
_NAMED = 3


def cilium_version_skew(subject: Subject) -> Iterator[Complaint]:
    """All clusters run Cilium versions at most one minor apart."""
    known = {}
    for _, facts in subject.reachable():
        if facts.cilium_version is not None:
            known[facts.name] = facts.cilium_version
        elif facts.cilium is not None:
            yield unsure(facts, "Cilium's version", "cilium_version", "release")
    if not known:
        return
    oldest, newest = min(known, key=known.__getitem__), max(known, key=known.__getitem__)
    one, other = known[oldest], known[newest]
    if one.major != other.major or other.minor - one.minor > 1:
        text = f"{oldest} runs Cilium {one}, {newest} runs {other}: more than one minor apart"
        yield Complaint(MESH, text, f"upgrade {oldest} first, one minor at a time")


def kernel(subject: Subject) -> Iterator[Complaint]:
    """Every node's kernel is new enough for the Cilium that runs on it."""
    for _, facts in subject.reachable():
        if facts.cilium_version is None:
            continue
        old = [one for one in facts.nodes if not _is_enough(one, facts.cilium_version)]
        if old:
            minor = facts.cilium_version.minor_text
            wanted = oldest_kernel(facts.cilium_version)
            named = _names(f"{node.name} ({node.kernel or 'unknown'})" for node in old)
            text = f"the kernel is too old for Cilium {minor}, which needs {wanted}: {named}"
            yield Complaint(facts.name, text, "upgrade the kernel of these nodes and reboot them")
        elif not facts.nodes:
            yield unsure(facts, "the kernel of the nodes", "nodes")


def oldest_kernel(cilium: Version) -> str:
    """Say which kernels a Cilium version runs on."""
    version, build = _kernel_rule(cilium)
    name = f"{version.minor_text}.{version.patch}" if version.patch else version.minor_text
    if build is None:
        return f"{name} or newer"
    return f"{name} or newer, or RHEL 8's 4.18.0" + (f"-{build}" if build else "")


def is_kernel_enough(release: str, cilium: Version) -> bool:
    """Judge a kernel release as `uname -r` gives it."""
    wanted, build = _kernel_rule(cilium)
    found = parse(release)
    if found is not None and found >= wanted:
        return True
    backported = _RHEL8_KERNEL.match(release)
    return backported is not None and build is not None and int(backported.group(1)) >= build


def kubernetes_version(subject: Subject) -> Iterator[Complaint]:
    """Kubernetes is one that this Cilium was tested with."""
    for _, facts in subject.reachable():
        cilium, kubernetes = facts.cilium_version, facts.kubernetes_version
        if cilium is None or kubernetes is None or cilium.minor not in _KUBERNETES:
            continue
        low, high = _KUBERNETES[cilium.minor]
        if not low <= kubernetes.minor <= high:
            text = (
                f"Kubernetes {kubernetes} is none that Cilium {cilium.minor_text}"
                f" was tested with (1.{low} to 1.{high})"
            )
            yield Complaint(facts.name, text, "plan an upgrade of Cilium or Kubernetes")


def cli_version(subject: Subject) -> Iterator[Complaint]:
    """The cilium CLI is here and can connect in one direction, to all peers at once."""
    cli = subject.cli
    is_mismatched = subject.config.ca.source == "mismatched"
    oldest = OLDEST_CLI_FOR_MISMATCHED_CA if is_mismatched else OLDEST_CLI
    if cli.path is None:
        yield Complaint(MESH, "the cilium CLI is not on PATH", _INSTALL_CLI)
    elif cli.version is None:
        said = cli.said or "nothing"
        text = f"the cilium CLI does not tell its version ({said}): {oldest} is needed"
        yield Complaint(MESH, text, "check it with `cilium version --client`", is_sure=False)
    elif cli.version < oldest:
        text = f"the cilium CLI is {cli.version}, {oldest} or newer is needed"
        yield Complaint(MESH, text, _INSTALL_CLI)


def nodes_ready(subject: Subject) -> Iterator[Complaint]:
    """Every node is ready, so that its agent can connect."""
    for _, facts in subject.reachable():
        down = [node.name for node in facts.nodes if not node.is_ready]
        if down:
            text = f"nodes are not ready: {_names(down)}"
            yield Complaint(facts.name, text, "mend them, or expect verification to wait for them")


def _is_enough(node: NodeFacts, cilium: Version) -> bool:
    return is_kernel_enough(node.kernel, cilium)


def _kernel_rule(cilium: Version) -> tuple[Version, int | None]:
    return next((kernel, build) for since, kernel, build in _KERNELS if cilium >= since)


def _names(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return ", ".join(listed[:_NAMED]) + more
