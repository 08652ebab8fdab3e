import platform
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from lab.host import PROGRAMS as LAB_PROGRAMS
from tests.unit.tools.conftest import GO
from tools import host
from tools.catalogue import MODULES
from tools.errors import ToolchainError

Usage = namedtuple("Usage", "total used free")


def _free(monkeypatch: pytest.MonkeyPatch, gib: float) -> None:
    usage = Usage(0, 0, int(gib * host.GIB))
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)


def test_a_cold_build_needs_about_25_gib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _free(monkeypatch, 30)
    host.check_disk(MODULES, GO, tmp_path)
    _free(monkeypatch, 15)
    with pytest.raises(ToolchainError, match=r"GiB are needed for .*, and 15\.0 GiB are free"):
        host.check_disk(MODULES, GO, tmp_path)


def test_the_room_asked_for_follows_from_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _free(monkeypatch, 2)
    host.check_disk([module for module in MODULES if module.name == "etcd"], GO, tmp_path)
    host.check_disk([], GO, tmp_path)


def test_too_little_memory_is_refused_and_a_little_is_used_with_care() -> None:
    with pytest.raises(ToolchainError, match=r"3 GiB must be available and 1\.5 GiB are"):
        host.plan_build(1.5)
    assert host.plan_build(4.0) == host.BuildPlan(workers=1)
    assert host.plan_build(8.0) == host.BuildPlan(workers=2)
    assert host.plan_build(16.0).environment == {"GOGC": "400"}


def test_this_machines_memory_can_be_read() -> None:
    assert 0 < host.available_memory_gib() < 1_000_000


@pytest.mark.parametrize(("system", "machine"), [("Darwin", "arm64"), ("Linux", "aarch64")])
def test_other_platforms_are_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    with pytest.raises(ToolchainError, match=f"{system} on {machine}"):
        host.check_platform()


def test_a_package_is_missing_when_any_of_its_programs_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("first", "second"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    packages = {"whole": ("first", "second"), "part": ("first", "no-such-program")}
    missing = host.missing_packages(packages)
    assert missing.names == ("part",)
    assert missing.command.endswith("install --yes --no-install-recommends part")


def test_what_the_lab_asks_for_is_what_gets_installed() -> None:
    installed = {program for programs in host.PACKAGES.values() for program in programs}
    assert set(LAB_PROGRAMS) <= installed


def test_without_apt_get_the_packages_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError, match=r"containerd.*no apt-get"):
        host.install_packages(host.MissingPackages(("containerd",)), tmp_path / "log")


def test_a_failed_installation_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\necho 'E: no such package'\nexit 100\n")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    log = tmp_path / "logs" / "apt.log"
    with pytest.raises(ToolchainError) as caught:
        host.install_packages(host.MissingPackages(("ipset",)), log)
    assert "E: no such package" in str(caught.value)
    assert str(log) in str(caught.value)
    assert "apt-get install --yes" in str(caught.value)
