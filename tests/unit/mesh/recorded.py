"""What the engine told of previews of fake clusters: see tests/engine/record_events.py."""

from pathlib import Path
from typing import Any

from components import matrix
from mesh.summarizing import events
from mesh.summarizing.preview import Preview, gather

FOLDER = Path(__file__).parent / "events"
REFUSED = "refused"


def preview_of(name: str) -> Preview:
    lines = (FOLDER / f"{name}.jsonl").read_text().splitlines()
    return gather(events.read(lines), is_ok=name != REFUSED)


def proven(*names: str, failed: matrix.Route | None = None) -> dict[str, Any]:
    """The outputs of a stack whose mesh has these members, one route perhaps broken."""
    routes = matrix.wanted_routes(names)
    replies = {route: [matrix.Reply(route.target, 1.2)] for route in routes if route != failed}
    return {"verification": {"matrix": matrix.fill(routes, replies).to_list()}}
