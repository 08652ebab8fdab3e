"""The container images of the lab, made on this machine without a registry.

`ensure` builds what is missing and gives an `ImageSet`, from which every node gets its own
containerd root with all images unpacked.
"""

import platform
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.errors import LabError
from lab.images import golden, standins
from lab.images.apt import Apt
from lab.images.archive import write_archive
from lab.images.cache import UNFINISHED, Cache, default_home
from lab.images.catalogue import PROGRAMS, Ingredients, Layer, Recipe, recipes
from lab.images.debian import DebianLayer
from lab.images.digests import Digests, key_of
from lab.images.programs import Programs
from tools import toolchain

__all__ = ["ImageSet", "Programs", "clone_golden", "ensure"]

Report = Callable[[str], None]


@dataclass(frozen=True)
class ImageSet:
    """All images of the lab: their archives by reference, and the containerd root with them."""

    archives: Mapping[str, Path]
    golden: Path

    def clone_to(self, dest: Path) -> None:
        """Make `dest` a containerd root of its own with every image unpacked."""
        clone_golden(self.golden, dest)


def ensure(
    report: Report, programs: Programs | None = None, cache_home: Path | None = None
) -> ImageSet:
    """Build every image that is missing, and the golden root; `report` gets a line for each.

    Raises LabError where a program or a Debian package cannot be had or containerd fails.
    """
    cache = Cache(cache_home or default_home())
    with cache.locked(), closing(Apt()) as apt:
        digests = Digests(cache.home / "digests.json")
        have = Ingredients(
            programs=programs or toolchain.ensure(PROGRAMS),
            standins=standins.ensure(cache),
            digests=digests,
            apt=apt,
            suite=_debian_suite(),
        )
        wanted = recipes(have)
        digests.save()
        archives = {one.reference: _archive(cache, one, report) for one in wanted}
        root = _golden(cache, wanted, archives, report)
    return ImageSet(archives, root)


def clone_golden(source: Path, dest: Path) -> None:
    """Make `dest` a containerd root of its own with the images of the golden root `source`."""
    with Cache(source.parent).in_use():
        golden.clone(source, dest)


def _archive(cache: Cache, recipe: Recipe, report: Report) -> Path:
    path = cache.path(recipe.name, recipe.key, ".tar")

    def build(dest: Path) -> None:
        with TemporaryDirectory(prefix=UNFINISHED, dir=cache.home) as folder:
            layers = [_layer(cache, layer, Path(folder)) for layer in recipe.layers]
            write_archive(dest, recipe.reference, recipe.config, layers)

    _timed(recipe.reference, path, report, lambda: cache.provide(path, build))
    cache.prune(recipe.name, ".tar")
    return path


def _layer(cache: Cache, layer: Layer, folder: Path) -> Path:
    """Layers of Debian packages are kept: images share them, and they take the longest."""
    if isinstance(layer, DebianLayer):
        path = cache.path(f"layer-{layer.name}", layer.key, ".tar")
        cache.provide(path, layer.write)
        cache.prune(f"layer-{layer.name}", ".tar")
        return path
    path = folder / f"{layer.key}.tar"
    layer.write(path)
    return path


def _golden(
    cache: Cache, wanted: list[Recipe], archives: Mapping[str, Path], report: Report
) -> Path:
    path = cache.path("golden", key_of("golden", [recipe.key for recipe in wanted]))

    def unpack(dest: Path) -> None:
        golden.build(archives, dest)

    _timed("all unpacked", path, report, lambda: cache.provide(path, unpack))
    cache.prune("golden")
    return path


def _timed(what: str, path: Path, report: Report, build: Callable[[], object]) -> None:
    verb = "cached" if path.exists() else "built"
    started = time.monotonic()
    build()
    size = f", {path.stat().st_size / 1e6:.0f} MB" if path.is_file() else ""
    report(f"{what} {verb}, {time.monotonic() - started:.1f} s{size}")


def _debian_suite() -> str:
    release = platform.freedesktop_os_release()
    if release.get("ID") != "debian":
        raise LabError(
            f"the lab's images are made of Debian packages, but this machine runs "
            f"{release.get('PRETTY_NAME', 'another system')}: run the lab on Debian"
        )
    return release.get("VERSION_CODENAME", release.get("VERSION_ID", ""))
