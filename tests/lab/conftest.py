"""The lab that the tests share: two clusters under a name of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.labs import Lab

pytestmark = pytest.mark.lab


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a lab test, so that `-m 'not lab'` leaves it out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.lab)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Two healthy clusters; what a dead run left under the same name is cleared away first."""
    made = Lab("test", tmp_path_factory.mktemp("stack"))
    made.clone()
    made.describe(1, 2)
    made.down()
    made.up()
    yield made
    made.down()
