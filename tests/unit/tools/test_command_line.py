import os
import signal
from pathlib import Path

import pytest

from tools import __main__ as command_line
from tools import host, toolchain
from tools.errors import ToolchainError
from tools.host import MissingPackages


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that has everything, and handlers that stay the test run's own."""
    monkeypatch.setattr(host, "missing_packages", lambda: MissingPackages(()))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(toolchain, "ensure", lambda *_: toolchain.Toolchain({}, tmp_path / "bin-1"))


def _raising(error: BaseException) -> object:
    def ensure(*_: object) -> None:
        raise error

    return ensure


def test_build_is_what_happens_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main([]) == 0
    assert "bin-1" in capsys.readouterr().err


def test_a_failure_is_a_message_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(toolchain, "ensure", _raising(ToolchainError("kubelet did not build")))
    assert command_line.main(["build"]) == 1
    said = capsys.readouterr().err
    assert "kubelet did not build" in said
    assert "Traceback" not in said


def test_an_interrupt_is_a_message_and_exit_code_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(toolchain, "ensure", _raising(KeyboardInterrupt()))
    assert command_line.main(["build"]) == 130
    assert "what was finished is kept" in capsys.readouterr().err


def test_without_root_missing_packages_are_listed_and_told_by_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(host, "missing_packages", lambda: MissingPackages(("ipset", "runc")))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert command_line.main(["build"]) == 3
    assert "apt-get install --yes --no-install-recommends ipset runc" in capsys.readouterr().err


def test_as_root_missing_packages_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[tuple[str, ...]] = []
    monkeypatch.setattr(host, "missing_packages", lambda: MissingPackages(("ipset",)))
    monkeypatch.setattr(
        host, "install_packages", lambda missing, _log: installed.append(missing.names)
    )
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert command_line.main(["build"]) == 0
    assert installed == [("ipset",)]


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["biuld"], "there is no 'biuld'; did you mean 'build'?"),
        (["kubectl"], "choose from build, path, list, clean"),
        (["build", "kubctl"], "there is no 'kubctl'; did you mean 'kubectl'?"),
    ],
)
def test_unknown_words_are_refused(
    words: list[str], advice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main(words)
    assert ended.value.code == 2
    assert advice in capsys.readouterr().err


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(verb in said and about in said for verb, about in command_line.VERBS.items())
