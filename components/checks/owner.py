"""Preflight checks of ownership: no cluster of another stack, no object of somebody else."""

from collections.abc import Iterator

from ..common.foreign_text import shown
from ..common.own_objects import API_SERVER, MARK
from .report import Complaint
from .subject import Subject, unsure


def other_stack(subject: Subject) -> Iterator[Complaint]:
    """No cluster is in the mesh of another stack.

    Both would write the same Service, peers and demo, and a destroy of one would end the other's
    mesh.
    """
    for _, facts in subject.reachable():
        if "node_ports" in facts.unread:
            yield unsure(facts, "whether it is in the mesh of another stack", "node_ports")
        if facts.stack not in ("", subject.stack):
            text = f"it is already in the mesh of stack {shown(facts.stack)}"
            remedy = (
                "remove it there first, or build on that stack's outputs (docs/outputs.md); if that"
                " stack is gone, or is this one under its former name, set preflight.other-stack to"
                " warn for one update"
            )
            yield Complaint(facts.name, text, remedy)


def foreign_object(subject: Subject) -> Iterator[Complaint]:
    """No object made by somebody else has the name of one that the program makes.

    It would be overwritten, and deleted by a destroy.
    """
    for _, facts in subject.reachable():
        if facts.unread.keys() & {"named", "node_ports"}:
            what = "whether somebody else's objects have the names of ours"
            yield unsure(facts, what, "named", "node_ports")
        for one in facts.named:
            if not one.is_ours:
                text = f"somebody else's {one.name} is there: it lacks the label {MARK}"
                elsewhere = (
                    ""
                    if one.name == API_SERVER
                    else ", set demo.namespace to another one or demo.enabled to false"
                )
                remedy = (
                    f"rename or remove it{elsewhere}; or add the label, which lets the program"
                    " change it, and delete it with a destroy"
                )
                yield Complaint(facts.name, text, remedy)
