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
    """`path` is None if there is no CLI; `version`, if it does not report one (own builds)."""

    path: str | None
    version: Version | None = None
    said: str = ""


def read_cli(program: str = "cilium", seconds: float = 10) -> CliFacts:
    """Return the CLI on PATH and its version, which it may take so many seconds to report."""
    path = shutil.which(program)
    if path is None:
        return CliFacts(None)
    found = _VERSION_LINE.match(_first_line(path, seconds))
    said = found.group(1) if found else ""
    return CliFacts(path, parse(said), said)


def _first_line(path: str, seconds: float) -> str:
    """Return the first line only: for the others the CLI asks the internet, which takes long."""
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
