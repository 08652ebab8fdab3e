"""What Pulumi's SDK tells the engine about itself."""

from typing import Any

import pulumi


def leave_out_debug() -> None:
    """Keep the SDK's debug messages in the program; those of the engine and providers stay.

    The SDK sends four for each resource, whether anybody wants them or not, and does nothing else
    until the engine has taken each (`debug` and `_log` in the SDK's log.py): with 8 members 450 of
    them, a second of a preview in which nothing else is done (docs/scale.md).
    """
    pulumi.log.debug = _unsent


def _unsent(*_message: Any, **_about: Any) -> None:
    """Take a message to nowhere."""
