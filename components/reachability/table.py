"""The matrix as a table for people."""

from io import StringIO

from rich import box
from rich.console import Console
from rich.table import Table

from .matrix import Cell, Matrix, Path

_WAYS = {Path.POD_IP: "Pod IP", Path.GLOBAL_SERVICE: "global Service"}


def table(matrix: Matrix) -> Table:
    """Return the matrix with one route per line and a rule after each cluster's routes."""
    made = Table(
        title="Reachability",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for heading in ("From", "To", "Path"):
        made.add_column(heading, no_wrap=True)
    made.add_column("OK", justify="center", no_wrap=True)
    made.add_column("ms", justify="right", no_wrap=True)
    made.add_column("Answers")
    for position, cell in enumerate(matrix.cells):
        after = matrix.cells[position + 1 : position + 2]
        is_last = bool(after) and after[0].route.source != cell.route.source
        made.add_row(*_row(cell), end_section=is_last)
    return made


def render(matrix: Matrix, width: int = 100) -> str:
    """Return the table as plain text of that width, the same on every terminal."""
    out = StringIO()
    Console(file=out, width=width, no_color=True, force_terminal=False).print(table(matrix))
    return out.getvalue()


def _row(cell: Cell) -> tuple[str, ...]:
    route = cell.route
    milliseconds = "" if cell.milliseconds is None else f"{cell.milliseconds:.1f}"
    answers = ", ".join(f"{name} {count}" for name, count in sorted(cell.answers.items()))
    ok = "[green]yes[/]" if cell.ok else "[red]no[/]"
    seen = answers or cell.error.replace("[", r"\[") or "none"
    return route.source, route.target, _WAYS[route.path], ok, milliseconds, seen
