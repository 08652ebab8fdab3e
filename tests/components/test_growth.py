"""What the program itself costs grows with the members, and not with their pairs."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from tests.components.conftest import Run
from tests.components.programs import program


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], int]:
    """Run the program for so many members; gives how many Outputs that took."""
    count = 0
    init = pulumi.Output.__init__

    def counting(self: pulumi.Output[Any], *args: Any) -> None:
        nonlocal count
        count += 1
        init(self, *args)

    monkeypatch.setattr(pulumi.Output, "__init__", counting)

    def run(members: int) -> int:
        before = count
        Run(preview=False)(lambda: program(members))
        return count - before

    return run


def test_twice_the_members_take_hardly_more_than_twice_the_outputs(
    made: Callable[[int], int],
) -> None:
    """An Output is what takes the program's time; N kubeconfigs taken apart N times were most."""
    four, eight = made(4), made(8)
    assert eight < 2.1 * four
