"""The preflight check of the cluster in which Kubean runs."""

from collections.abc import Iterator

from .report import MESH, Complaint
from .subject import Subject


def management_cluster(subject: Subject) -> Iterator[Complaint]:
    """The management cluster answers, runs Kubean, and its user may create what Kubean reads."""
    facts = subject.management
    if facts is None:
        return
    if facts.unreachable is not None:
        text = f"the management cluster cannot be read: {facts.unreachable.text}"
        yield Complaint(MESH, text, facts.unreachable.remedy)
    if facts.unread is not None:
        what = "Kubean's kinds and the user's rights in the management cluster"
        text = f"{what} could not be checked: {facts.unread.text}"
        yield Complaint(MESH, text, "check them by hand (docs/kubean.md)", is_sure=False)
    if facts.missing:
        text = f"the management cluster does not serve {', '.join(facts.missing)}"
        remedy = (
            "install Kubean's operator there, or set kubean.managementKubeconfig and kubean.context"
            " to the cluster where it runs"
        )
        yield Complaint(MESH, text, remedy)
    if facts.forbidden:
        text = (
            "the user of the management cluster's kubeconfig may not create"
            f" {', '.join(facts.forbidden)}"
        )
        yield Complaint(MESH, text, "give the user the rights of docs/kubean.md")
