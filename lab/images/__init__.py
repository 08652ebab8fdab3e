"""The container images of the lab, built on this machine without a registry.

`ensure` builds what is missing and returns an `ImageSet`, from which every node gets its own
containerd root with all images unpacked.
"""

import platform
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.errors import LabError
from lab.images import golden, standins
from lab.images.apt import Apt
from lab.images.archive import write_archive
from lab.images.cache import UNFINISHED, Cache, default_home
from lab.images.catalogue import PROGRAMS, Ingredients, Layer, Recipe, debian_layers, recipes
from lab.images.debian import DebianLayer
from lab.images.digests import Digests, key_of
from lab.images.programs import Programs
from tools import toolchain

__all__ = ["PROGRAMS", "ImageSet", "Programs", "clone_golden", "ensure", "prepare"]

Report = Callable[[str], None]

_ROOM = 4 * 10**9
"""Bytes that a build takes: every image as layers and unpacked, and one archive."""


@dataclass(frozen=True)
class ImageSet:
    """All images of the lab: their names, and the containerd root that has them unpacked."""

    references: tuple[str, ...]
    golden: Path

    def clone_to(self, dest: Path) -> None:
        """Make `dest` a containerd root of its own with every image unpacked."""
        clone_golden(self.golden, dest)


def ensure(
    report: Report, programs: Programs | None = None, cache_home: Path | None = None
) -> ImageSet:
    """Return the images; those whose ingredients have changed are built.

    `report` gets a line for each image that is built and one for all. Raises LabError if a program
    or a Debian package is not available, if there is no room, or if containerd fails.
    """
    started = time.monotonic()
    cache = Cache(cache_home or default_home())
    with cache.locked(), closing(Apt()) as apt:
        wanted = _recipes(cache, programs or toolchain.ensure(PROGRAMS), apt)
        path = cache.path("golden", key_of("golden", [recipe.key for recipe in wanted]))
        verb = "cached" if path.exists() else "built"
        cache.provide(path, lambda dest: _build(cache, wanted, dest, report))
        cache.prune("golden")
    report(f"{len(wanted)} images {verb}, {time.monotonic() - started:.1f} s")
    return ImageSet(tuple(recipe.reference for recipe in wanted), path)


def prepare(report: Report, cache_home: Path | None = None) -> None:
    """Build the Debian layers and the stand-ins: the slow parts that need no compiled program.

    Raises LabError if a Debian package is not available.
    """
    started = time.monotonic()
    cache = Cache(cache_home or default_home())
    with cache.locked(), closing(Apt()) as apt:
        standins.ensure(cache)
        digests = Digests(cache.home / "digests.json")
        for layer in debian_layers(digests, apt, _debian_suite()):
            _debian_layer(cache, layer)
        digests.save()
    report(f"layers of Debian packages ready, {time.monotonic() - started:.1f} s")


def clone_golden(source: Path, dest: Path) -> None:
    """Make `dest` a containerd root of its own with the images of the golden root `source`."""
    with Cache(source.parent).in_use():
        golden.clone(source, dest)


def _recipes(cache: Cache, programs: Programs, apt: Apt) -> list[Recipe]:
    digests = Digests(cache.home / "digests.json")
    found = recipes(Ingredients(programs, standins.ensure(cache), digests, apt, _debian_suite()))
    digests.save()
    return found


def _build(cache: Cache, wanted: Sequence[Recipe], dest: Path, report: Report) -> None:
    """Build the golden root; archives are removed once unpacked: all would take a gigabyte."""
    _check_room(cache.home)
    with golden.containerd(dest) as ctr:
        for recipe in wanted:
            started = time.monotonic()
            with TemporaryDirectory(prefix=UNFINISHED, dir=cache.home) as folder:
                archive = Path(folder, "image.tar")
                layers = [_layer(cache, layer, Path(folder)) for layer in recipe.layers]
                write_archive(archive, recipe.reference, recipe.config, layers)
                size = archive.stat().st_size / 1e6
                golden.load(ctr, recipe.reference, archive)
            seconds = time.monotonic() - started
            report(f"{recipe.reference} built, {seconds:.1f} s, {size:.0f} MB")
    golden.forget_identity(dest)


def _layer(cache: Cache, layer: Layer, folder: Path) -> Path:
    if isinstance(layer, DebianLayer):
        return _debian_layer(cache, layer)
    path = folder / f"{layer.key}.tar"
    layer.write(path)
    return path


def _debian_layer(cache: Cache, layer: DebianLayer) -> Path:
    """Return the layer's tar, which is kept: images share it, and it takes the longest."""
    name = f"layer-{layer.name}"
    path = cache.provide(cache.path(name, layer.key, ".tar"), layer.write)
    cache.prune(name, ".tar")
    return path


def _check_room(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < _ROOM:
        raise LabError(
            f"the lab's images need {_ROOM / 1e9:.0f} GB in {folder}, which has "
            f"{free / 1e9:.1f} GB left: make room, or set XDG_CACHE_HOME to a folder elsewhere"
        )


def _debian_suite() -> str:
    release = platform.freedesktop_os_release()
    if release.get("ID") != "debian":
        raise LabError(
            f"the lab's images are built from Debian packages, but this machine runs "
            f"{release.get('PRETTY_NAME', 'another system')}: run the lab on Debian"
        )
    return release.get("VERSION_CODENAME", release.get("VERSION_ID", ""))
