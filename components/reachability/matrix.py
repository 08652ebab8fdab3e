"""Which cluster reached which, by which path: the proof of an update; standard library only."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median
from typing import Any


class Path(StrEnum):
    """The target of a request: a Pod's own IP, or the global Service."""

    POD_IP = "pod-ip"
    GLOBAL_SERVICE = "global-service"


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """From one cluster to another by a path; for the Service both may be the same."""

    source: str
    target: str
    path: Path


@dataclass(frozen=True, slots=True)
class Reply:
    """One request: the cluster that answered (None: nobody), in how many ms, or the error."""

    cluster: str | None
    milliseconds: float | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One route with its result. `milliseconds` is the median of the target's answers.

    `answers` counts all answers by cluster.
    """

    route: Route
    ok: bool
    milliseconds: float | None = None
    answers: Mapping[str, int] = field(default_factory=dict)
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, with the names of the stack output."""
        return {
            "from": self.route.source,
            "to": self.route.target,
            "path": self.route.path.value,
            "ok": self.ok,
            "milliseconds": self.milliseconds,
            "answers": dict(sorted(self.answers.items())),
            **({"error": self.error} if self.error else {}),
        }


@dataclass(frozen=True, slots=True)
class Matrix:
    """All cells, in the order of the wanted routes."""

    cells: tuple[Cell, ...]

    @property
    def is_ok(self) -> bool:
        """Whether there are cells and all of them are ok."""
        return bool(self.cells) and not self.failed

    @property
    def failed(self) -> tuple[Cell, ...]:
        """The cells that are not ok."""
        return tuple(cell for cell in self.cells if not cell.ok)

    def cell(self, source: str, target: str, path: Path) -> Cell | None:
        """Return a cell, None if it is not in the matrix."""
        wanted = Route(source, target, path)
        return next((cell for cell in self.cells if cell.route == wanted), None)

    def to_list(self) -> list[dict[str, Any]]:
        """Return plain JSON values."""
        return [cell.to_dict() for cell in self.cells]


def from_list(listed: Iterable[Mapping[str, Any]]) -> Matrix:
    """Read what `to_list` wrote; raises KeyError or ValueError if it is something else."""
    return Matrix(tuple(_cell(entry) for entry in listed))


def wanted_routes(
    clusters: Sequence[str], affinity: str = "none", *, shared: bool = True
) -> list[Route]:
    """Return the routes of a whole mesh.

    Every ordered pair by Pod IP; the global Service from every cluster to those that may answer:
    with affinity `none` all, with `local` its own, with `remote` the others; not shared: its own.
    """
    routes = [
        Route(source, target, Path.POD_IP)
        for source in clusters
        for target in clusters
        if source != target
    ]
    for source in clusters:
        for target in clusters:
            if _may_answer(source == target, affinity, shared):
                routes.append(Route(source, target, Path.GLOBAL_SERVICE))
    return sorted(routes, key=lambda route: _order(route, clusters))


def fill(routes: Iterable[Route], replies: Mapping[Route, Sequence[Reply]]) -> Matrix:
    """Return the matrix of the wanted routes, filled with the replies.

    The replies of a global Service are the same for all targets of a source: pass them under each
    of its routes. A route without replies is a failed cell.
    """
    return Matrix(tuple(_filled(route, replies.get(route, ())) for route in routes))


def answering_cluster(body: str) -> str | None:
    """Return the cluster that rebel-base's answer names, None for any other answer."""
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    name = answer.get("Cluster") if isinstance(answer, dict) else None
    return name if isinstance(name, str) else None


def _may_answer(is_own: bool, affinity: str, shared: bool) -> bool:
    if affinity == "local" or not shared:
        return is_own
    return affinity == "none" or not is_own


def _filled(route: Route, replies: Sequence[Reply]) -> Cell:
    answers: dict[str, int] = {}
    for reply in replies:
        if reply.cluster is not None:
            answers[reply.cluster] = answers.get(reply.cluster, 0) + 1
    times = [
        reply.milliseconds
        for reply in replies
        if reply.cluster == route.target and reply.milliseconds is not None
    ]
    # A Pod IP is one cluster's: any other answer is wrong. For a Service one answer is enough.
    ok = route.target in answers and (route.path is Path.GLOBAL_SERVICE or len(answers) == 1)
    error = next((reply.error for reply in replies if reply.error), "")
    if not replies:
        error = "no request was sent"
    return Cell(
        route,
        ok,
        round(median(times), 1) if times else None,
        answers,
        "" if ok else error,
    )


def _cell(entry: Mapping[str, Any]) -> Cell:
    return Cell(
        Route(str(entry["from"]), str(entry["to"]), Path(entry["path"])),
        bool(entry["ok"]),
        entry.get("milliseconds"),
        dict(entry.get("answers") or {}),
        str(entry.get("error") or ""),
    )


def _order(route: Route, clusters: Sequence[str]) -> tuple[int, int, int]:
    by_path = list(Path).index(route.path)
    return clusters.index(route.source), clusters.index(route.target), by_path
