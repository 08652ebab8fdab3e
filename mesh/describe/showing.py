"""What `describe` prints for people."""

from collections.abc import Sequence

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from components.checks.report import Finding
from components.config.faults.fault import Fault
from components.config.preflight_levels import Level
from mesh.describe.entries import Entry
from mesh.describe.found import nodes
from mesh.describe.judging import Judgement, place
from mesh.describe.target import Target

_UNKNOWN = "[yellow]?[/]"
_COLORS = {Level.ERROR: "red", Level.WARN: "yellow", Level.OFF: "dim"}


def show(console: Console, described: Sequence[Entry], judgement: Judgement) -> None:
    """Print the clusters, then what was found about them."""
    console.print(clusters(described))
    told = [
        *(_fault(one, described) for one in judgement.told_apart),
        *(_finding(one) for one in judgement.report.findings),
    ]
    if not told:
        console.print("[green]Nothing keeps these clusters from being a mesh.[/]")
    for one in told:
        console.print(one)


def close(console: Console, described: Sequence[Entry], judgement: Judgement, goal: Target) -> None:
    """Print what was written, what is left to answer, and the next steps."""
    console.print(f"\nWrote [bold]{goal.path.name}[/].", highlight=False)
    if any(entry.gaps for entry in described):
        console.print("[yellow]Questions[/] to answer in it, marked with `# ?`:", highlight=False)
        console.print(questions(described))
    if judgement.stops:
        console.print("Fix the errors above, then run this again.")
        return
    console.print("Next (the first command only if the stack is new):")
    console.print(f"  pulumi stack init {goal.stack}", highlight=False)
    console.print(f"  pulumi preview --stack {goal.stack}", highlight=False)


def clusters(described: Sequence[Entry]) -> Table:
    """Return a table of what the clusters said, with a question mark for each missing value."""
    made = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for heading in ("Cluster", "Id", "Pods", "Services", "Cilium", "Kubernetes", "Nodes"):
        made.add_column(heading)
    for entry in described:
        values, facts = entry.values, entry.facts
        made.add_row(
            Text(entry.label),
            str(values.get("id", _UNKNOWN)),
            ", ".join(values.get("podCidrs", ())) or _UNKNOWN,
            ", ".join(values.get("serviceCidrs", ())) or _UNKNOWN,
            str(facts.cilium_version or _UNKNOWN),
            str(facts.kubernetes_version or _UNKNOWN),
            Text(nodes(facts.nodes)),
        )
    return made


def questions(described: Sequence[Entry]) -> Table:
    """Return the questions, cluster by cluster, each with the key that its answer goes to."""
    made = Table.grid(padding=(0, 2))
    for index, entry in enumerate(described):
        for gap in entry.gaps:
            made.add_row(Text(f"  clusters[{index}].{gap.key}", "bold"), Text(gap.question))
    return made


def _finding(finding: Finding) -> Group:
    where = finding.cluster or "the mesh"
    said = f"{where}: {finding.text} [{finding.check}]"
    return _told(finding.level, said, finding.remedy)


def _fault(fault: Fault, described: Sequence[Entry]) -> Group:
    at = place(fault)
    where = f"{described[at[0]].label}, {at[1]}" if at else "the mesh"
    value = f" ({fault.value})" if fault.value else ""
    return _told(Level.ERROR, f"{where}: {fault.problem}{value}", fault.remedy)


def _told(level: Level, said: str, remedy: str) -> Group:
    head = Text.assemble((f"{level}: ", _COLORS[level]), said)
    return Group(head, Padding(Text(f"fix: {remedy}", "dim"), (0, 0, 0, 4)))
