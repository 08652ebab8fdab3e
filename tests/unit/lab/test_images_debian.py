"""A layer of Debian packages: merged /usr, without unused files, nothing twice."""

import subprocess
import tarfile
from collections.abc import Collection
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.images import apt as apt_module
from lab.images.apt import Apt
from lab.images.debian import DebianLayer, PackageSet, image_path
from lab.images.digests import Digests
from lab.images.tree import File, Link


class FakeApt(Apt):
    """Packages made on the spot; `depends` is what the real apt would add."""

    def __init__(self, folder: Path, packages: dict[str, dict[str, str]]) -> None:
        super().__init__()
        self.folder, self.packages = folder, packages
        self.depends = {"tool": ["library", "dpkg"]}

    def plan(self, packages: Collection[str]) -> dict[str, str]:
        added = [other for name in packages for other in self.depends.get(name, [])]
        return dict.fromkeys(sorted({*packages, *added}), "1.0")

    def fetch(self, packages: dict[str, str]) -> list[Path]:
        return [self._package(name) for name in sorted(packages)]

    def _package(self, name: str) -> Path:
        root = self.folder / name
        control = (
            f"Package: {name}\nVersion: 1.0\nArchitecture: all\nMaintainer: a\nDescription: b\n"
        )
        for path, content in {"DEBIAN/control": control, **self.packages[name]}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(content)
        command = ["dpkg-deb", "--build", "--root-owner-group", "-Znone", str(root)]
        subprocess.run(command, check=True, capture_output=True)
        return self.folder / f"{name}.deb"


PACKAGES = {
    "shell": {"bin/sh": "sh", "usr/share/doc/shell/copyright": "long"},
    "tool": {"usr/sbin/tool": "tool", "usr/share/man/man8/tool.8": "long"},
    "library": {"lib/x86_64-linux-gnu/library.so": "library"},
    "dpkg": {"usr/bin/dpkg": "dpkg"},
    "compiler": {"usr/bin/compiler": "compiler", "etc/compiler.conf": "theirs"},
}


@pytest.fixture
def apt(tmp_path: Path) -> FakeApt:
    return FakeApt(tmp_path / "packages", PACKAGES)


@pytest.fixture
def digests(tmp_path: Path) -> Digests:
    return Digests(tmp_path / "digests.json")


def files(layer: DebianLayer, dest: Path) -> dict[str, str]:
    layer.write(dest)
    with tarfile.open(dest) as tar:
        return {
            member.name: stream.read().decode()
            for member in tar
            if member.isfile() and (stream := tar.extractfile(member))
        }


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("./bin/sh", "usr/bin/sh"),
        ("./lib64/ld-linux-x86-64.so.2", "usr/lib64/ld-linux-x86-64.so.2"),
        ("./usr/bin/awk", "usr/bin/awk"),
        ("./etc/nginx/mime.types", "etc/nginx/mime.types"),
        ("./", None),
        ("./bin", None),
        ("./usr/share/doc/bash/README", None),
        ("./usr/share/locale/de", None),
    ],
)
def test_a_member_goes_to_the_merged_usr_or_nowhere(member: str, expected: str | None) -> None:
    assert image_path(member) == expected


def test_a_layer_has_the_dependencies_but_not_what_only_installs(
    apt: FakeApt, digests: Digests, tmp_path: Path
) -> None:
    layer = DebianLayer(PackageSet("tools", ("tool",)), "bookworm", apt, digests, None)
    assert files(layer, tmp_path / "layer.tar") == {
        "usr/sbin/tool": "tool",
        "usr/lib/x86_64-linux-gnu/library.so": "library",
    }


def test_a_layer_leaves_out_what_the_one_below_has(
    apt: FakeApt, digests: Digests, tmp_path: Path
) -> None:
    base = DebianLayer(PackageSet("base", ("shell", "library")), "bookworm", apt, digests, None)
    top = DebianLayer(PackageSet("top", ("tool",)), "bookworm", apt, digests, base)
    assert files(top, tmp_path / "top.tar") == {"usr/sbin/tool": "tool"}


def test_of_a_bare_package_only_itself_is_taken_and_own_files_win(
    apt: FakeApt, digests: Digests, tmp_path: Path
) -> None:
    what = PackageSet("c", (), ("compiler",), {"etc/compiler.conf": File(b"ours", 0o644)})
    apt.depends["compiler"] = ["library"]
    layer = DebianLayer(what, "bookworm", apt, digests, None)
    assert files(layer, tmp_path / "layer.tar") == {
        "etc/compiler.conf": "ours",
        "usr/bin/compiler": "compiler",
    }


def test_the_same_packages_are_the_same_bytes(
    apt: FakeApt, digests: Digests, tmp_path: Path
) -> None:
    for name in ("one.tar", "two.tar"):
        what = PackageSet("tools", ("tool", "shell"), extra={"bin": Link("usr/bin")})
        DebianLayer(what, "bookworm", apt, digests, None).write(tmp_path / name)
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_the_key_follows_packages_suite_extras_and_the_layer_below(
    apt: FakeApt, digests: Digests
) -> None:
    def key(what: PackageSet, suite: str = "bookworm", below: DebianLayer | None = None) -> str:
        return DebianLayer(what, suite, apt, digests, below).key

    plain = PackageSet("a", ("tool",))
    below = DebianLayer(PackageSet("base", ("shell",)), "bookworm", apt, digests, None)
    keys = [
        key(plain),
        key(plain, "trixie"),
        key(plain, below=below),
        key(PackageSet("a", ("tool", "shell"))),
        key(PackageSet("a", ("tool",), ("compiler",))),
        key(PackageSet("a", ("tool",), extra={"usr/bin/awk": Link("mawk")})),
    ]
    assert len(set(keys)) == len(keys)
    assert key(plain) == key(PackageSet("a", ("tool",)))


def test_apts_plan_is_read_with_its_odd_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    said = (
        "Inst libc6 (2.36-9+deb12u14 Debian:12.15/oldstable [amd64]) []\n"
        "Inst bash (5.2.15-2+b13 Debian:12.15/oldstable [amd64])\n"
        "Conf bash (5.2.15-2+b13 Debian:12.15/oldstable [amd64])\n"
    )
    monkeypatch.setattr(Apt, "_apt", lambda *_: said)
    assert Apt().plan(["bash"]) == {"libc6": "2.36-9+deb12u14", "bash": "5.2.15-2+b13"}


def test_a_missing_package_is_told_with_what_the_update_had_to_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_network(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 0, "", "W: Failed to fetch the archive")

    def refuse(*_: object, **__: object) -> str:
        raise LabError("E: Unable to locate package clang-19")

    monkeypatch.setattr(apt_module, "attempt", no_network)
    monkeypatch.setattr(apt_module, "run", refuse)
    apt = Apt()
    with pytest.raises(LabError, match=r"(?s)clang-19.*Failed to fetch.*apt sources"):
        apt.plan(["clang-19"])
    apt.close()
