"""Two stacks of the project on one lab, each with its own clusters: neither touches the other."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest

from tests.lab.labs import Answer, Lab
from tests.lab.meshes import Mesh, complete, everything, helm_release, objects_of_ours

OTHER = "beside"
STACK = ("--stack", OTHER)
MINE, THEIRS = (1, 2), (3, 4)
SYSTEM = ("-n", "kube-system")


@pytest.fixture(scope="module")
def clusters(joined: Mesh, lab: Lab) -> Iterator[None]:
    """Two further clusters of the lab, which are in no mesh."""
    lab.up_with(*MINE, *THEIRS)
    joined.configure(*MINE)
    yield
    for number in THEIRS:
        removed = lab.run("down", "--cluster", f"cluster0{number}")
        assert removed.returncode == 0, removed.stderr


@pytest.fixture
def other(mesh: Mesh, lab: Lab, clusters: None) -> Iterator[str]:
    """A stack of the same folder and backend that has them."""
    with stack(mesh, lab, OTHER):
        yield OTHER


@contextmanager
def stack(mesh: Mesh, lab: Lab, name: str, **settings: object) -> Iterator[str]:
    mesh.configure(*THEIRS, **settings)
    (lab.folder / f"Pulumi.{name}.yaml").write_text(lab.stack_file.read_text())
    mesh.configure(*MINE)
    checked(mesh.run("stack", "init", "--no-select", name))
    yield name
    checked(mesh.run("stack", "rm", "--yes", "--force", name))


# As left by Cilium's tutorial.
X_WING = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: x-wing}
spec:
  replicas: 1
  selector: {matchLabels: {org: alliance}}
  template:
    metadata: {labels: {org: alliance}}
    spec:
      containers: [{name: x-wing, image: quay.io/cilium/json-mock:v1.3.3}]
"""


@pytest.fixture
def x_wing(lab: Lab, clusters: None) -> Iterator[str]:
    """Somebody else's Deployment of that name in cluster03, by its uid and its spec."""
    lab.apply(3, X_WING)
    yield made(lab)
    lab.kubectl(3, "delete", "deployment", "x-wing")


def made(lab: Lab) -> str:
    metadata = lab.get(3, "deployment", "x-wing")["metadata"]
    return f"{metadata['uid']} {metadata['generation']} {metadata.get('labels')}"


def test_of_two_first_updates_one_has_the_clusters_and_what_was_there_survives_both(
    mesh: Mesh, lab: Lab, x_wing: str
) -> None:
    """With preflight's check off for both, as it reads before either has begun."""
    settings = {"preflight": {"foreign-object": "warn"}}
    with stack(mesh, lab, "one", **settings), stack(mesh, lab, "two", **settings):
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(partial(update, mesh), ("one", "two")))
        said = [one.stdout + one.stderr for one in done]
        assert [one.returncode == 0 for one in done] == [False, False]
        taken = ["has just been taken into the mesh of stack" in text for text in said]
        assert sorted(taken) == [False, True], said
        loser, winner = said if taken[0] else reversed(said)
        name = "one" if taken[1] else "two"
        assert f"taken into the mesh of stack 'cilium-clustermesh/{name}'" in loser
        assert "cluster03: somebody else's Deployment default/x-wing is there" in winner
        assert made(lab) == x_wing
        for number in THEIRS:
            service = lab.get(number, "service", "cilium-clustermesh-api-server", *SYSTEM)
            owner = service["metadata"]["annotations"]["cilium-clustermesh/stack"]
            assert owner == f"cilium-clustermesh/{name}"
        for one in ("one", "two"):
            checked(mesh.run("destroy", "--yes", "--skip-preview", "--stack", one))
        assert made(lab) == x_wing
        assert not any(objects_of_ours(lab, number) for number in THEIRS)


def update(mesh: Mesh, name: str) -> Answer:
    return mesh.run("up", "--yes", "--skip-preview", "--continue-on-error", "--stack", name)


def test_a_deployment_that_somebody_else_has_made_is_refused_in_a_preview(
    mesh: Mesh, lab: Lab, other: str, x_wing: str
) -> None:
    done = mesh.run("preview", *STACK)
    assert done.returncode != 0
    assert "somebody else's Deployment default/x-wing is there" in done.stdout + done.stderr


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
