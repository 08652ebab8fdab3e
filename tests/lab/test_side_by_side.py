"""Two stacks of the project on one lab, each with clusters of its own: neither meets the other."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.lab.labs import Answer, Lab
from tests.lab.meshes import Mesh, complete, everything, helm_release

OTHER = "beside"
STACK = ("--stack", OTHER)
MINE, THEIRS = (1, 2), (3, 4)


@pytest.fixture
def other(mesh: Mesh, lab: Lab) -> Iterator[str]:
    """A stack of the same folder and backend that has two further clusters of the lab."""
    lab.up_with(*MINE, *THEIRS)
    mesh.configure(*THEIRS)
    (lab.folder / f"Pulumi.{OTHER}.yaml").write_text(lab.stack_file.read_text())
    mesh.configure(*MINE)
    checked(mesh.run("stack", "init", "--no-select", OTHER))
    yield OTHER
    checked(mesh.run("stack", "rm", "--yes", "--force", OTHER))
    removed = lab.run("down", "--cluster", "cluster04")
    assert removed.returncode == 0, removed.stderr


def test_two_stacks_are_updated_and_destroyed_at_the_same_time_without_meeting(
    mesh: Mesh, lab: Lab, other: str
) -> None:
    before = [everything(lab, number) for number in MINE]
    together(mesh, "up", "--yes", "--skip-preview")
    cells = mesh.outputs(other)["verification"]["matrix"]
    assert {(one["from"], one["to"], one["path"]) for one in cells if one["ok"]} == complete(
        ("cluster03", "cluster04")
    )
    for number, peer in ((1, "cluster02"), (2, "cluster01"), (3, "cluster04"), (4, "cluster03")):
        assert set(helm_release(lab, number).peers) == {peer}
    together(mesh, "destroy", "--yes", "--skip-preview")
    assert [everything(lab, number) for number in MINE] == before
    assert mesh.is_whole("cluster01", "cluster02")


def together(mesh: Mesh, *words: str) -> None:
    """Run pulumi on the other stack, while the first one is refreshed and found unchanged."""
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(mesh.try_up, "--refresh", "--expect-no-changes")
        checked(mesh.run(*words, *STACK))
        checked(first.result())


def checked(done: Answer) -> None:
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
