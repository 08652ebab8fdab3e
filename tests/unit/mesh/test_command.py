"""`python -m mesh`: its verbs, and what they say where there is nothing to do."""

import importlib
from pathlib import Path

import pytest

from mesh import report
from mesh.__main__ import VERBS, main


def test_every_verb_has_a_module_with_main() -> None:
    assert all(callable(importlib.import_module(f"mesh.{verb}").main) for verb in VERBS)


def test_an_unknown_verb_is_answered_with_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["nothing"]) == 2
    said = capsys.readouterr().err
    assert all(f"{verb} " in said and purpose in said for verb, purpose in VERBS.items())


def test_a_report_of_no_project_is_a_sentence_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert report.main(["--stack", "prod"]) == 2
    assert "is in no Pulumi project" in capsys.readouterr().err
