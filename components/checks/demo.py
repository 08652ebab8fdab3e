"""The preflight check of what the demo needs."""

from collections.abc import Iterator

from .report import Complaint
from .subject import Subject, unsure


def demo_namespace(subject: Subject) -> Iterator[Complaint]:
    """The demo's namespace is there.

    It is not made: one that exists could not be taken over, and a destroy would take away
    whatever else came to live in it.
    """
    name = subject.config.demo.namespace
    if not subject.config.demo.enabled:
        return
    for _, facts in subject.reachable():
        if "namespaces" in facts.unread:
            yield unsure(facts, f"the presence of namespace {name}", "namespaces")
        elif name not in facts.namespaces:
            text = f"the demo's namespace {name} does not exist, or is being deleted"
            remedy = f"`kubectl create namespace {name}`, or set demo.namespace to another"
            yield Complaint(facts.name, text, remedy)
