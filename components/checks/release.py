"""Preflight checks of a Helm release that the program owns, or is about to own."""

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
    """Cilium goes from the version that runs to the wanted one in a step that is tested."""
    for config, facts in subject.reachable():
        release = subject.config.release_of(config)
        running = (facts.release and facts.release.chart_version) or facts.cilium_version
        if release is None or running is None:
            continue
        refused = version_refusal(running, release.chart.version)
        if refused is not None:
            yield Complaint(facts.name, *refused)


def cilium_values(subject: Subject) -> Iterator[Complaint]:
    """Nothing that somebody has set in the release is lost when the program takes it over."""
    for config, facts in subject.reachable():
        release, found = subject.config.release_of(config), facts.release
        # What the program itself wrote last, the config may change.
        if release is None or found is None or found.is_ours:
            continue
        lost = sorted(".".join(place) for place in _lost(found.places, release))
        if lost:
            text = f"cilium.values lacks what Cilium's Helm release has here: {listed(lost)}"
            remedy = (
                "take it over from `helm get values cilium -n kube-system`, or write null where the"
                " chart's default is meant"
            )
            yield Complaint(facts.name, text, remedy)
        strangers = sorted({*found.peers} - {one.name for one in subject.config.clusters})
        if strangers:
            text = f"Cilium's Helm release has peers that the config lacks: {listed(strangers)}"
            remedy = "add them to clusters, or disconnect them before: they would be lost"
            yield Complaint(facts.name, text, remedy)


def _lost(places: Iterable[Place], release: OwnedRelease) -> Iterator[Place]:
    known = list(leaves(release.values))
    for place in places:
        if not touches(place, RESERVED_VALUES) and not touches(place, known):
            yield place


def version_refusal(running: Version, wanted: Version) -> tuple[str, str] | None:
    """Say why Cilium must not go from one version to the other, and the way out; None: it may.

    Cilium's upgrade guide: only consecutive minor versions are tested; of a minor any patch goes.
    """
    head = f"Cilium {running} runs here, cilium.version is {wanted}"
    if (wanted.major, wanted.minor) < (running.major, running.minor):
        text = f"{head}: it does not go back to an earlier minor"
        return text, f"set cilium.version to a {running.minor_text} or newer"
    if wanted.major != running.major or wanted.minor > running.minor + 1:
        following = f"{running.major}.{running.minor + 1}"
        text = f"{head}: it is upgraded one minor at a time"
        return text, f"set cilium.version to a {following} and run `pulumi up`, then go on from it"
    return None
