"""The engine's recorded events of previews of fake clusters: see tests/engine/record_events.py."""

from pathlib import Path
from typing import Any

from components.reachability import matrix
from mesh.summary import events
from mesh.summary.preview import Preview, gather

FOLDER = Path(__file__).parent / "events"
REFUSED = "refused"


def preview_of(name: str) -> Preview:
    lines = (FOLDER / f"{name}.jsonl").read_text().splitlines()
    return gather(events.read(lines), is_ok=name != REFUSED)


def proven(*names: str, failed: matrix.Route | None = None) -> dict[str, Any]:
    """The outputs of a stack whose mesh has these members; one route may be broken."""
    routes = matrix.wanted_routes(names)
    replies = {route: [matrix.Reply(route.target, 1.2)] for route in routes if route != failed}
    return {"verification": {"matrix": matrix.fill(routes, replies).to_list()}}


def of_the_lab() -> dict[str, Any]:
    """The proof that the README shows, as the lab's stack has it."""
    measured = {("1", "1"): (None, 0.7), ("1", "2"): (5.2, 1.0), ("2", "1"): (1.6, 1.5)}
    measured[("2", "2")] = (None, 1.2)
    replies = {
        matrix.Route(f"cluster0{source}", f"cluster0{target}", path): [
            matrix.Reply(f"cluster0{target}", milliseconds)
        ]
        for (source, target), times in measured.items()
        for path, milliseconds in zip(matrix.Path, times, strict=True)
        if milliseconds is not None
    }
    names = ("cluster01", "cluster02")
    filled = matrix.fill(matrix.wanted_routes(names), replies)
    return {"verification": {"matrix": filled.to_list()}}
