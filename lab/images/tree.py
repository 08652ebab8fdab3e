"""A layer that is described file by file, written as the same bytes on every machine."""

import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lab.images.digests import Digests, key_of

Content = Path | bytes


@dataclass(frozen=True)
class File:
    """A regular file, from a file of the machine or from bytes."""

    content: Content
    mode: int = 0o755


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    target: str


@dataclass(frozen=True)
class Folder:
    """A folder that has to be there though nothing lies in it, or has a mode of its own."""

    mode: int = 0o755


Tree = Mapping[str, File | Link | Folder]
"""What is in a layer, by its path without a leading slash; everything belongs to root."""


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
    """Append a tree in the order of its paths; `seen` are those that the tar has, and grows."""
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
    """A tar header without anything that differs from one machine or run to the next."""
    info = tarfile.TarInfo(path)
    info.type, info.mode, info.mtime = kind, mode, 0
    return info


def _add(tar: tarfile.TarFile, path: str, entry: File | Link | Folder) -> None:
    match entry:
        case Folder(mode):
            tar.addfile(header(path, tarfile.DIRTYPE, mode))
        case Link(target):
            info = header(path, tarfile.SYMTYPE, 0o777)
            info.linkname = target
            tar.addfile(info)
        case File(bytes() as content, mode):
            info = header(path, tarfile.REGTYPE, mode)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        case File(Path() as source, mode):
            info = header(path, tarfile.REGTYPE, mode)
            info.size = source.stat().st_size
            with source.open("rb") as stream:
                tar.addfile(info, stream)


def _identity(path: str, entry: File | Link | Folder, digests: Digests) -> list[object]:
    match entry:
        case Folder(mode):
            return [path, "folder", mode]
        case Link(target):
            return [path, "link", target]
        case File(bytes() as content, mode):
            return [path, "file", mode, key_of(content.hex())]
        case File(Path() as source, mode):
            return [path, "file", mode, digests.of(source)]
    raise TypeError(entry)
