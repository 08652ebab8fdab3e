"""Pulumi for a stack of the lab: a file backend beside the kubeconfigs, run where they work."""

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
"""Of clusters that live on this machine only; the salt in Pulumi.dev.yaml belongs to it."""


class EngineError(Exception):
    """Pulumi did not do what it was asked; it has said why itself."""


@cache
def _programs() -> Toolchain:
    """All programs, which stay the same as long as this process lives."""
    return toolchain.ready()


@dataclass(frozen=True)
class LabStack:
    """One stack of the project in `folder` whose clusters are those of the lab named like it.

    `project`: the folder of another project, whose stack of that name is meant instead; it has the
    same backend, passphrase and place in the network.
    """

    name: str
    folder: Path
    project: Path | None = None

    @property
    def home(self) -> Path:
        """Where the stack's own files are: they go with the lab."""
        return self.folder / ".lab" / self.name

    @property
    def backend(self) -> Path:
        """Where Pulumi keeps the stack's state."""
        return self.home / "pulumi"

    def environment(self) -> dict[str, str]:
        """The environment of a Pulumi that keeps to the lab's folder."""
        self.backend.mkdir(parents=True, exist_ok=True)
        plugins = _programs().pulumi_environment(self.home / "pulumi-home")
        backend = f"file://{self.backend}"
        own = {"PULUMI_BACKEND_URL": backend, "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE}
        return {**RELAXED, **os.environ, **plugins, **own}

    def prepare(self) -> None:
        """Make the stack where it does not exist, unlock it where that is due; raises EngineError.

        What is due: a run that was killed left its lock behind.
        """
        unlock.clear(self.backend, self.name)
        self.pulumi("stack", "select", "--create", self.name, quiet=True)

    def pulumi(self, *words: str, quiet: bool = False) -> str:
        """Run pulumi, its output shown unless `quiet`, and give it then; raises EngineError."""
        done = self.run(*self.engine(*words), quiet=quiet)
        if done.returncode:
            raise EngineError(f"`pulumi {' '.join(words)}` failed{_tail(done.stderr)}")
        return done.stdout or ""

    def outputs(self) -> dict[str, Any]:
        """The stack outputs; those that are secret stay hidden."""
        text = self.pulumi("stack", "output", "--json", "--stack", self.name, quiet=True)
        outputs: dict[str, Any] = json.loads(text)
        return outputs

    def engine(self, *words: str) -> tuple[str, ...]:
        """Give the command line of pulumi for the project that is meant."""
        place = ("--cwd", str(self.project)) if self.project else ()
        return "pulumi", *place, *words

    def command(self, *command: str) -> list[str]:
        """Return what runs a command in the lab's management namespace; raises EngineError.

        As `python -m lab exec` does, without a Python that is started for it.
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
