"""The machine and the versions that were measured."""

import os
import platform
import subprocess
from pathlib import Path

from bench.stack import REPOSITORY
from lab.cilium import VERSION
from tools.golang import find_go
from tools.toolchain import survey

_SHOWN = ("pulumi", "pulumi-resource-kubernetes", "pulumi-resource-command", "kubectl", "cilium")


def facts() -> dict[str, str]:
    """Return this machine's facts and the versions in use, without host names or paths."""
    versions = {entry.program.name: entry.version for entry in survey(find_go(), _SHOWN)}
    return {
        "commit": _commit(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{_memory_gib():.0f} GiB",
        "kernel": platform.release(),
        "Python": platform.python_version(),
        "Cilium": VERSION,
        **versions,
    }


def load() -> float:
    """The load average of the last minute, to show how quiet the machine is."""
    return os.getloadavg()[0]


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"


def _memory_gib() -> float:
    total = next(line for line in Path("/proc/meminfo").read_text().splitlines())
    return int(total.split()[1]) / 2**20
