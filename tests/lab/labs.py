"""A lab as a user drives it: by `python -m lab` and a stack file."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lab.kubectl import inside
from lab.node import Node
from lab.paths import LabPaths
from lab.spec import load
from tests.costs import budget
from tests.costs.budget import Dear
from tools import toolchain

REPOSITORY = Path(__file__).parents[2]
_PROJECT = (
    *("Pulumi.yaml", "__main__.py", "requirements.txt", ".venv"),
    *("components", "demo", "lab", "mesh", "package", "tools"),
)
SHARED = ("test", "test-second")
"""The labs that the tests share; the second one is optional."""
_WORKERS_FOR_TWO, _GIB_FOR_TWO = 4, 15
Answer = subprocess.CompletedProcess[str]


def at_once() -> int:
    """Return the number of labs that the workers of this run use at the same time.

    Two workers are busy with one lab and everything else: a second lab would only be more work.
    """
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return 1 + (count >= _WORKERS_FOR_TWO and memory >= _GIB_FOR_TWO)


@cache
def _programs() -> Path:
    """The folder of all programs, which does not change while the tests run."""
    return toolchain.ready().bin_dir


def _answer(command: list[str], timeout: float) -> Answer:
    return subprocess.run(
        command,
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def cluster(lab: str, number: int) -> dict[str, object]:
    """The stack's entry for the cluster of that number in that lab."""
    return {
        "name": f"cluster0{number}",
        "id": number,
        "podCidrs": [f"10.{number}0.0.0/16"],
        "serviceCidrs": [f"10.{number}1.0.0/16"],
        "kubeconfig": f".lab/{lab}/cluster0{number}.kubeconfig",
    }


@dataclass
class Lab:
    """One lab, its name and the folder with its stack file."""

    name: str
    folder: Path

    @property
    def stack_file(self) -> Path:
        """The stack file that describes it."""
        return self.folder / f"Pulumi.{self.name}.yaml"

    def clone(self) -> None:
        """Make the folder look like a clone of the project, around the stack file."""
        for name in _PROJECT:
            (self.folder / name).symlink_to(REPOSITORY / name)

    def kubeconfig(self, number: int) -> Path:
        """The path of a cluster's kubeconfig."""
        return self.folder / f".lab/{self.name}/cluster0{number}.kubeconfig"

    def describe(self, *numbers: int) -> None:
        """Write the stack file for these clusters."""
        config = {"cilium-clustermesh:clusters": [cluster(self.name, number) for number in numbers]}
        self.stack_file.write_text(yaml.safe_dump({"config": config}))

    def run(self, *words: str, before: tuple[str, ...] = (), timeout: float = 900) -> Answer:
        """Run `python -m lab` to its end, even if it fails; `before` is put before the command."""
        verb, *rest = words
        command = [*before, sys.executable, "-m", "lab", verb, "--stack-file", str(self.stack_file)]
        return _answer([*command, "--lab", self.name, *rest], timeout)

    def up(self, *words: str) -> str:
        """Bring it up and return what was printed; fails the test if it does not come up."""
        answer = self.run("up", *words)
        budget.spend(Dear.LAB)
        budget.spend(Dear.NODE, (answer.stdout + answer.stderr).count(": makes node "))
        assert answer.returncode == 0, answer.stderr[-4000:] + answer.stdout[-2000:]
        return answer.stdout

    def up_with(self, *numbers: int) -> str:
        """Bring up these clusters with the lab's own entries.

        The lab writes an administrator's kubeconfig to the paths in the stack file.
        """
        self.describe(*numbers)
        return self.up()

    def down(self) -> None:
        """Remove the lab."""
        answer = self.run("down")
        assert answer.returncode == 0, answer.stderr[-4000:]

    def exec(self, *command: str, node: str | None = None, timeout: float = 120) -> Answer:
        """Run a command in the management namespace, or inside a node.

        Like `python -m lab exec`, but in this process: the tests call it a thousand times, and a
        new Python would take longer than most commands.
        """
        return _answer([*self._inside(node), *command], timeout)

    def _inside(self, node: str | None) -> list[str]:
        if node is None:
            return [str(word) for word in inside(LabPaths(self.name), _programs())]
        spec = load(self.stack_file, self.name)
        return Node(spec, spec.node(node)).inside()

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """Start a command in the management namespace, with its children in a group of their own.

        The caller reads its output; `stop` ends it.
        """
        return subprocess.Popen(
            [sys.executable, "-m", "lab", "exec", "--stack", self.name, "--", *command],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def kubectl(self, number: int, *words: str, timeout: float = 120) -> str:
        """Run kubectl as a cluster's administrator; fails the test if kubectl fails."""
        answer = self.try_kubectl(number, *words, timeout=timeout)
        assert answer.returncode == 0, f"kubectl {words}: {answer.stderr[-2000:]}"
        return answer.stdout

    def try_kubectl(self, number: int, *words: str, timeout: float = 120) -> Answer:
        """Run kubectl if its failure is an answer too."""
        kubectl = ("kubectl", "--kubeconfig", str(self.kubeconfig(number)))
        return self.exec(*kubectl, *words, timeout=timeout)

    def apply(self, number: int, manifest: str) -> None:
        """Apply a manifest, given as text."""
        file = self.folder / "manifest.yaml"
        file.write_text(manifest)
        self.kubectl(number, "apply", "-f", str(file))

    def get(self, number: int, *words: str) -> Any:
        """One object, or a list of them, as JSON."""
        return json.loads(self.kubectl(number, "get", "-o", "json", *words))


def stop(process: "subprocess.Popen[str]", number: int = signal.SIGTERM) -> str:
    """Signal a process from `start` and its children; returns what was printed."""
    os.killpg(process.pid, number)
    return process.communicate(timeout=60)[0]


def eventually(condition: Callable[[], bool], what: str, seconds: float = 180) -> None:
    """Wait until a condition holds; the bound only ends a test that would never end."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true within {seconds:.0f} s"
        time.sleep(1)
