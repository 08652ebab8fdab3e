"""The writers of an object: the names under which our programs run, and whether one is alive.

Kubernetes records the writers of each object (`metadata.managedFields`): for Helm's objects that is
the name by which a program was started. Ours are started by a name that tells the machine and the
run, so that the next update knows for certain which of their writes were broken off.
"""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

OURS = "cilium-clustermesh"
# The program's own Helm release is written by the engine's provider, which has only this name.
_PROVIDER = "pulumi-kubernetes"
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_PIDS = Path("/proc/self/ns/pid")
_ELSEWHERE = "elsewhere"


def new_name() -> str:
    """Return a unique name for one run of a program."""
    return ".".join((OURS, _place(), secrets.token_hex(8)))


def is_ours(manager: str) -> bool:
    """Whether that is a program that a script of ours has started."""
    return manager.startswith(f"{OURS}.")


def is_of_pulumi(manager: str) -> bool:
    """Whether that is the Kubernetes provider of some Pulumi program."""
    return manager.startswith(_PROVIDER)


def lives(manager: str) -> bool | None:
    """Whether that run of a program is alive; None if that cannot be told from here."""
    place = manager.split(".")[1] if is_ours(manager) else _ELSEWHERE
    if place == _ELSEWHERE or place != _place():
        return None
    return manager in _running()


def _place() -> str:
    """Return an id that all processes visible from here have in common, and no others.

    It names the boot of the machine, the namespace of process ids, and the user.
    """
    try:
        boot = _BOOT.read_text().strip().replace("-", "")
        return f"{boot}-{_PIDS.stat().st_ino}-{os.geteuid()}"
    except OSError:
        return _ELSEWHERE


def _running() -> Iterator[str]:
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield file.read_bytes().partition(b"\0")[0].decode(errors="replace")
        except OSError:
            continue
