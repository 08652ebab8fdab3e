import dataclasses
import os
import shutil
import threading
from pathlib import Path

import pytest

from tools.cache import Cache, module_key
from tools.catalogue import Module
from tools.errors import InterruptedBuildError, ToolchainError
from tools.paths import MODULES_DIR, cache_root


def _must_not_wait() -> None:
    raise AssertionError("waited for a lock that nobody holds")


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    """A copy of the folders that determine the example module's key."""
    for name in ("etcd", "cilium"):
        shutil.copytree(MODULES_DIR / name, tmp_path / "modules" / name)
    return tmp_path / "modules"


def test_the_key_depends_on_contents_not_on_where_and_when(module: Module, pins: Path) -> None:
    before = module_key(module, "go1", pins)
    os.utime(pins / "etcd" / "go.mod", (0, 0))
    assert module_key(module, "go1", pins) == before == module_key(module, "go1")


@pytest.mark.parametrize("name", ["go.mod", "go.sum", "main.go"])
def test_the_key_changes_with_every_file_of_the_module(
    module: Module, pins: Path, name: str
) -> None:
    before = module_key(module, "go1", pins)
    with (pins / "etcd" / name).open("a") as file:
        file.write("// changed\n")
    assert module_key(module, "go1", pins) != before


def test_the_key_changes_with_pins_that_feed_the_prepare_step(module: Module, pins: Path) -> None:
    fed = dataclasses.replace(module, inputs_from=("cilium",))
    before = module_key(fed, "go1", pins)
    (pins / "cilium" / "go.sum").write_text("")
    assert module_key(fed, "go1", pins) != before


def test_the_key_changes_with_go_with_flags_and_with_tags(module: Module) -> None:
    program = module.programs[0]
    variants = [
        dataclasses.replace(program, ldflags=("-X a.b=c",)),
        dataclasses.replace(program, tags=("netgo",)),
        dataclasses.replace(program, package="example.com/other"),
        dataclasses.replace(program, files=(("extra", "example.com/one", "path"),)),
    ]
    modules = [dataclasses.replace(module, programs=(variant,)) for variant in (program, *variants)]
    keys = {module_key(variant, "go1") for variant in modules}
    assert len(keys) == len(modules)
    assert module_key(module, "go2") != module_key(module, "go1")


def test_a_program_is_there_only_with_the_files_beside_it(cache: Cache, module: Module) -> None:
    program = dataclasses.replace(module.programs[0], files=(("extra", "example.com/one", "path"),))
    built = cache.root / "built"
    cache.root.mkdir()
    built.write_text("x")
    cache.publish(built, module, "key", "one")
    assert not cache.has(module, "key", program)
    built.write_text("x")
    cache.publish(built, module, "key", "extra")
    assert cache.has(module, "key", program)


def test_a_published_program_can_be_run(cache: Cache, module: Module) -> None:
    cache.root.mkdir()
    built = cache.root / "built"
    built.write_text("x")
    built.chmod(0o600)
    assert os.access(cache.publish(built, module, "key", "one"), os.X_OK)
    assert not built.exists()


def test_two_builds_of_a_module_do_not_meet(cache: Cache, module: Module) -> None:
    stop = threading.Event()
    entered = threading.Event()
    waiting = threading.Event()

    def second() -> None:
        with cache.lock(module, "key", stop, waiting.set):
            entered.set()

    other = threading.Thread(target=second)
    with cache.lock(module, "key", stop, _must_not_wait):
        other.start()
        assert waiting.wait(10)
        assert not entered.is_set()
    assert entered.wait(10)
    other.join()


def test_builds_of_different_modules_do_not_wait(cache: Cache, module: Module) -> None:
    stop = threading.Event()
    with (
        cache.lock(module, "key", stop, _must_not_wait),
        cache.lock(module, "other", stop, _must_not_wait),
    ):
        pass


def test_waiting_for_another_build_can_be_stopped(cache: Cache, module: Module) -> None:
    stop = threading.Event()
    stop.set()
    with (
        cache.lock(module, "key", threading.Event(), _must_not_wait),
        pytest.raises(InterruptedBuildError),
        cache.lock(module, "key", stop, lambda: None),
    ):
        pass


def test_a_running_build_keeps_others_from_removing_things(cache: Cache, module: Module) -> None:
    with (
        cache.lock(module, "key", threading.Event(), _must_not_wait),
        pytest.raises(ToolchainError, match="etcd-key is running"),
        cache.no_builds(),
    ):
        pass
    with cache.no_builds():
        pass


def test_what_a_killed_build_left_goes_with_the_next_one(cache: Cache, module: Module) -> None:
    stale = cache.root / "work" / "etcd-key-dead"
    foreign = cache.root / "work" / "etcd-other-alive"
    for folder in (stale, foreign):
        folder.mkdir(parents=True)
    with cache.work_folder(module, "key") as work:
        assert work.is_dir()
        assert not stale.exists()
    assert not work.exists()
    assert foreign.exists()


def test_the_cache_follows_xdg_and_ignores_a_relative_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert cache_root() == Path("/elsewhere/cilium-clustermesh/tools")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_root() == Path("/home/somebody/.cache/cilium-clustermesh/tools")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_root() == Path("/home/somebody/.cache/cilium-clustermesh/tools")
