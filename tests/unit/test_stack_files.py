"""The stack files and the documentation say what the models say."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from components.checks.versions import OLDEST_CLI
from components.config.loading import load
from components.config.models import ImageOverrides, MeshConfig
from components.config.preflight_levels import DEFAULT_LEVELS
from tests.unit.config.configs import kubeconfig
from tests.unit.rendering.kubeans import ssh_key

ROOT = Path(__file__).parents[2]
NAMESPACE = "cilium-clustermesh:"
DOCUMENTATION = (ROOT / "docs/configuration.md").read_text()


def keys(model: type[BaseModel]) -> Iterator[str]:
    """All keys of a model and of those in it, without the way there."""
    for name, field in model.model_fields.items():
        yield field.alias or name
        for inner in models_in(field.annotation):
            yield from keys(inner)


def models_in(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for inner in get_args(kind):
        yield from models_in(inner)


def own_config(stack: str) -> dict[str, Any]:
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {
        key.removeprefix(NAMESPACE): value
        for key, value in config.items()
        if key.startswith(NAMESPACE)
    }


@pytest.mark.parametrize("stack", ["dev", "staging", "prod", "example"])
def test_a_stack_of_ours_has_no_faults_once_its_kubeconfigs_are_there(
    stack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    config = own_config(stack)
    for number, cluster in enumerate(config["clusters"], start=1):
        path = tmp_path / cluster["kubeconfig"].removeprefix("~/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(kubeconfig(number))
    assert len(load(config, tmp_path).clusters) >= 2


def test_the_example_of_a_made_cluster_has_no_faults_once_its_secrets_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".kube").mkdir()
    for number, name in enumerate(("management", "frankfurt"), start=1):
        (tmp_path / f".kube/{name}.yaml").write_text(kubeconfig(number))
    text = (ROOT / "examples/kubean/Pulumi.kubean.yaml").read_text()
    config = {
        key.removeprefix(NAMESPACE): value for key, value in yaml.safe_load(text)["config"].items()
    }
    config["clusters"][1]["kubean"]["ssh"]["privateKey"] = ssh_key()
    loaded = load(config, tmp_path)
    assert [cluster.name for cluster in loaded.made_clusters] == ["dublin"]


def test_the_example_has_every_key() -> None:
    text = (ROOT / "Pulumi.example.yaml").read_text()
    missing = {key for key in keys(MeshConfig) if not re.search(rf"\b{key}: ?", text)}
    assert not missing


def test_what_the_example_shows_as_a_default_is_the_default() -> None:
    config, defaults = own_config("example"), MeshConfig.model_fields
    for section in ("demo", "verification", "timeouts"):
        default = defaults[section].get_default(call_default_factory=True)
        assert isinstance(default, BaseModel)
        assert default.model_dump(mode="json", by_alias=True) == config[section]


def test_the_project_declares_exactly_the_keys_of_the_model_with_descriptions() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    own = {key: value for key, value in declared.items() if not set(":.") & set(key)}
    assert own.keys() == {field.alias for field in MeshConfig.model_fields.values()}
    assert all(value["description"] and "default" in value for value in own.values())


def test_every_default_that_stacks_share_is_one_of_a_key_that_there_is() -> None:
    """By path, such as `timeouts.requestSeconds`; in a copy of this project there may be some."""
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    shared = [key.split(".") for key in declared if "." in key]
    assert not [path for path in shared if not set(path) <= {*keys(MeshConfig), *DEFAULT_LEVELS}]


def test_the_environments_have_what_differs_and_nothing_else() -> None:
    """No value that is the default anyway, and no cluster that is another's."""
    servers: list[str] = []
    for stack in ("staging", "prod"):
        config = own_config(stack)
        servers += [cluster.pop("kubeconfig") for cluster in config.pop("clusters")]
        for section, values in config.items():
            default = MeshConfig.model_fields[section].get_default(call_default_factory=True)
            known = default.model_dump(by_alias=True) if section != "preflight" else DEFAULT_LEVELS
            assert not [key for key, value in values.items() if known[key] == value]
    assert len(servers) == len(set(servers))


def test_nothing_gets_a_provider_by_default() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert declared["pulumi:disable-default-providers"] == {"value": ["*"]}


def test_the_documentation_has_every_key() -> None:
    missing = {key for key in keys(MeshConfig) if not re.search(rf"[`.]{key}[`.]", DOCUMENTATION)}
    assert not missing


def test_the_documentation_has_every_check_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (error|warn|off) \|", DOCUMENTATION, re.MULTILINE))
    assert rows == {name: level.value for name, level in DEFAULT_LEVELS.items()}


def test_the_documentation_names_the_oldest_cli() -> None:
    assert f"{OLDEST_CLI} or newer" in DOCUMENTATION


def test_an_override_of_images_can_replace_every_image_of_the_demo() -> None:
    demo = next(models_in(MeshConfig.model_fields["demo"].annotation))
    images = next(models_in(demo.model_fields["images"].annotation))
    assert ImageOverrides.model_fields.keys() == images.model_fields.keys()
