"""What the program asks of Pulumi's SDK so that a preview is short."""

from unittest.mock import Mock

import pulumi
import pytest
from pulumi.runtime import resource
from pulumi.runtime.proto.source_pb2 import SourcePosition, StackFrame, StackTrace
from pulumi.runtime.settings import _get_rpc_manager

from components.plumbing.sdk import begin_registering, leave_out_debug, leave_out_launcher
from tests.components.conftest import Run


def test_what_was_made_is_being_registered_when_the_program_goes_on(run: Run) -> None:
    """Where nothing has begun at its end, the SDK looks at all that is pending, again and again."""
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


def frames(*uris: str) -> StackTrace:
    found = [StackFrame(pc=SourcePosition(uri=uri, line=1) if uri else None) for uri in uris]
    return StackTrace(frames=found)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (("file:///p/components/a.py", "file:///p/__main__.py", "", "file:///bin/exec"), 2),
        (("file:///lib/python3.11/asyncio/events.py",), 1),
        ((), 0),
    ],
)
def test_the_engine_is_told_of_the_program_and_not_of_what_started_it(
    monkeypatch: pytest.MonkeyPatch, told: tuple[str, ...], kept: int
) -> None:
    """`runpy`, which starts it, stands in no file."""
    monkeypatch.setattr(resource, "_get_stack_trace", lambda: frames(*told))
    leave_out_launcher()
    assert resource._get_stack_trace() == frames(*told[:kept])


def test_an_sdk_that_tells_no_frames_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(resource, "_get_stack_trace")
    leave_out_launcher()
    assert not hasattr(resource, "_get_stack_trace")
