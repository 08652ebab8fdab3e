"""An image as a docker-archive: a tar of layers, a config and a manifest.

The format is Docker's `docker save` (moby's image/spec v1.2), which `ctr images import` reads.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.images.digests import file_digest
from lab.images.tree import header

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ARCHITECTURE = "amd64"
"""The name that images and Debian use; the toolchain refuses every other machine."""


@dataclass(frozen=True)
class ImageConfig:
    """How a container of the image starts, as in a Dockerfile."""

    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    working_dir: str = ""
    user: str = ""


def write_archive(dest: Path, reference: str, config: ImageConfig, layers: Sequence[Path]) -> None:
    """Write an image with one name; `layers` are tars from the bottom up."""
    digests = [file_digest(layer) for layer in layers]
    config_json = _config_json(config, digests)
    config_name = f"{hashlib.sha256(config_json).hexdigest()}.json"
    names = [f"{digest}.tar" for digest in digests]
    manifest = [{"Config": config_name, "Layers": names, "RepoTags": [reference]}]
    with tarfile.open(dest, "w", format=tarfile.PAX_FORMAT) as tar:
        _add_bytes(tar, "manifest.json", _json(manifest))
        _add_bytes(tar, config_name, config_json)
        for name, layer in zip(names, layers, strict=True):
            _add_file(tar, name, layer)


def _config_json(config: ImageConfig, digests: list[str]) -> bytes:
    settings: dict[str, object] = {"Env": [PATH, *config.env]}
    if config.entrypoint:
        settings["Entrypoint"] = list(config.entrypoint)
    if config.cmd:
        settings["Cmd"] = list(config.cmd)
    if config.working_dir:
        settings["WorkingDir"] = config.working_dir
    if config.user:
        settings["User"] = config.user
    return _json(
        {
            "architecture": ARCHITECTURE,
            "os": "linux",
            "created": "1970-01-01T00:00:00Z",
            "config": settings,
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
        }
    )


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = header(name, tarfile.REGTYPE, 0o644)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def _add_file(tar: tarfile.TarFile, name: str, source: Path) -> None:
    info = header(name, tarfile.REGTYPE, 0o644)
    info.size = source.stat().st_size
    with source.open("rb") as content:
        tar.addfile(info, content)
