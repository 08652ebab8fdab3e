"""What steps mean for members; only those that no recorded preview has."""

import pytest

from components.node.decision import Decision, Verdict
from components.node.plan import NodePlan
from mesh.summary.document import document
from mesh.summary.drift import drifted
from mesh.summary.events import Diagnostic, State, Step
from mesh.summary.members import members
from mesh.summary.phrases import UNKNOWN
from mesh.summary.preview import Preview

COMMAND = "command:local:Command"
PREFIX = "urn:pulumi:prod::cilium-clustermesh::"


def step(op: str, component: str, name: str, kind: str = COMMAND, **states: object) -> Step:
    urn = f"{PREFIX}cilium-clustermesh:index:{component}${kind}::{name}"
    both = {key: State(urn=urn, **given) for key, given in states.items()}  # type: ignore[arg-type]
    keys = states and {"environment.X": {}}
    return Step(op=op, urn=urn, detailed_diff=keys or None, **both)


def environment(**values: str) -> dict[str, object]:
    return {"inputs": {"environment": values}}


def there(*names: str) -> tuple[Step, ...]:
    return tuple(step("same", "MeshMember", name) for name in names)


def told(*steps: Step, diagnostics: tuple[Diagnostic, ...] = ()) -> dict[str, str]:
    found = members(Preview(is_ok=True, steps=steps, diagnostics=diagnostics))
    return {one.name: "; ".join(one.texts) for one in found.changed}


def test_a_node_is_rebooted_where_it_needs_a_kernel_and_a_step_is_due() -> None:
    text = "Rocky Linux 8.10, kernel 4.18.0: too old (5.10 or newer): kernel-lt is installed from"
    text += " ELRepo, then the node is drained, if it is in its cluster, and REBOOTED (UEFI)"
    plans = [
        NodePlan("c1", "n1", Decision(Verdict.UPGRADE, text)),
        NodePlan("c1", "n2", Decision(Verdict.ENOUGH, "Debian, kernel 6.1: new enough (5.10)")),
        NodePlan("c2", "n1", Decision(Verdict.UPGRADE, text)),
    ]
    urn = f"{PREFIX}cilium-clustermesh:index:Preflight::preflight"
    said = tuple(Diagnostic(message=one.render(), severity="info", urn=urn) for one in plans)
    due = [step("create", "NodeKernel", f"c1-{node}") for node in ("n1", "n2")]
    assert told(*there("c1", "c2"), *due, diagnostics=said)["c1"] == (
        "node n1 gets kernel-lt and is rebooted"
    )
    assert "c2" not in told(*there("c1", "c2"), *due, diagnostics=said)


def test_peers_that_are_not_known_yet_are_not_invented() -> None:
    joining = step("create", "MeshPeers", "c1", new=environment(PEERS=UNKNOWN))
    assert told(*there("c1"), joining) == {"c1": "gets its peers"}


def test_one_member_whose_name_begins_as_anothers_is_not_taken_for_it() -> None:
    service = "kubernetes:core/v1:Service"
    change = step("update", "GlobalService", "c1-east-orders", service, new={"inputs": {
        "metadata": {"name": "orders", "namespace": "shop"}
    }})  # fmt: skip
    assert told(*there("c1", "c1-east"), change) == {
        "c1-east": "the global Service shop/orders changes"
    }


def test_a_replacement_is_told_as_one() -> None:
    """A resource that is deleted and recreated is gone in between: reviewers must see that."""
    service = step("replace", "ApiServerService", "c1", "kubernetes:core/v1:Service")
    assert told(*there("c1"), service) == {
        "c1": "deleted and recreated: the NodePort Service of its API server"
    }


@pytest.mark.parametrize(
    ("component", "kind", "op", "versions", "text"),
    [
        ("CiliumRelease", "kubernetes:helm.sh/v3:Release", "create", ("", "1.18.4"),
         "gets Cilium as a Helm release of this stack"),
        ("CiliumRelease", "kubernetes:helm.sh/v3:Release", "update", ("1.18.3", "1.18.4"),
         "Cilium 1.18.3 → 1.18.4"),
        ("KubeanCluster", "kubernetes:kubean.io/v1alpha1:Cluster", "create", ("", ""),
         "gets Kubernetes made by Kubean"),
        ("KubeanCluster", "kubernetes:kubean.io/v1alpha1:ClusterOperation", "create", ("", ""),
         "Kubean runs Kubespray on its machines"),
    ],
)  # fmt: skip
def test_what_brings_a_cluster_or_cilium_is_told(
    component: str, kind: str, op: str, versions: tuple[str, str], text: str
) -> None:
    old, new = ({"inputs": {"version": version}} for version in versions)
    assert told(*there("c1"), step(op, component, "c1", kind, old=old, new=new)) == {"c1": text}


def test_what_belongs_to_no_member_is_counted_in_the_headline() -> None:
    beside = Step(op="update", urn=f"{PREFIX}cilium-clustermesh:index:Other::x")
    text = document("prod", Preview(is_ok=True, steps=(*there("c1"), beside)), {})
    assert "### Mesh `prod`: no member changes, 1 other resource does" in text


def test_objects_that_somebody_deleted_or_changed_are_drift() -> None:
    """The engine's log of a refresh has no new state, or a diff, beside the op `refresh`."""
    gone, changed, same = (
        step("refresh", component, "c1", kind, old={"id": name})
        for component, kind, name in (
            ("RebelBase", "kubernetes:core/v1:ConfigMap", "default/rebel-base"),
            ("GlobalService", "kubernetes:core/v1:Service", "default/rebel-base"),
            ("XWing", "kubernetes:apps/v1:Deployment", "default/x-wing"),
        )
    )
    keys = {'metadata.annotations["service.cilium.io/global"]': {"diffKind": "delete"}}
    both = {"new": State(id="default/rebel-base"), "detailed_diff": keys}
    refreshed = (
        gone,
        changed.model_copy(update=both),
        same.model_copy(update={"new": same.old, "detailed_diff": {}}),
    )
    found = drifted(Preview(is_ok=True, refreshed=refreshed))
    assert [(one.where, one.what, one.text) for one in found] == [
        ("c1", "ConfigMap default/rebel-base", "it is gone"),
        ("c1", "Service default/rebel-base", f"it was changed: {next(iter(keys))}"),
    ]
