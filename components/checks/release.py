"""Preflight checks of a Helm release that the program owns, or is about to own."""

from collections.abc import Iterable, Iterator

from ..config.models import OwnedRelease
from ..release_values import steps
from ..release_values.own import OWN
from ..release_values.places import Place, leaves, touches
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
        refused = steps.refusal(running, release.chart.version)
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
            text = f"cilium.values lacks what Cilium's Helm release has here: {_names(lost)}"
            remedy = (
                "take it over from `helm get values cilium -n kube-system`, or write null where the"
                " chart's default is meant"
            )
            yield Complaint(facts.name, text, remedy)
        strangers = sorted({*found.peers} - {one.name for one in subject.config.clusters})
        if strangers:
            text = f"Cilium's Helm release has peers that the config lacks: {_names(strangers)}"
            remedy = "add them to clusters, or disconnect them before: they would be lost"
            yield Complaint(facts.name, text, remedy)


def _lost(places: Iterable[Place], release: OwnedRelease) -> Iterator[Place]:
    known = list(leaves(release.values))
    for place in places:
        if not touches(place, OWN) and not touches(place, known):
            yield place


def _names(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return ", ".join(listed[:_NAMED]) + more
