"""Another project's stack on the mesh: its global Service comes, works and goes, nothing else."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.consumer import lay_out
from tests.lab.labs import Lab, eventually
from tests.lab.meshes import Mesh

NAMESPACE = "hoth"
REQUESTS = 10


@pytest.fixture
def consumer(mesh: Mesh, lab: Lab) -> Iterator[Path]:
    """examples/consumer with its stack made in the mesh's backend; destroyed at the end."""
    folder = lab.folder / "consumer"
    lay_out(folder)
    reference = f"organization/cilium-clustermesh/{lab.name}"
    for words in (("stack", "select", "--create", lab.name), ("config", "set", "mesh", reference)):
        done = mesh.run(*words, folder=str(folder))
        assert done.returncode == 0, done.stderr
    yield folder
    done = mesh.destroy("--remove", folder=str(folder))
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    shutil.rmtree(folder)


def test_its_service_answers_in_every_cluster_from_its_own_backends_while_there_are_any(
    mesh: Mesh, lab: Lab, consumer: Path
) -> None:
    mesh.up(folder=str(consumer))
    await_answers(lab, 1, "cluster01")
    await_answers(lab, 2, "cluster02")
    scale(lab, 1, 0)
    await_answers(lab, 1, "cluster02")
    scale(lab, 1, 2)
    await_answers(lab, 1, "cluster01")
    mesh.up("--expect-no-changes", folder=str(consumer))


def test_its_destroy_leaves_nothing_and_the_mesh_as_it_was(
    mesh: Mesh, lab: Lab, consumer: Path
) -> None:
    mesh.up(folder=str(consumer))
    assert mesh.destroy(folder=str(consumer)).returncode == 0
    exported = mesh.run("stack", "export", "--stack", lab.name, folder=str(consumer))
    assert not json.loads(exported.stdout)["deployment"].get("resources")
    for number in (1, 2):
        namespaces = lab.get(number, "namespaces")["items"]
        assert NAMESPACE not in [one["metadata"]["name"] for one in namespaces]
    assert mesh.preview("--expect-no-changes").returncode == 0


def await_answers(lab: Lab, number: int, cluster: str) -> None:
    """Wait until every request of a Pod is answered, and by that cluster alone."""
    wanted = {cluster: REQUESTS}
    eventually(lambda: answers(lab, number) == wanted, f"{cluster} answers cluster0{number}")


def answers(lab: Lab, number: int) -> Counter[str]:
    """The clusters that answer a Pod of this one, and how often; failures are not counted."""
    loop = (
        f"for i in $(seq {REQUESTS}); do curl -sS --max-time 5 http://echo-base.{NAMESPACE}; done"
    )
    done = lab.try_kubectl(number, "exec", "deployment/x-wing", "--", "sh", "-c", loop)
    return Counter(json.loads(line)["Cluster"] for line in done.stdout.splitlines())


def scale(lab: Lab, number: int, replicas: int) -> None:
    """Let so many of its backends run in the cluster."""
    backends = ("deployment/rebel-base", "-n", NAMESPACE)
    lab.kubectl(number, "scale", *backends, f"--replicas={replicas}")
