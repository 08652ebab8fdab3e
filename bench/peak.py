"""The peak memory of a process and all its descendants."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

# The kernel keeps the peak of each process; looking more often would add to the measured time.
_PAUSE_SECONDS = 1.0
_PROC = Path("/proc")
# By a part of the command line; the first that matches.
_KINDS = (
    ("pulumi-language-python-exec", "program"),
    ("pulumi.dynamic", "provider of drift"),
    ("pulumi-resource-kubernetes", "provider of Kubernetes"),
    ("pulumi-resource-command", "provider of Commands"),
    ("pulumi-language-python", "language host"),
    ("components.scripts", "script"),
    ("kubectl", "kubectl"),
    ("cilium", "cilium CLI"),
    ("pulumi", "engine"),
)


@dataclass
class Peak:
    """The peaks so far, in bytes: of one process by its kind, and of all that ran at the same time.

    Memory that processes share counts for each of them.
    """

    of_one: dict[str, int] = field(default_factory=dict)
    together: int = 0

    def take(self, sizes: Mapping[int, tuple[str, int, int]]) -> None:
        """Record one look, by pid: the kind of each process, its size now and its own peak."""
        for kind, _, most in sizes.values():
            self.of_one[kind] = max(self.of_one.get(kind, 0), most)
        self.together = max(self.together, sum(now for _, now, _ in sizes.values()))


@contextmanager
def watching(pid: int) -> Iterator[Peak]:
    """Watch a process and its descendants while the block runs."""
    peak, stop = Peak(), threading.Event()

    def look() -> None:
        while not stop.wait(_PAUSE_SECONDS):
            peak.take(sizes_below(pid))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def sizes_below(pid: int) -> dict[int, tuple[str, int, int]]:
    """Return the kind, size and peak of a process and its present descendants, by pid."""
    found: dict[int, tuple[str, int, int]] = {}
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        try:
            found[one] = _size(one)
            for task in (_PROC / str(one) / "task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            # It has ended meanwhile.
            continue
    return found


def kind_of(command_line: str) -> str:
    """Return the kind of a process of an update, from its command line."""
    return next((kind for part, kind in _KINDS if part in command_line), "other")


def _size(pid: int) -> tuple[str, int, int]:
    folder = _PROC / str(pid)
    words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    status = (folder / "status").read_text()
    return kind_of(words), _kib(status, "VmRSS:") * 1024, _kib(status, "VmHWM:") * 1024


def _kib(status: str, key: str) -> int:
    # A process that has just ended has no such line.
    lines = [line for line in status.splitlines() if line.startswith(key)]
    return int(lines[0].split()[1]) if lines else 0
