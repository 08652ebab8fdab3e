"""The preflight check of whose a cluster is: what a stack made in it, no other may make or undo."""

from collections.abc import Iterator

from .report import Complaint
from .subject import Subject


def full_name(project: str, stack: str) -> str:
    """Give the name under which a stack is known in its clusters."""
    return f"{project}/{stack}"


def other_stack(subject: Subject) -> Iterator[Complaint]:
    """No cluster is in the mesh of another stack.

    Both would write the same Service, peers and demo, and the destroy of one would end the mesh of
    the other.
    """
    for _, facts in subject.reachable():
        if facts.stack not in ("", subject.stack):
            text = f"it is in the mesh of stack {facts.stack} already"
            remedy = (
                "take it out there first, or build on that stack's outputs (docs/outputs.md); if"
                " that stack is gone, or is this one under its former name: preflight.other-stack"
                " warn, for one update"
            )
            yield Complaint(facts.name, text, remedy)
