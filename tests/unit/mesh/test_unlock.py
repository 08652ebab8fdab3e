"""Only the lock of a process that is known to be dead is removed."""

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from mesh import unlock


def lock(backend: Path, stack: str = "prod", **content: object) -> Path:
    file = backend / f".pulumi/locks/organization/cilium-clustermesh/{stack}/0815.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"hostname": socket.gethostname(), **content}))
    return file


@pytest.fixture
def dead() -> int:
    with subprocess.Popen(["true"]) as process:
        process.wait()
        return process.pid


def test_the_lock_of_a_killed_update_goes_and_it_is_said(
    tmp_path: Path, dead: int, capsys: pytest.CaptureFixture[str]
) -> None:
    file = lock(tmp_path, pid=dead)
    unlock.clear(tmp_path, "prod")
    assert not file.exists()
    said = capsys.readouterr().err
    assert "was killed during its update and left a lock behind; removing the lock" in said


def test_the_lock_of_a_running_update_stays(tmp_path: Path) -> None:
    pulumi = tmp_path / "pulumi"
    shutil.copy("/bin/sh", pulumi)
    with subprocess.Popen([pulumi, "-c", "echo; sleep 60"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        file = lock(tmp_path, pid=process.pid)
        unlock.clear(tmp_path, "prod")
        process.kill()
    assert file.exists()


def test_the_lock_of_an_update_that_nobody_has_collected_yet_goes(tmp_path: Path) -> None:
    """A killed process keeps its name until its parent reaps it."""
    pulumi = tmp_path / "pulumi"
    shutil.copy("/bin/true", pulumi)
    with subprocess.Popen([pulumi]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        file = lock(tmp_path, pid=process.pid)
        unlock.clear(tmp_path, "prod")
    assert not file.exists()


def test_a_pid_that_another_program_has_got_meanwhile_holds_nothing(tmp_path: Path) -> None:
    file = lock(tmp_path, pid=os.getpid())
    unlock.clear(tmp_path, "prod")
    assert not file.exists()


def test_the_lock_of_another_machine_stays(tmp_path: Path, dead: int) -> None:
    file = lock(tmp_path, pid=dead, hostname="another-machine")
    unlock.clear(tmp_path, "prod")
    assert file.exists()


def test_the_lock_of_another_stack_stays(tmp_path: Path, dead: int) -> None:
    file = lock(tmp_path, "staging", pid=dead)
    unlock.clear(tmp_path, "prod")
    assert file.exists()


@pytest.mark.parametrize("stack", ["prod", "organization/cilium-clustermesh/prod"])
def test_a_stack_is_known_by_its_short_and_its_long_name(
    tmp_path: Path, dead: int, stack: str
) -> None:
    file = lock(tmp_path, pid=dead)
    unlock.clear(tmp_path, stack)
    assert not file.exists()


def test_what_is_no_lock_of_pulumi_stays(tmp_path: Path) -> None:
    file = lock(tmp_path)
    unlock.clear(tmp_path, "prod")
    assert file.exists()
