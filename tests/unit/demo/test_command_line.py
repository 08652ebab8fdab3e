"""Only no word at all runs the demo: a slip must not start an update of the lab's mesh."""

from pathlib import Path

import pytest

from demo import __main__ as demo
from demo.engine import EngineError


@pytest.fixture(autouse=True)
def run(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The stacks that were used; each fails at once, before anything is run."""
    used: list[Path] = []

    def stack(_name: str, folder: Path, _project: Path | None) -> None:
        used.append(folder)
        raise EngineError("no lab here")

    monkeypatch.setattr(demo, "LabStack", stack)
    return used


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["foo"], "choose from pulumi, verify, report"),
        (["summary"], "choose from pulumi, verify, report"),
        (["verfy"], "did you mean 'verify'?"),
        (["Report"], "did you mean 'report'?"),
        (["pulimi", "preview"], "did you mean 'pulumi'?"),
        (["preview"], "did you mean 'pulumi preview'?"),
        (["destroy", "--yes"], "did you mean 'pulumi destroy'?"),
        (["up"], "did you mean 'pulumi up'?"),
        (["--", "verify"], "there is no '--'"),
        ([""], "there is no ''"),
        (["--foo"], "unrecognized arguments: --foo"),
        (["verify", "foo"], "'verify' takes no further words: remove 'foo'"),
        (["--project", "other"], "--project goes with `pulumi WORDS...`"),
    ],
)
def test_other_words_are_refused(
    words: list[str], advice: str, run: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        demo.main(words)
    assert ended.value.code == 2
    assert advice in capsys.readouterr().err
    assert run == []


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["verify", "--help"]])
def test_help_lists_every_verb_and_runs_nothing(
    words: list[str], run: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        demo.main(words)
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(f"  {verb} " in said for verb in demo.VERBS)
    assert run == []


@pytest.mark.parametrize("words", [[], ["verify"], ["report"], ["pulumi"], ["pulumi", "-h"]])
def test_what_it_knows_goes_to_the_lab(words: list[str], run: list[Path]) -> None:
    with pytest.raises(EngineError):
        demo.main(words)
    assert len(run) == 1
