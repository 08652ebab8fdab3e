"""A cluster with another name or id, under the real engine: refused, or changed in place."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.bad_configs.cases import config_of_two, lay_out_good
from tests.engine.conftest import (
    REPOSITORY,
    FakeClusters,
    Project,
    new_clusters,
    new_project,
    open_project,
)
from tests.engine.test_compatibility import former_urn
from tools.toolchain import Toolchain

IDENTITY = (
    "cilium-clustermesh:index:Preflight$pulumi-python:dynamic/cilium-clustermesh:MeshIdentity"
)
UP = ("up", "--yes", "--skip-preview", "--continue-on-error")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, toolchain: Toolchain) -> Path:
    """Two clusters that are joined by the program itself, to be copied for each test."""
    folder = tmp_path_factory.mktemp("identity")
    project = new_project(folder, toolchain)
    clusters = new_clusters(folder)
    for number in (1, 2):
        clusters.change(f"cluster0{number}", address=f"192.0.2.{number}")
    lay_out_good(project.folder)
    (project.folder / "tests").symlink_to(REPOSITORY / "tests")
    (project.folder / "program.py").symlink_to(REPOSITORY / "__main__.py")
    shutil.copy(Path(__file__).with_name("whole.py"), project.folder / "__main__.py")
    configure(project)
    answer = project.up()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return folder


@pytest.fixture
def joined(template: Path, tmp_path: Path, toolchain: Toolchain) -> Project:
    shutil.copytree(template, tmp_path, symlinks=True, dirs_exist_ok=True)
    return open_project(tmp_path, toolchain)


@pytest.fixture
def clusters(joined: Project, tmp_path: Path) -> FakeClusters:
    made = FakeClusters(tmp_path / "world")
    made.install(tmp_path / "bin")
    made.forget_calls()
    return made


def configure(project: Project, **first: Any) -> None:
    """Configure two clusters, the first of them changed; nothing is verified with traffic."""
    one, two = config_of_two()["clusters"]
    listed = [
        {**cluster, "apiServer": {"nodePort": 31443}, "mesh": {"nodePort": 32000 + cluster["id"]}}
        for cluster in (one, two)
    ]
    listed[0] |= first
    project.configure(clusters=listed, verification={"enabled": False})


def rename_in_cilium(clusters: FakeClusters) -> None:
    state = clusters.state
    state["cluster-one"] = state.pop("cluster01")
    config = state["cluster-one"]["objects"]["configmap/cilium-config"]
    config["data"]["cluster-name"] = "cluster-one"
    (clusters.folder / "world.json").write_text(json.dumps(state))


@pytest.mark.parametrize(
    ("changed", "forced", "words"),
    [
        ({"id": 5}, "formerId: 1", ("preview",)),
        ({"name": "cluster-one"}, "formerName: cluster01", UP),
    ],
    ids=["id", "name"],
)
def test_another_name_or_id_is_refused_with_the_reason_and_nothing_is_touched(
    joined: Project,
    clusters: FakeClusters,
    changed: dict[str, Any],
    forced: str,
    words: tuple[str, ...],
) -> None:
    """Not even a refresh makes it forget a cluster's former identity."""
    refreshed = joined.pulumi("refresh", *UP[1:3], "--target=**MeshIdentity::mesh")
    assert refreshed.returncode == 0, refreshed.stdout + refreshed.stderr
    outputs = joined.pulumi("stack", "output", "--json", "--show-secrets").stdout
    assert "meshEndpoint" in outputs
    configure(joined, **changed)
    answer = joined.pulumi(*words)
    text = answer.stdout + answer.stderr
    assert answer.returncode != 0
    assert "the member cluster01 (id 1) of this mesh would become" in text
    assert f"write `{forced}` into its entry" in text
    assert "Traceback" not in text
    outcome = text.partition("Resources:")[2]
    assert "1 errored" in outcome and not re.search(r"create|update|delete|replace", outcome), text
    assert joined.pulumi("stack", "output", "--json", "--show-secrets").stdout == outputs
    assert clusters.verbs() == []


def test_another_id_that_is_meant_is_an_update(joined: Project, clusters: FakeClusters) -> None:
    configure(joined, id=5, formerId=1)
    planned = joined.planned()
    assert set(planned.values()) == {"update"}
    assert planned[f"{IDENTITY}::mesh"] == "update"


def test_another_name_that_is_meant_is_an_update_in_place(
    joined: Project, clusters: FakeClusters
) -> None:
    configure(joined, name="cluster-one", formerName="cluster01")
    rename_in_cilium(clusters)
    assert set(joined.planned().values()) == {"update"}
    before = ids(joined)
    answer = joined.up()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert {"disable", "disconnect"}.isdisjoint(verb for _, verb in clusters.verbs())
    assert clusters.peers("cluster02") == {"cluster-one"}
    assert ids(joined) == before

    # Afterwards nothing depends on the former name any more.
    configure(joined, name="cluster-one")
    assert joined.planned() == {}


def test_a_state_with_the_names_of_before_is_no_change_and_a_new_name_an_update_in_place(
    joined: Project, clusters: FakeClusters
) -> None:
    """Until 0.2.0 every step had the bare name of its component, so an alias leads there."""
    exported = joined.pulumi("stack", "export").stdout
    before = exported
    for one in joined.state():
        before = before.replace(f'"{one["urn"]}"', f'"{former_urn(one)}"')
    assert before != exported
    done = joined.pulumi("stack", "import", stdin=before)
    assert done.returncode == 0, done.stderr
    assert joined.planned() == {}
    configure(joined, name="cluster-one", formerName="cluster01")
    rename_in_cilium(clusters)
    assert set(joined.planned().values()) == {"update"}


def ids(project: Project) -> list[tuple[str, str]]:
    """The existing resources, whatever their names: a replacement would have another id."""
    return sorted((one["type"], one["id"]) for one in project.state() if one.get("id"))
