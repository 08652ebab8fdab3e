import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.catalogue import OnPath, Probe, Program
from tools.onpath import find_all
from tools.versions import VersionRange

KUBECTL = Program(
    name="kubectl",
    version="1.33.4",
    package="x",
    on_path=OnPath(Probe.KUBECTL, VersionRange((1, 32, 0), (1, 35, 0))),
)
CILIUM = Program(
    name="cilium",
    version="0.19.0",
    package="x",
    on_path=OnPath(Probe.CILIUM, VersionRange((0, 16, 20), (1, 0, 0))),
)
PULUMI = Program(
    name="pulumi",
    version="3.215.0",
    package="x",
    on_path=OnPath(Probe.PULUMI, VersionRange((3, 215, 0), (4, 0, 0)), companions=("host",)),
)

Install = Callable[..., Path]


@pytest.fixture
def cache_root(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a script on a PATH that holds nothing else."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    def put(name: str, says: str, folder: Path | None = None) -> Path:
        path = (folder or tmp_path / "bin") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\necho asked >> {tmp_path}/asked\necho '{says}'\n")
        path.chmod(0o755)
        return path

    return put


def _kubectl_says(version: str) -> str:
    return f'{{"clientVersion": {{"gitVersion": "{version}"}}}}'


@pytest.mark.parametrize(
    ("program", "says", "version"),
    [
        (KUBECTL, _kubectl_says("v1.34.1"), "v1.34.1"),
        (CILIUM, "cilium-cli: v0.18.5 compiled with go1.24", "v0.18.5"),
    ],
)
def test_a_program_in_a_fitting_version_is_found(
    install: Install, cache_root: Path, program: Program, says: str, version: str
) -> None:
    path = install(program.name, says)
    found = find_all([program], cache_root)[program.name]
    assert (found.path, found.version) == (path, version)


@pytest.mark.parametrize(
    ("program", "says"),
    [
        (KUBECTL, _kubectl_says("v1.32.4-dispatcher")),
        (KUBECTL, _kubectl_says("v1.31.9")),
        (KUBECTL, _kubectl_says("v1.35.0")),
        (KUBECTL, "not json"),
        (CILIUM, "cilium-cli: v0.16.19 compiled with go1.22"),
        # The agent's own debugging program is called cilium too.
        (CILIUM, "Client: 1.18.4 afda2aa9 go version go1.24 linux/amd64"),
        (PULUMI, "v3.214.9"),
        (PULUMI, "v4.0.0"),
    ],
)
def test_a_program_in_any_other_version_is_left_alone(
    install: Install, cache_root: Path, program: Program, says: str
) -> None:
    install(program.name, says)
    install("host", "")
    assert find_all([program], cache_root) == {}


def test_pulumi_is_taken_only_with_its_language_host(install: Install, cache_root: Path) -> None:
    install("pulumi", "v3.220.0")
    assert find_all([PULUMI], cache_root) == {}
    install("host", "")
    assert "pulumi" in find_all([PULUMI], cache_root)


def test_the_toolchains_own_folder_does_not_count(
    install: Install, cache_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a second clone would mistake the first one's builds for the user's programs."""
    own = cache_root / "bin-1"
    install("kubectl", _kubectl_says("v1.33.4"), folder=own)
    monkeypatch.setenv("PATH", str(own))
    assert find_all([KUBECTL], cache_root) == {}


def test_relative_entries_of_path_do_not_count(
    install: Install, cache_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("kubectl", _kubectl_says("v1.33.4"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.pathsep.join(["bin", ""]))
    assert find_all([KUBECTL], cache_root) == {}


def test_a_program_is_asked_once_until_it_changes(
    install: Install, cache_root: Path, tmp_path: Path
) -> None:
    install("kubectl", _kubectl_says("v1.33.4"))
    for _ in range(3):
        assert find_all([KUBECTL], cache_root)["kubectl"].version == "v1.33.4"
    assert (tmp_path / "asked").read_text().count("asked") == 1
    install("kubectl", _kubectl_says("v1.33.40"))
    assert find_all([KUBECTL], cache_root)["kubectl"].version == "v1.33.40"


def test_a_damaged_memory_is_forgotten(install: Install, cache_root: Path) -> None:
    install("kubectl", _kubectl_says("v1.33.4"))
    cache_root.mkdir()
    (cache_root / "probes.json").write_text("{half")
    assert "kubectl" in find_all([KUBECTL], cache_root)
