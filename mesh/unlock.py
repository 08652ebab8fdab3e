"""Remove the locks of killed updates from a backend of files on this machine.

A `pulumi` that gets SIGKILL leaves its lock behind, and every later one refuses to start until
somebody runs `pulumi cancel`. This command removes a lock only if the process that it names has
ended. Other backends, and locks of other machines, are left alone. `make up` runs it first.
"""

import argparse
import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from components.common.scrubbing import scrub

_SCHEME = "file://"
_PULUMI = "pulumi"
_ENDED = ("Z", "X")


@dataclass(frozen=True)
class Lock:
    """A lock file, and the process that it names (pulumi's pkg/backend/diy/lock.go)."""

    file: Path
    host: str
    pid: int

    @property
    def is_stale(self) -> bool:
        """Whether its process is known to have ended."""
        return self.host == socket.gethostname() and _program(self.pid) != _PULUMI


def main(words: Sequence[str]) -> int:
    """Remove the stale locks of a stack; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m mesh unlock", description=__doc__)
    parser.add_argument("--stack", required=True, help="the stack whose locks are removed")
    stack = parser.parse_args(words).stack
    try:
        backend = _backend()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if backend is not None:
        clear(backend, stack)
    return 0


def clear(backend: Path, stack: str) -> None:
    """Remove the stale locks of a stack from the backend in that folder, and say so."""
    for lock in locks(backend, stack):
        if lock.is_stale:
            lock.file.unlink(missing_ok=True)
            print(
                f"{stack}: process {lock.pid} was killed during its update and left a lock behind;"
                " removing the lock",
                file=sys.stderr,
            )


def locks(backend: Path, stack: str) -> Iterator[Lock]:
    """Yield the locks of a stack, given as `stack`, `project/stack` or `organization/…`."""
    *_, name = stack.split("/")
    for file in sorted(backend.glob(f".pulumi/locks/**/{name}/*.json")):
        try:
            content = json.loads(file.read_text())
            yield Lock(file, str(content["hostname"]), int(content["pid"]))
        except (OSError, ValueError, KeyError):
            continue


def _program(pid: int) -> str:
    """The name of the process; "" if it has ended, whether or not its parent has reaped it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    name, _, rest = stat.partition("(")[2].rpartition(")")
    return "" if rest.split()[0] in _ENDED else name


def _backend() -> Path | None:
    """The folder of the selected backend, None if it is not a folder; raises ValueError."""
    try:
        done = subprocess.run(
            ["pulumi", "whoami", "--json"], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise ValueError("pulumi is not on PATH: install it and run again") from None
    if done.returncode != 0:
        raise ValueError(f"pulumi does not say which backend it uses: {scrub(done.stderr.strip())}")
    url = str(json.loads(done.stdout).get("url", ""))
    return Path(url.removeprefix(_SCHEME)).expanduser() if url.startswith(_SCHEME) else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
