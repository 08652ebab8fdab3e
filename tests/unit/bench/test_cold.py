"""The caches in which a cold demo builds."""

from pathlib import Path

import pytest

from bench import cold
from tools.golang import Go


def found(folder: Path) -> Go:
    return Go(
        version="go1.26.0",
        goos="linux",
        goarch="amd64",
        goamd64="v1",
        mod_cache=folder / "mod",
        build_cache=folder / "build",
    )


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Go:
    monkeypatch.setattr(cold, "find_go", lambda: found(tmp_path))
    monkeypatch.setenv("GOCACHE", "/somewhere")
    return found(tmp_path)


@pytest.mark.usefixtures("go")
def test_on_a_new_machine_it_builds_for_all_measurements_after_it(tmp_path: Path) -> None:
    environment = cold._environment(tmp_path / "caches")
    assert environment["GOCACHE"] == "/somewhere"
    assert not (tmp_path / "caches").exists()
    assert environment["PIP_NO_CACHE_DIR"] == "1"


@pytest.mark.parametrize("cache", ["mod_cache", "build_cache"])
def test_where_something_was_built_its_caches_are_its_own(
    go: Go, cache: str, tmp_path: Path
) -> None:
    """Otherwise it would find there what it has to build."""
    getattr(go, cache).mkdir()
    environment = cold._environment(tmp_path / "caches")
    assert environment["XDG_CACHE_HOME"] == str(tmp_path / "caches")
    assert environment["GOMODCACHE"].startswith(environment["XDG_CACHE_HOME"])
    assert "GOCACHE" not in environment
