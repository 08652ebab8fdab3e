"""The labs that the tests share, each two clusters under a name of its own, with a mesh on them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.engine import LabStack
from tests.lab import labs, restricted
from tests.lab.canaries import Canaries, watched_arguments
from tests.lab.labs import SHARED, Lab
from tests.lab.meshes import Mesh

pytestmark = pytest.mark.lab

# Each continues from what the one before it leaves, but can also run alone.
ORDER = (
    "test_clusters",
    "test_down",
    "test_healing",
    "test_mesh",
    "test_consumer",
    "test_describe",
    "test_environments",
    "test_report",
    "test_noop",
    "test_rights",
    "test_compatibility",
    "test_drift",
    "test_foreign",
    "test_changes",
    "test_dead",
    "test_interrupted",
    "test_release",
    "test_side_by_side",
    "test_secrets",
    "test_destroy",
    "test_package",
    "test_renaming",
)
# These need no shared lab, so another worker may run them.
APART = {"test_down"}
# These go to a second lab if there is one: they take about as long as the rest.
SECOND = {"test_dead", "test_interrupted", "test_release", "test_side_by_side", "test_renaming"}
assert set(ORDER) >= APART | SECOND, "a file that is no more"
HERE = Path(__file__).parent
_CHAIN = pytest.StashKey[str]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a lab test, so that `-m 'not lab'` leaves it out; in ORDER.

    One worker runs those of a lab, from the beginning, because they take longest.
    """
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.lab)
            group = item.path.stem if item.path.stem in APART else _lab_of(item)
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=_place)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Record whose lab to create if there is none yet: only for the tests of this folder."""
    item.config.stash[_CHAIN] = _lab_of(item)


def _place(item: pytest.Item) -> int:
    return ORDER.index(item.path.stem) if HERE in item.path.parents else len(ORDER)


def _lab_of(item: pytest.Item) -> str:
    return SHARED[labs.at_once() > 1 and item.path.stem in SECOND]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Lab]:
    """Two healthy clusters; what a dead run left under the same name is removed first."""
    made = Lab(pytestconfig.stash[_CHAIN], tmp_path_factory.mktemp("stack"))
    made.clone()
    made.describe(1, 2)
    made.down()
    made.up()
    yield made
    made.down()


@pytest.fixture(scope="session")
def joined(lab: Lab) -> Iterator[Mesh]:
    """The mesh of cluster01 and cluster02, made by one `up`; every process is watched from then."""
    home = LabStack(lab.name, lab.folder).home
    state = [home / "pulumi", home / "pulumi-home"]
    canaries = Canaries(state, temporary=Path(tempfile.gettempdir()), own=lab.folder)
    made = Mesh(lab, LabStack(lab.name, lab.folder), canaries)
    if lab.name != SHARED[0]:
        # On the first lab from tests/lab/test_rights.py on.
        restricted.restrict(made, 1, 2)
    made.configure(1, 2)
    made.stack.prepare()
    made.remember(1, 2)
    with watched_arguments(canaries.arguments):
        made.up()
        made.keep_encryption()
        canaries.plant_keys(lab, 1, 2)
        yield made


@pytest.fixture
def mesh(joined: Mesh) -> Iterator[Mesh]:
    """The mesh; after every test no secret may have shown up anywhere in plain text."""
    yield joined
    assert not joined.canaries.leaks()
