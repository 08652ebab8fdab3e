"""A mesh with a cluster that Kubean makes, without an engine, in a preview and in an update."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.config.loading import load
from components.rendering import kubean_operation
from tests.components.conftest import COMMAND, IDENTITY, TOKEN, Recorded, Registered, Run
from tests.components.programs import run_steps
from tests.components.test_program import assert_owned
from tests.kubeconfigs import as_text, ca, kubeadm
from tests.unit.config.configs import raw_cluster
from tests.unit.rendering.kubeans import raw_made, raw_mesh, ssh_key

PARENT = f"{TOKEN}KubeanCluster::cluster02"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
CUSTOM = "kubernetes:kubean.io/v1alpha1:"
SHARED = ca("shared")
CA = {"source": "config", "cert": SHARED.cert, "key": SHARED.key}


def recorded(run: Run, ca: dict[str, Any] | None = None, **kubean: Any) -> Recorded:
    settings = {"ca": ca} if ca else {}
    raw = raw_mesh(raw_cluster(1), raw_made(2, **kubean), **settings)
    return run(lambda: run_steps(load(raw, Path("/"))))


def children(found: Recorded) -> list[Registered]:
    return [one for one in found.resources if one.parent == PARENT]


def child(found: Recorded, kind: str) -> Registered:
    (only,) = [one for one in children(found) if one.type == kind]
    return only


def member(found: Recorded, component: str, name: str) -> Registered:
    return found.of_cluster(COMMAND, component)[name]


def test_everything_is_made_by_the_providers_of_the_management_cluster(run: Run) -> None:
    for one in children(recorded(run)):
        wanted = "command::kubean::" if one.type == COMMAND else "kubernetes::kubean.management::"
        assert wanted in one.provider, one
        assert one.name.startswith("cluster02")


def test_every_object_is_ours_whoever_wrote_to_it_before(run: Run) -> None:
    assert_owned(recorded(run))


def test_nothing_of_the_members_goes_there(run: Run) -> None:
    for one in recorded(run).resources:
        if one.type.startswith("kubernetes:") and one.parent != PARENT:
            assert f"pulumi:providers:kubernetes::{one.cluster}::" in one.provider


def test_the_inputs_are_there_before_the_cluster_and_it_before_the_operation(run: Run) -> None:
    found = recorded(run)
    cluster, asked = child(found, f"{CUSTOM}Cluster"), None
    for one in children(found):
        if one.inputs.get("kind") == "ClusterOperation":
            asked = one
    assert asked is not None
    inputs = {f"{CONFIG_MAP}::cluster02-hosts", f"{CONFIG_MAP}::cluster02-vars"}
    assert {*inputs, "kubernetes:core/v1:Secret::cluster02-ssh"} <= cluster.dependencies
    assert cluster.urn in asked.dependencies
    assert {cluster.urn, asked.urn} <= child(found, COMMAND).dependencies


def test_what_lasts_is_protected_and_an_operation_is_not(run: Run) -> None:
    protected = {one.name for one in children(recorded(run)) if one.protected}
    parts = ("hosts", "vars", "ssh", "kubean")
    assert protected == {"cluster02", *(f"cluster02-{part}" for part in parts)}
    assert not any(one.protected for one in children(recorded(run, protect=False)))


def test_a_reset_is_run_on_delete_only_where_it_is_asked_for(run: Run) -> None:
    assert "delete" not in child(recorded(run), COMMAND).inputs
    command = child(recorded(run, reset=True), COMMAND)
    assert command.inputs["delete"] == "exec sh components/scripts/run.sh kubean reset"
    manifest = json.loads(command.inputs["environment"]["RESET"])
    assert manifest["spec"]["action"] == "reset.yml"


def test_keys_are_in_secret_inputs_alone(run: Run) -> None:
    secret_lines = (ssh_key().splitlines()[2], SHARED.key.splitlines()[1])
    for one in recorded(run, CA).resources:
        shown = {key: value for key, value in one.inputs.items() if key not in one.secret_inputs}
        text = json.dumps(shown)
        assert not any(line in text for line in secret_lines), one.urn
        assert "client-key-data" not in text, one.urn


def test_the_mesh_is_made_again_after_each_operation_and_only_there(run: Run) -> None:
    """Kubespray does not keep what was set in Cilium's release meanwhile."""
    found = recorded(run)
    raw = load(raw_mesh(raw_cluster(1), raw_made(2)), Path("/"))
    name = kubean_operation.name_of(raw.cluster("cluster02"), raw)
    for component in ("MeshMember", "MeshPeers"):
        assert member(found, component, "cluster02").inputs["environment"]["OPERATION"] == name
        assert "OPERATION" not in member(found, component, "cluster01").inputs["environment"]


def test_nothing_is_asked_of_kubean_before_the_names_and_ids_are_compared(run: Run) -> None:
    found = recorded(run)
    identity = found.one(IDENTITY, "kubean")
    members = {"cluster02": {"uid": "192.0.2.21", "id": 2}}
    assert identity.inputs["members"] == members
    for kind, name in (("kubernetes", "kubean.management"), ("command", "kubean")):
        provider = found.one(f"pulumi:providers:{kind}", name)
        assert identity.urn in provider.dependencies


def test_the_members_wait_for_the_cluster_that_is_being_made(run: Run, preview: bool) -> None:
    found = recorded(run)
    identity = found.one(IDENTITY, "mesh")
    if not preview:
        uids = {name: one["uid"] for name, one in identity.inputs["members"].items()}
        assert uids == {"cluster01": "uid of 10.10.0.0/16", "cluster02": "uid of 10.20.0.0/16"}
        kubeconfig = json.loads(
            found.one("pulumi:providers:kubernetes", "cluster02").inputs["kubeconfig"]
        )
        assert kubeconfig["clusters"][0]["cluster"]["server"] == "https://192.0.2.2:6443"
    peers = json.loads(member(found, "MeshPeers", "cluster02").inputs["environment"]["PEERS"])
    assert peers == {"cluster01": {"endpoint": "192.0.2.1:32257", "override": False}}


def test_the_outputs_do_not_depend_on_how_a_cluster_came_to_be(run: Run, preview: bool) -> None:
    outputs = recorded(run).outputs["pulumi:pulumi:Stack::cilium-clustermesh-test"]
    if preview:
        return
    assert outputs["clusters"][1]["meshEndpoint"] == "192.0.2.2:32258"
    assert outputs["clusters"][1]["apiServerUrl"] == "https://192.0.2.2:31443"


@pytest.mark.parametrize("name", ["cluster02-hosts", "cluster02-vars"])
def test_owners_that_the_operator_notes_are_no_difference(run: Run, name: str) -> None:
    one = recorded(run).one(CONFIG_MAP, name)
    assert "metadata.ownerReferences" in one.ignored_changes


def test_a_kubeconfig_that_has_the_new_name_for_another_cluster_stops_the_update() -> None:
    """It cannot be known before the cluster exists, whose kubeconfig it would have to match."""
    known = kubeadm("https://192.0.2.1:6443", "ca of cluster01")
    known["clusters"].append(
        {"name": "cluster02", "cluster": {"server": "https://192.0.2.77:6443"}}
    )
    raw = raw_mesh(raw_cluster(1, kubeconfigContent=as_text(known)), raw_made(2))
    with pytest.raises(pulumi.RunError, match="already has a 'cluster02' under clusters"):
        Run(preview=False)(lambda: run_steps(load(raw, Path("/"))))


def test_a_made_cluster_that_does_not_fit_stops_the_update_with_the_report() -> None:
    config = load(raw_mesh(raw_cluster(1), raw_made(2)), Path("/"))
    with pytest.raises(pulumi.RunError, match="Preflight looked at cluster01, cluster02: 1 error"):
        Run(preview=False)(lambda: run_steps(config, {"cluster02": {"release": None}}))
