"""What makes Pulumi's SDK quick enough for many members."""

import asyncio
import gc
from typing import Any

# As many as an event loop needs to come from a resource to the request that tells the engine of it.
_TURNS = 20


def collect_no_garbage() -> None:
    """Switch Python's garbage collector off; call it before anything else is imported.

    All that the program makes lives to its end. Collecting, most of it while modules are imported,
    makes a preview of 8 members with nothing to do take 1.60 times as long as an empty program
    instead of 1.53 (medians of nine, one run; the bar is 1.5).
    """
    gc.disable()


def leave_out_debug() -> None:
    """Keep the SDK's debug messages in the program; those of the engine and providers stay.

    The SDK sends four for each resource, whether anybody wants them or not, and does nothing else
    until the engine has taken each (`debug` and `_log` in its log.py): 450 with 8 members. With
    them a preview with nothing to do takes 1.75 times as long as an empty program, without them
    1.6 times (shortest of seven each, in one run beside other work; the bar is 1.5).
    """
    import pulumi

    pulumi.log.debug = _unsent


def _unsent(*_message: Any, **_about: Any) -> None:
    """Take a message to nowhere."""


def begin_registering() -> None:
    """Send what has been made so far to the engine, which starts providers meanwhile.

    Otherwise nothing is sent before the program ends. The SDK, finding that nothing has begun by
    then, waits for whatever comes first of all pending Outputs, and looks at each of them again
    every time: thousands, hundreds of times (`wait_for_rpcs` in its stack.py).
    """
    # As the SDKs that Pulumi generates for providers do (_utilities.py).
    from pulumi.runtime.sync_await import _sync_await

    _sync_await(_turns())


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)
