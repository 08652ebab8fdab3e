"""Removes the locks of updates that were killed, from a backend of files on this machine.

A `pulumi` that gets SIGKILL leaves its lock behind, and every later one refuses to begin until
somebody runs `pulumi cancel`. Here it can be known that nobody is at work: the lock names its
process (pkg/backend/diy/lock.go). Other backends, and locks of other machines, are left alone.

`python -m mesh unlock --stack NAME`, which `make up` runs first.
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
    """A lock file, and the process that made it."""

    file: Path
    host: str
    pid: int

    @property
    def is_stale(self) -> bool:
        """Whether its process is known to have ended."""
        return self.host == socket.gethostname() and _program(self.pid) != _PULUMI


def main(words: Sequence[str]) -> int:
    """Remove the stale locks of a stack; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m mesh unlock", description=__doc__)
    parser.add_argument("--stack", required=True, help="the stack")
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
                f"{stack}: the update that process {lock.pid} was running has ended without taking "
                "its lock away: it was killed; removing the lock",
                file=sys.stderr,
            )


def locks(backend: Path, stack: str) -> Iterator[Lock]:
    """Give the locks of a stack, which may come as `project/stack` or `organization/…` as well."""
    *_, name = stack.split("/")
    for file in sorted(backend.glob(f".pulumi/locks/**/{name}/*.json")):
        try:
            content = json.loads(file.read_text())
            yield Lock(file, str(content["hostname"]), int(content["pid"]))
        except (OSError, ValueError, KeyError):
            continue


def _program(pid: int) -> str:
    """The name of the process, nothing where it has ended, be it collected already or not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    name, _, rest = stat.partition("(")[2].rpartition(")")
    return "" if rest.split()[0] in _ENDED else name


def _backend() -> Path | None:
    """The folder of the selected backend, None where it is none; raises ValueError."""
    try:
        done = subprocess.run(
            ["pulumi", "whoami", "--json"], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise ValueError("pulumi is not on PATH: install it and run again") from None
    if done.returncode != 0:
        raise ValueError(f"the backend cannot be asked for: {scrub(done.stderr.strip())}")
    url = str(json.loads(done.stdout).get("url", ""))
    return Path(url.removeprefix(_SCHEME)).expanduser() if url.startswith(_SCHEME) else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
