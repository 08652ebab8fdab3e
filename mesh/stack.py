"""A stack of the project seen from outside its program: what it was told and what came of it."""

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

# Refreshes and previews in between do not count: more of them in a row are not looked through.
_UPDATES = 50


class StackError(Exception):
    """Pulumi did not give what was asked of it; the text says what, why and the way out."""


@dataclass(frozen=True, slots=True)
class Update:
    """An update that ended well: its number, and when it ended."""

    version: int
    ended: datetime


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack by its name (`prod`, `org/project/prod`), and the folder with its Pulumi.yaml.

    Nothing is stored: every call asks pulumi, on PATH, with the backend that it is logged in to.
    """

    name: str
    folder: Path

    @property
    def short_name(self) -> str:
        """The name without organization and project; that of the stack file."""
        return self.name.rpartition("/")[2]

    @property
    def mark(self) -> str:
        """What its clusters say whose they are."""
        return full_name(NAMESPACE, self.short_name)

    def outputs(self) -> dict[str, Any]:
        """The stack outputs, secrets in the clear; raises StackError, also where there are none."""
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
        """The last update that ended well, None where there is none; raises StackError."""
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
    """Give the stack of the project that `start` lies in; raises StackError where it is in none."""
    for folder in (start, *start.parents):
        if (folder / "Pulumi.yaml").is_file():
            return Stack(name, folder)
    raise StackError(f"{start} is in no Pulumi project: run this where the Pulumi.yaml is")


def run_pulumi(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run pulumi to its end, whatever it says; raises StackError where it is not on PATH."""
    command = ["pulumi", *words, "--non-interactive", "--color=never"]
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise StackError("pulumi is not on PATH: install it and run again") from None


def _said(stderr: str) -> str:
    return scrub(stderr.strip().removeprefix("error: ")) or "pulumi did not say why"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
