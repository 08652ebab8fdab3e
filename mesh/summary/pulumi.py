"""The pulumi on PATH: a preview with its events, and the outputs of the last update."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.common.scrubbing import scrub

from . import events
from .preview import Preview, gather

# Without it --event-log is hidden; Pulumi's own Automation API does the same.
_SHOW_FLAGS = {"PULUMI_DEBUG_COMMANDS": "true"}
_STDERR = 2


class PulumiError(Exception):
    """Pulumi cannot be run; the text says why and what to do."""


def preview(stack: str, *, refresh: bool) -> Preview:
    """Preview the stack, with pulumi's own output on stderr; raises PulumiError.

    A preview that fails, in preflight for example, is returned too.
    """
    with tempfile.TemporaryDirectory(prefix="mesh-summary-") as folder:
        log = Path(folder) / "events.jsonl"
        command = ["preview", "--stack", stack, "--event-log", str(log)]
        done = _run([*command, *(["--refresh"] if refresh else [])], stdout=_STDERR)
        sys.stderr.write(done.stderr)
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return gather(events.read(lines), is_ok=done.returncode == 0, complaint=_complaint(done.stderr))


def outputs(stack: str) -> Mapping[str, Any]:
    """Return the outputs of the stack's last update, secrets hidden; none if there was none."""
    done = _run(["stack", "output", "--json", "--stack", stack], stdout=subprocess.PIPE)
    try:
        found = json.loads(done.stdout) if done.returncode == 0 else {}
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}


def _run(words: list[str], stdout: int) -> subprocess.CompletedProcess[str]:
    sys.stderr.flush()
    try:
        return subprocess.run(
            ["pulumi", *words, "--non-interactive", "--color=never"],
            env={**os.environ, **_SHOW_FLAGS},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise PulumiError("pulumi is not on PATH: install it and run again") from None


def _complaint(stderr: str) -> str:
    """Return what pulumi itself says if it does not get as far as the program."""
    before, _, after = stderr.partition("error: ")
    return scrub((after or before).strip())
