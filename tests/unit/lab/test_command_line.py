"""Words that `python -m lab` does not know."""

import pytest

from lab import __main__ as command_line


@pytest.mark.parametrize(
    ("word", "advice"),
    [
        ("dwon", "there is no 'dwon'; did you mean 'down'?"),
        ("destroy", "choose from up, down, status, exec, kubeconfig, prepare"),
    ],
)
def test_an_unknown_verb_is_refused(
    word: str, advice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main([word, "--cluster", "cluster01"])
    assert ended.value.code == 2
    assert advice in capsys.readouterr().err


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(verb in said and about in said for verb, about in command_line.VERBS.items())


@pytest.mark.parametrize("verb", command_line.VERBS)
def test_every_verb_has_help(verb: str) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main([verb, "--help"])
    assert ended.value.code == 0
