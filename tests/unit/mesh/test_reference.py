"""The reference has every key and component, its schema fits editors, and our files are fresh."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from components.config.explained import explain
from components.config.models import MeshConfig
from mesh.reference import __main__ as reference
from mesh.reference import classes, example, files, schema
from mesh.reference import keys as sections
from tests.unit.test_stack_files import keys

ROOT = Path(__file__).parents[3]
EXAMPLE = (ROOT / "Pulumi.example.yaml").read_text()
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
    assert "| `clusters` | list of mappings | required | The members of the mesh" in PAGE
    assert (
        "| `roles` | list of `kube_control_plane`, `kube_node` or `etcd` | `[kube_node]` |" in PAGE
    )


@pytest.mark.parametrize("path", sections.models())
def test_every_key_is_explained_by_its_model(path: str) -> None:
    model = sections.models()[path]
    assert model.__doc__
    for key, field in sections.fields(model).items():
        explained = explain(field)
        assert re.fullmatch(r"[A-Z`].*\.", explained.text), f"{path}.{key}"
        assert "Default" not in explained.text, f"{path}.{key}"


@pytest.mark.parametrize("path", files.written(), ids=lambda one: one.name)
def test_what_comes_from_the_models_is_fresh(path: Path) -> None:
    assert path.read_text() == files.written()[path], "run `python -m mesh reference --write`"


def test_every_section_has_its_table_in_the_documentation() -> None:
    page = (ROOT / "docs/configuration.md").read_text()
    rows = re.findall(r"^\| `([\w.\[\]]+)` \|", page, re.MULTILINE)
    assert not [key for key in keys(MeshConfig) if key not in {row.split(".")[-1] for row in rows}]
    stale = page.replace("The members of the mesh", "Something else")
    assert files.with_tables(stale) == page != stale


def test_the_example_keeps_its_values_and_only_its_comments_are_made() -> None:
    bare = re.sub(r"^ *# [A-Z`].*\n", "", EXAMPLE, flags=re.MULTILINE)
    assert bare != EXAMPLE and yaml.safe_load(bare) == yaml.safe_load(EXAMPLE)
    assert example.example(bare) == EXAMPLE
    stale = EXAMPLE.replace("enabled: true", "enabled: true # as I like it")
    assert example.example(stale) == EXAMPLE != stale


def test_the_example_shows_the_command_for_each_secret_with_its_place() -> None:
    shown = re.findall(r"--path (?:\\\n *#[ #]*)?'cilium-clustermesh:(.*)' < FILE", EXAMPLE)
    assert shown == [
        "clusters[0].kubeconfigContent",
        "clusters[3].kubean.ssh.privateKey",
        "ca.key",
        "ssh.privateKey",
        "ssh.jump.privateKey",
        "kubean.managementKubeconfigContent",
    ]


@pytest.mark.parametrize(("value", "default"), [(300, ""), (9, " Default: `300`.")])
def test_the_example_names_a_default_that_it_does_not_show(value: int, default: str) -> None:
    stack = f"config:\n  cilium-clustermesh:timeouts:\n    statusSeconds: {value}\n"
    comment = f"    # Waiting until a cluster is connected to every other.{default}\n"
    assert comment in example.example(stack)


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


def test_the_schema_explains_every_key_on_one_line() -> None:
    text = json.dumps(schema.of_stack_file(), ensure_ascii=False)
    fields = [
        field for model in sections.models().values() for field in model.model_fields.values()
    ]
    told = [json.dumps(explain(field).text, ensure_ascii=False)[1:-1] for field in fields]
    assert not [one for one in told if one not in text]


def test_the_schema_takes_an_encrypted_secret() -> None:
    secret = {"cilium-clustermesh:ca": {"source": "config", "key": {"secure": "v1:x"}}}
    assert faults({"config": secret}) == []


def test_write_updates_what_is_stale_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stale, fresh = tmp_path / "stale", tmp_path / "fresh"
    stale.write_text("old")
    fresh.write_text("new")
    monkeypatch.setattr(files, "ROOT", tmp_path)
    monkeypatch.setattr(files, "written", lambda: {stale: "new", fresh: "new"})
    assert reference.main(["--write"]) == 0
    assert capsys.readouterr().out == "stale is updated\n"
    assert stale.read_text() == "new"


def test_it_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "made" / "schema.json"
    assert reference.main(["--schema", "--output", str(path)]) == 0
    assert json.loads(path.read_text()) == schema.of_stack_file()


def test_a_place_that_cannot_be_written_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reference.main(["--output", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err
