"""Progress lines: what the lab is doing and waiting for; safe to use from several threads."""

import sys
import threading
import time
from typing import TextIO


class Progress:
    """Prints `[ 12 s] cluster01: waits for …`, and the same line only once."""

    def __init__(self, out: TextIO | None = None) -> None:
        """Start the clock; `out` is stderr by default, so that stdout is kept for results."""
        self._out = out if out is not None else sys.stderr
        self._started = time.monotonic()
        self._last: dict[str, str] = {}
        self._lock = threading.Lock()

    def say(self, who: str, what: str) -> None:
        """Print what `who` (a cluster, or the lab) is doing now."""
        with self._lock:
            if self._last.get(who) == what:
                return
            self._last[who] = what
            print(f"[{self.seconds:4.0f} s] {who}: {what}", file=self._out, flush=True)

    def last(self, who: str) -> str:
        """What `who` was doing last, for an error message."""
        with self._lock:
            return self._last.get(who, "nothing yet")

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started
