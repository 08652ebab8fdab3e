"""An image archive is what `ctr images import` reads, and the same bytes on every machine."""

import hashlib
import json
import tarfile
from pathlib import Path

import pytest

from lab.images.archive import ImageConfig, write_archive


@pytest.fixture
def layers(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "base", tmp_path / "top"]
    for path in paths:
        path.write_bytes(path.name.encode() * 100)
    return paths


def test_manifest_config_and_layers_refer_to_each_other(tmp_path: Path, layers: list[Path]) -> None:
    dest = tmp_path / "image.tar"
    write_archive(dest, "quay.io/cilium/cilium:v1", ImageConfig(cmd=("/bin/x",)), layers)
    with tarfile.open(dest) as tar:
        content = {
            name: stream.read() for name in tar.getnames() if (stream := tar.extractfile(name))
        }
    (manifest,) = json.loads(content["manifest.json"])
    assert manifest["RepoTags"] == ["quay.io/cilium/cilium:v1"]
    assert [content[name] for name in manifest["Layers"]] == [one.read_bytes() for one in layers]
    config = json.loads(content[manifest["Config"]])
    assert manifest["Config"] == hashlib.sha256(content[manifest["Config"]]).hexdigest() + ".json"
    assert config["rootfs"]["diff_ids"] == [
        f"sha256:{hashlib.sha256(one.read_bytes()).hexdigest()}" for one in layers
    ]


def test_a_container_starts_as_the_config_says(tmp_path: Path, layers: list[Path]) -> None:
    dest = tmp_path / "image.tar"
    config = ImageConfig(("/entry",), ("argument",), ("A=b",), "/home/cilium", "65532")
    write_archive(dest, "a:1", config, layers)
    with tarfile.open(dest) as tar:
        (name,) = (
            name for name in tar.getnames() if name not in ("manifest.json",) and ".json" in name
        )
        stream = tar.extractfile(name)
        assert stream is not None
        settings = json.loads(stream.read())["config"]
    path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    assert settings == {
        "Entrypoint": ["/entry"],
        "Cmd": ["argument"],
        "Env": [path, "A=b"],
        "WorkingDir": "/home/cilium",
        "User": "65532",
    }


def test_the_same_image_is_the_same_bytes(tmp_path: Path, layers: list[Path]) -> None:
    for name in ("one", "two"):
        write_archive(tmp_path / name, "a:1", ImageConfig(cmd=("x",)), layers)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
