"""Records what each test costs: its time, and the CPU time of everything that it starts.

Every worker puts itself into a new cgroup for each test, which its children inherit. A lab's
processes have cgroups of their own, and are only in the table by programs.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

FOLDER = "TEST_COSTS"
"""The variable that names the folder to which each worker writes its tests' costs."""

_CGROUPS = Path("/proc/self/mounts")


class Costs:
    """Writes a line of JSON for each test of one worker."""

    def __init__(self, folder: Path) -> None:
        """Start without a test."""
        worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
        self._file = folder / f"{worker}.jsonl"
        self._root = _unified() / f"clustermesh-tests-{os.getpid()}"
        self._root.mkdir()
        self._count = 0

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Measure a test with its fixtures, those of a session with the first test that has one."""
        place = self._enter()
        started = time.monotonic()
        try:
            return (yield)
        finally:
            seconds = time.monotonic() - started
            self._write({"test": item.nodeid, "seconds": seconds, "cpu": _cpu(place)})
            self._leave(place)

    def pytest_unconfigure(self) -> None:
        """Remove the cgroups, except those in which something still runs."""
        for place in self._root.glob("[0-9]*"):
            self._leave(place)
        self._leave(self._root)

    def _enter(self) -> Path:
        self._count += 1
        place = self._root / str(self._count)
        place.mkdir()
        (place / "cgroup.procs").write_text(str(os.getpid()))
        return place

    def _leave(self, place: Path) -> None:
        # A process there may start another one meanwhile.
        for _ in range(100):
            for pid in (place / "cgroup.procs").read_text().split():
                _move(pid, self._root.parent)
            with suppress(OSError):
                return place.rmdir()

    def _write(self, entry: dict[str, Any]) -> None:
        with self._file.open("a") as file:
            file.write(json.dumps(entry) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    """Measure in the workers; the process that only hands out tests has none."""
    is_handing_out = getattr(config.option, "numprocesses", None) and not hasattr(
        config, "workerinput"
    )
    if FOLDER in os.environ and not is_handing_out:
        config.pluginmanager.register(Costs(Path(os.environ[FOLDER])))


def _cpu(place: Path) -> float:
    """Return the CPU time of everything that has run there, in s."""
    said = dict(line.split() for line in (place / "cpu.stat").read_text().splitlines())
    return int(said["usage_usec"]) / 1e6


def _move(pid: str, place: Path) -> None:
    try:
        (place / "cgroup.procs").write_text(pid)
    except ProcessLookupError:
        return


def _unified() -> Path:
    lines = (line.split() for line in _CGROUPS.read_text().splitlines())
    return next(Path(mount) for _, mount, kind, *_ in lines if kind == "cgroup2")
