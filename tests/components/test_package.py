"""What the package tells other languages of its components."""

import ast
import asyncio
import gc
import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from components.config.explained import explain
from components.config.models import MeshConfig
from components.plugin.known import known
from components.plugin.provider import COMPONENTS, VERSION, MeshProvider
from tests.components.conftest import TOKEN, Run
from tests.unit.test_stack_files import ROOT


@pytest.fixture(scope="module")
def provider() -> MeshProvider:
    return MeshProvider()


@pytest.fixture(scope="module")
def schema(provider: MeshProvider) -> dict[str, Any]:
    return dict(json.loads(provider.schema or "{}"))


def described(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that a person meets: components, types, and what is in them."""
    for section in ("resources", "types"):
        for token, one in schema[section].items():
            yield token, one
            for part in ("properties", "inputProperties"):
                for name, value in (one.get(part) or {}).items():
                    yield f"{token}.{name}", value
            for value in one.get("enum") or []:
                yield f"{token}.{value['name']}", value


def test_everything_in_the_schema_is_described(schema: dict[str, Any]) -> None:
    found = dict(described(schema))
    assert len(found) > 150
    assert not [place for place, one in found.items() if not (one.get("description") or "").strip()]


class Parses:
    """Garbage that parses as it goes, as a traceback that is printed does; more comes after it."""

    again = True

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        ast.parse("a = 1")
        if Parses.again:
            Parses()


@pytest.fixture
def garbage() -> Iterator[None]:
    """The collector comes at every turn and always finds something."""
    before = gc.get_threshold()
    gc.set_threshold(1)
    Parses()
    yield
    Parses.again = False
    gc.set_threshold(*before)


@pytest.mark.usefixtures("garbage")
def test_garbage_that_is_collected_meanwhile_costs_no_description() -> None:
    test_everything_in_the_schema_is_described(json.loads(MeshProvider().schema or "{}"))


def test_every_component_has_the_type_that_the_program_gives_it(schema: dict[str, Any]) -> None:
    assert schema["resources"].keys() == {f"{TOKEN}{one.__name__}" for one in COMPONENTS}


def test_the_package_has_the_version_of_the_project() -> None:
    assert f'\nversion = "{VERSION}"\n' in (ROOT / "pyproject.toml").read_text()


def test_a_mesh_is_told_what_a_stack_config_says(schema: dict[str, Any]) -> None:
    mesh = schema["resources"][f"{TOKEN}ClusterMesh"]
    config = MeshConfig.model_fields.values()
    assert mesh["inputProperties"].keys() == {field.alias for field in config}
    assert mesh["requiredInputs"] == ["clusters"]
    told = {key: one["description"] for key, one in mesh["inputProperties"].items()}
    assert told == {field.alias: str(explain(field)) for field in config}
    cluster = schema["types"][f"{TOKEN}Cluster"]
    assert cluster["required"] == ["id", "name", "podCidrs", "serviceCidrs"]


def test_an_output_with_credentials_is_a_secret_and_no_other_is(schema: dict[str, Any]) -> None:
    outputs = schema["resources"][f"{TOKEN}ClusterMesh"]["properties"]
    secret = {name for name, one in outputs.items() if one.get("secret")}
    assert secret == {"kubeconfig", "kubeconfigs"}


def test_secrets_can_be_given_as_outputs(schema: dict[str, Any]) -> None:
    """What is plain in a schema takes no output, and only Python's secrets can be anything else."""
    assert '"plain"' not in json.dumps(schema)


def test_a_service_is_the_one_that_the_program_makes(provider: MeshProvider, run: Run) -> None:
    told = {
        "service": "alderaan",
        "selector": {"name": "rebel-base"},
        "ports": [{"name": "http", "port": 80, "targetPort": 8080}],
        "affinity": "local",
    }
    recorded = run(lambda: _construct(provider, "GlobalService", told))
    (component,) = recorded.of_type(f"{TOKEN}GlobalService").values()
    service = recorded.one("kubernetes:core/v1:Service", "made-global-service")
    assert service.parent == component.urn
    assert service.inputs["metadata"]["annotations"]["service.cilium.io/affinity"] == "local"
    (port,) = service.inputs["spec"]["ports"]
    assert (port["port"], port["targetPort"], port["protocol"]) == (80, 8080, "TCP")


def test_what_a_mesh_refuses_is_said_without_a_trace(provider: MeshProvider, run: Run) -> None:
    with pytest.raises(pulumi.RunError, match=r"clusters\[0\].name"):
        run(lambda: _construct(provider, "ClusterMesh", {"clusters": [{"id": 1}]}))


def _construct(provider: MeshProvider, component: str, told: dict[str, Any]) -> None:
    provider.construct("made", f"{TOKEN}{component}", told)


def test_known_values_are_plain_and_unknown_ones_stay_outputs(run: Run) -> None:
    found: dict[str, Any] = {}

    async def look() -> None:
        unknown = pulumi.Output.from_input(pulumi.UNKNOWN)
        secret = pulumi.Output.secret({"id": 7.0})
        found.update(await known({"list": [secret, 1.5, True], "late": unknown}))

    looking: list[asyncio.Task[None]] = []
    run(lambda: looking.append(asyncio.ensure_future(look())))
    assert found["list"] == [{"id": 7}, 1.5, True]
    assert isinstance(found["list"][0]["id"], int)
    assert isinstance(found["late"], pulumi.Output)
