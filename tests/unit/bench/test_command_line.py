"""Words that `python -m bench` does not know."""

import pytest

from bench.__main__ import MEASUREMENTS, main


def test_an_unknown_measurement_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["noop", "grwoth"])
    assert ended.value.code == 2
    assert "there is no 'grwoth'; did you mean 'growth'?" in capsys.readouterr().err


def test_help_lists_every_measurement(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(name in said for name in MEASUREMENTS)
