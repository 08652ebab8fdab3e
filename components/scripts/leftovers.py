"""Sweeps the Kubernetes provider's files from the temporary folder; doing it twice does nothing.

Every start of that provider writes the kubeconfig it was given to `kubeconfig<digits>`, for Helm,
and never removes it (writeKubeconfigToFile in pulumi-kubernetes 4.25).
stdin: `{"users": [...]}`, the users of the kubeconfigs that the provider was given. `sweep` does it
now, `watch STARTED UPDATE [PROGRAM]` when the process UPDATE (a pidfd, as PROGRAM is) has ended,
for whatever reason; it then also ends PROGRAM, which never ends by itself without its engine.
"""

import base64
import binascii
import contextlib
import json
import os
import re
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PROVIDER = b"pulumi-resource-kubernetes"
_NAME = re.compile(r"kubeconfig\d+")
_CREDENTIALS = ("client-key-data", "token", "password")
_MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Update:
    """The `pulumi` that runs an update: its process, and its start in seconds since the epoch.

    With --refresh it configures providers before the program begins.
    """

    pid: int
    started: float


def main() -> None:
    """Sweep the files of this update, and of updates that were killed."""
    users = json.load(sys.stdin)["users"]
    if sys.argv[1:2] == ["watch"]:
        started, *processes = sys.argv[2:]
        if _goes_on_alone():
            _await_end(*map(int, processes))
            sweep(folder(), users, float(started))
        return
    update = running_update(os.getpid())
    sweep(folder(), users, update.started if update else time.time())


def folder() -> Path:
    """Return the folder in which the provider leaves its files."""
    return Path(os.environ.get("TMPDIR") or "/tmp")


def sweep(place: Path, users: Iterable[Mapping[str, Any]], since: float) -> None:
    """Remove the provider's files with the credentials of these users.

    Those are files written after `since` (seconds since the epoch), and older ones whose writer is
    dead. Files of anybody else stay, whatever their name.
    """
    needles = [needle for user in users for needle in _needles(user)]
    # A live provider that began before a file was written may still be using it.
    writers = _provider_starts()
    for path in place.iterdir():
        if not (_NAME.fullmatch(path.name) and _is_ours(path, needles)):
            continue
        written = _written(path)
        if written >= since - 1 or all(start > written for start in writers):
            path.unlink(missing_ok=True)


def watch(users: Iterable[Mapping[str, Any]], *, is_program: bool = False) -> None:
    """Sweep when the update that this process belongs to has ended; outside of one, do nothing.

    `is_program`: this process is the program, and of no use without its engine. A Command's script
    goes on to its end.
    """
    update = running_update(os.getpid())
    if update is None:
        return
    # Opened here: by the time the watcher has started, the update may be gone without a trace.
    pids = [update.pid, os.getpid()] if is_program else [update.pid]
    # A process that has ended in the meantime needs no watcher.
    with ExitStack() as opened, contextlib.suppress(ProcessLookupError):
        processes = [_handle(pid, opened) for pid in pids]
        _start_watcher(update.started, processes, users)


def _handle(pid: int, opened: ExitStack) -> int:
    handle = os.pidfd_open(pid)
    opened.callback(os.close, handle)
    return handle


def _start_watcher(
    started: float, processes: list[int], users: Iterable[Mapping[str, Any]]
) -> None:
    watching = ["watch", str(started), *map(str, processes)]
    subprocess.run(
        # An installed package may have another name than in a clone.
        [sys.executable, "-S", "-m", f"{__package__}.leftovers", *watching],
        input=json.dumps({"users": [dict(user) for user in users]}),
        pass_fds=processes,
        cwd=Path(__file__).parents[2],
        # The engine waits for whoever holds the program's output.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )


def watch_for(kubeconfig: Mapping[str, Any]) -> None:
    """Sweep the files of a kubeconfig's users when the update of this script has ended.

    For the scripts that a destroy runs: the program does not run then, and if one of them fails,
    the Command that sweeps is never reached.
    """
    watch(entry["user"] for entry in kubeconfig["users"])


def running_update(pid: int) -> Update | None:
    """Return the update that this process belongs to, None outside of one."""
    while pid > 1:
        try:
            name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
        except OSError:
            return None
        fields = rest.split()
        if name == "pulumi":
            return Update(pid, _boot_time() + int(fields[19]) / os.sysconf("SC_CLK_TCK"))
        pid = int(fields[1])
    return None


def _goes_on_alone() -> bool:
    """Fork: True in the process that stays, which signals to the update do not reach."""
    if os.fork():
        return False
    os.setsid()
    return True


def _await_end(update: int, program: int | None = None) -> None:
    select.select([update], [], [])
    if program is not None:
        with contextlib.suppress(ProcessLookupError):
            # It may be anywhere in native code, where no gentler signal is handled.
            signal.pidfd_send_signal(program, signal.SIGKILL)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0  # somebody else has swept it


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


def _boot_time() -> int:
    lines = Path("/proc/stat").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("btime "))


def _needles(user: Mapping[str, Any]) -> Iterable[bytes]:
    """Yield the credentials as the provider writes them: base64 without line breaks."""
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
