"""Labs that come and go at the same time do not collide."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from lab import fleet, paths
from lab.errors import LabError
from lab.paths import LabPaths

ROUNDS = 500


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of these tests' labs, in place of the machine's."""
    made = tmp_path / "labs"
    monkeypatch.setattr(paths, "STATE_HOME", made)
    return made


def test_a_lab_is_locked_while_another_one_removes_the_folder_of_all(home: Path) -> None:
    def come_and_go(name: str) -> None:
        lab = LabPaths(name)
        for _ in range(ROUNDS):
            with fleet.locked(lab):
                pass
            # As `down` ends.
            lab.lock.unlink()
            with suppress(OSError):
                home.rmdir()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(come_and_go, ("one", "two")))


def test_one_up_or_down_of_a_lab_keeps_every_other_out(home: Path) -> None:
    with fleet.locked(LabPaths("one")):
        with pytest.raises(LabError, match="another `lab up` or `lab down` of lab 'one'"):
            fleet.locked(LabPaths("one")).__enter__()
        with fleet.locked(LabPaths("two")):
            pass
