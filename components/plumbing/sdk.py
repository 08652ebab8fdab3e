"""What Pulumi's SDK tells the engine about itself."""

import asyncio
from collections.abc import Callable
from itertools import takewhile
from typing import Any

import pulumi
from pulumi.runtime import resource
from pulumi.runtime.sync_await import _sync_await

# Of the SDK's resource.py, and private: where it is gone, everything is told as before.
_TRACE = "_get_stack_trace"


def leave_out_debug() -> None:
    """Keep the SDK's debug messages in the program; those of the engine and providers stay.

    The SDK sends four for each resource, whether anybody wants them or not, and does nothing else
    until the engine has taken each (`debug` and `_log` in the SDK's log.py): with 8 members 450 of
    them, a second of a preview in which nothing else is done (docs/scale.md).
    """
    pulumi.log.debug = _unsent


def _unsent(*_message: Any, **_about: Any) -> None:
    """Take a message to nowhere."""


def leave_out_launcher() -> None:
    """Keep from the engine which of Python's and the SDK's own frames led to the program.

    The SDK tells it for each resource, and the state keeps it, with paths of the machine that ran
    the update: with 8 members a fifth of a state that is written at every step (docs/scale.md). The
    frames of the program itself stay.
    """
    told: Callable[[], Any] | None = getattr(resource, _TRACE, None)
    if told is not None:
        setattr(resource, _TRACE, lambda: _from_the_program(told()))


def _from_the_program(trace: Any) -> Any:
    # Below the program are those of `runpy`, which stand in no file.
    kept = list(takewhile(lambda frame: frame.HasField("pc"), trace.frames))
    return type(trace)(frames=kept)


# What pulumi's own SDKs of providers import for the same purpose (their _utilities.py).

# As many as an event loop needs to come from a resource to the request that tells the engine of it.
_TURNS = 20


def begin_registering() -> None:
    """Let what has been made so far reach the engine, which starts providers meanwhile.

    Else nothing does before the program's end. And the SDK, which finds that nothing has begun
    then, waits for whatever comes first of all Outputs that are pending, and looks at every one of
    them again each time: thousands, hundreds of times (`wait_for_rpcs` in its stack.py).
    """
    _sync_await(_turns())


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)
