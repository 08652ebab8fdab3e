"""The scripts as the engine runs them: as processes, with the programs on PATH."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from components.scripts.lib.cli import with_kubeconfig
from tests.unit.scripts.conftest import SECONDS, kubeconfig, new_world

PROJECT = Path(__file__).parents[3]
CLUSTER01 = {"CLUSTER": "cluster01", "SERVICE_TYPE": "NodePort", "NODE_PORT": "32257"}
STDIN = json.dumps({"kubeconfig": kubeconfig("cluster01")})


class Machine:
    """A PATH with the two programs, and clusters in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin_dir = folder / "bin"
        self.tmp = folder / "tmp"
        for made in (self.bin_dir, self.tmp):
            made.mkdir()
        (folder / "world.json").write_text(json.dumps(new_world()))
        for program in ("kubectl", "cilium"):
            self.install(program, f'exec "{sys.executable}" -S -E "{FAKE}" {program} "$@"')

    def install(self, program: str, text: str) -> None:
        path = self.bin_dir / program
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "PATH": f"{self.bin_dir}:{os.environ['PATH']}",
            "WORLD": str(self.folder),
            "KUBECONFIG": "/nowhere/ambient",
            "TMPDIR": str(self.tmp),
            **SECONDS,
            **CLUSTER01,
        }

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", str(PROJECT / "components/scripts/run.sh"), *arguments],
            input=STDIN,
            env={**self.environment, **environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )


FAKE = Path(__file__).with_name("fake_clis.py")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_script_runs_from_any_folder_and_leaves_no_file(machine: Machine) -> None:
    done = machine.run("member", "enable")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"cluster": "cluster01", "nodePort": 32257, "revision": 3}
    assert list(machine.tmp.iterdir()) == []


def test_an_ambient_kubeconfig_is_never_read(machine: Machine, tmp_path: Path) -> None:
    machine.install("kubectl", f'cat "$KUBECONFIG" > "{tmp_path}/seen"; exit 1')
    machine.run("member", "enable", KUBECONFIG="/etc/hostname")
    assert json.loads((tmp_path / "seen").read_text()) == kubeconfig("cluster01")


def test_credentials_are_in_no_argument_and_no_variable(machine: Machine, tmp_path: Path) -> None:
    machine.install("kubectl", f'{{ echo "$*"; env; }} > "{tmp_path}/seen"; exit 1')
    done = machine.run("member", "enable")
    assert "canary" not in (tmp_path / "seen").read_text()
    assert "canary" not in done.stdout + done.stderr


def test_a_missing_program_is_named(machine: Machine) -> None:
    (machine.bin_dir / "kubectl").unlink()
    for program in ("sh", "dirname"):
        (machine.bin_dir / program).symlink_to(str(shutil.which(program)))
    machine.install("python3", f'exec "{sys.executable}" "$@"')
    done = machine.run("member", "enable", PATH=str(machine.bin_dir))
    assert done.returncode == 1
    assert "kubectl is not on PATH" in done.stderr


def test_wrong_use_is_told_apart_from_failure(machine: Machine) -> None:
    assert machine.run("member", "explode").returncode == 2


def test_a_stopped_script_leaves_no_file(machine: Machine, tmp_path: Path) -> None:
    """Even SIGKILL, which no handler sees."""
    pipe = tmp_path / "started"
    os.mkfifo(pipe)
    machine.install("kubectl", f'echo > "{pipe}"; exec sleep 60')
    script = subprocess.Popen(
        [sys.executable, "-m", "components.scripts.member", "enable"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(machine.environment),
        cwd=PROJECT,
        text=True,
        start_new_session=True,
    )
    assert script.stdin is not None
    script.stdin.write(STDIN)
    script.stdin.close()
    pipe.read_text()
    script.send_signal(signal.SIGKILL)
    script.wait()
    os.killpg(script.pid, signal.SIGKILL)
    assert list(machine.tmp.iterdir()) == []


def test_without_memfd_the_kubeconfig_is_a_private_file_for_one_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "memfd_create")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with with_kubeconfig(kubeconfig("cluster01")) as programs:
        path = Path(programs.environment["KUBECONFIG"])
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == []


def test_the_scripts_need_nothing_but_the_standard_library() -> None:
    """They run with any Python on PATH, even if the project's own environment is missing."""
    names = [path.stem for path in (PROJECT / "components/scripts").glob("*.py")]
    code = ";".join(f"import components.scripts.{name}" for name in names if name != "__init__")
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
