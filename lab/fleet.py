"""A whole lab: brings all its clusters up and down, in parallel."""

import fcntl
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from lab import cgroups, host, network
from lab.cluster import Cluster
from lab.errors import LabError
from lab.images import ImageSet
from lab.paths import STATE_HOME, LabPaths
from lab.progress import Progress
from lab.spec import LabSpec, check_name


def check(spec: LabSpec) -> None:
    """Raise one LabError with everything that this machine lacks; nothing is touched."""
    paths = LabPaths(spec.name)
    new = [node for node in spec.nodes if _is_new(paths.node(node.name))]
    host.check(spec, len(new))


def up(
    spec: LabSpec, bin_dir: Path, images: Callable[[], ImageSet], progress: Progress
) -> list[Cluster]:
    """Bring every cluster up, or repair it; raises a LabError that names each one that failed.

    `images` is called only if a node has to be created.
    """
    paths = LabPaths(spec.name)
    with locked(paths):
        host.allow_watching()
        network.ensure_management(spec, paths)
        ready = _Lazy(images)
        clusters = [Cluster(spec, cluster, bin_dir, progress) for cluster in spec.clusters]
        _side_by_side(clusters, lambda cluster: cluster.up(ready), progress)
    return clusters


def down(name: str, home: Path, progress: Progress) -> None:
    """Remove the lab's processes, namespaces, mounts, cgroups and files, whichever exist.

    `home` is the lab's folder beside the stack file; it is removed too.
    """
    check_name(name)
    paths = LabPaths(name)
    with locked(paths):
        progress.say("lab", "stops every node")
        cgroups.kill(paths.cgroup)
        cgroups.remove(paths.cgroup)
        for namespace in network.namespaces(paths):
            network.delete(namespace)
        shutil.rmtree(paths.state, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)
        _remove_empty(home.parent)
    paths.lock.unlink(missing_ok=True)
    _remove_empty(STATE_HOME)
    progress.say("lab", "is gone")


def remove_cluster(lab: str, name: str, home: Path, progress: Progress) -> None:
    """Remove one cluster and keep the others; the stack need not list it any more.

    Raises LabError if the lab has no such cluster.
    """
    check_name(lab)
    paths = LabPaths(lab)
    nodes = [folder.name for folder in paths.nodes(name)]
    if not nodes:
        raise LabError(f"lab {lab!r} has no cluster {name!r}; `python -m lab status` lists them")
    with locked(paths):
        for node in nodes:
            progress.say(name, f"removes node {node}")
            cgroups.kill(paths.node_cgroup(node))
            cgroups.remove(paths.node_cgroup(node))
            network.delete(paths.network_namespace(node))
            shutil.rmtree(paths.node(node), ignore_errors=True)
        shutil.rmtree(paths.cluster(name), ignore_errors=True)
        (home / f"{name}.kubeconfig").unlink(missing_ok=True)


@contextmanager
def locked(paths: LabPaths) -> Iterator[None]:
    """Keep out every other `up` or `down` of this lab; raises LabError if one is running."""
    with _opened(paths.lock) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LabError(
                f"another `lab up` or `lab down` of lab {paths.name!r} is running; wait for it"
            ) from error
        yield


def _opened(lock: Path) -> IO[str]:
    """Open the lock; the `down` of another lab removes its folder once that is empty."""
    while True:
        # The folder may have gone since a moment ago, for either call.
        with suppress(FileExistsError, FileNotFoundError):
            lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return lock.open("w")


class _Lazy:
    """Images that are built once, when the first node needs them."""

    def __init__(self, build: Callable[[], ImageSet]) -> None:
        self._build = build
        self._lock = threading.Lock()
        self._images: ImageSet | None = None

    def clone_to(self, dest: Path) -> None:
        with self._lock:
            self._images = self._images or self._build()
        self._images.clone_to(dest)


def _side_by_side(
    clusters: list[Cluster], step: Callable[[Cluster], None], progress: Progress
) -> None:
    with ThreadPoolExecutor(len(clusters)) as pool:
        futures = {cluster.spec.name: pool.submit(step, cluster) for cluster in clusters}
    faults = []
    for name, future in futures.items():
        error = future.exception()
        if isinstance(error, LabError):
            faults.append(f"{name} (at: {progress.last(name)}): {error}")
        elif error:
            raise error
    if faults:
        raise LabError("\n".join(faults))


def _is_new(folder: Path) -> bool:
    """Whether nothing is there, or only root may look; the check itself tells other users."""
    try:
        return not folder.exists()
    except PermissionError:
        return True


def _remove_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return
