"""The lab's own programs: rebuilt when their sources change, and tested by Go itself."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.images import standins
from lab.images.cache import Cache

NEEDS_GO = pytest.mark.skipif(shutil.which("go") is None, reason="needs Go")


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    return Path(shutil.copytree(standins.SOURCES, tmp_path / "standins"))


def rewrite(name: str) -> Callable[[Path], object]:
    return lambda sources: (sources / name).write_text("changed")


@pytest.mark.parametrize("name", ["certgen/pki.go", "go.mod", "go.sum", "pause/new.go"])
def test_a_change_of_the_sources_changes_the_key(sources: Path, name: str) -> None:
    before = standins.source_key(sources)
    rewrite(name)(sources)
    assert standins.source_key(sources) != before


@pytest.mark.parametrize("name", ["certgen/certgen_test.go", "notes.txt"])
def test_what_is_not_compiled_does_not_change_the_key(sources: Path, name: str) -> None:
    before = standins.source_key(sources)
    rewrite(name)(sources)
    assert standins.source_key(sources) == before


def test_the_stand_ins_are_built_once_and_where_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builds: list[tuple[object, ...]] = []

    def fake(*command: object, **_: object) -> str:
        if "build" in command:
            builds.append(command)
            folder = Path(str(command[command.index("-o") + 1]))
            for program in standins.PROGRAMS:
                (folder / program).write_text(program)
        return "go1.26.8\n"

    monkeypatch.setattr(standins, "run", fake)
    cache = Cache(tmp_path)
    first = standins.ensure(cache)
    assert standins.ensure(cache) == first
    assert len(builds) == 1
    assert {name: path.read_text() for name, path in first.items()} == {
        name: name for name in standins.PROGRAMS
    }


def test_every_stand_in_says_that_it_is_one() -> None:
    for program in standins.PROGRAMS:
        text = (standins.SOURCES / program / "main.go").read_text()
        assert text.startswith(f"// Command {program} is a stand-in of the lab for ")


@NEEDS_GO
def test_gos_own_tests_of_the_stand_ins_pass() -> None:
    finished = subprocess.run(
        ["go", "test", "./..."],
        cwd=standins.SOURCES,
        env=os.environ | standins.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
