"""Secrets that must not show up anywhere in plain text, and the search for them."""

import base64
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.lab.labs import Lab, eventually

_YOUNG = 20
"""How often a process is looked at, until it counts as old."""


@dataclass
class Canaries:
    """Secrets by their origin, and everything that could have given one away.

    `state` are Pulumi's own folders. The temporary folder is searched except for `own`, to which
    the tests themselves write.
    """

    state: list[Path]
    temporary: Path
    own: Path
    planted: dict[str, list[str]] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)
    arguments: set[str] = field(default_factory=set)
    _since: float = field(default_factory=time.time)

    def plant(self, origin: str, *secrets: str) -> None:
        """Look for these from now on, in every form in which they could show up."""
        self.planted[origin] = [form for secret in secrets for form in _forms(secret)]

    def plant_keys(self, lab: Lab, *numbers: int) -> None:
        """Look for every private key of these clusters."""
        for number in numbers:
            secret = lab.get(number, "secret", "cilium-ca", "-n", "kube-system")
            (user,) = yaml.safe_load(lab.kubeconfig(number).read_text())["users"]
            keys = (secret["data"]["ca.key"], user["user"]["client-key-data"])
            self.plant(f"cluster0{number}", *keys)

    def leaks(self) -> list[str]:
        """The places of canaries since the last look; the searched texts are dropped."""
        assert self.planted, "nothing to look for"
        # The watcher of an update sweeps a moment after the update has ended.
        eventually(lambda: not self._watchers(), "the end of every watcher", 30)
        started, self._since = self._since, time.time()
        arguments = list(self.arguments)
        found = [f"{origin} printed" for text in self.printed for origin in self._in(text)]
        found += [f"{origin} in an argument" for text in arguments for origin in self._in(text)]
        self.printed.clear()
        self.arguments.clear()
        return found + [
            f"{origin} in {path}"
            for path in self._written_since(started - 1)
            for origin in self._in(_text(path))
        ]

    def _watchers(self) -> list[Path]:
        """The processes that wait for these tests' updates to end, to sweep after them."""
        # Whatever the installed package is called.
        watching = b".scripts.leftovers\0watch"
        found = [file.parent for file in Path("/proc").glob("[0-9]*/cmdline")]
        return [
            process
            for process in found
            if watching in _bytes(process / "cmdline")
            and str(self.own).encode() in _bytes(process / "environ")
        ]

    def _in(self, text: str) -> Iterator[str]:
        for origin, forms in self.planted.items():
            if any(form in text for form in forms):
                yield origin

    def _written_since(self, started: float) -> Iterator[Path]:
        found = [path for place in self.state for path in _files(place)]
        found += _files(self.temporary, self.own)
        yield from (path for path in found if _is_written_after(path, started))


@contextmanager
def watched_arguments(seen: set[str]) -> Iterator[None]:
    """Collect the arguments of every process of the machine while the block runs."""
    stop = threading.Event()

    def watch() -> None:
        looked: dict[str, int] = {}
        while not stop.is_set():
            looked = _look(looked, seen)
            stop.wait(0.2)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()


def _look(looked: dict[str, int], seen: set[str]) -> dict[str, int]:
    """Read the arguments of young processes: if a program is replaced, that happens early.

    `looked`: how often each process was looked at so far; returns its next state. Reading those of
    all, hundreds per cluster, five times a second would take a fifth of a CPU.
    """
    # No Path for each: creating them costs more than reading.
    with os.scandir("/proc") as entries:
        now = {one.name: looked.get(one.name, 0) + 1 for one in entries if one.name.isdigit()}
    for pid, times in now.items():
        if times <= _YOUNG or times % _YOUNG == 0:
            seen.add(_text(Path("/proc", pid, "cmdline")))
    return now


def _files(place: Path, left_out: Path | None = None) -> Iterator[Path]:
    """Everything below a folder that others may be clearing, except what is below another one.

    That one is not entered at all: a lab has the files of whole machines in there.
    """
    for folder, folders, names in os.walk(place):
        here = Path(folder)
        folders[:] = [name for name in folders if here / name != left_out]
        yield from (here / name for name in names)


def _forms(secret: str) -> list[str]:
    """The text as it is and, for a PEM file in base64, the lines inside."""
    try:
        lines = base64.b64decode(secret, validate=True).decode().splitlines()
    except ValueError:
        lines = secret.splitlines()
    body = [line for line in lines if re.fullmatch(r"[A-Za-z0-9+/=._-]{24,}", line)]
    assert body, "no key to look for"
    # From the middle: the beginning of a PEM file in base64 is the same in every key.
    forms = [secret[120:180], *(line[:40] for line in body[1:3] or body)]
    return [form for form in forms if len(form) >= 20]


def _is_written_after(path: Path, started: float) -> bool:
    try:
        return path.is_file() and not path.is_symlink() and path.stat().st_mtime >= started
    except OSError:
        return False


def _text(path: Path) -> str:
    return _bytes(path).decode(errors="replace")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
