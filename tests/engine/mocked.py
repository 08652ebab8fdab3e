"""The whole program with Pulumi's mocks, in this process, if the engine is not the subject."""

import atexit
import json
import re
import runpy
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.config import set_all_config

from components.config.faults.fault import NAMESPACE
from tests.components.conftest import Recorded, Run
from tests.engine.conftest import REPOSITORY

REPORT = re.compile(r"The stack config has (\d+) faults?; no cluster was touched\.")
_TOUCHING = {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec"}


@dataclass(frozen=True)
class Outcome:
    """`refused` is the report of faults, `stopped` another readable error; None if it finished.

    `touched`: the connections and programs that were begun.
    """

    refused: str | None = None
    stopped: str | None = None
    touched: tuple[str, ...] = ()
    registered: int = 0


@dataclass
class Watch:
    """Records every connection and every program that this process starts."""

    heard: list[str] = field(default_factory=list)

    def hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in _TOUCHING:
            self.heard.append(f"{event} {arguments[-1] if event == 'socket.connect' else ''}")


@cache
def watch() -> Watch:
    made = Watch()
    sys.addaudithook(made.hear)
    return made


def run_program(config: dict[str, Any], folder: Path) -> Outcome:
    """Run `__main__.py` as the engine would; whatever it raises but RunError is a failure."""
    at_exit: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(atexit, "register", at_exit.append)
        set_all_config({f"{NAMESPACE}:{key}": _as_text(value) for key, value in config.items()})
        heard = watch().heard
        heard.clear()
        outcome = _outcome()
        touched = tuple(heard)
        for leave in at_exit:
            leave()
    return Outcome(outcome.refused, outcome.stopped, touched, outcome.registered)


def _main() -> None:
    runpy.run_path(str(REPOSITORY / "__main__.py"))


def _outcome() -> Outcome:
    try:
        recorded: Recorded = Run(preview=False)(_main)
    except pulumi.RunError as error:
        text = str(error)
        return Outcome(refused=text) if REPORT.match(text) else Outcome(stopped=text)
    finally:
        set_all_config({})
    return Outcome(registered=len(recorded.resources))


def _as_text(value: object) -> str:
    """The value as the engine passes it."""
    return value if isinstance(value, str) else json.dumps(value)
