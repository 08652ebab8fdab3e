"""The lab's own small programs, in place of images that no package registry carries."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from lab.images.cache import Cache
from lab.images.digests import file_digest, key_of
from lab.run import run

SOURCES = Path(__file__).parent.parent / "standins"
PROGRAMS = ("certgen", "json-mock", "pause")


def ensure(cache: Cache, sources: Path = SOURCES) -> Mapping[str, Path]:
    """Build the stand-ins if they are missing; raises LabError if Go fails."""
    go = run("go", "env", "GOVERSION", env=environment(), timeout=60).strip()
    folder = cache.path("standins", key_of("standins", go, source_key(sources)))
    cache.provide(folder, lambda dest: _build(sources, dest))
    cache.prune("standins")
    return {program: folder / program for program in PROGRAMS}


def source_key(sources: Path) -> str:
    """The hash of everything that goes into the programs: Go files without tests, and the pins."""
    total = hashlib.sha256()
    for path in sorted(sources.rglob("*")):
        if path.name in ("go.mod", "go.sum") or _is_source(path):
            total.update(f"{path.relative_to(sources)} {file_digest(path)}\n".encode())
    return total.hexdigest()


def _is_source(path: Path) -> bool:
    return path.suffix == ".go" and not path.name.endswith("_test.go")


def _build(sources: Path, dest: Path) -> None:
    dest.mkdir()
    packages = [f"./{program}" for program in PROGRAMS]
    command = ("go", "build", "-C", sources, "-ldflags", "-s -w", "-o", f"{dest}/")
    run(*command, *packages, env=environment(), timeout=600)


def environment() -> dict[str, str]:
    """The variables that make Go build static programs from exactly the pinned modules."""
    settings = {
        "CGO_ENABLED": "0",
        "GOFLAGS": "-mod=readonly -buildvcs=false -trimpath",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    return os.environ | settings
