"""What the program asks of Pulumi's SDK so that a preview is short."""

from unittest.mock import Mock

import pulumi
import pytest
from pulumi.runtime.settings import _get_rpc_manager

from components.plumbing.sdk import begin_registering, leave_out_debug
from tests.components.conftest import Run


def test_what_was_made_is_being_registered_when_the_program_goes_on(run: Run) -> None:
    """If nothing has begun at its end, the SDK looks at everything pending, again and again."""
    begun: list[int] = []

    def program() -> None:
        pulumi.ComponentResource("cilium-clustermesh:index:Any", "any")
        begun.append(len(_get_rpc_manager().rpcs))
        begin_registering()
        begun.append(len(_get_rpc_manager().rpcs))

    run(program)
    before, after = begun
    assert before < after


def test_a_program_that_fails_after_that_fails_as_before(run: Run) -> None:
    def program() -> None:
        pulumi.ComponentResource("cilium-clustermesh:index:Any", "any")
        begin_registering()
        raise pulumi.RunError("a check stops it")

    with pytest.raises(pulumi.RunError, match="a check stops it"):
        run(program)


def test_debug_messages_stay_and_all_others_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Mock()
    monkeypatch.setattr(pulumi.log, "get_engine", lambda: engine)
    monkeypatch.setattr(pulumi.log, "debug", pulumi.log.debug)
    leave_out_debug()
    pulumi.log.debug("beginning rpc register resource")
    assert not engine.Log.called
    pulumi.log.warn("look here")
    assert engine.Log.called
