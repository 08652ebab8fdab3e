"""Child processes that end with the build."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tools.errors import InterruptedBuildError

_GRACE_SECONDS = 5.0


class Runner(Protocol):
    """Runs a build command; tests replace it with a fake."""

    def run(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path) -> int:
        """Run the command, append its output to the log and return its exit code."""
        ...


class Processes:
    """Runs commands in process groups of their own and can end them all at once."""

    def __init__(self) -> None:
        """Start with nothing running."""
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def run(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path) -> int:
        """Run the command, append its output to the log and return its exit code.

        Raises:
            InterruptedBuildError: `stop` was called before or while the command ran.
        """
        with log.open("ab") as output:
            process = self._start(command, cwd, env, output.fileno())
            try:
                code = process.wait()
            finally:
                with self._lock:
                    self._running.discard(process)
        if self._stopped:
            raise InterruptedBuildError(f"stopped: {command[0]}")
        return code

    def _start(
        self, command: Sequence[str], cwd: Path, env: Mapping[str, str], output: int
    ) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopped:
                raise InterruptedBuildError(f"stopped: {command[0]}")
            # A session of its own: Ctrl-C at the terminal reaches only us, and we end the whole
            # group, compilers included.
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            self._running.add(process)
            return process

    def stop(self) -> None:
        """End everything that runs, and refuse to start more."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            _signal_group(process, signal.SIGTERM)
        for process in running:
            try:
                process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                _signal_group(process, signal.SIGKILL)


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def capture(
    command: Sequence[str],
    *,
    timeout: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> str | None:
    """Return what a command prints, or None if it fails or takes longer than `timeout` seconds."""
    try:
        finished = subprocess.run(
            command,
            cwd=cwd,
            env=env,
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return finished.stdout if finished.returncode == 0 else None
