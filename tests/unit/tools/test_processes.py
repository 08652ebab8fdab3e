import threading
import time
from pathlib import Path

import pytest

from tools.errors import InterruptedBuildError
from tools.processes import Processes, capture

SHELL = "/bin/sh"
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline, f"{path} stayed empty"
        time.sleep(0.01)


def test_output_and_exit_code_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [SHELL, "-c", "echo out; echo err >&2; exit 7"]
    assert Processes().run(command, cwd=tmp_path, env=ENVIRONMENT, log=log) == 7
    assert log.read_text() == "out\nerr\n"


def test_stop_ends_the_command_with_its_children(tmp_path: Path) -> None:
    log, child = tmp_path / "log", tmp_path / "child"
    processes = Processes()
    outcome: list[BaseException] = []

    def build() -> None:
        try:
            command = [SHELL, "-c", f"sleep 60 & echo $! > {child}; wait"]
            processes.run(command, cwd=tmp_path, env=ENVIRONMENT, log=log)
        except InterruptedBuildError as error:
            outcome.append(error)

    thread = threading.Thread(target=build)
    thread.start()
    _wait_for(child)
    processes.stop()
    thread.join(10)
    assert len(outcome) == 1
    assert _is_gone(int(child.read_text()))


def _is_gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        # Orphans wait for the machine's init to collect them; they run no more.
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def test_nothing_starts_after_a_stop(tmp_path: Path) -> None:
    processes = Processes()
    processes.stop()
    with pytest.raises(InterruptedBuildError):
        processes.run([SHELL, "-c", "true"], cwd=tmp_path, env=ENVIRONMENT, log=tmp_path / "log")


@pytest.mark.parametrize("command", [["/nonexistent/program"], [SHELL, "-c", "exit 1"]])
def test_capture_says_none_for_whatever_does_not_answer(command: list[str]) -> None:
    assert capture(command, timeout=10) is None


def test_capture_gives_up_on_a_program_that_hangs() -> None:
    assert capture([SHELL, "-c", "exec sleep 60"], timeout=0.1) is None
