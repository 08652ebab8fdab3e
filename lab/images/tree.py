"""A layer that is described file by file, written as the same bytes on every machine."""

import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from lab.images.digests import Digests, key_of


@dataclass(frozen=True)
class File:
    """A regular file, from a file of the machine or from bytes."""

    content: Path | bytes
    mode: int = 0o755

    @property
    def size(self) -> int:
        """Length in bytes."""
        content = self.content
        return len(content) if isinstance(content, bytes) else content.stat().st_size

    def open(self) -> BinaryIO:
        """The content as a stream."""
        content = self.content
        return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")

    def digest(self, digests: Digests) -> str:
        """The content's part of a key."""
        content = self.content
        return key_of(content.hex()) if isinstance(content, bytes) else digests.of(content)


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    target: str


@dataclass(frozen=True)
class Folder:
    """A folder that is empty, or has a mode of its own."""

    mode: int = 0o755


Tree = Mapping[str, File | Link | Folder]
"""A layer's entries by path, without a leading slash; everything belongs to root."""


class TreeLayer:
    """A layer that holds a tree."""

    def __init__(self, tree: Tree, digests: Digests) -> None:
        """Describe the layer; nothing is written yet."""
        self._tree = tree
        self.key = key_of("tree", [_identity(path, tree[path], digests) for path in sorted(tree)])

    def write(self, dest: Path) -> None:
        """Write the layer's tar to `dest`."""
        with tarfile.open(dest, "w", format=tarfile.PAX_FORMAT) as tar:
            add_tree(tar, self._tree, set())


def add_tree(tar: tarfile.TarFile, tree: Tree, seen: set[str]) -> None:
    """Append a tree, sorted by path, and add its paths to `seen`: those that the tar has."""
    for path in sorted(tree):
        add_parents(tar, path, seen)
        _add(tar, path, tree[path])
        seen.add(path)


def add_parents(tar: tarfile.TarFile, path: str, seen: set[str]) -> None:
    """Append the folders above a path that the tar does not have yet."""
    for parent in reversed(PurePosixPath(path).parents[:-1]):
        if str(parent) not in seen:
            _add(tar, str(parent), Folder())
            seen.add(str(parent))


def header(path: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    """A tar header without anything that differs between machines or runs."""
    info = tarfile.TarInfo(path)
    info.type, info.mode, info.mtime = kind, mode, 0
    return info


def _add(tar: tarfile.TarFile, path: str, entry: File | Link | Folder) -> None:
    if isinstance(entry, Folder):
        tar.addfile(header(path, tarfile.DIRTYPE, entry.mode))
    elif isinstance(entry, Link):
        info = header(path, tarfile.SYMTYPE, 0o777)
        info.linkname = entry.target
        tar.addfile(info)
    else:
        info = header(path, tarfile.REGTYPE, entry.mode)
        info.size = entry.size
        with entry.open() as content:
            tar.addfile(info, content)


def _identity(path: str, entry: File | Link | Folder, digests: Digests) -> list[object]:
    if isinstance(entry, Folder):
        return [path, "folder", entry.mode]
    if isinstance(entry, Link):
        return [path, "link", entry.target]
    return [path, "file", entry.mode, entry.digest(digests)]
