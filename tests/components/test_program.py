"""The whole program, without an engine, in a preview and in an update."""

import json
from typing import Any

import pulumi
import pytest

from components.api_server_service import SERVICE_NAME
from components.common.labels import STACK
from components.kube_api.errors import ApiError, Kind
from tests.components.conftest import (
    COMMAND,
    DRIFT,
    IDENTITY,
    RELEASE,
    TOKEN,
    Recorded,
    Registered,
    Run,
)
from tests.components.programs import program

SERVICE, DEPLOYMENT = "kubernetes:core/v1:Service", "kubernetes:apps/v1:Deployment"
# For what is unknown until the Service that exposes the API server exists.
UP = Run(preview=False)


_RECORDED: dict[str, Recorded] = {}


def run_program(run: Run, *arguments: Any, **settings: Any) -> Recorded:
    """Run the program once for the same settings: nothing in a record is ever changed."""
    key = repr((run.preview, arguments, settings))
    if key not in _RECORDED:
        _RECORDED[key] = run(lambda: program(*arguments, **settings))
    return _RECORDED[key]


def commands(recorded: Recorded, component: str) -> dict[str, Registered]:
    """The Commands of one kind of component by the name of their parents."""
    return recorded.of_cluster(COMMAND, component)


def assert_owned(recorded: Recorded) -> None:
    """Every object in a cluster has the annotation that takes fields back from others."""
    objects = [one for one in recorded.resources if one.type.startswith("kubernetes:")]
    assert objects
    for one in objects:
        if one.type != RELEASE:
            assert one.inputs["metadata"]["annotations"]["pulumi.com/patchForce"] == "true", one


def test_no_service_is_waited_for(run: Run) -> None:
    """A global one may have its backends elsewhere; an update would wait for ten minutes."""
    services = [one for one in run_program(run).resources if one.type.endswith(":Service")]
    assert len(services) == 4
    for one in services:
        assert one.inputs["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true", one


def environment(command: Registered) -> dict[str, Any]:
    return dict(command.inputs["environment"])


def test_every_resource_is_named_after_its_cluster(run: Run) -> None:
    """A list index in a name would replace everything behind a cluster that leaves."""
    names = {one.name for one in run_program(run).resources}
    beside = {"preflight", "scripts", "drift", "mesh", "mesh-proof", "mesh-proof-drift"}
    steps = (
        *("sweep", "api-server", "enable", "enable-drift", "peers", "peers-drift"),
        *("rebel-base", "rebel-base-response", "x-wing", "global-service"),
    )
    clusters = ("cluster01", "cluster02")
    in_clusters = {f"{cluster}-{step}" for cluster in clusters for step in steps}
    assert names == {*beside, *clusters, *in_clusters, "cluster02-shared-ca"}


def test_every_component_registers_its_outputs(run: Run) -> None:
    recorded = run_program(run)
    components = [one for one in recorded.resources if one.type.startswith(TOKEN)]
    assert {one.type.removeprefix(TOKEN) for one in components} == {
        "ApiServerService",
        "GlobalService",
        "MeshKubeconfig",
        "MeshMember",
        "MeshPeers",
        "MeshVerification",
        "Preflight",
        "ProviderLeftovers",
        "RebelBase",
        "SharedCa",
        "XWing",
    }
    assert {one.urn for one in components} <= recorded.outputs.keys()


def test_every_object_has_a_component_as_parent(run: Run) -> None:
    for one in run_program(run).resources:
        if one.custom and not one.type.startswith("pulumi:providers"):
            assert one.parent.startswith(TOKEN), one


def test_every_object_goes_through_the_provider_of_its_own_cluster(run: Run) -> None:
    for one in run_program(run).resources:
        if one.type.startswith("kubernetes:"):
            assert f"pulumi:providers:kubernetes::{one.cluster}::" in one.provider


def test_every_object_is_ours_whoever_wrote_to_it_before(run: Run) -> None:
    """Otherwise an update stops at what a killed one created, or somebody changed by hand."""
    assert_owned(run_program(run))


def test_no_resource_uses_a_default_provider(run: Run) -> None:
    for one in run_program(run).resources:
        if one.custom and not one.type.startswith("pulumi:providers"):
            own = ("::scripts::", "::drift::", f"kubernetes::{one.cluster}::")
            assert any(provider in one.provider for provider in own)


def test_a_provider_is_known_by_its_cluster_and_its_kubeconfig_is_secret(run: Run) -> None:
    """Without cluster_identifier a renewed certificate plans to replace everything."""
    for name, provider in run_program(run).of_type("pulumi:providers:kubernetes").items():
        assert provider.inputs["clusterIdentifier"] == name
        assert "kubeconfig" in provider.secret_inputs
        kubeconfig = json.loads(provider.inputs["kubeconfig"])
        assert [context["name"] for context in kubeconfig["contexts"]] == [name]


def test_a_commands_input_is_secret_and_its_text_is_short_and_has_no_machine_in_it(
    run: Run,
) -> None:
    for command in run_program(run).resources:
        if command.type != COMMAND:
            continue
        assert command.inputs["create"].startswith("exec sh components/scripts/run.sh ")
        assert len(command.inputs["create"]) < 80
        assert command.inputs["interpreter"] == ["/bin/sh", "-c"]
        assert not {"dir", "triggers", "logging", "addPreviousOutputInEnv"} & command.inputs.keys()
        assert "stdin" in command.secret_outputs


def test_credentials_are_in_secret_inputs_only(run: Run) -> None:
    for one in run_program(run).resources:
        open_inputs = {
            key: value for key, value in one.inputs.items() if key not in one.secret_inputs
        }
        assert "client-key-data" not in json.dumps(open_inputs), one.urn


def test_the_api_server_is_reached_at_an_address_that_its_certificate_covers(
    run: Run, preview: bool
) -> None:
    recorded = run_program(run)
    outputs = recorded.outputs[f"{TOKEN}ApiServerService::cluster01"]
    if not preview:
        assert outputs == {"nodePort": 31443, "url": "https://192.0.2.1:31443"}


def test_an_address_without_certificate_gets_a_tls_server_name() -> None:
    uncovered = {"cluster01": {"certificate_names": ("kubernetes", "kubernetes.default.svc")}}
    recorded = run_program(UP, 2, uncovered)
    stdin = json.loads(commands(recorded, "MeshVerification")["mesh"].inputs["stdin"])
    entry = stdin["merged"]["clusters"][0]["cluster"]
    assert entry["tls-server-name"] == "kubernetes.default.svc"
    assert "insecure-skip-tls-verify" not in entry


def test_the_clusters_are_reached_as_their_own_kubeconfigs_do() -> None:
    """With the NodePorts too, connections to them would be lost (cilium#37566)."""
    recorded = run_program(UP)
    for kind in ("MeshMember", "MeshPeers", "MeshVerification"):
        for command in commands(recorded, kind).values():
            listed = json.loads(command.inputs["stdin"])["kubeconfig"]["clusters"]
            assert all(one["cluster"]["server"].endswith(":6443") for one in listed)


def contexts(command: Registered) -> list[str]:
    kubeconfig = json.loads(command.inputs["stdin"])["kubeconfig"]
    return [context["name"] for context in kubeconfig["contexts"]]


@pytest.mark.parametrize("kind", ["MeshMember", "MeshPeers"])
def test_a_member_gets_its_own_credentials_alone(kind: str) -> None:
    """Otherwise each change of one runs the Commands of all, and the state holds N² of them."""
    for name, command in commands(run_program(UP, 3), kind).items():
        assert contexts(command) == [name]


def test_a_peer_is_reached_where_only_it_can_tell_its_endpoint() -> None:
    nodeless: dict[str, Any] = {"cluster02": {"nodes": ()}}
    recorded = run_program(UP, 3, nodeless, preflight={"nodes-ready": "off"})
    asked = {name: contexts(one) for name, one in commands(recorded, "MeshPeers").items()}
    assert asked == {
        "cluster01": ["cluster01", "cluster02"],
        "cluster02": ["cluster02"],
        "cluster03": ["cluster02", "cluster03"],
    }


def test_every_member_has_a_mesh_port_of_its_own(run: Run) -> None:
    members = commands(run_program(run, 3), "MeshMember")
    ports = [environment(member)["NODE_PORT"] for _, member in sorted(members.items())]
    assert ports == ["32257", "32258", "32259"]


def test_every_cluster_is_connected_to_every_other(run: Run) -> None:
    peers = commands(run_program(run, 3), "MeshPeers")
    assert json.loads(environment(peers["cluster01"])["PEERS"]) == {
        "cluster02": {"endpoint": "192.0.2.2:32258", "override": False},
        "cluster03": {"endpoint": "192.0.2.3:32259", "override": False},
    }


def test_a_third_cluster_changes_nothing_of_the_others_but_their_peers(
    run: Run, preview: bool
) -> None:
    """What an existing pair consists of stays as it is when a cluster joins by config alone."""
    two = {(one.type, one.parent, one.name): one for one in run_program(run, 2).resources}
    three = {(one.type, one.parent, one.name): one for one in run_program(run, 3).resources}
    changed = {key for key in two if two[key].inputs != three[key].inputs}
    expected = {
        ("MeshPeers", "cluster01", "peers"),
        ("MeshPeers", "cluster02", "peers"),
        ("MeshVerification", "mesh", "proof"),
    }
    assert changed == {(IDENTITY, f"{TOKEN}Preflight::preflight", "mesh")} | {
        (kind, f"{TOKEN}{component}::{name}", f"{name}-{step}")
        for component, name, step in expected
        for kind, step in ((COMMAND, step), (DRIFT, f"{step}-drift"))
    }


def test_the_ca_is_shared_after_the_first_is_enabled_and_before_the_others(run: Run) -> None:
    recorded = run_program(run, 3)
    shared = commands(recorded, "SharedCa")
    members = commands(recorded, "MeshMember")
    assert set(shared) == {"cluster02", "cluster03"}
    for name, command in shared.items():
        assert command.urn in members[name].dependencies
        assert "delete" not in command.inputs
        if not run.preview:
            assert environment(command)["SOURCE"] == "cluster01"
            listed = recorded.resources
            assert listed.index(members["cluster01"]) < listed.index(command)


def test_a_cluster_is_enabled_after_its_api_server_is_exposed(run: Run) -> None:
    """In the order of the procedure, and not beside a Helm upgrade."""
    recorded = run_program(run)
    exposed = recorded.of_cluster(SERVICE, "ApiServerService")
    for name, command in commands(recorded, "MeshMember").items():
        assert exposed[name].urn in command.dependencies


def test_the_demo_is_made_after_the_api_server_is_exposed_and_waits_for_nothing_else(
    run: Run,
) -> None:
    """It starts while the mesh is being built; a mesh that fails leaves its Pods alone."""
    recorded = run_program(run)
    exposed = recorded.of_cluster(SERVICE, "ApiServerService")
    made = recorded.of_type(DEPLOYMENT).values()
    assert len(made) == 4
    for deployment in made:
        awaited = {one for one in deployment.dependencies if "ConfigMap" not in one}
        assert awaited == {exposed[deployment.cluster].urn}


def test_who_gave_its_ca_need_not_stay_for_who_got_it(run: Run) -> None:
    """A dead cluster, whose resources stay in the state, would keep the mesh on in the first."""
    recorded = run_program(run, 3)
    member = commands(recorded, "MeshMember")["cluster01"].urn
    service = recorded.of_cluster(SERVICE, "ApiServerService")["cluster01"]
    for command in commands(recorded, "SharedCa").values():
        assert not command.dependencies & {member, service.urn}


def test_different_cas_are_allowed_only_when_asked_for(run: Run) -> None:
    usual = commands(run_program(run), "MeshPeers")["cluster01"]
    asked = commands(run_program(run, ca={"source": "mismatched"}), "MeshPeers")["cluster01"]
    assert environment(usual)["ALLOW_MISMATCHING_CA"] == "false"
    assert environment(asked)["ALLOW_MISMATCHING_CA"] == "true"
    assert contexts(asked) == ["cluster01", "cluster02"], "the CLI reads each peer's CA from it"
    assert not commands(run_program(run, ca={"source": "mismatched"}), "SharedCa")


def test_a_mesh_endpoint_that_is_given_is_told_to_the_peers(run: Run) -> None:
    from tests.unit.config.configs import raw_cluster

    moved = raw_cluster(2, mesh={"address": "198.51.100.7", "nodePort": 32000})
    recorded = run_program(run, clusters=[raw_cluster(1), moved])
    peers = json.loads(environment(commands(recorded, "MeshPeers")["cluster01"])["PEERS"])
    assert peers == {"cluster02": {"endpoint": "198.51.100.7:32000", "override": True}}
    assert environment(commands(recorded, "MeshMember")["cluster02"])["NODE_PORT"] == "32000"


def test_what_makes_has_an_inverse(run: Run) -> None:
    recorded = run_program(run)
    for component, inverse in (("MeshMember", "member disable"), ("MeshPeers", "peers disconnect")):
        for command in commands(recorded, component).values():
            assert command.inputs["delete"] == f"exec sh components/scripts/run.sh {inverse}"


def test_the_proof_waits_for_everything_that_it_is_about(run: Run) -> None:
    recorded = run_program(run)
    (proof,) = [one for one in recorded.resources if one.type == f"{TOKEN}MeshVerification"]
    (command,) = commands(recorded, "MeshVerification").values()
    awaited = proof.dependencies | command.dependencies
    for kind, component in (
        (COMMAND, "MeshMember"),
        (COMMAND, "MeshPeers"),
        (SERVICE, "GlobalService"),
        (DEPLOYMENT, "RebelBase"),
        (DEPLOYMENT, "XWing"),
    ):
        found = recorded.of_cluster(kind, component)
        assert len(found) == 2
        assert {one.urn for one in found.values()} <= awaited


def test_without_demo_there_are_no_workloads_but_still_a_proof(run: Run) -> None:
    recorded = run_program(run, demo={"enabled": False})
    assert not recorded.of_type(DEPLOYMENT)
    spec = json.loads(environment(commands(recorded, "MeshVerification")["mesh"])["SPEC"])
    assert spec["demo"] is None


def test_the_proof_can_be_switched_off(run: Run) -> None:
    recorded = run_program(run, verification={"enabled": False})
    assert not commands(recorded, "MeshVerification")


def test_an_error_of_preflight_stops_everything_before_the_first_resource(run: Run) -> None:
    wrong = {"cluster01": {"pod_cidrs": ()}, "cluster02": {"release": None}}
    with pytest.raises(pulumi.RunError, match="cluster02") as stopped:
        run_program(run, 2, wrong)
    assert "cilium-release" in str(stopped.value)


def test_every_cluster_is_marked_as_this_stacks_own(run: Run) -> None:
    found = (one.inputs.get("metadata") or {} for one in run_program(run).resources)
    marks = [one["annotations"][STACK] for one in found if one.get("name") == SERVICE_NAME]
    assert marks == ["cilium-clustermesh/test"] * 2


def test_a_cluster_with_the_mark_of_another_stack_stops_everything(run: Run) -> None:
    marked = {"cluster01": {"stack": "cilium-clustermesh/test"}}
    run_program(run, 2, marked)
    with pytest.raises(
        pulumi.RunError, match=r"already in the mesh of stack 'cilium-clustermesh/staging'"
    ):
        run_program(run, 2, {**marked, "cluster02": {"stack": "cilium-clustermesh/staging"}})


def test_a_warning_of_preflight_stops_nothing(run: Run) -> None:
    wrong = {"cluster02": {"release": None}}
    recorded = run_program(run, 2, wrong, preflight={"cilium-release": "warn"})
    assert commands(recorded, "MeshMember").keys() == {"cluster01", "cluster02"}


def test_the_outputs_are_those_that_are_documented(run: Run, preview: bool) -> None:
    recorded = run_program(run)
    outputs = recorded.outputs["pulumi:pulumi:Stack::cilium-clustermesh-test"]
    assert set(outputs) == {
        "schemaVersion",
        "clusters",
        "kubeconfig",
        "kubeconfigs",
        "mesh",
        "verification",
    }
    if not preview:
        assert outputs["clusters"][0] == {
            "name": "cluster01",
            "id": 1,
            "podCidrs": ["10.10.0.0/16"],
            "serviceCidrs": ["10.11.0.0/16"],
            "apiServerUrl": "https://192.0.2.1:31443",
            "meshEndpoint": "192.0.2.1:32257",
        }
        assert outputs["mesh"] == {"cluster01": ["cluster02"], "cluster02": ["cluster01"]}


def test_what_the_providers_leave_behind_is_swept_after_all_else_is_deleted(run: Run) -> None:
    recorded = run_program(run)
    sweeps = commands(recorded, "ProviderLeftovers")
    for name, provider in recorded.of_type("pulumi:providers:kubernetes").items():
        assert sweeps[name].inputs["delete"] == "exec sh components/scripts/run.sh leftovers sweep"
        assert sweeps[name].urn in provider.dependencies


def test_a_dead_cluster_that_is_let_pass_keeps_no_healthy_one_waiting(run: Run) -> None:
    dead = ApiError(Kind.CONNECTION, "does not answer", "check it")
    changes = {"cluster03": {"unreachable": dead}}
    recorded = run_program(run, 3, changes, preflight={"api-reachable": "warn"})
    members = commands(recorded, "MeshMember")
    of_dead = {one.urn for one in recorded.resources if one.cluster == "cluster03"}
    for name in ("cluster01", "cluster02"):
        awaited = commands(recorded, "MeshPeers")[name].dependencies
        assert members["cluster02"].urn in awaited
        assert not of_dead & awaited
    assert "cluster03" in members
    # Its Service cannot be created, but what could not be disabled must still be reported.
    exposed = recorded.of_cluster(SERVICE, "ApiServerService")["cluster03"]
    assert exposed.urn not in members["cluster03"].dependencies


def test_giving_a_cluster_up_is_for_one_run_and_gets_into_no_input(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise that run would change every provider, and the next one would change it back."""
    monkeypatch.setenv("PULUMI_K8S_DELETE_UNREACHABLE", "true")
    recorded = UP(program)
    for provider in recorded.of_type("pulumi:providers:kubernetes").values():
        assert "deleteUnreachable" not in provider.inputs
