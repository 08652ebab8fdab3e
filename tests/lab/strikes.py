"""Updates that run beside the test, and the ways to strike one."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from components.scripts.lib import writer
from demo.engine import LabStack
from tests.costs import budget
from tests.costs.budget import Dear
from tests.lab.labs import Lab, eventually
from tests.lab.meshes import is_pending

CLI = f"{writer.OURS}."
_PULUMI = ("pulumi up", "pulumi-language-python", "pulumi-resource-", "pulumi.dynamic")


@dataclass(frozen=True)
class Running:
    """A running update, and all the processes that it has started."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def commands(self) -> dict[int, str]:
        """Every process of the update with its command line."""
        parents = dict(_parents())
        mine = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in mine} - mine:
            mine |= more
        return {pid: text for pid in mine if (text := _command(pid))}

    @property
    def goes_on(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def find(self, words: str) -> list[int]:
        """The processes whose command line has these words."""
        return [pid for pid, text in self.commands().items() if words in text]

    def runs(self, *words: str) -> bool:
        """Whether each of these words is in the command line of some process."""
        listed = self.commands().values()
        return all(any(one in text for text in listed) for one in words)

    def wait(self) -> str:
        """Wait until it and what it left running have ended; returns what it printed."""
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
    """The engine with its program and providers; the scripts run on without it for a while."""
    # Orphaned, the program would wait for its engine for ever.
    for pid in [pid for words in _PULUMI for pid in update.find(words)]:
        _kill(pid)


def kill_cli(update: Running, _: Lab) -> None:
    """The cilium CLI alone, which has a process name of its own if it writes."""
    for pid in update.find(CLI):
        _kill(pid)


def kill_api_server(update: Running, lab: Lab) -> None:
    """The API server of cluster01, which the kubelet starts again."""
    node = "cluster01-control-plane"
    assert lab.exec("pkill", "-KILL", "-x", "kube-apiserver", node=node).returncode == 0


def in_a_pending_release(stack: LabStack, lab: Lab, strike: Callable[[Running, Lab], None]) -> str:
    """Strike an update while Helm waits for a Job in cluster01, which no node takes."""
    node = "cluster01-control-plane"
    lab.kubectl(1, "cordon", node)
    try:
        update = start(stack)
        eventually(lambda: is_pending(lab, 1) or not update.goes_on, "a pending release")
        strike(update, lab)
        said = update.wait()
    finally:
        lab.kubectl(1, "uncordon", node)
    assert is_pending(lab, 1), said[-4000:]
    return said


def start(stack: LabStack) -> Running:
    """Start an update in a process group of its own, as a terminal does."""
    stack.prepare()
    budget.spend(Dear.ENGINE)
    log = stack.folder / "struck.log"
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
