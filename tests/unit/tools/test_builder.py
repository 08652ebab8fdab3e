import dataclasses
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.unit.tools.conftest import FakeRunner, Listener
from tools import builder as builder_module
from tools.builder import Builder
from tools.cache import Cache
from tools.catalogue import Module
from tools.errors import InterruptedBuildError, ToolchainError
from tools.report import Origin

MakeBuilder = Callable[[FakeRunner], Builder]


def _built(cache: Cache) -> set[str]:
    return {path.name for path in cache.root.glob("etcd-*/bin/*")}


def test_what_was_built_lies_under_its_name(
    make_builder: MakeBuilder, cache: Cache, module: Module, listener: Listener
) -> None:
    make_builder(FakeRunner()).build(module, "key", module.programs)
    assert cache.program(module, "key", "two").read_text() == "program example.com/two"
    assert listener.lines == [("one", Origin.BUILT), ("two", Origin.BUILT)]


def test_what_is_there_is_not_built_again(
    make_builder: MakeBuilder, module: Module, listener: Listener
) -> None:
    make_builder(FakeRunner()).build(module, "key", module.programs[:1])
    runner = FakeRunner()
    make_builder(runner).build(module, "key", module.programs)
    assert [command[-1] for command in runner.commands] == ["example.com/two"]
    assert listener.lines[1:] == [("one", Origin.CACHED), ("two", Origin.BUILT)]


def test_a_failed_build_leaves_nothing_half_written_and_keeps_what_was_finished(
    make_builder: MakeBuilder, cache: Cache, module: Module
) -> None:
    def second_fails(command: list[str], log: Path) -> int:
        return 1 if command[-1] == "example.com/two" else 0

    with pytest.raises(ToolchainError):
        make_builder(FakeRunner(second_fails)).build(module, "key", module.programs)
    assert _built(cache) == {"one"}
    assert not list((cache.root / "work").iterdir())


def test_a_failure_names_the_program_its_last_words_and_its_log(
    make_builder: MakeBuilder, cache: Cache, module: Module
) -> None:
    def fail(_command: list[str], log: Path) -> int:
        log.write_text("\n".join(["early", *["filler"] * 20, "main.go:7: undefined: x"]))
        return 2

    with pytest.raises(ToolchainError) as caught:
        make_builder(FakeRunner(fail)).build(module, "key", module.programs)
    message = str(caught.value)
    log = cache.log(module, module.programs[0])
    assert "one 1.0.0 did not build" in message
    assert "exit code 2" in message
    assert "main.go:7: undefined: x" in message
    assert "early" not in message
    assert str(log) in message
    assert "early" in log.read_text()


def test_a_broken_download_is_tried_again_but_a_wrong_source_is_not(
    make_builder: MakeBuilder, module: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder_module, "_RETRY_SECONDS", 0)
    said = iter(["read tcp: connection reset by peer", ""])

    def flaky(_command: list[str], log: Path) -> int:
        text = next(said)
        log.write_text(text)
        return 1 if text else 0

    runner = FakeRunner(flaky)
    make_builder(runner).build(module, "key", module.programs[:1])
    assert len(runner.commands) == 2

    def wrong(_command: list[str], log: Path) -> int:
        log.write_text("checksum mismatch")
        return 1

    runner = FakeRunner(wrong)
    with pytest.raises(ToolchainError):
        make_builder(runner).build(module, "other", module.programs)
    assert len(runner.commands) == 1


def test_a_download_that_stays_broken_ends_the_build(
    make_builder: MakeBuilder, module: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder_module, "_RETRY_SECONDS", 0)

    def broken(_command: list[str], log: Path) -> int:
        log.write_text("dial tcp: i/o timeout")
        return 1

    runner = FakeRunner(broken)
    with pytest.raises(ToolchainError, match="i/o timeout"):
        make_builder(runner).build(module, "key", module.programs)
    assert len(runner.commands) == 3


def test_files_that_a_program_needs_are_published_with_it(
    cache: Cache, module: Module, listener: Listener, tmp_path: Path
) -> None:
    (tmp_path / "script").write_text("#!/bin/sh\n")
    program = dataclasses.replace(
        module.programs[0], files=(("helper", "example.com/sdk", "script"),)
    )
    builder = Builder(
        cache, FakeRunner(), listener, threading.Event(), sources=lambda _module, _gomod: tmp_path
    )
    builder.build(module, "key", [program])
    assert cache.program(module, "key", "helper").read_text() == "#!/bin/sh\n"
    assert cache.has(module, "key", program)


def test_a_stopped_build_leaves_no_work_behind(
    make_builder: MakeBuilder, cache: Cache, module: Module
) -> None:
    def stopped(_command: list[str], _log: Path) -> int:
        raise InterruptedBuildError("stopped")

    with pytest.raises(InterruptedBuildError):
        make_builder(FakeRunner(stopped)).build(module, "key", module.programs)
    assert not _built(cache)
    assert not list((cache.root / "work").iterdir())


def test_two_builders_at_once_build_a_program_once(
    cache: Cache, module: Module, listener: Listener
) -> None:
    """The second one waits for the lock and then finds everything there."""
    begun = threading.Event()
    go_on = threading.Event()
    runner = FakeRunner()

    class SlowRunner:
        def run(
            self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path
        ) -> int:
            begun.set()
            assert go_on.wait(10)
            return runner.run(command, cwd=cwd, env=env, log=log)

    first = Builder(cache, SlowRunner(), listener, threading.Event())
    second = Builder(cache, runner, listener, threading.Event())
    one = threading.Thread(target=first.build, args=(module, "key", module.programs))
    two = threading.Thread(target=second.build, args=(module, "key", module.programs))
    one.start()
    assert begun.wait(10)
    two.start()
    go_on.set()
    one.join()
    two.join()
    assert len(runner.commands) == len(module.programs)
    assert sorted(origin.name for _, origin in listener.lines) == ["BUILT"] * 2 + ["CACHED"] * 2
