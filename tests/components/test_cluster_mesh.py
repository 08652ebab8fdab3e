"""A whole mesh as one component, without an engine."""

from pathlib import Path
from typing import Any, get_args, get_type_hints, is_typeddict

import pulumi
import pytest
from pydantic import BaseModel
from pydantic.alias_generators import to_camel

import components.procedure.run as run_module
from components.cluster_mesh import ClusterMesh, document, load
from components.config.arguments import ClusterMeshArgs
from components.config.models import MeshConfig
from components.plumbing import dynamic
from components.plumbing.command import run_script
from tests.components.conftest import IDENTITY, TOKEN, Recorded, Registered, Run
from tests.components.programs import preflight_args
from tests.components.test_program import run_program
from tests.unit.config.configs import kubeconfig, raw
from tests.unit.test_stack_files import models_in

MESH = f"{TOKEN}ClusterMesh"
BEFORE = "test:index:Before"
ARGS: ClusterMeshArgs = {
    "clusters": [
        {
            "name": f"cluster{number:02}",
            "id": number,
            "pod_cidrs": [f"10.{number}0.0.0/16"],
            "service_cidrs": [f"10.{number}1.0.0/16"],
            "kubeconfig_content": kubeconfig(number),
        }
        for number in (1, 2)
    ]
}


@pytest.fixture
def recorded(run: Run, monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """A mesh that waits for something else of the same program."""
    monkeypatch.setattr(run_module, "PreflightArgs", _preflight_args)

    def program() -> None:
        before = pulumi.CustomResource(BEFORE, "before", {})
        ClusterMesh("mesh", ARGS, pulumi.ResourceOptions(depends_on=[before]))

    return run(program)


def _preflight_args(config: MeshConfig) -> Any:
    return preflight_args(config)


def of_the_mesh(recorded: Recorded) -> list[Registered]:
    return [one for one in recorded.resources if one.type not in (MESH, BEFORE)]


def test_it_makes_what_the_program_makes_of_the_same_config(run: Run, recorded: Recorded) -> None:
    ours = {(one.urn, str(one.inputs)) for one in of_the_mesh(recorded)}
    programs = {(one.urn, str(one.inputs)) for one in run_program(run).resources}
    assert ours == programs


def test_everything_is_in_it_and_waits_for_what_it_waits_for(recorded: Recorded) -> None:
    for one in of_the_mesh(recorded):
        assert one.parent.startswith(TOKEN), one
        # MeshIdentity changes nothing, and all others wait for it.
        is_waiting = f"{BEFORE}::before" in one.dependencies or one.type == IDENTITY
        assert is_waiting or not one.custom, one
    assert recorded.one(MESH, "mesh").dependencies == frozenset()


def test_its_outputs_are_those_of_the_stack(run: Run, recorded: Recorded) -> None:
    stack = next(urn for urn in run_program(run).outputs if urn.startswith("pulumi:pulumi:Stack"))
    ours = recorded.outputs[f"{MESH}::mesh"]
    assert ours.keys() == run_program(run).outputs[stack].keys()
    declared = {to_camel(key) for key in ClusterMesh.__annotations__}
    assert declared == ours.keys() - {"schemaVersion"}


def test_all_faults_of_the_arguments_come_together_and_nothing_is_registered(run: Run) -> None:
    wrong: Any = {"clusters": [{**ARGS["clusters"][0], "pod_cidr": ["10.0.0.0/8"]}], "demos": {}}
    registered = Recorded()

    def program() -> None:
        ClusterMesh("mesh", wrong)

    with pytest.raises(pulumi.RunError) as refused:
        registered = run(program)
    text = str(refused.value)
    assert "The arguments of ClusterMesh have" in text
    for key in ("pod_cidr", "demos"):
        assert f"{key}: there is no such key" in text
    assert registered.resources == []


def test_an_argument_that_is_not_known_yet_is_named(run: Run) -> None:
    def program() -> None:
        late: Any = pulumi.Output.from_input("text")
        ClusterMesh("mesh", {"clusters": [{**ARGS["clusters"][0], "kubeconfig_content": late}]})

    with pytest.raises(pulumi.RunError, match=r"clusters\[0\]\.kubeconfigContent: not known"):
        run(program)


def test_keys_are_written_as_in_the_stack_config_and_nothing_else_is_changed() -> None:
    arguments: ClusterMeshArgs = {
        **ARGS,
        "preflight": {"nodes-ready": "off"},
        "timeouts": {"enable_seconds": 9, "connect_seconds": None},
        "cilium": {"values": {"snake_key": {"inner_key": 1}}},
    }
    written = document(arguments)
    assert written["clusters"] == raw()["clusters"]
    assert written["preflight"] == {"nodes-ready": "off"}
    assert written["timeouts"] == {"enableSeconds": 9}
    assert written["cilium"] == {"values": {"snake_key": {"inner_key": 1}}}


def test_arguments_of_other_languages_come_in_camel_case() -> None:
    arguments: Any = raw(demo={"servicePort": 8080})
    assert document(arguments) == arguments
    assert load(arguments, Path("/")).demo.service_port == 8080


def test_every_key_of_the_config_is_an_argument_and_no_other() -> None:
    """Neither has a key that the other lacks, at any depth, nor is one a list and the other not."""
    assert shape_of_arguments(ClusterMeshArgs) == shape_of_model(MeshConfig)


def shape_of_arguments(kind: Any) -> dict[str, Any]:
    return {
        to_camel(key): [shape_of_arguments(inner) for inner in typed_dicts_in(hint)]
        for key, hint in get_type_hints(kind).items()
    }


def shape_of_model(model: type[BaseModel]) -> dict[str, Any]:
    return {
        field.alias or name: [shape_of_model(inner) for inner in models_in(field.annotation)]
        for name, field in model.model_fields.items()
    }


def typed_dicts_in(kind: Any) -> list[Any]:
    if is_typeddict(kind):
        return [kind]
    return [found for inner in get_args(kind) for found in typed_dicts_in(inner)]


def test_in_the_package_what_is_written_in_python_has_a_type_of_the_package(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program in another language has no Python that could take a pickled provider."""
    monkeypatch.setattr(dynamic, "_package", dynamic.PACKAGE)
    monkeypatch.setattr(run_module, "PreflightArgs", _preflight_args)
    found = run(lambda: _mesh(ARGS))
    types = {one.type for one in found.resources}
    assert not [one for one in types if one.startswith("pulumi-python:")]
    assert {f"{TOKEN}Drift", f"{TOKEN}MeshIdentity"} <= types
    for one in found.resources:
        if one.type in (f"{TOKEN}Drift", f"{TOKEN}MeshIdentity"):
            assert f"pulumi:providers:{dynamic.PACKAGE}::drift" in one.provider
            assert "__provider" not in one.inputs


def _mesh(arguments: ClusterMeshArgs) -> None:
    ClusterMesh("mesh", arguments)


def test_commands_of_a_project_elsewhere_find_the_scripts_by_a_way_that_names_no_machine() -> None:
    repository = Path(__file__).parents[2]
    assert run_script(repository) == "components/scripts/run.sh"
    assert run_script(repository / "examples/yaml") == "../../components/scripts/run.sh"
