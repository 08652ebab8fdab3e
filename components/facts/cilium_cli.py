"""The cilium CLI on this machine."""

import re
import shutil
import subprocess
import threading
from dataclasses import dataclass

from ..common.versions import Version, parse

_VERSION_LINE = re.compile(r"^cilium-cli:\s*(\S+)")


@dataclass(frozen=True, slots=True)
class CliFacts:
    """`path` is None where there is no CLI; `version` where it does not tell one (own builds)."""

    path: str | None
    version: Version | None = None
    said: str = ""


def read_cli(program: str = "cilium", seconds: float = 10) -> CliFacts:
    """Find the CLI on PATH and ask for its version, for at most so many seconds."""
    path = shutil.which(program)
    if path is None:
        return CliFacts(None)
    found = _VERSION_LINE.match(_first_line(path, seconds))
    said = found.group(1) if found else ""
    return CliFacts(path, parse(said), said)


def _first_line(path: str, seconds: float) -> str:
    """The first line is all that is wanted: for the others the CLI asks the internet, at length."""
    try:
        process = subprocess.Popen(
            [path, "version", "--client"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            errors="replace",
        )
    except OSError:
        return ""
    stopper = threading.Timer(seconds, process.kill)
    stopper.start()
    try:
        return process.stdout.readline() if process.stdout else ""
    finally:
        stopper.cancel()
        process.kill()
        process.communicate()
