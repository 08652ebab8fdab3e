"""Removes what the Kubernetes provider leaves behind: our kubeconfigs in the temporary folder.

Every start of that provider writes the kubeconfig it was given to `kubeconfig<digits>`, for Helm,
and never removes it (writeKubeconfigToFile in pulumi-kubernetes 4.25). Only the program runs after
the providers are configured and before the update ends, so it sweeps as it exits. A destroy without
--run-program does not run it, and leaves them.
"""

import atexit
import base64
import binascii
import os
import re
import stat
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from components.config.models import MeshConfig

_NAME = re.compile(r"kubeconfig\d+")
_CREDENTIALS = ("client-key-data", "token", "password")
_MAX_BYTES = 4 * 1024 * 1024


def sweep_at_exit(config: MeshConfig) -> None:
    """Sweep when the program ends: no provider is configured after that."""
    folder = Path(os.environ.get("TMPDIR") or "/tmp")
    started = _engine_start(os.getpid()) or time.time()
    users = [cluster.document.user for cluster in config.clusters]
    atexit.register(lambda: sweep(folder, users, started))


def sweep(folder: Path, users: Iterable[Mapping[str, Any]], since: float) -> None:
    """Remove the provider's files with the credentials of these users, written after `since`.

    `since` is in seconds since the epoch. Files of anybody else stay, whatever they are called.
    """
    needles = [needle for user in users for needle in _needles(user)]
    for path in folder.iterdir():
        if _NAME.fullmatch(path.name) and _is_ours(path, needles, since):
            path.unlink(missing_ok=True)


def _engine_start(pid: int) -> float | None:
    """When the `pulumi` that runs us began: with --refresh it configures providers before us."""
    while pid > 1:
        try:
            name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
        except OSError:
            return None
        fields = rest.split()
        if name == "pulumi":
            return _boot_time() + int(fields[19]) / os.sysconf("SC_CLK_TCK")
        pid = int(fields[1])
    return None


def _boot_time() -> int:
    lines = Path("/proc/stat").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("btime "))


def _needles(user: Mapping[str, Any]) -> Iterable[bytes]:
    """The credentials as the provider writes them: base64 without the breaks it may have had."""
    for key in _CREDENTIALS:
        text = str(user.get(key) or "")
        if not text:
            continue
        yield text.encode()
        try:
            yield base64.b64encode(base64.b64decode(text, validate=False))
        except (ValueError, binascii.Error):
            continue


def _is_ours(path: Path, needles: list[bytes], since: float) -> bool:
    try:
        found = path.lstat()
        is_candidate = (
            stat.S_ISREG(found.st_mode)
            and found.st_uid == os.geteuid()
            and found.st_mtime >= since - 1
            and found.st_size <= _MAX_BYTES
        )
        return is_candidate and any(needle in path.read_bytes() for needle in needles)
    except OSError:
        return False
