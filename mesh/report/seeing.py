"""What kubectl and the cilium CLI see of a mesh right now: connections and traffic."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from components.reachability.diagnosis import Diagnosis, diagnose
from components.reachability.matrix import Matrix, Path, Route, wanted_routes
from components.reachability.status import PeerVerdict
from components.scripts import verify
from components.scripts.lib import evidence, traffic
from components.scripts.lib.cli import Cli
from components.scripts.lib.step import Step

Pair = tuple[str, str]

# A report shows the present state; waiting for a better one is an update's task.
_STATUS_SECONDS = 5
_TRAFFIC_SECONDS = 10


class QuietStep(Step):
    """A step whose progress nobody watches."""

    def say(self, text: str) -> None:
        """Print nothing."""


@dataclass(frozen=True, slots=True)
class Connections:
    """What every cluster that could be asked says about every other, by (cluster, peer).

    `looks` has what else is known about the missing connections.
    """

    verdicts: Mapping[Pair, PeerVerdict]
    looks: Mapping[Pair, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Traffic:
    """The routes that were asked, those that could not be, and what is behind the failed ones."""

    matrix: Matrix
    unasked: tuple[Route, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()


def step(cli: Cli) -> Step:
    """Return the step that the functions here work with."""
    return QuietStep("mesh", cli, {}, {})


def is_known(verdict: PeerVerdict) -> bool:
    """Whether any agent reported anything; otherwise the connection may well exist."""
    return verdict.agents.total > 0


def connections(step: Step, names: Sequence[str], reachable: Sequence[str]) -> Connections:
    """Ask each reachable cluster about all others."""
    found = verify.connections(step, names, _STATUS_SECONDS, reachable)
    verdicts = {(one.cluster, one.peer): one for listed in found.values() for one in listed}
    missing = {
        pair: one for pair, one in verdicts.items() if is_known(one) and not one.is_connected
    }
    with ThreadPoolExecutor(max_workers=max(len(missing), 1)) as pool:
        looks = pool.map(lambda one: evidence.at_connection(step, one), missing.values())
        return Connections(verdicts, dict(zip(missing, looks, strict=True)))


def measure(
    step: Step, spec: Mapping[str, Any], reachable: Collection[str], known: Connections
) -> Traffic:
    """Send requests over every route that can be asked, as the proof of an update does."""
    demo = spec["demo"]
    routes = wanted_routes(spec["clusters"], demo["affinity"], shared=demo["shared"])
    asked = [route for route in routes if _can_be_asked(route, reachable)]
    matrix = traffic.measure(step, asked, demo, spec["requests"], _TRAFFIC_SECONDS)
    unasked = tuple(route for route in routes if route not in asked)
    if not matrix.failed:
        return Traffic(matrix, unasked)
    protocol = evidence.protocol(step, reachable)
    verdicts = [verdict for verdict in known.verdicts.values() if is_known(verdict)]
    return Traffic(matrix, unasked, diagnose(matrix, verdicts, protocol))


def _can_be_asked(route: Route, reachable: Collection[str]) -> bool:
    """Whether the source's Pod can ask; the addresses of a target's Pods are in its API server."""
    if route.path is Path.GLOBAL_SERVICE:
        return route.source in reachable
    return {route.source, route.target} <= set(reachable)
