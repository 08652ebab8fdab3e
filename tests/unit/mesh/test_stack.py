"""A stack is read from outside its program as the program itself would read it."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesh.stack import Stack, StackError, Update, open_stack
from tests.unit.config.configs import kubeconfig, raw
from tests.unit.mesh.stacks import FakeStack, prod
from tests.unit.scripts.conftest import World


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeStack:
    made = FakeStack(apis=[], world=World({}), config=raw())
    monkeypatch.setattr(subprocess, "run", made.run)
    return made


def entries(fake: FakeStack) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = fake.config["clusters"]
    return listed


def test_a_relative_kubeconfig_is_looked_up_in_the_folder_of_the_project(
    fake: FakeStack, tmp_path: Path
) -> None:
    (tmp_path / "one.yaml").write_text(kubeconfig(1))
    del entries(fake)[0]["kubeconfigContent"]
    entries(fake)[0]["kubeconfig"] = "one.yaml"
    (tmp_path / "below").mkdir()
    prod(tmp_path)
    config = open_stack("prod", tmp_path / "below").config()
    assert config.cluster("cluster01").is_known
    assert [cluster.id for cluster in config.clusters] == [1, 2]


def test_every_fault_of_a_config_is_told(fake: FakeStack, tmp_path: Path) -> None:
    for entry in entries(fake):
        entry["id"] = 0
    with pytest.raises(StackError, match="The stack config has 2 faults"):
        prod(tmp_path).config()


def test_a_secret_that_stands_in_the_clear_in_the_stack_file_is_known_as_such(
    fake: FakeStack, tmp_path: Path
) -> None:
    """`pulumi config` calls the whole list secret; only the file shows whether an entry is."""
    stack = prod(tmp_path)
    assert stack.config().exposed == ()
    text = yaml.safe_dump({"config": {"cilium-clustermesh:clusters": entries(fake)}})
    (tmp_path / "Pulumi.prod.yaml").write_text(text)
    assert len(stack.config().exposed) == 2


@pytest.mark.parametrize("name", ["prod", "organization/cilium-clustermesh/prod"])
def test_a_name_may_have_an_organization_and_a_project(name: str) -> None:
    assert Stack(name, Path("/")).short_name == "prod"


def test_the_last_update_is_the_last_that_ended_well(fake: FakeStack, tmp_path: Path) -> None:
    assert prod(tmp_path).last_update() is None
    moment = "2026-11-26T07:20:44.000Z"
    kinds = [("refresh", "succeeded"), ("update", "failed"), ("update", "succeeded")]
    fake.history = [
        {"version": 9 - place, "kind": kind, "result": result, "endTime": moment}
        for place, (kind, result) in enumerate(kinds)
    ]
    expected = Update(7, datetime(2026, 11, 26, 7, 20, 44, tzinfo=UTC))
    assert prod(tmp_path).last_update() == expected


def test_outside_of_a_project_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="is not in a Pulumi project"):
        open_stack("prod", tmp_path)


def test_without_pulumi_one_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match="pulumi is not on PATH"):
        prod(tmp_path).outputs()
