"""examples/consumer, and what MeshReference makes of the outputs of a mesh's stack."""

import json
import runpy
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pytest

import components
from components.mesh_reference import MeshReference, MeshReferenceArgs
from tests.components.conftest import COMMAND, Recorded, Run
from tests.mesh_outputs import mesh_outputs

CONSUMER = Path(__file__).parents[2] / "examples/consumer/__main__.py"
STACK = "organization/cilium-clustermesh/dev"
KUBERNETES = "pulumi:providers:kubernetes"
SERVICE = "kubernetes:core/v1:Service"


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package under the name that it has where it is installed, and the example's config."""
    monkeypatch.setitem(sys.modules, "cilium_clustermesh", components)
    config = {"cilium-clustermesh:mesh": STACK, "cilium-clustermesh:image": "nginx"}
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(config))


def consume(run: Run, count: int = 2) -> Recorded:
    def example() -> None:
        runpy.run_path(str(CONSUMER))

    return replace(run, referenced=mesh_outputs(count))(example)


def refer(run: Run, outputs: dict[str, Any]) -> None:
    def program() -> None:
        MeshReference("mesh", MeshReferenceArgs(stack=STACK))

    replace(run, referenced=outputs)(program)


def test_every_member_gets_the_same_global_service_which_prefers_its_own_backends(
    run: Run,
) -> None:
    services = consume(run).of_cluster(SERVICE)
    assert set(services) == {"cluster01", "cluster02"}
    assert services["cluster01"].inputs == services["cluster02"].inputs
    annotations = services["cluster01"].inputs["metadata"]["annotations"]
    assert annotations["service.cilium.io/global"] == "true"
    assert annotations["service.cilium.io/affinity"] == "local"


def test_a_backend_says_of_which_cluster_it_is(run: Run) -> None:
    for name, response in consume(run).of_cluster("kubernetes:core/v1:ConfigMap").items():
        assert json.loads(response.inputs["data"]["message"])["Cluster"] == name


def test_a_member_that_joins_the_mesh_gets_the_service_too(run: Run) -> None:
    assert "cluster03" in consume(run, 3).of_cluster(SERVICE)


def test_every_object_goes_through_the_provider_of_its_own_cluster(run: Run) -> None:
    objects = [one for one in consume(run).resources if one.type.startswith("kubernetes:")]
    assert len(objects) == 8
    for one in objects:
        assert f"{KUBERNETES}::{one.cluster}::" in one.provider


def test_a_provider_knows_its_own_cluster_alone_and_nothing_shows_its_credentials(
    run: Run,
) -> None:
    """Otherwise a new certificate of one cluster would change the providers of all."""
    recorded = consume(run)
    for name, provider in recorded.of_type(KUBERNETES).items():
        kubeconfig = json.loads(provider.inputs["kubeconfig"])
        assert [context["name"] for context in kubeconfig["contexts"]] == [name]
        assert kubeconfig["current-context"] == name
    for one in recorded.resources:
        shown = {key: text for key, text in one.inputs.items() if key not in one.secret_inputs}
        assert "client-key-data" not in json.dumps(shown), one.urn


def test_what_the_providers_leave_behind_is_swept_after_all_else_is_deleted(run: Run) -> None:
    recorded = consume(run)
    for name, provider in recorded.of_type(KUBERNETES).items():
        sweep = recorded.of_cluster(COMMAND, "ProviderLeftovers")[name]
        assert sweep.urn in provider.dependencies
        assert sweep.inputs["delete"].endswith("scripts/run.sh leftovers sweep")


def test_a_stack_that_is_no_mesh_is_refused_with_what_to_do(run: Run) -> None:
    with pytest.raises(pulumi.RunError, match=f"stack {STACK} has no output schemaVersion") as no:
        refer(run, {"url": "http://elsewhere"})
    assert "run `pulumi up` there first" in str(no.value)


@pytest.mark.parametrize("version", [2, "two"])
def test_outputs_of_another_schema_version_are_refused_with_what_to_do(
    run: Run, version: object
) -> None:
    newer = mesh_outputs() | {"schemaVersion": version, "clusters": "of another shape"}
    told = f"outputs of schemaVersion {version}, this program"
    with pytest.raises(pulumi.RunError, match=told) as no:
        refer(run, newer)
    assert "install the cilium-clustermesh that the stack was made with" in str(no.value)


def test_outputs_that_are_not_what_their_version_says_are_refused_with_the_place(run: Run) -> None:
    broken = mesh_outputs()
    del broken["clusters"][1]["podCidrs"]
    with pytest.raises(pulumi.RunError, match=r"clusters\.1\.podCidrs does not match"):
        refer(run, broken)


def test_secrets_that_cannot_be_decrypted_are_told_as_such(run: Run) -> None:
    with pytest.raises(pulumi.RunError, match="give this run the passphrase or the key"):
        refer(run, mesh_outputs() | {"kubeconfig": "[secret]"})


def test_a_new_output_breaks_nobody(run: Run) -> None:
    newer = mesh_outputs() | {"more": {}}
    newer["clusters"][0] |= {"more": 1}
    refer(run, newer)
