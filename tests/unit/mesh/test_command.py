"""`python -m mesh`: its verbs, and what they say if there is nothing to do."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from mesh.__main__ import VERBS, main, module_of
from mesh.report import __main__ as report

ROOT = Path(__file__).parents[3]


def test_every_verb_has_a_module_with_main() -> None:
    assert all(callable(importlib.import_module(module_of(verb)).main) for verb in VERBS)


def test_an_unknown_verb_is_answered_with_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["nothing"]) == 2
    said = capsys.readouterr().err
    assert all(f"{verb} " in said and purpose in said for verb, purpose in VERBS.items())


def test_a_misspelt_verb_is_answered_with_the_one_that_was_meant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["verfy"]) == 2
    assert "did you mean 'verify'?" in capsys.readouterr().err


def test_help_is_an_answer_and_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(verb in said for verb in VERBS)


@pytest.mark.parametrize(("former", "now"), [("verify", "verify"), ("stale_locks", "unlock")])
def test_a_former_command_answers_with_the_new_one(former: str, now: str) -> None:
    command = [sys.executable, "-m", f"components.{former}", "--stack", "prod"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"`python -m mesh {now}`" in done.stderr
    assert now in VERBS


def test_a_report_of_no_project_is_a_sentence_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert report.main(["--stack", "prod"]) == 2
    assert "is not in a Pulumi project" in capsys.readouterr().err
