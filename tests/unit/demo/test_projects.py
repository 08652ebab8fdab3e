"""`python -m demo --project FOLDER pulumi ...`: another project on the lab's mesh."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from demo import __main__ as demo
from demo import dependencies
from demo.engine import EngineError, LabStack


def test_pulumi_works_in_the_folder_of_the_project_that_is_meant(tmp_path: Path) -> None:
    own = LabStack("dev", tmp_path)
    other = LabStack("dev", tmp_path, tmp_path / "other")
    assert own.engine("up") == ("pulumi", "up")
    assert other.engine("up") == ("pulumi", "--cwd", f"{tmp_path}/other", "up")
    assert other.backend == own.backend


def test_the_project_is_found_from_where_the_command_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    read = demo._read(["--project", "other", "pulumi", "up", "--yes"])
    assert read == (tmp_path / "other", ["pulumi", "up", "--yes"])
    assert demo._read(["pulumi", "--cwd", "x", "up"]) == (None, ["pulumi", "--cwd", "x", "up"])


def test_another_project_cannot_be_proven(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        demo._read(["--project", "other", "verify"])
    assert "--project goes with `pulumi WORDS...`" in capsys.readouterr().err


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """The commands, not really run: each is an installation that fails half-way."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> None:
        commands.append(command)
        (tmp_path / ".venv").mkdir()
        raise subprocess.CalledProcessError(1, command)

    toolchain = SimpleNamespace(ready=lambda: SimpleNamespace(bin_dir=Path("/bin")))
    monkeypatch.setattr(dependencies, "toolchain", toolchain)
    monkeypatch.setattr("demo.dependencies.subprocess.run", run)
    return commands


def test_half_an_installation_is_not_taken_for_a_whole_one(
    asked: list[list[str]], tmp_path: Path
) -> None:
    for _ in range(2):
        with pytest.raises(EngineError, match="pulumi install --no-plugins"):
            dependencies.install(tmp_path)
    assert len(asked) == 2
    assert not (tmp_path / ".venv").exists()


def test_what_is_installed_is_not_installed_again(asked: list[list[str]], tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    dependencies.install(tmp_path)
    assert asked == []
