"""The mesh as a program in YAML, on clusters that no other stack of ours joins."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.labs import REPOSITORY, Lab, eventually
from tests.lab.meshes import Mesh, complete, private

STACK = "yaml"


@pytest.fixture
def example(mesh: Mesh, lab: Lab) -> Iterator[Path]:
    """The example on the lab's own clusters, once the project's stack has let go of them."""
    done = mesh.destroy()
    assert done.returncode == 0, done.stdout[-4000:]
    folder = lab.folder / "examples/yaml"
    folder.mkdir(parents=True, exist_ok=True)
    text = (REPOSITORY / "examples/yaml/Pulumi.yaml").read_text()
    (folder / "Pulumi.yaml").write_text(text.replace(".lab/dev/", f".lab/{lab.name}/"))
    assert mesh.run("stack", "init", STACK, folder=str(folder)).returncode == 0
    yield folder
    assert mesh.run("stack", "rm", "--yes", STACK, folder=str(folder)).returncode == 0


def test_a_program_in_yaml_meshes_the_clusters_and_adds_a_service_of_its_own(
    example: Path, mesh: Mesh, lab: Lab
) -> None:
    run(mesh, example, "up", "--yes", "--skip-preview")
    outputs = json.loads(run(mesh, example, "stack", "output", "--json"))
    cells = outputs["verification"]["matrix"]
    assert {(one["from"], one["to"], one["path"]) for one in cells if one["ok"]} == complete(
        ("cluster01", "cluster02")
    )
    assert outputs["mesh"] == {"cluster01": ["cluster02"], "cluster02": ["cluster01"]}
    eventually(lambda: answering(lab, "alderaan") == {"cluster01", "cluster02"}, "the Service")
    reached(lab, merged(mesh, example))
    run(mesh, example, "preview", "--refresh", "--expect-no-changes")
    run(mesh, example, "destroy", "--yes", "--skip-preview")


def run(mesh: Mesh, folder: Path, *words: str) -> str:
    done = mesh.run(*words, "--stack", STACK, folder=str(folder))
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


def answering(lab: Lab, service: str) -> set[str]:
    """The clusters whose Pods answer a Service of the first one."""
    ask = f"for i in 1 2 3 4 5 6 7 8 9 10; do curl -s --max-time 2 {service}; done"
    pod = ("exec", "deployment/x-wing", "--", "sh", "-c", ask)
    done = lab.try_kubectl(1, *pod)
    return set(re.findall(r'"Cluster": "(\w+)"', done.stdout))


def merged(mesh: Mesh, folder: Path) -> dict[str, Any]:
    """The mesh's kubeconfig, which no log may have."""
    words = ("pulumi", "stack", "output", "kubeconfig", "--show-secrets", "--stack", STACK)
    done = mesh.stack.run("env", f"--chdir={folder}", *words, quiet=True)
    assert done.returncode == 0, done.stderr
    return dict(yaml.safe_load(done.stdout))


def reached(lab: Lab, kubeconfig: dict[str, Any]) -> None:
    """Every member answers under its name."""
    file = private(lab.folder / "yaml.kubeconfig", yaml.safe_dump(kubeconfig))
    for name in ("cluster01", "cluster02"):
        done = lab.exec("kubectl", "--kubeconfig", str(file), "--context", name, "get", "nodes")
        assert f"{name}-control-plane" in done.stdout, done.stderr
    file.unlink()
