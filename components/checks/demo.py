"""The preflight check of what the demo needs."""

from collections.abc import Iterator

from .report import Complaint
from .subject import Subject, unsure


def demo_namespace(subject: Subject) -> Iterator[Complaint]:
    """The demo's namespace exists.

    It is not created: an existing one could not be taken over, and a destroy would delete
    everything else in it.
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
