"""Preflight checks of whose a cluster, and what is in it, is."""

from collections.abc import Iterator

from ..common.foreign_text import shown
from ..common.own_objects import API_SERVER, MARK
from .report import Complaint
from .subject import Subject, unsure


def other_stack(subject: Subject) -> Iterator[Complaint]:
    """No cluster is in the mesh of another stack.

    Both would write the same Service, peers and demo, and the destroy of one would end the mesh of
    the other.
    """
    for _, facts in subject.reachable():
        if "node_ports" in facts.unread:
            yield unsure(facts, "whether it is in the mesh of another stack", "node_ports")
        if facts.stack not in ("", subject.stack):
            text = f"it is in the mesh of stack {shown(facts.stack)} already"
            remedy = (
                "take it out there first, or build on that stack's outputs (docs/outputs.md); if"
                " that stack is gone, or is this one under its former name: preflight.other-stack"
                " warn, for one update"
            )
            yield Complaint(facts.name, text, remedy)


def foreign_object(subject: Subject) -> Iterator[Complaint]:
    """Nothing that somebody else has made has the name of an object that the program makes.

    It would be overwritten, and deleted with a destroy.
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
                    f"rename or remove it{elsewhere}; or give it the label, and it is the program's"
                    " to change, and to delete with a destroy"
                )
                yield Complaint(facts.name, text, remedy)
