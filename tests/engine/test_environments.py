"""Stacks of one project: what they share, and that they do not collide."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.bad_configs.cases import config_of_two, lay_out_good
from tests.engine.conftest import REPOSITORY, Project, new_project
from tests.fake_api import serving
from tests.fake_clusters import answers
from tests.kubeconfigs import as_text, ca, kubeadm, leaf
from tools.toolchain import Toolchain

HERE = Path(__file__).parent
STACKS = ("staging", "prod")
SECONDS = 240


def project_file() -> dict[str, Any]:
    return dict(yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text()))


def set_up(project: Project, program: str, config: dict[str, Any]) -> None:
    """Copy the program and Pulumi.yaml's config into the project."""
    settings = yaml.safe_load((project.folder / "Pulumi.yaml").read_text())
    (project.folder / "Pulumi.yaml").write_text(yaml.safe_dump({**settings, "config": config}))
    (project.folder / "__main__.py").write_text((HERE / program).read_text())
    for folder in ("mesh", "tests"):
        (project.folder / folder).symlink_to(REPOSITORY / folder)


def members(stack: str) -> list[dict[str, Any]]:
    config = yaml.safe_load((REPOSITORY / f"Pulumi.{stack}.yaml").read_text())["config"]
    return list(config["cilium-clustermesh:clusters"])


@pytest.fixture
def environments(tmp_path: Path, toolchain: Toolchain) -> Iterator[Project]:
    """The project's own stack files in one folder, on one backend, with existing clusters."""
    made = new_project(tmp_path, toolchain)
    set_up(made, "side_by_side.py", project_file()["config"])
    made.environment["HOME"] = str(tmp_path)
    del made.environment["PULUMI_STACK"]
    for fifo in ("one", "two", "gone"):
        os.mkfifo(made.folder / fifo)
    with ExitStack() as clusters:
        for stack in STACKS:
            shutil.copy(REPOSITORY / f"Pulumi.{stack}.yaml", made.folder)
            (tmp_path / ".kube" / stack).mkdir(parents=True)
            for member in members(stack):
                lay_out(member, tmp_path, clusters)
            assert made.pulumi("stack", "init", stack).returncode == 0
        yield made


def lay_out(member: dict[str, Any], home: Path, clusters: ExitStack) -> None:
    """Start a cluster with a CA of its own, and write its kubeconfig."""
    issuer = f"ca of {member['name']}"
    names = ("127.0.0.1", "kubernetes.default.svc")
    pair = leaf("kube-apiserver", ca(issuer), names)
    api = clusters.enter_context(serving(pair, ca(issuer)))
    api.objects |= answers(member)
    api.objects["/api/v1/namespaces"].append({"metadata": {"name": "mesh-proof"}})
    path = home / member["kubeconfig"].removeprefix("~/")
    path.write_text(as_text(kubeadm(api.url, issuer)))


def start(project: Project, stack: str) -> "subprocess.Popen[str]":
    words = ("--yes", "--skip-preview", "--non-interactive", "--color=never", "--stack", stack)
    return subprocess.Popen(
        ["pulumi", "up", *words],
        cwd=project.folder,
        env=project.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_two_stacks_that_are_updated_at_the_same_time_do_not_meet(
    environments: Project, tmp_path: Path
) -> None:
    """One folder, one backend, one temporary folder: neither sees the other's lock or state.

    One ends and sweeps while the other's providers still need their kubeconfigs.
    """
    with start(environments, "staging") as first, start(environments, "prod") as last:
        try:
            said = first.communicate(timeout=SECONDS)[0]
            assert first.returncode == 0, said
            (environments.folder / "gone").open("w").close()
            said = last.communicate(timeout=SECONDS)[0]
            assert last.returncode == 0, said
        finally:
            first.kill()
            last.kill()
    for stack in STACKS:
        names = {member["name"] for member in members(stack)}
        output = environments.pulumi("stack", "output", "--json", "--stack", stack)
        seen = json.loads(json.loads(output.stdout)["seen"])
        assert seen["locks"] == [False], "its own lock, and whose process is at work"
        assert seen["kubeconfigs"] >= len(names)
        state = json.loads(environments.pulumi("stack", "export", "--stack", stack).stdout)
        urns = [one["urn"] for one in state["deployment"]["resources"]]
        assert all(urn.startswith(f"urn:pulumi:{stack}::") for urn in urns)
        kept = {urn.rpartition("::")[2] for urn in urns if "providers:kubernetes" in urn}
        assert kept == names
    assert not list((tmp_path / "tmp").glob("kubeconfig*"))


def test_a_shared_default_reaches_every_stack_below_what_the_stack_says(project: Project) -> None:
    """By the path of the key in Pulumi.yaml: a default for a whole section would be lost to a stack
    that sets any key of it."""
    shared = {
        "timeouts.requestSeconds": {"type": "integer", "default": 20},
        "timeouts.statusSeconds": {"type": "integer", "default": 500},
        "demo.images.rebelBase": {"type": "string", "default": "mirror.example/nginx:1.27.5"},
        "verification": {"type": "object", "default": {"requests": 50}},
    }
    set_up(project, "shared_defaults.py", {**project_file()["config"], **shared})
    lay_out_good(project.folder)
    project.configure(
        **config_of_two(), timeouts={"statusSeconds": 600}, verification={"timeoutSeconds": 90}
    )
    updated = project.up()
    assert updated.returncode == 0, updated.stdout + updated.stderr
    found = json.loads(project.pulumi("stack", "output", "--json").stdout)
    assert found["timeouts"]["requestSeconds"] == 20
    assert found["timeouts"]["statusSeconds"] == 600
    assert found["timeouts"]["connectSeconds"] == 300
    assert found["demo"]["images"]["rebelBase"] == "mirror.example/nginx:1.27.5"
    assert found["verification"]["requests"] == 20
