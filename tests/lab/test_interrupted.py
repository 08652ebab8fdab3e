"""An update that is broken off at any phase is completed by the next one, without a manual step."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.engine import LabStack
from tests.lab.labs import Lab, eventually
from tests.lab.meshes import Mesh, helm_release

# How long a broken-off Helm operation is waited for; the default of the stack is 300 s.
TIMEOUTS = {
    "enableSeconds": 60,
    "disableSeconds": 60,
    "connectSeconds": 90,
    "disconnectSeconds": 60,
}


@dataclass(frozen=True)
class Running:
    """An update that goes on, and all the processes that it has started."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def commands(self) -> dict[int, str]:
        """Every process of the update with its command line."""
        parents = dict(_parents())
        mine = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in mine} - mine:
            mine |= more
        return {pid: text for pid in mine if (text := _command(pid))}

    def find(self, words: str) -> list[int]:
        """The processes whose command line has these words."""
        return [pid for pid, text in self.commands().items() if words in text]

    def wait(self) -> str:
        """Wait until it has ended, with what it left running; gives what it printed."""
        self.process.wait(timeout=600)
        return self.log.read_text()


def interrupt(update: Running, _: Lab) -> None:
    """What a terminal does at Ctrl-C."""
    os.killpg(update.process.pid, signal.SIGINT)


def kill_all(update: Running, _: Lab) -> None:
    """Pulumi, its providers and the CLIs, all at once."""
    for pid in update.commands():
        _kill(pid)


def kill_pulumi(update: Running, _: Lab) -> None:
    """The engine alone; what it started goes on without it for a while."""
    for pid in update.find("pulumi up"):
        _kill(pid)


def kill_cli(update: Running, _: Lab) -> None:
    """The cilium CLI alone."""
    for pid in update.find("cilium --context"):
        _kill(pid)


def kill_api_server(update: Running, lab: Lab) -> None:
    """The API server of cluster01, which the kubelet starts again."""
    node = "cluster01-control-plane"
    assert lab.exec("pkill", "-KILL", "-x", "kube-apiserver", node=node).returncode == 0


# In the order in which an update goes through them.
PHASES: dict[str, tuple[str, Callable[[Running, Lab], None]]] = {
    "interrupt-in-enable": ("cilium --context cluster01 clustermesh enable", interrupt),
    "kill-all-in-enable": ("cilium --context cluster02 clustermesh enable", kill_all),
    "kill-cli-in-connect": ("cilium --context cluster01 clustermesh connect", kill_cli),
    "kill-api-server-in-connect": (
        "cilium --context cluster01 clustermesh connect",
        kill_api_server,
    ),
    "kill-pulumi-in-verify": ("cilium --context cluster02 clustermesh status", kill_pulumi),
}


@pytest.fixture(scope="module")
def clean(lab: Lab, joined: Mesh) -> Iterator[None]:
    """Two clusters without a mesh, and short timeouts."""
    assert joined.destroy().returncode == 0
    joined.configure(1, 2, timeouts=TIMEOUTS)
    yield
    joined.configure(1, 2)


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(("words", "strike"), PHASES.values(), ids=PHASES)
def test_an_update_that_is_struck_comes_to_its_phase_again(
    mesh: Mesh, lab: Lab, words: str, strike: Callable[[Running, Lab], None]
) -> None:
    """Each update goes on where the one before it was struck, up to the phase of its own."""
    update = start(mesh.stack)
    eventually(lambda: bool(update.find(words)) or update.process.poll() is not None, words, 300)
    assert update.process.poll() is None, update.log.read_text()[-4000:]
    strike(update, lab)
    said = update.wait()
    mesh.canaries.printed.append(said)
    assert "Traceback" not in said
    # Pulumi's own lock, of a backend without a service, outlives a killed engine.
    mesh.run("cancel", "--yes", "--stack", mesh.stack.name)


@pytest.mark.usefixtures("clean")
def test_the_next_update_completes_what_was_struck(mesh: Mesh, lab: Lab) -> None:
    """No peer is lost, and nothing is left to do."""
    mesh.up()
    assert mesh.is_whole("cluster01", "cluster02")
    for number, peer in ((1, "cluster02"), (2, "cluster01")):
        found = helm_release(lab, number)
        assert set(found.peers) == {peer}
        assert found.status == "deployed"
    done = mesh.preview("--refresh", "--expect-no-changes")
    assert done.returncode == 0, done.stdout + done.stderr


def start(stack: LabStack) -> Running:
    """Start an update in a process group of its own, as a terminal does."""
    log = stack.folder / "interrupted.log"
    words = ("pulumi", "up", "--yes", "--skip-preview", "--stack", stack.name)
    with log.open("wb") as out:
        process = subprocess.Popen(
            stack.command(*words),
            cwd=stack.folder,
            env=stack.environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Running(process, log)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _parents() -> Iterator[tuple[int, int]]:
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        yield int(file.parent.name), int(fields[1])


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
    except OSError:
        return ""
