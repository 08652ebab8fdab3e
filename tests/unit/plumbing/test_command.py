"""Commands find their script from the project's folder, with the same text everywhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from components.plumbing import command

ROOT = Path(__file__).parents[3]


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the package installed in its virtual environment."""
    made = tmp_path / ".venv"
    packages = made / "lib/python3/site-packages"
    packages.mkdir(parents=True)
    (made / "bin").mkdir()
    (made / "bin/python").symlink_to(sys.executable)
    (packages / "cilium_clustermesh").symlink_to(ROOT / "components")
    monkeypatch.setattr(command, "_PACKAGE", packages / "cilium_clustermesh")
    return made


def test_in_a_clone_it_is_where_it_always_was() -> None:
    assert command.run_script(ROOT) == "components/scripts/run.sh"


def test_a_clone_that_is_reached_over_a_link_is_the_same_clone(tmp_path: Path) -> None:
    (tmp_path / "components").symlink_to(ROOT / "components")
    assert command.run_script(tmp_path) == "components/scripts/run.sh"


def test_from_beside_the_clone_it_is_found_relative_to_the_project() -> None:
    assert command.run_script(ROOT / "examples/consumer") == ("../../components/scripts/run.sh")


def test_an_installed_script_runs_by_the_python_and_the_name_of_its_environment(
    venv: Path, tmp_path: Path
) -> None:
    script = command.run_script(tmp_path)
    assert script == ".venv/lib/python3/site-packages/cilium_clustermesh/scripts/run.sh"
    done = subprocess.run(
        ["sh", script, "leftovers", "sweep"],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
        input='{"users": []}',
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
