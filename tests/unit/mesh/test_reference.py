"""The reference has everything that can be configured and used, and a schema that editors take."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from components.config.models import MeshConfig
from mesh.reference import __main__ as reference
from mesh.reference import classes, schema
from tests.unit.test_stack_files import keys

ROOT = Path(__file__).parents[3]
PAGE = reference.markdown()
VALIDATOR = Draft202012Validator(schema.of_stack_file())


def faults(document: Any) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(document)]


def test_every_key_of_the_config_has_a_row() -> None:
    assert not [key for key in keys(MeshConfig) if f"| `{key}` |" not in PAGE]


@pytest.mark.parametrize("component", classes.found(), ids=lambda one: one.__name__)
def test_every_component_has_a_section_with_its_purpose(component: type) -> None:
    assert component.__doc__
    assert f"### {component.__name__}\n{component.__doc__.splitlines()[0]}" in PAGE


def test_types_and_defaults_are_as_they_are_written() -> None:
    assert "| `namespace` | `Input[str]` | `'default'` |" in PAGE
    assert "| `clusters` | list of mapping: " in PAGE


@pytest.mark.parametrize("path", sorted(ROOT.glob("Pulumi.*.yaml")), ids=lambda one: one.name)
def test_the_schema_takes_every_stack_file_of_ours(path: Path) -> None:
    assert faults(yaml.safe_load(path.read_text())) == []


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"cilium-clustermesh:cluster": []}, "cilium-clustermesh:cluster"),
        ({"cilium-clustermesh:clusters": [{"name": "a", "id": "1"}]}, "podCidrs"),
        ({"cilium-clustermesh:demo": {"replica": 2}}, "replica"),
    ],
)
def test_the_schema_refuses_what_is_misspelt_or_missing(config: Any, told: str) -> None:
    assert any(told in one for one in faults({"config": config}))


def test_the_schema_takes_an_encrypted_secret() -> None:
    secret = {"cilium-clustermesh:ca": {"source": "config", "key": {"secure": "v1:x"}}}
    assert faults({"config": secret}) == []


def test_it_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "made" / "schema.json"
    assert reference.main(["--schema", "--output", str(path)]) == 0
    assert json.loads(path.read_text()) == schema.of_stack_file()


def test_a_place_that_cannot_be_written_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reference.main(["--output", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err
