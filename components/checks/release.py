"""Preflight checks of Helm releases that the program owns or is about to own."""

from collections.abc import Iterable, Iterator

from ..common.listing import listed
from ..common.nested import Place, leaves, touches
from ..common.versions import Version
from ..config.models import OwnedRelease
from ..config.reserved import RESERVED_VALUES
from .report import Complaint
from .subject import Subject

_NAMED = 5


def cilium_upgrade(subject: Subject) -> Iterator[Complaint]:
    """The step from the running Cilium to the wanted version is one that Cilium tests."""
    for config, facts in subject.reachable():
        release = subject.config.release_of(config)
        running = (facts.release and facts.release.chart_version) or facts.cilium_version
        if release is None or running is None:
            continue
        refused = version_refusal(running, release.chart.version)
        if refused is not None:
            yield Complaint(facts.name, *refused)


def cilium_values(subject: Subject) -> Iterator[Complaint]:
    """No value that somebody set in the release is lost when the program takes it over."""
    for config, facts in subject.reachable():
        release, found = subject.config.release_of(config), facts.release
        # The config may change what the program itself wrote.
        if release is None or found is None or found.is_ours:
            continue
        lost = sorted(".".join(place) for place in _lost(found.places, release))
        if lost:
            text = f"cilium.values lacks values that Cilium's Helm release has here: {listed(lost)}"
            remedy = (
                "copy them from `helm get values cilium -n kube-system`, or write null for the"
                " chart's default"
            )
            yield Complaint(facts.name, text, remedy)
        strangers = sorted({*found.peers} - {one.name for one in subject.config.clusters})
        if strangers:
            text = f"Cilium's Helm release has peers that the config lacks: {listed(strangers)}"
            remedy = "add them to clusters, or disconnect them first: they would be lost"
            yield Complaint(facts.name, text, remedy)


def _lost(places: Iterable[Place], release: OwnedRelease) -> Iterator[Place]:
    known = list(leaves(release.values))
    for place in places:
        if not touches(place, RESERVED_VALUES) and not touches(place, known):
            yield place


def version_refusal(running: Version, wanted: Version) -> tuple[str, str] | None:
    """Return why Cilium must not go from one version to the other, and the fix; None if it may.

    Cilium's upgrade guide: only consecutive minor versions are tested; within a minor, any patch.
    """
    head = f"Cilium {running} runs here, cilium.version is {wanted}"
    if (wanted.major, wanted.minor) < (running.major, running.minor):
        text = f"{head}: it cannot go back to an earlier minor"
        return text, f"set cilium.version to {running.minor_text}.x or newer"
    if wanted.major != running.major or wanted.minor > running.minor + 1:
        following = f"{running.major}.{running.minor + 1}"
        text = f"{head}: it is upgraded one minor at a time"
        remedy = f"set cilium.version to {following}.x and run `pulumi up`, then go on from there"
        return text, remedy
    return None
