"""Tests that share something costly share a process, whatever versions are pinned."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = """
import os
import pytest

@pytest.mark.parametrize("number", range(4))
@pytest.mark.xdist_group("one")
def test_who(number):
    with open(os.environ["WHO"], "a") as who:
        who.write(os.environ["PYTEST_XDIST_WORKER"] + " ")
"""


def test_tests_of_a_group_are_run_by_one_worker(tmp_path: Path) -> None:
    (tmp_path / "test_group.py").write_text(TESTS)
    who = tmp_path / "who"
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "--rootdir"]
    done = subprocess.run(
        [*command, str(tmp_path), str(tmp_path)],
        env={**os.environ, "WHO": str(who), "PYTEST_ADDOPTS": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    workers = who.read_text().split()
    assert len(workers) == 4
    assert len(set(workers)) == 1
