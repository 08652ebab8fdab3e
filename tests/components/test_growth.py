"""The program's own cost grows with the members, and not with their pairs."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from tests.components.conftest import Run
from tests.components.programs import program


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], int]:
    """Run the program for so many members; returns the number of its Outputs."""
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
    """Outputs take the program's time; most came from taking N kubeconfigs apart N times."""
    four, eight = made(4), made(8)
    assert eight < 2.1 * four


def test_no_component_registers_what_a_command_or_the_stack_has_already(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The engine writes the whole state for each registration, and again at every later step."""
    registered: dict[str, set[str]] = {}

    def note(self: pulumi.ComponentResource, outputs: dict[str, Any]) -> None:
        registered.setdefault(type(self).__name__, set()).update(outputs)

    monkeypatch.setattr(pulumi.ComponentResource, "register_outputs", note)
    Run(preview=False)(lambda: program(2))
    assert registered["MeshKubeconfig"] == {"merged"}
    assert registered["MeshMember"] == registered["MeshPeers"] == set()
