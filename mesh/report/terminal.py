"""The report on a terminal, or as plain text if there is none."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from components.common.listing import counted
from components.reachability.matrix import Path

from .model import SOON_DAYS, Finding, Level, Link, Report, Route, State, soonest

_STYLES = {State.WHOLE: "green", State.ATTENTION: "yellow", State.BROKEN: "red"}
_SIGNS = {State.WHOLE: "✓", State.ATTENTION: "!", State.BROKEN: "✗"}
# With more clusters, routes that answer are only counted: they would fill the screen.
_MOST_IN_FULL = 4
_WAYS = {Path.POD_IP: "Pod IP", Path.GLOBAL_SERVICE: "global Service"}


def show(report: Report, console: Console) -> None:
    """Print the report; none of its texts is taken for markup."""
    console.print(Group(*_parts(report)))


def _parts(report: Report) -> Iterator[RenderableType]:
    style = f"bold {_STYLES[report.state]}"
    yield Text.assemble("\n", (f"{_SIGNS[report.state]} {report.headline}", style), "\n")
    shown = report.routes
    if len(report.clusters) > _MOST_IN_FULL:
        shown = tuple(one for one in report.routes if not one.ok)
        good = counted(len(report.routes) - len(shown), "route")
        yield Text(f"{good} with an answer, {_when(report)}\n")
    if shown:
        yield _reachability(report, shown)
    elif not report.routes and report.proof.why:
        yield Text(f"No traffic was sent: {report.proof.why}\n", "dim")
    yield _clusters(report)
    for link in report.connections:
        if link.state is not Link.CONNECTED:
            yield Text(f"{link.source} → {link.target}: {link.state.value} ({link.said})")
    yield from map(_finding, report.findings)


def _table(title: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )


def _when(report: Report) -> str:
    return "just now" if report.proof.origin == "now" else "as recorded by the stack"


def _reachability(report: Report, routes: Sequence[Route]) -> Table:
    """Return the routes as a table, one per line, with a rule after each cluster's."""
    made = _table(f"Reachability, {_when(report)}")
    for heading in ("From", "To", "Path"):
        made.add_column(heading, no_wrap=True)
    made.add_column("OK", justify="center", no_wrap=True)
    made.add_column("ms", justify="right", no_wrap=True)
    made.add_column("Answers")
    for position, route in enumerate(routes):
        after = routes[position + 1 : position + 2]
        is_last = bool(after) and after[0].source != route.source
        made.add_row(*_row(route), end_section=is_last)
    return made


def _row(route: Route) -> tuple[Text, ...]:
    milliseconds = "" if route.milliseconds is None else f"{route.milliseconds:.1f}"
    answers = ", ".join(f"{name} {count}" for name, count in route.answers.items())
    nobody = "not asked" if route.ok is None else "none"
    said = answers if route.ok else route.error or answers
    cells = (route.source, route.target, _WAYS[route.path])
    return *map(Text, cells), _verdict(route), Text(milliseconds), Text(said or nobody)


def _verdict(route: Route) -> Text:
    if route.ok is None:
        return Text("?", "yellow")
    return Text("yes", "green") if route.ok else Text("no", "red")


def _clusters(report: Report) -> Table:
    made = _table("Clusters")
    for heading in ("Name", "Id", "Nodes", "Kubernetes", "Cilium", "Kernel"):
        made.add_column(heading, no_wrap=heading == "Name")
    made.add_column("Certificates")
    for cluster in report.clusters:
        kernels = sorted({node.kernel for node in cluster.nodes})
        ready = sum(node.is_ready for node in cluster.nodes)
        cells = (
            cluster.name,
            str(cluster.id),
            f"{ready}/{len(cluster.nodes)}" if cluster.is_reachable else "?",
            cluster.kubernetes or "?",
            cluster.cilium or "?",
            ", ".join(kernels) or "?",
        )
        made.add_row(*map(Text, cells), _first_end(report, cluster.name))
    return made


def _first_end(report: Report, cluster: str) -> Text:
    first = soonest(one for one in report.certificates if one.cluster == cluster)
    if first is None:
        return Text("?")
    if first.days < 0:
        return Text("expired", "red")
    return Text(counted(first.days, "day"), "yellow" if first.days < SOON_DAYS else "")


def _finding(finding: Finding) -> RenderableType:
    is_error = finding.level is Level.ERROR
    level = ("error", "red") if is_error else ("warning", "yellow")
    told = Text.assemble(level, f": {finding.cluster or 'the mesh'}: {finding.text}")
    lines = [*finding.details, f"what to do: {finding.remedy}"]
    return Group(told, *(Padding(Text(line), (0, 0, 0, 4)) for line in lines))
