"""A stack of the project seen from outside its program: its config, outputs and history."""

import json
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from components.common.labels import full_name
from components.common.scrubbing import scrub
from components.config import loading
from components.config.faults.fault import NAMESPACE, ConfigFaults
from components.config.loading import own, written
from components.config.models import MeshConfig
from components.config.secrets import Exposure

# How far back to look for an update: the refreshes and previews in between do not count.
_UPDATES = 50


class StackError(Exception):
    """Pulumi did not return what it was asked for; the text says what, why and the fix."""


@dataclass(frozen=True, slots=True)
class Update:
    """A successful update: its number, and when it ended."""

    version: int
    ended: datetime


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack by its name (`prod`, `org/project/prod`), and the folder with its Pulumi.yaml.

    Nothing is cached: every call asks the pulumi on PATH, with the backend it is logged in to.
    """

    name: str
    folder: Path

    @property
    def short_name(self) -> str:
        """The name without organization and project, as the stack file has it."""
        return self.name.rpartition("/")[2]

    @property
    def mark(self) -> str:
        """The name of this stack in the marks on its clusters."""
        return full_name(NAMESPACE, self.short_name)

    def outputs(self) -> dict[str, Any]:
        """The stack outputs, secrets in the clear; raises StackError, also if there are none."""
        words = ("stack", "output", "--json", "--show-secrets")
        outputs = dict(self._json("the stack's outputs", *words))
        if "schemaVersion" not in outputs:
            raise StackError(f"the stack {self.name} has no outputs yet: run `pulumi up` first")
        return outputs

    def config(self) -> MeshConfig:
        """The stack config as the program itself reads it; raises StackError with every fault."""
        found = self._json("the stack's config", "config", "--json", "--show-secrets")
        told = own(found)
        values = loading.from_pulumi_text({key: one.get("value", "") for key, one in told.items()})
        encrypted = {key for key, one in told.items() if one.get("secret")}
        exposure = Exposure(values, encrypted, written(self.folder, self.short_name))
        try:
            return loading.load(values, self.folder, exposure)
        except ConfigFaults as faults:
            raise StackError(str(faults)) from None

    def last_update(self) -> Update | None:
        """The last successful update, None if there is none; raises StackError."""
        words = ("stack", "history", "--json", "--page-size", str(_UPDATES))
        listed = self._json("the stack's history", *words)
        good = (one for one in listed if (one["kind"], one["result"]) == ("update", "succeeded"))
        return next((Update(one["version"], _moment(one["endTime"])) for one in good), None)

    def _json(self, what: str, *words: str) -> Any:
        done = run_pulumi(*words, "--stack", self.name, folder=self.folder)
        if done.returncode != 0:
            raise StackError(f"{what} cannot be read: {_said(done.stderr)}")
        return json.loads(done.stdout)


def open_stack(name: str, start: Path) -> Stack:
    """Return the stack of the project that `start` lies in; raises StackError if it is in none."""
    for folder in (start, *start.parents):
        if (folder / "Pulumi.yaml").is_file():
            return Stack(name, folder)
    raise StackError(f"{start} is not in a Pulumi project: run this where the Pulumi.yaml is")


def run_pulumi(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run pulumi to its end, whatever its exit code; raises StackError if it is not on PATH."""
    command = ["pulumi", *words, "--non-interactive", "--color=never"]
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise StackError("pulumi is not on PATH: install it and run again") from None


def _said(stderr: str) -> str:
    return scrub(stderr.strip().removeprefix("error: ")) or "pulumi did not say why"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
