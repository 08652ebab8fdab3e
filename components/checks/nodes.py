"""The preflight check of the nodes whose kernels this program manages."""

from collections.abc import Iterator

from ..node.decision import Verdict
from .report import Complaint
from .subject import Subject


def node_upgrade(subject: Subject) -> Iterator[Complaint]:
    """Every node in `nodes` has a new enough kernel, or gets one in this update."""
    for plan in subject.plans:
        decision = plan.decision
        if decision.verdict is Verdict.REFUSED:
            yield Complaint(plan.cluster, f"node {plan.node}: {decision.text}", decision.remedy)
        elif not plan.is_sure:
            text = f"node {plan.node}: {decision.text}"
            yield Complaint(plan.cluster, text, decision.remedy, is_sure=False)
