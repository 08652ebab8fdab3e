"""`ensure` builds the golden root once for the same inputs, whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lab import images
from lab.errors import LabError
from lab.images import golden
from lab.images.archive import ImageConfig
from lab.images.catalogue import Recipe
from lab.images.digests import Digests
from lab.images.tree import File, TreeLayer


@dataclass
class World:
    """Two small images and a containerd that records what it gets."""

    home: Path
    loaded: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    program: bytes = b"program"

    def recipes(self, *_: object) -> list[Recipe]:
        digests = Digests(self.home / "digests.json")
        return [
            Recipe(name, f"{name}:1", (TreeLayer({name: File(content)}, digests),), ImageConfig())
            for name, content in (("pause", b"pause"), ("agent", self.program))
        ]

    def ensure(self) -> images.ImageSet:
        return images.ensure(self.said.append, programs=None, cache_home=self.home)

    def load(self, _: object, reference: str, archive: Path) -> None:
        assert archive.stat().st_size > 0
        self.loaded.append(reference)

    @contextmanager
    def containerd(self, root: Path) -> Iterator[tuple[str, ...]]:
        root.mkdir()
        (root / "meta.db").write_text("images")
        yield ("ctr",)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path / "images")
    monkeypatch.setattr("tools.toolchain.ensure", lambda *_: None)
    monkeypatch.setattr(images, "_recipes", world.recipes)
    monkeypatch.setattr(golden, "load", world.load)
    monkeypatch.setattr(golden, "containerd", world.containerd)
    return world


def test_the_second_time_nothing_is_built(world: World) -> None:
    first = world.ensure()
    assert world.loaded == ["pause:1", "agent:1"]
    assert world.ensure() == first
    assert world.loaded == ["pause:1", "agent:1"]
    assert "2 images cached" in world.said[-1]


def test_every_built_image_has_a_line_of_progress(world: World) -> None:
    world.ensure()
    assert [line.split(",")[0] for line in world.said] == [
        "pause:1 built",
        "agent:1 built",
        "2 images built",
    ]


def test_another_program_means_another_golden_root(world: World) -> None:
    first = world.ensure()
    world.program = b"another program"
    second = world.ensure()
    assert first.golden != second.golden
    assert first.golden.exists()


def test_a_build_that_fails_leaves_no_golden_root_behind(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LabError("containerd refused the image")

    monkeypatch.setattr(golden, "load", fail)
    with pytest.raises(LabError, match="refused"):
        world.ensure()
    assert [path.name for path in world.home.iterdir() if path.is_dir()] == []
    monkeypatch.setattr(golden, "load", world.load)
    assert world.ensure().golden.exists()


def test_too_little_room_is_told_before_anything_is_built(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "_ROOM", 10**18)
    with pytest.raises(LabError, match="XDG_CACHE_HOME"):
        world.ensure()
    assert world.loaded == []


def test_a_node_gets_the_golden_roots_content(world: World, tmp_path: Path) -> None:
    world.ensure().clone_to(tmp_path / "node")
    assert (tmp_path / "node/meta.db").read_text() == "images"


def test_images_are_made_on_debian_only(monkeypatch: pytest.MonkeyPatch) -> None:
    release = {"ID": "fedora", "PRETTY_NAME": "Fedora Linux 41"}
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: release)
    with pytest.raises(LabError, match="Fedora Linux 41"):
        images._debian_suite()
