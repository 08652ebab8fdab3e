"""A build's progress, for the person who waits for it."""

import os
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol, TextIO

from tools.catalogue import Program

# Twice a minute: often enough for a person, seldom enough for a log.
_PAUSE, _PAUSE_ON_TERMINAL = 30.0, 1.0


class Origin(Enum):
    """Where a program came from."""

    BUILT = "built"
    CACHED = "cached"
    PATH = "from PATH"


class Report(Protocol):
    """Listens to a build."""

    def planned(self, programs: Iterable[Program]) -> None:
        """Take note of everything that is going to be built."""
        ...

    def started(self, program: Program, log: Path) -> None:
        """Take note that a program is being built; Go writes each package to the log."""
        ...

    def done(
        self, program: Program, origin: Origin, seconds: float, version: str | None = None
    ) -> None:
        """Take note that a program is ready; `version` is set if it is not the pinned one."""
        ...

    def note(self, text: str) -> None:
        """Take note of anything else worth a line."""
        ...


@dataclass(frozen=True, slots=True)
class Running:
    """A program that is being built, with its log."""

    program: Program
    log: Path

    @property
    def packages(self) -> int:
        """How many of its packages have been compiled."""
        return sum(not line.startswith("go: ") for line in self._lines)

    @property
    def share(self) -> float:
        """The share of its packages that are done, from 0 to 1."""
        return min(self.packages / self.program.packages, 1) if self.program.packages else 0

    @property
    def _lines(self) -> list[str]:
        try:
            return self.log.read_text(errors="replace").splitlines()
        except OSError:
            return []

    def __str__(self) -> str:
        """Return its name and progress."""
        lines = self._lines
        if lines and lines[-1].startswith("go: downloading"):
            return f"{self.program.name} (fetching sources)"
        of = f" of about {self.program.packages}" if self.program.packages else ""
        return f"{self.program.name} ({self.packages}{of} packages)"


class LineReport:
    """Prints one line per program and, twice a minute, what is being built and the time left.

    On a terminal the latter is on the last line.
    """

    def __init__(self, stream: TextIO | None = None, *, only_built: bool = False) -> None:
        """Print to `stream`, by default stderr; `only_built` leaves out what needed no work."""
        self._stream = stream or sys.stderr
        self._only_built = only_built
        self._lock = threading.Lock()
        self._counts = dict.fromkeys(Origin, 0)
        self._planned: dict[str, Program] = {}
        self._running: dict[str, Running] = {}
        self._built: set[str] = set()
        self._begun = time.monotonic()
        self._over = threading.Event()

    def planned(self, programs: Iterable[Program]) -> None:
        """Print from time to time how far all of them are."""
        self._planned = {program.name: program for program in programs}
        self._begun = time.monotonic()
        threading.Thread(target=self._tell, daemon=True).start()

    def started(self, program: Program, log: Path) -> None:
        """Show the program on the terminal's last line."""
        with self._lock:
            self._running[program.name] = Running(program, log)
            self._show_running()

    def done(
        self, program: Program, origin: Origin, seconds: float, version: str | None = None
    ) -> None:
        """Print the program's line."""
        with self._lock:
            self._counts[origin] += 1
            self._running.pop(program.name, None)
            self._built.add(program.name)
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
        """Print how many programs came from where, and the total time."""
        with self._lock:
            self._over.set()
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
            print(f"\r\033[K{self.progress()}", end="", file=self._stream, flush=True)

    def _tell(self) -> None:
        pause = _PAUSE_ON_TERMINAL if self._stream.isatty() else _PAUSE
        while not self._over.wait(pause):
            with self._lock:
                if self._running and not self._stream.isatty():
                    self._line(self.progress())
                self._show_running()

    def progress(self) -> str:
        """Return what is being built, how many programs are done, and the time left."""
        names = ", ".join(str(one) for one in self._running.values())
        built = len(self._built & self._planned.keys())
        head = f"  building {names or 'nothing'}; {built} of {len(self._planned)} programs done"
        left = self._left()
        return f"{head}, about {_minutes(left)} left" if left is not None else head

    def _left(self) -> float | None:
        """Return the seconds left, estimated from the CPU times in the catalogue."""
        everything = sum(program.seconds for program in self._planned.values())
        done = sum(self._planned[name].seconds for name in self._built & self._planned.keys())
        done += sum(one.program.seconds * one.share for one in self._running.values())
        if not everything:
            return None
        elapsed = time.monotonic() - self._begun
        # Early on, the times of other machines say more than this one's.
        pace = elapsed / done if done > everything / 10 else 1 / (os.cpu_count() or 1)
        return (everything - done) * pace


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else "a minute"
