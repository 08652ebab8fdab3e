"""The whole program with clusters that do not answer."""

import shutil
from pathlib import Path

import pytest
import yaml

from tests.bad_configs.cases import lay_out_good
from tests.engine.conftest import REPOSITORY, Project, new_project
from tools.toolchain import Toolchain

CLUSTERS = [
    {
        "name": f"cluster0{number}",
        "id": number,
        "podCidrs": [f"10.{number}0.0.0/16"],
        "serviceCidrs": [f"10.{number}1.0.0/16"],
        "kubeconfig": f"{word}.kubeconfig",
    }
    for number, word in ((1, "one"), (2, "two"))
]


def whole_program(folder: Path, toolchain: Toolchain) -> Project:
    """The project as it is in the repository, with an existing virtual environment."""
    made = new_project(folder, toolchain)
    settings = yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text())
    settings["runtime"]["options"]["virtualenv"] = yaml.safe_load(
        (made.folder / "Pulumi.yaml").read_text()
    )["runtime"]["options"]["virtualenv"]
    (made.folder / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
    shutil.copy(REPOSITORY / "__main__.py", made.folder)
    lay_out_good(made.folder)
    return made


@pytest.fixture
def program(tmp_path: Path, toolchain: Toolchain) -> Project:
    made = whole_program(tmp_path, toolchain)
    made.configure(clusters=CLUSTERS, timeouts={"requestSeconds": 1})
    return made


def test_clusters_that_do_not_answer_are_all_named_and_nothing_is_planned_or_changed(
    program: Project,
) -> None:
    answer = program.up()
    assert answer.returncode != 0
    assert "error: cluster01:" in answer.stdout
    assert "error: cluster02:" in answer.stdout
    assert "kubernetes:core/v1" not in answer.stdout
    assert "Traceback" not in answer.stdout + answer.stderr
    assert {resource["type"] for resource in program.state()} <= {"pulumi:pulumi:Stack"}


def test_the_sdk_tells_the_engine_nothing_that_only_debug_would_show(program: Project) -> None:
    """It waits for each of its messages, and there are four for every resource."""
    program.configure(preflight={"api-reachable": "warn", "cli-version": "warn"})
    answer = program.pulumi("preview", "--debug")
    assert answer.returncode == 0, answer.stdout
    assert "debug: " in answer.stdout
    assert "resource registration prepared" not in answer.stdout


def test_where_it_is_only_a_warning_the_preview_goes_on(program: Project) -> None:
    program.configure(preflight={"api-reachable": "warn", "cli-version": "warn"})
    below = program.folder / "below"
    below.mkdir()
    # Started below the project folder: the relative kubeconfig paths are found all the same.
    planned = program.planned(cwd=below)
    assert set(planned.values()) == {"create"}
    for kind in ("ApiServerService", "MeshMember", "MeshPeers", "RebelBase", "XWing"):
        assert f"cilium-clustermesh:index:{kind}::cluster01" in planned


def test_a_kubeconfig_in_the_clear_is_told_also_beside_one_that_is_a_secret(
    program: Project,
) -> None:
    contents = [(program.folder / f"{word}.kubeconfig").read_text() for word in ("one", "two")]
    clusters = [
        {**{key: value for key, value in cluster.items() if key != "kubeconfig"}, **given}
        for cluster, given in zip(CLUSTERS, ({}, {"kubeconfigContent": contents[1]}), strict=True)
    ]
    program.configure(clusters=clusters)
    keys = [f"cilium-clustermesh:clusters[{index}].kubeconfigContent" for index in (0, 1)]
    encrypting = ("config", "set", "--secret", "--path")
    program.pulumi(*encrypting, keys[0], stdin=contents[0])
    said = program.pulumi("preview").stdout
    assert f"warn: cluster02: {keys[1]} is in plain text" in said
    assert f"{keys[0]} is in plain text" not in said
    assert f"`pulumi config set --secret --path '{keys[1]}' < FILE`" in said
    program.pulumi(*encrypting, keys[1], stdin=contents[1])
    assert "is in plain text" not in program.pulumi("preview").stdout
