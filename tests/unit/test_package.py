"""The installed package has all components, and requires what they import."""

import ast
import importlib
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from unittest.mock import Mock

import pytest
from packaging.requirements import Requirement

import components

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "components"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETUPTOOLS = PROJECT["tool"]["setuptools"]
REQUIREMENTS = [Requirement(text) for text in PROJECT["project"]["dependencies"]]


def pins() -> dict[str, str]:
    """The exact versions with which this project itself runs."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pinned = [line.partition("==") for line in lines if "==" in line and line[0] != "#"]
    return {name.lower(): version for name, _, version in pinned}


def imported() -> Iterator[str]:
    """The third-party packages that the components import."""
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (one.name.partition(".")[0] for one in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield (node.module or "").partition(".")[0]


def test_every_folder_with_code_is_in_the_package() -> None:
    found = {path.parent.relative_to(FOLDER) for path in FOLDER.rglob("*.py")}
    wanted = {".".join(("cilium_clustermesh", *path.parts)) for path in found}
    assert set(SETUPTOOLS["packages"]) == wanted
    assert SETUPTOOLS["package-dir"] == {"cilium_clustermesh": "components"}


def test_every_file_beside_the_code_is_in_the_package() -> None:
    patterns = SETUPTOOLS["package-data"]
    taken = {
        path
        for package in SETUPTOOLS["packages"]
        for pattern in (*patterns["*"], *patterns.get(package, ()))
        for path in FOLDER.joinpath(*package.split(".")[1:]).glob(pattern)
    }
    code = set(FOLDER.rglob("*.py"))
    there = {path for path in FOLDER.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert there - code == taken


def test_the_package_asks_for_all_that_the_components_import_and_nothing_else() -> None:
    foreign = set(imported()) - set(sys.stdlib_module_names) - {"pydantic_core"}
    known = packages_distributions()
    assert {known[name][0].lower().replace("_", "-") for name in foreign} == {
        one.name.lower() for one in REQUIREMENTS
    }


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_what_this_project_runs_on_is_within_what_the_package_asks_for(
    requirement: Requirement,
) -> None:
    assert requirement.specifier.contains(pins()[requirement.name.lower()])


def test_every_public_name_is_where_it_is_said_to_be_and_typed() -> None:
    typed = {
        alias.asname
        for node in ast.walk(ast.parse((FOLDER / "__init__.py").read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }
    assert typed == set(components.__all__)
    for name in components.__all__:
        assert getattr(components, name).__name__ == name
    with pytest.raises(AttributeError, match="Mesh2"):
        _ = components.Mesh2


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    """The scripts live in the package, and must start quickly."""
    code = "import sys, components; print('pulumi' in sys.modules, 'pydantic' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A second name under which the package is found."""
    # A loaded module stays, so every test has a name of its own.
    name = f"as_{tmp_path.name}"
    (tmp_path / name).symlink_to(FOLDER)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def test_the_package_may_go_by_another_name(installed: str) -> None:
    found = importlib.import_module(installed).MeshReference
    assert found.__module__ == f"{installed}.mesh_reference"


def test_what_sweeps_after_an_update_is_started_by_that_name(
    installed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leftovers = importlib.import_module(f"{installed}.scripts.leftovers")
    run = Mock()
    running = leftovers.Update(os.getpid(), 0.0)
    monkeypatch.setattr(leftovers, "running_update", Mock(return_value=running))
    monkeypatch.setattr(leftovers.subprocess, "run", run)
    leftovers.watch([])
    ((command,), options) = run.call_args
    assert command[command.index("-m") + 1] == f"{installed}.scripts.leftovers"
    assert options["cwd"] == tmp_path
