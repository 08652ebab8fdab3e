"""Runs programs of the machine and reports their failures in full."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from lab.errors import LabError

Word = str | Path


def run(
    *command: Word,
    stdin: str | None = None,
    timeout: float = 120,
    env: dict[str, str] | None = None,
) -> str:
    """Run a program to its end and return its stdout.

    `timeout` is in seconds. Raises a LabError with the program's own last words if it fails.
    """
    finished = attempt(*command, stdin=stdin, timeout=timeout, env=env)
    if finished.returncode == 0:
        return finished.stdout
    said = (finished.stderr.strip() or finished.stdout.strip())[-1500:]
    raise LabError(f"`{line(command)}` failed with exit code {finished.returncode}: {said}")


def attempt(
    *command: Word,
    stdin: str | None = None,
    timeout: float = 120,
    env: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program whose failure is an answer too; raises LabError only if it hangs."""
    try:
        return subprocess.run(
            [str(word) for word in command],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env=env,
        )
    except subprocess.TimeoutExpired as error:
        raise LabError(f"`{line(command)}` did not end within {timeout:.0f} s") from error
    except FileNotFoundError as error:
        raise LabError(
            f"the program {command[0]} is not on this machine; `make tools` installs it"
        ) from error


def line(command: Sequence[Word]) -> str:
    """The command as one short line, for a message."""
    text = " ".join(str(word) for word in command)
    return text if len(text) <= 160 else text[:157] + "..."
