"""The cache holds only complete things, and only the most recently used."""

import os
from pathlib import Path

import pytest

from lab.images.cache import UNFINISHED, Cache, default_home

KEYS = [f"{number:016x}" for number in range(4)]


def test_what_failed_half_way_leaves_nothing(tmp_path: Path) -> None:
    cache = Cache(tmp_path)

    def fail(dest: Path) -> None:
        dest.mkdir()
        (dest / "half").write_text("a part")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.provide(cache.path("golden", KEYS[0]), fail)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / f"{UNFINISHED}golden-{KEYS[0]}"
    left.mkdir()
    (left / "half").write_text("a part")
    with Cache(tmp_path).locked():
        assert not left.exists()


def test_what_is_there_is_not_built_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    built: list[Path] = []

    def build(dest: Path) -> None:
        built.append(dest)
        dest.write_text("whole")

    for _ in range(2):
        path = cache.provide(cache.path("layer", KEYS[0], ".tar"), build)
    assert path.read_text() == "whole"
    assert len(built) == 1
    assert built[0] != path


def test_the_two_last_used_are_kept_and_other_names_are_left_alone(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for age, key in enumerate(reversed(KEYS)):
        for name in ("golden", "golden-old"):
            path = cache.path(name, key)
            path.mkdir()
            os.utime(path, (1000 - age, 1000 - age))
    cache.provide(cache.path("golden", KEYS[0]), lambda dest: None)  # the oldest, now used again
    cache.prune("golden")
    left = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert {name for name in left if name.startswith("golden-old")} == {
        f"golden-old-{key}" for key in KEYS
    }
    assert left - {f"golden-old-{key}" for key in KEYS} == {
        f"golden-{KEYS[0]}",
        f"golden-{KEYS[3]}",
    }


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("/cache", "/cache"), ("", "/home/somebody/.cache"), ("relative", "/home/somebody/.cache")],
)
def test_the_cache_lies_where_xdg_says(
    setting: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("XDG_CACHE_HOME", setting)
    assert default_home() == Path(expected) / "cilium-clustermesh/images"
