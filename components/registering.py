"""Lets registrations begin while the program goes on to put the rest of the mesh together."""

import asyncio

# What pulumi's own SDKs of providers import for the same purpose (their _utilities.py).
from pulumi.runtime.sync_await import _sync_await

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
