"""A second stack of the project on clusters that have one already: it is kept out of them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from tests.lab.labs import Lab
from tests.lab.meshes import Mesh, everything

OTHER = "other"
STACK = ("--stack", OTHER)


@pytest.fixture
def other(mesh: Mesh, lab: Lab) -> Iterator[str]:
    """Another stack in the same folder and backend, with a demo of its own on the same clusters."""
    document = yaml.safe_load(lab.stack_file.read_text())
    config = {
        **document["config"],
        "cilium-clustermesh:demo": {"namespace": "kube-public", "servicePort": 8080},
    }
    file = lab.folder / f"Pulumi.{OTHER}.yaml"
    file.write_text(yaml.safe_dump({"config": config}))
    made = mesh.run("stack", "init", "--no-select", OTHER)
    assert made.returncode == 0, made.stderr
    yield OTHER
    removed = mesh.run("stack", "rm", "--yes", "--force", OTHER)
    assert removed.returncode == 0, removed.stderr


def test_a_second_stack_is_refused_beside_the_first_and_neither_changes_anything(
    mesh: Mesh, lab: Lab, other: str
) -> None:
    """Both at the same time: each has its own lock, and the clusters stay the first one's."""
    before = [everything(lab, number) for number in (1, 2)]
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(mesh.try_up, "--expect-no-changes")
        refused = mesh.run("up", "--yes", "--skip-preview", *STACK)
        done = first.result()
    assert done.returncode == 0, done.stdout + done.stderr
    previewed = mesh.run("preview", *STACK)
    for one in (refused, previewed):
        assert one.returncode != 0
        said = one.stdout + one.stderr
        for name in ("cluster01", "cluster02"):
            marked = f"{name}: it is already in the mesh of stack 'cilium-clustermesh/{lab.name}'"
            assert marked in said, said
        assert "Traceback" not in said
    assert [everything(lab, number) for number in (1, 2)] == before
    exported = mesh.run("stack", "export", *STACK)
    assert "kubernetes" not in exported.stdout
