"""A toolchain without Go: its own cache folder, and a runner that only pretends to build."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tools.builder import Builder
from tools.cache import Cache
from tools.catalogue import Module, Program
from tools.golang import Go
from tools.report import Origin

GO = Go("go1.26.1", "linux", "amd64", "v1", Path("/nonexistent/mod"), Path("/nonexistent/build"))


@dataclass
class FakeRunner:
    """Writes what `go build -o` would; `answer` decides how a command ends."""

    answer: Callable[[list[str], Path], int] = lambda _command, _log: 0
    commands: list[list[str]] = field(default_factory=list)

    def run(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path) -> int:
        words = list(command)
        self.commands.append(words)
        code = self.answer(words, log)
        output = Path(words[words.index("-o") + 1])
        output.write_text("half" if code else f"program {words[-1]}")
        return code


@dataclass
class Listener:
    """Records what a build reports."""

    lines: list[tuple[str, Origin]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    plan: list[str] = field(default_factory=list)

    def planned(self, programs: Iterable[Program]) -> None:
        self.plan = [program.name for program in programs]

    def started(self, program: Program, log: Path) -> None:
        pass

    def done(
        self, program: Program, origin: Origin, seconds: float, version: str | None = None
    ) -> None:
        self.lines.append((program.name, origin))

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def make_builder(cache: Cache, listener: Listener) -> Callable[[FakeRunner], Builder]:
    def make(runner: FakeRunner) -> Builder:
        return Builder(cache, runner, listener, threading.Event(), sources=_no_sources)

    return make


def _no_sources(module: str, gomod: str) -> Path:
    raise AssertionError(f"asked for the sources of {module} of {gomod}")


@pytest.fixture
def module() -> Module:
    """A module of two programs, under a name that has pins."""
    return Module(
        name="etcd",
        disk_gib=1.0,
        programs=(
            Program(name="one", version="1.0.0", package="example.com/one"),
            Program(name="two", version="1.0.0", package="example.com/two"),
        ),
    )
