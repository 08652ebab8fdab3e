"""A clone shares with the golden root only what is never written to."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.images import golden

BLOB = "io.containerd.content.v1.content/blobs/sha256/ab"
INGEST = "io.containerd.content.v1.content/ingest/state"
SNAPSHOT_FILE = "io.containerd.snapshotter.v1.overlayfs/snapshots/1/fs/usr/bin/tool"
SNAPSHOT_LINK = "io.containerd.snapshotter.v1.overlayfs/snapshots/1/fs/usr/bin/link"
SNAPSHOT_WORK = "io.containerd.snapshotter.v1.overlayfs/snapshots/1/work/file"
SNAPSHOT_DB = "io.containerd.snapshotter.v1.overlayfs/metadata.db"
META_DB = "io.containerd.metadata.v1.bolt/meta.db"
SHARED = {BLOB, SNAPSHOT_FILE}
OWN = {INGEST, SNAPSHOT_WORK, SNAPSHOT_DB, META_DB}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "golden"
    for name in SHARED | OWN:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / SNAPSHOT_FILE).chmod(0o4755)
    (root / SNAPSHOT_LINK).symlink_to("tool")
    (root / SNAPSHOT_FILE).parent.chmod(0o1777)
    os.utime((root / SNAPSHOT_FILE).parent, (5, 5))
    return root


def walk(root: Path) -> Iterator[tuple[object, ...]]:
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        kind = (status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns)
        content = path.read_text() if stat.S_ISREG(status.st_mode) else ""
        target = str(path.readlink()) if path.is_symlink() else ""
        yield (path.relative_to(root), kind, content, target)


def inodes_shared(one: Path, other: Path) -> set[str]:
    return {
        name for name in SHARED | OWN if (one / name).stat().st_ino == (other / name).stat().st_ino
    }


def test_a_clone_is_the_same_tree_to_the_last_mode_and_time(root: Path, tmp_path: Path) -> None:
    golden.clone(root, tmp_path / "node")
    assert list(walk(tmp_path / "node")) == list(walk(root))


def test_blobs_and_unpacked_layers_are_shared_and_databases_are_not(
    root: Path, tmp_path: Path
) -> None:
    golden.clone(root, tmp_path / "node")
    assert inodes_shared(root, tmp_path / "node") == SHARED


def test_what_a_node_writes_or_removes_stays_its_own(root: Path, tmp_path: Path) -> None:
    before = list(walk(root))
    golden.clone(root, tmp_path / "node")
    for name in OWN:
        (tmp_path / "node" / name).write_text("written in place")
    for name in SHARED:
        (tmp_path / "node" / name).unlink()
    assert list(walk(root)) == before


def test_across_file_systems_everything_is_copied(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    golden.clone(root, tmp_path / "node")
    assert list(walk(tmp_path / "node")) == list(walk(root))
    assert inodes_shared(root, tmp_path / "node") == set()
