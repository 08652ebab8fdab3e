"""A containerd root with every image, built once and quickly cloned for each node.

A clone has hard links to what containerd never writes to again: the blobs of its content store, and
the files of unpacked layers, which containers only see as the lower directories of an overlay.
Everything else, the databases above all, is copied.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from lab.errors import LabError
from lab.images.cache import remove
from lab.images.digests import key_of
from lab.run import attempt, run

NAMESPACE = "k8s.io"
"""Where containerd's CRI plugin looks for images."""

_BLOBS = ("io.containerd.content.v1.content", "blobs")
_SNAPSHOTS = ("io.containerd.snapshotter.v1.overlayfs", "snapshots")
_LABELS = ("io.cri-containerd.image=managed", "io.cri-containerd.pinned=pinned")
"""The CRI plugin's own labels for images it knows, and for those it must not collect."""

_START_SECONDS = 60
_IMPORT_SECONDS = 600
_CONFIG = """\
version = 2
root = "{root}"
state = "{state}"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "{socket}"
[ttrpc]
  address = "{socket}.ttrpc"
[debug]
  level = "warn"
"""


def load(ctr: tuple[str, ...], reference: str, archive: Path) -> None:
    """Unpack one image from its docker-archive; raises LabError if containerd refuses it."""
    run(*ctr, "images", "import", archive, timeout=_IMPORT_SECONDS)
    run(*ctr, "images", "label", reference, *_LABELS)


def forget_identity(root: Path) -> None:
    """Remove the identity that containerd generated for itself: no two nodes may share one."""
    shutil.rmtree(root / "io.containerd.grpc.v1.introspection", ignore_errors=True)


def clone(golden: Path, dest: Path) -> None:
    """Make `dest` a containerd root of its own with the images of `golden`."""
    dest.mkdir(parents=True, exist_ok=True)
    shutil.copystat(golden, dest)
    with os.scandir(golden) as entries:
        for entry in entries:
            _clone_entry(golden, entry, dest)


@contextmanager
def containerd(root: Path) -> Iterator[tuple[str, ...]]:
    """Run a private containerd on `root`; yields the beginning of a `ctr` command for it.

    Its mounts stay in a mount namespace of its own, and it always ends with this process.
    """
    root.mkdir(parents=True, exist_ok=True)
    with _run_folder(root) as folder:
        socket, config, log = (folder / name for name in ("sock", "config.toml", "log"))
        config.write_text(_CONFIG.format(root=root, state=folder / "state", socket=socket))
        ctr = ("ctr", "--address", str(socket), "--namespace", NAMESPACE)
        with log.open("wb") as output, _process(config, output) as process:
            _await_answer(process, ctr, log)
            yield ctr


@contextmanager
def _run_folder(root: Path) -> Iterator[Path]:
    """A folder whose path is short, because a socket's may have 107 bytes, and always the same.

    So the next run finds and removes what a killed one left; the cache's lock keeps others out.
    """
    folder = Path("/run", f"lab-images-{key_of(str(root.parent))}")
    remove(folder)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        remove(folder)


@contextmanager
def _process(config: Path, output: BinaryIO) -> Iterator[subprocess.Popen[bytes]]:
    isolated = ("unshare", "--mount", "--propagation", "private")
    bound_to_us = ("setpriv", "--pdeathsig", "KILL")
    command = (*isolated, *bound_to_us, "containerd", "--config", str(config))
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_answer(process: subprocess.Popen[bytes], ctr: tuple[str, ...], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while attempt(*ctr, "--timeout", "2s", "version").returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace").strip()[-1500:]
            raise LabError(f"containerd, which unpacks the images, did not start: {said}")
        time.sleep(0.05)


def _clone_entry(golden: Path, entry: os.DirEntry[str], dest: Path) -> None:
    target = dest / entry.name
    if entry.is_dir(follow_symlinks=False):
        _clone_folder(golden, entry, target)
    elif _never_written(Path(entry.path).relative_to(golden)):
        _link_or_copy(entry, target)
    else:
        _copy(entry, target)


def _clone_folder(golden: Path, entry: os.DirEntry[str], target: Path) -> None:
    target.mkdir()
    _copy_owner(entry, target)
    with os.scandir(entry.path) as entries:
        for inner in entries:
            _clone_entry(golden, inner, target)
    shutil.copystat(entry.path, target)


def _never_written(path: Path) -> bool:
    in_snapshot = path.parts[:2] == _SNAPSHOTS and path.parts[3:4] == ("fs",)
    return in_snapshot or path.parts[:2] == _BLOBS


def _link_or_copy(entry: os.DirEntry[str], target: Path) -> None:
    try:
        os.link(entry.path, target, follow_symlinks=False)
    except OSError:
        _copy(entry, target)


def _copy(entry: os.DirEntry[str], target: Path) -> None:
    shutil.copyfile(entry.path, target, follow_symlinks=False)
    _copy_owner(entry, target)
    shutil.copystat(entry.path, target, follow_symlinks=False)


def _copy_owner(entry: os.DirEntry[str], target: Path) -> None:
    status = entry.stat(follow_symlinks=False)
    os.chown(target, status.st_uid, status.st_gid, follow_symlinks=False)
