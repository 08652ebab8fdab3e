"""Pulumi for a stack of the lab: a file backend beside the kubeconfigs, run where those work."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.kubectl import within
from lab.paths import LabPaths
from mesh import unlock
from tools import toolchain
from tools.host import RELAXED
from tools.toolchain import Toolchain

PASSPHRASE = "lab"
"""Not a secret: its clusters exist only on this machine. Pulumi.dev.yaml's salt belongs to it."""


class EngineError(Exception):
    """A command failed; the message says which, and why if that was not shown already."""


@cache
def _programs() -> Toolchain:
    """All programs; they stay the same for the life of this process."""
    return toolchain.ready()


@dataclass(frozen=True)
class LabStack:
    """A stack of the project in `folder`; its clusters are those of the lab of the same name.

    `project` is the folder of another project whose stack of that name is used instead, with the
    same backend, passphrase and network.
    """

    name: str
    folder: Path
    project: Path | None = None

    @property
    def home(self) -> Path:
        """The folder with the stack's own files; it is removed with the lab."""
        return self.folder / ".lab" / self.name

    @property
    def backend(self) -> Path:
        """The folder with the stack's state."""
        return self.home / "pulumi"

    def environment(self) -> dict[str, str]:
        """Return the variables with which Pulumi writes only into the lab's folder."""
        self.backend.mkdir(parents=True, exist_ok=True)
        plugins = _programs().pulumi_environment(self.home / "pulumi-home")
        backend = f"file://{self.backend}"
        own = {"PULUMI_BACKEND_URL": backend, "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE}
        return {**RELAXED, **os.environ, **plugins, **own}

    def prepare(self) -> None:
        """Create the stack if it does not exist, and unlock it; raises EngineError.

        A run that was killed leaves its lock behind.
        """
        unlock.clear(self.backend, self.name)
        self.pulumi("stack", "select", "--create", self.name, quiet=True)

    def pulumi(self, *words: str, quiet: bool = False) -> str:
        """Run pulumi and show its output or, if `quiet`, return it; raises EngineError."""
        done = self.run(*self.engine(*words), quiet=quiet)
        if done.returncode:
            raise EngineError(f"`pulumi {' '.join(words)}` failed{_tail(done.stderr)}")
        return done.stdout or ""

    def outputs(self) -> dict[str, Any]:
        """Return the stack outputs; secret ones stay hidden."""
        text = self.pulumi("stack", "output", "--json", "--stack", self.name, quiet=True)
        outputs: dict[str, Any] = json.loads(text)
        return outputs

    def engine(self, *words: str) -> tuple[str, ...]:
        """Return the command line of pulumi for the chosen project."""
        place = ("--cwd", str(self.project)) if self.project else ()
        return "pulumi", *place, *words

    def command(self, *command: str) -> list[str]:
        """Return the line that runs a command in the management namespace; raises EngineError.

        Like `python -m lab exec`, but without starting another Python.
        """
        try:
            return within(LabPaths(self.name), _programs().bin_dir, *command)
        except LabError as error:
            raise EngineError(str(error)) from error

    def run(
        self, *command: str, quiet: bool = False, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the lab's management namespace, from the project's folder."""
        pipe = subprocess.PIPE if quiet else None
        return subprocess.run(
            self.command(*command),
            cwd=self.folder,
            env=self.environment(),
            input=stdin,
            stdin=None if stdin is not None or sys.stdin.isatty() else subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            text=True,
            check=False,
        )


def _tail(text: str | None) -> str:
    return f": {text.strip()[-1500:]}" if text else ""
