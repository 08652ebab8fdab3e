"""What a killed engine leaves running."""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.engine.conftest import Project


@pytest.fixture
def waiting(project: Project) -> Project:
    shutil.copy(Path(__file__).with_name("waiting.py"), project.folder / "__main__.py")
    os.mkfifo(project.folder / "fifo")
    return project


def writer(fifo: Path, update: "subprocess.Popen[bytes]") -> int:
    """Open the FIFO once the update's Command reads from it."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and update.poll() is None:
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"no Command runs; pulumi's exit code is {update.poll()}")


def test_the_program_of_a_killed_engine_ends(waiting: Project) -> None:
    """Otherwise it would wait for its engine for ever and take half a CPU."""
    with subprocess.Popen(
        ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"],
        cwd=waiting.folder,
        env=waiting.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as update:
        command = writer(waiting.folder / "fifo", update)
        program = os.pidfd_open(int((waiting.folder / "program.pid").read_text()))
        update.kill()
    try:
        assert select.select([program], [], [], 60)[0]
    finally:
        os.close(command)
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(program, signal.SIGKILL)
