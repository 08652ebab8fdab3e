"""What a build tells the person who waits for it."""

import sys
import threading
import time
from enum import Enum
from typing import Protocol, TextIO

from tools.catalogue import Program


class Origin(Enum):
    """Where a program comes from."""

    BUILT = "built"
    CACHED = "cached"
    PATH = "from PATH"


class Report(Protocol):
    """Listens to a build."""

    def started(self, program: Program) -> None:
        """Take note that a program is being built."""
        ...

    def done(
        self, program: Program, origin: Origin, seconds: float, version: str | None = None
    ) -> None:
        """Take note that a program is ready; `version` where it is not the pinned one."""
        ...

    def note(self, text: str) -> None:
        """Take note of anything else worth a line."""
        ...


class LineReport:
    """Prints one line per program, and on a terminal what is being built right now."""

    def __init__(self, stream: TextIO | None = None, *, only_built: bool = False) -> None:
        """Print to `stream`, by default stderr; `only_built` leaves out what needed no work."""
        self._stream = stream or sys.stderr
        self._only_built = only_built
        self._lock = threading.Lock()
        self._counts = dict.fromkeys(Origin, 0)
        self._running: dict[str, float] = {}
        self._begun = time.monotonic()

    def started(self, program: Program) -> None:
        """Show the program on the terminal's last line."""
        with self._lock:
            self._running[program.name] = time.monotonic()
            self._show_running()

    def done(
        self, program: Program, origin: Origin, seconds: float, version: str | None = None
    ) -> None:
        """Print the program's line."""
        with self._lock:
            self._counts[origin] += 1
            self._running.pop(program.name, None)
            if origin is Origin.BUILT or not self._only_built:
                self._line(
                    f"  {program.name:<28} {version or program.version:<22} "
                    f"{origin.value:<10} {seconds:6.1f} s"
                )
            self._show_running()

    def note(self, text: str) -> None:
        """Print the text on a line of its own."""
        with self._lock:
            self._line(text)
            self._show_running()

    def total(self) -> None:
        """Print how many programs came from where, and how long all of it took."""
        with self._lock:
            self._running.clear()
            if self._only_built and not self._counts[Origin.BUILT]:
                return
            parts = [f"{count} {origin.value}" for origin, count in self._counts.items() if count]
            programs = sum(self._counts.values())
            seconds = time.monotonic() - self._begun
            self._line(f"{programs} programs ({', '.join(parts)}) in {seconds:.1f} s")

    def _line(self, text: str) -> None:
        clear = "\r\033[K" if self._stream.isatty() else ""
        print(f"{clear}{text}", file=self._stream, flush=True)

    def _show_running(self) -> None:
        if self._running and self._stream.isatty():
            names = ", ".join(self._running)
            print(f"\r\033[K  building {names} …", end="", file=self._stream, flush=True)
