"""Likely causes of failed routes, from the status and the pattern of failures.

Standard library only: the verification script uses it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .matrix import Cell, Matrix, Path
from .status import PeerVerdict

_DATAPATH = (
    "the control planes are connected but packets between the nodes are lost: firewalls between"
    " the nodes must let {ports} through in both directions, and all InternalIPs must be routable;"
    " or a network policy blocks them"
)
_PORTS = {
    "vxlan": "UDP 8472 (VXLAN)",
    "geneve": "UDP 6081 (Geneve)",
    "native": "the Pod CIDRs (native routing)",
}
_ANY_PORT = "UDP 8472 (VXLAN) or 6081 (Geneve), UDP 51871 with WireGuard, ESP with IPsec"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One failed cell with its likely cause."""

    cell: Cell
    cause: str

    def render(self) -> str:
        """Return what is missing, what was seen and the likely cause, in one line."""
        route = self.cell.route
        way = "by Pod IP" if route.path is Path.POD_IP else "by the global Service"
        seen = f" ({self.cell.error})" if self.cell.error else _seen(self.cell)
        return f"{route.source} does not reach {route.target} {way}{seen}; likely: {self.cause}"


def diagnose(
    matrix: Matrix, verdicts: Iterable[PeerVerdict], protocol: str | None = None
) -> tuple[Diagnosis, ...]:
    """Return every failed cell with its likely cause.

    `verdicts` say which clusters are connected; `protocol` is vxlan, geneve, native or unknown.
    """
    connected = {(one.cluster, one.peer): one for one in verdicts}
    return tuple(
        Diagnosis(cell, _cause(cell, matrix, connected, protocol)) for cell in matrix.failed
    )


def _cause(
    cell: Cell,
    matrix: Matrix,
    verdicts: Mapping[tuple[str, str], PeerVerdict],
    protocol: str | None,
) -> str:
    route = cell.route
    # The source learns the target's Pods and Services over its connection to the target.
    for way in ((route.source, route.target), (route.target, route.source)):
        verdict = verdicts.get(way)
        if verdict is not None and not verdict.is_connected:
            return verdict.render()
    return next(_causes_of_traffic(cell, matrix, protocol))


def _causes_of_traffic(cell: Cell, matrix: Matrix, protocol: str | None) -> Iterator[str]:
    route = cell.route
    if "no ready Pod" in cell.error:
        yield "the demo does not run there: `kubectl get pods` in its namespace shows why"
    if "names no cluster" in cell.error:
        yield "something other than this demo answers: an older demo, or a proxy in between"
    if "resolve host" in cell.error.lower():
        yield "DNS inside the cluster does not answer: are the CoreDNS Pods ready?"
    strangers = set(cell.answers) - {route.target}
    if route.path is Path.POD_IP and strangers:
        names = ", ".join(sorted(strangers))
        yield f"the address belongs to {names} too: Pod CIDRs overlap, or the demo is an old one"
    by_pod = matrix.cell(route.source, route.target, Path.POD_IP)
    if route.path is Path.GLOBAL_SERVICE and (by_pod is None or by_pod.ok):
        yield _service_cause(cell)
    back = matrix.cell(route.target, route.source, Path.POD_IP)
    if back is not None and back.ok:
        yield (
            f"the reverse direction works, so a firewall or route blocks one direction only: from"
            f" the nodes of {route.source} to those of {route.target}"
        )
    yield _DATAPATH.format(ports=_PORTS.get(protocol or "", _ANY_PORT))


def _service_cause(cell: Cell) -> str:
    target = cell.route.target
    if cell.route.source == target:
        return f"no Pod of {target} backs the Service there: is rebel-base ready in it?"
    if not cell.answers:
        return f"the Service has no backend at all: is rebel-base ready in {target}?"
    return (
        f"the Service of {target} is not shared with {cell.route.source}: name, namespace, port"
        " name and the annotation service.cilium.io/global must be the same, and its Pods ready"
    )


def _seen(cell: Cell) -> str:
    counted = ", ".join(f"{count} from {name}" for name, count in sorted(cell.answers.items()))
    return f" (answers: {counted})" if counted else " (no answer)"
