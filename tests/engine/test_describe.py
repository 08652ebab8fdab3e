"""`python -m mesh describe --embed`, with pulumi itself encrypting."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.conftest import REPOSITORY, Project
from tests.fake_api import server_pair, serving
from tests.fake_clusters import answers
from tests.kubeconfigs import as_text, kubeadm

PROGRAM = Path(__file__).with_name("described.py")
CLUSTERS = [
    {
        "name": name,
        "id": number,
        "podCidrs": [f"10.{number}0.0.0/16"],
        "serviceCidrs": [f"10.{number}1.0.0/16"],
    }
    for number, name in enumerate(("frankfurt", "dublin"), start=1)
]


@pytest.fixture
def clusters(project: Project) -> Iterator[dict[str, str]]:
    """Two clusters, each with a kubeconfig outside of the project; yields their servers by name."""
    (project.folder / "__main__.py").write_text(PROGRAM.read_text())
    cli = project.folder.parent / "bin/cilium"
    cli.parent.mkdir()
    cli.write_text("#!/bin/sh\necho cilium-cli: v0.19.2\n")
    cli.chmod(0o755)
    with ExitStack() as stack:
        servers = {}
        for cluster in CLUSTERS:
            api = stack.enter_context(serving(server_pair()))
            api.objects |= answers(cluster)
            file = project.folder.parent / f"{cluster['name']}.yaml"
            file.write_text(as_text(kubeadm(api.url)))
            servers[str(cluster["name"])] = api.url
        yield servers


def describe(project: Project, *words: str) -> "subprocess.CompletedProcess[str]":
    files = [f"../{cluster['name']}.yaml" for cluster in CLUSTERS]
    return subprocess.run(
        [sys.executable, "-m", "mesh", "describe", "--stack", "test", *words, *files],
        cwd=project.folder,
        env={**project.environment, "PYTHONPATH": str(REPOSITORY)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_embedded_kubeconfigs_are_encrypted_and_the_program_loads_what_the_clusters_said(
    project: Project, clusters: dict[str, str]
) -> None:
    done = describe(project, "--embed")
    assert done.returncode == 0, done.stdout + done.stderr
    file = project.folder / "Pulumi.test.yaml"
    written = file.read_text()
    kubeconfig = yaml.safe_load((project.folder.parent / "dublin.yaml").read_text())
    user: dict[str, str] = kubeconfig["users"][0]["user"]
    seen = written + done.stdout + done.stderr + project.everything_written()
    assert not [key for key, value in user.items() if value in seen]
    assert not list(project.folder.glob(".describe-*"))
    updated = project.up()
    assert updated.returncode == 0, updated.stdout + updated.stderr
    said: dict[str, Any] = json.loads(project.pulumi("stack", "output", "--json").stdout)
    assert said["clusters"] == CLUSTERS
    assert said["servers"] == clusters
    assert said["exposed"] == []


def test_without_the_stack_nothing_is_written_and_the_way_out_is_told(
    project: Project, clusters: dict[str, str]
) -> None:
    done = describe(project, "--embed", "--stack", "other")
    assert done.returncode == 2
    assert "`pulumi stack init other`" in done.stderr
    assert not (project.folder / "Pulumi.other.yaml").exists()
    assert not list(project.folder.glob(".describe-*"))
