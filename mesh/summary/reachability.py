"""The proof of the last update as a small table: who reached whom."""

from collections.abc import Mapping
from typing import Any

from components.common.listing import counted
from components.reachability.matrix import Cell, Matrix, Path, from_list

from . import markdown
from .markdown import Block

# Nobody reads more columns than this; beyond it only the routes that failed are listed.
_COLUMNS = 12
_WAYS = {Path.POD_IP: "Pod IP", Path.GLOBAL_SERVICE: "global Service"}
_LEGEND = "Milliseconds by Pod IP / through the global Service, from row to column."


def reachability(outputs: Mapping[str, Any]) -> tuple[str, Block]:
    """Return a sentence about the stack's output `verification`, and its table, perhaps empty."""
    if "verification" not in outputs:
        return "There is no proof yet: this stack has not been brought up.", Block()
    verification = outputs["verification"]
    if not verification:
        return "The proof is switched off (`verification.enabled`).", Block()
    try:
        matrix = from_list(verification["matrix"])
    except (KeyError, TypeError, ValueError):
        return "This version cannot read the output `verification`.", Block()
    if not matrix.cells:
        said = "The last `pulumi up` proved the connections, but no traffic: there is no demo."
        return said, Block()
    return _proven(matrix)


def _proven(matrix: Matrix) -> tuple[str, Block]:
    names = [*dict.fromkeys(cell.route.source for cell in matrix.cells)]
    routes = counted(len(matrix.cells), "route")
    failed = f"{len(matrix.failed)} of {routes} failed" if matrix.failed else f"all {routes} worked"
    said = f"At the last `pulumi up` {failed}."
    if len(names) > _COLUMNS:
        return said, markdown.bullets(_failure(cell) for cell in matrix.failed)
    rows = [
        [f"**{markdown.text(source)}**", *(_cell(matrix, source, target) for target in names)]
        for source in names
    ]
    return f"{said} {_LEGEND}", markdown.table(["from \\ to", *map(markdown.text, names)], rows)


def _cell(matrix: Matrix, source: str, target: str) -> str:
    found = [cell for path in Path if (cell := matrix.cell(source, target, path)) is not None]
    if not found:
        return "-"
    failed = [_WAYS[cell.route.path] for cell in found if not cell.ok]
    if failed:
        return f"❌ {', '.join(failed)}"
    times = (_time(matrix.cell(source, target, path)) for path in Path)
    return f"✅ {' / '.join(times)}"


def _time(cell: Cell | None) -> str:
    return f"{cell.milliseconds:.1f}" if cell and cell.milliseconds is not None else "-"


def _failure(cell: Cell) -> str:
    route = cell.route
    told = f"{route.source} → {route.target}, {_WAYS[route.path]}"
    return markdown.text(f"{told}: {cell.error}" if cell.error else told)
