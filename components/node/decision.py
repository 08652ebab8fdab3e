"""Whether a node needs a newer kernel, and whether this program can install one."""

from dataclasses import dataclass
from enum import StrEnum

from .elrepo import ARCHITECTURE, MAJORS, Source
from .minimum import Minimum
from .state import NodeState

_BY_HAND = "reboot the node, and run again"
# The id in os-release -> how that system gets a newer kernel.
_OWN_WAYS = {
    "debian": "install the kernel of its backports (`apt-get install -t <codename>-backports"
    " linux-image-amd64`) or upgrade the release",
    "ubuntu": "install its HWE kernel (`apt-get install linux-generic-hwe-<release>`)"
    " or upgrade the release",
    "sles": "move to a service pack with a newer kernel (`zypper migration`)",
    "fedora": "upgrade it (`dnf upgrade kernel`)",
    "amzn": "install a newer kernel from Amazon"
    " (`amazon-linux-extras install kernel-5.10`, or Amazon Linux 2023)",
}
_OTHERWISE = "upgrade the kernel the way its distribution does"


class Verdict(StrEnum):
    """What happens to a node's kernel."""

    ENOUGH = "enough"
    UPGRADE = "upgrade"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, its reason as a sentence without a subject, and the fix if it is a refusal."""

    verdict: Verdict
    text: str
    remedy: str = ""


def decide(state: NodeState, minimum: Minimum, source: Source, *, is_allowed: bool) -> Decision:
    """Return the decision about one node; a node with a new enough kernel is never touched."""
    found = f"{state.os_name}, kernel {state.kernel}"
    if minimum.is_met_by(state.kernel):
        return Decision(Verdict.ENOUGH, f"{found}: new enough ({minimum})")
    old = f"{found}: too old ({minimum})"
    obstacle = _obstacle(state, minimum, source)
    if obstacle is not None:
        why, remedy = obstacle
        return Decision(Verdict.REFUSED, f"{old}, and {why}", remedy)
    if not is_allowed:
        remedy = f"set kernel.upgrade to true, which installs {source.package} and reboots the node"
        return Decision(Verdict.REFUSED, f"{old}, and kernel.upgrade is false", remedy)
    return Decision(
        Verdict.UPGRADE,
        f"{old}: {source.package} is installed from ELRepo, then the node is drained, if it is in"
        f" its cluster, and REBOOTED ({state.firmware})",
    )


def _obstacle(state: NodeState, minimum: Minimum, source: Source) -> tuple[str, str] | None:
    """Return why it cannot be upgraded, and the fix; None if it can."""
    el = state.el
    if el is None:
        way = _OWN_WAYS.get(state.os_id, _OTHERWISE)
        why = "it is not Enterprise Linux, the only system with kernels in ELRepo"
        return why, f"{way}, {_BY_HAND}"
    if el not in MAJORS:
        known = f"{MAJORS[0]} to {MAJORS[-1]}"
        return f"only EL {known} can be upgraded", f"install a newer system, {_BY_HAND}"
    return _package_obstacle(el, state, minimum, source) or _node_obstacle(state)


def _package_obstacle(
    el: int, state: NodeState, minimum: Minimum, source: Source
) -> tuple[str, str] | None:
    newest = source.newest(el)
    if newest is None:
        return f"ELRepo has no {source.package} for EL{el}", "set kernel.package to kernel-ml"
    if newest < minimum.version:
        why = f"{source.package} for EL{el} is only {newest}"
        return why, "set kernel.package to kernel-ml"
    if not source.is_known(el):
        remedy = (
            "set kernel.baseUrl to a mirror's elrepo/archive/kernel/el{el}/{arch},"
            " or kernel.releasePackageUrl"
        )
        return f"ELRepo has moved EL{el} to its archive, which only mirrors keep", remedy
    if state.arch != ARCHITECTURE and source.base_url is None:
        remedy = f"set kernel.baseUrl to a repository with kernels for {state.arch}"
        return f"ELRepo has no kernels for {state.arch}", remedy
    return None


def _node_obstacle(state: NodeState) -> tuple[str, str] | None:
    if state.missing:
        names = ", ".join(state.missing)
        return f"it lacks {names}", f"install {names} there"
    if not state.is_root:
        remedy = "let it use sudo without a password and a terminal, or set ssh.user to root"
        return "the SSH user is not root and cannot use sudo without a password", remedy
    if state.is_secured:
        remedy = (
            "enrol ELRepo's key with mokutil, or switch Secure Boot off in the firmware:"
            " the node would not boot an ELRepo kernel"
        )
        return "Secure Boot is on and does not know ELRepo's key", remedy
    return None
