"""Sweeps what the Kubernetes provider leaves in the temporary folder; doing it twice does nothing.

Every start of that provider writes the kubeconfig it was given to `kubeconfig<digits>`, for Helm,
and never removes it (writeKubeconfigToFile in pulumi-kubernetes 4.25).
stdin: `{"users": [...]}`, the users of the kubeconfigs that the provider was given.
"""

import base64
import binascii
import json
import os
import re
import stat
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_PROVIDER = b"pulumi-resource-kubernetes"
_NAME = re.compile(r"kubeconfig\d+")
_CREDENTIALS = ("client-key-data", "token", "password")
_MAX_BYTES = 4 * 1024 * 1024


def main() -> None:
    """Sweep the files of this update, and of those that were killed."""
    users = json.load(sys.stdin)["users"]
    sweep(folder(), users, update_start(os.getpid()))


def folder() -> Path:
    """Give the folder in which the provider leaves its files."""
    return Path(os.environ.get("TMPDIR") or "/tmp")


def sweep(place: Path, users: Iterable[Mapping[str, Any]], since: float) -> None:
    """Remove the provider's files with the credentials of these users.

    Those that were written after `since` (seconds since the epoch), and older ones whose writer is
    dead. Files of anybody else stay, whatever they are called.
    """
    needles = [needle for user in users for needle in _needles(user)]
    # A provider that lives and began before a file was written may still be using it.
    writers = _provider_starts()
    for path in place.iterdir():
        if not (_NAME.fullmatch(path.name) and _is_ours(path, needles)):
            continue
        written = path.stat().st_mtime
        if written >= since - 1 or all(start > written for start in writers):
            path.unlink(missing_ok=True)


def update_start(pid: int) -> float:
    """Give when the update began that this process belongs to, in seconds since the epoch."""
    return _engine_start(pid) or time.time()


def _provider_starts() -> list[float]:
    starts = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            is_provider = _PROVIDER in file.read_bytes().split(b"\0", 1)[0]
            fields = (file.parent / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if is_provider:
            starts.append(_boot_time() + int(fields[19]) / os.sysconf("SC_CLK_TCK"))
    return starts


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


def _is_ours(path: Path, needles: list[bytes]) -> bool:
    try:
        found = path.lstat()
        is_candidate = (
            stat.S_ISREG(found.st_mode)
            and found.st_uid == os.geteuid()
            and found.st_size <= _MAX_BYTES
        )
        return is_candidate and any(needle in path.read_bytes() for needle in needles)
    except OSError:
        return False


if __name__ == "__main__":
    main()
