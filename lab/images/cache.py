"""The folder that keeps layers, images and golden roots, shared by all clones of a user."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

UNFINISHED = ".unfinished-"
"""Prefixes of the names of things that a dead process may leave half done."""

_GENERATIONS = 2
"""How many keys of one thing are kept: two clones at two versions must not evict each other."""


class Cache:
    """Things built once, found by name and by the key of what they were built from."""

    def __init__(self, home: Path) -> None:
        """Use `home`, which is created when something is first built."""
        self.home = home

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one process build at a time; remove what a dead one left half done."""
        self.home.mkdir(parents=True, exist_ok=True)
        with _flock(self.home / ".building", fcntl.LOCK_EX):
            self._remove_unfinished()
            yield

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep everything in the cache from being removed meanwhile; many may hold this."""
        with _flock(self.home / ".in-use", fcntl.LOCK_SH):
            yield

    def path(self, name: str, key: str, suffix: str = "") -> Path:
        """The path of the thing called `name` that was or will be built from `key`."""
        return self.home / f"{name}-{key}{suffix}"

    def provide(self, path: Path, build: Callable[[Path], None]) -> Path:
        """Return `path`; if it is missing, `build` makes it: whole, or not at all.

        `build` writes to another path on the same file system.
        """
        if path.exists():
            os.utime(path)
            return path
        unfinished = path.with_name(UNFINISHED + path.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            build(unfinished)
            unfinished.rename(path)
        finally:
            remove(unfinished)
        return path

    def prune(self, name: str, suffix: str = "") -> None:
        """Remove all but the most recently used of the things called `name`."""
        pattern = f"{name}-{'[0-9a-f]' * KEY_LENGTH}{suffix}"
        by_age = sorted(self.home.glob(pattern), key=lambda path: path.stat().st_mtime)
        old = by_age[:-_GENERATIONS]
        if old:
            with _flock(self.home / ".in-use", fcntl.LOCK_EX):
                for path in old:
                    remove(path)

    def _remove_unfinished(self) -> None:
        for path in self.home.glob(f"{UNFINISHED}*"):
            remove(path)


KEY_LENGTH = 16


def default_home() -> Path:
    """The images' folder in the user's cache, by the XDG base directory specification."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    home = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    return home / "cilium-clustermesh" / "images"


def remove(path: Path) -> None:
    """Remove a file or a whole tree, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _flock(path: Path, how: int) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, how)
        yield
