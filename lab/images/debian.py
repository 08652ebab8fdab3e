"""Layers made of Debian packages: their files alone, without running a maintainer script.

What scripts would have set up and the lab needs is added as a tree: users, the choice of iptables,
links. So a layer needs no root and no chroot, and is the same every time.
"""

import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from lab.errors import LabError
from lab.images.apt import Apt
from lab.images.archive import ARCHITECTURE
from lab.images.digests import Digests, key_of
from lab.images.tree import Tree, TreeLayer, add_parents, add_tree

_FORMAT = 1
"""Incremented when the code below turns the same packages into another layer."""

INSTALL_TIME_ONLY = frozenset(
    {"debconf", "dpkg", "init-system-helpers", "perl-base", "sensible-utils", "usr-is-merged"}
)
"""Packages that others depend on for their maintainer scripts only."""

UNUSED = (
    "etc/alternatives",
    "etc/apt",
    "etc/cron",
    "etc/init.d",
    "etc/logrotate.d",
    "usr/include",
    "usr/lib/systemd",
    "usr/lib/tmpfiles.d",
    "usr/lib/udev",
    "usr/lib/x86_64-linux-gnu/gconv",
    "usr/lib/x86_64-linux-gnu/perl",
    "usr/share/bash-completion",
    "usr/share/bug",
    "usr/share/common-licenses",
    "usr/share/doc",
    "usr/share/info",
    "usr/share/lintian",
    "usr/share/locale",
    "usr/share/man",
    "usr/share/perl",
)
"""Prefixes of paths that no container of the lab reads."""

_MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
"""Top folders that link into /usr (Debian's merged /usr); packages still name both."""


@dataclass(frozen=True)
class PackageSet:
    """What a layer is made of.

    `packages` come with everything they depend on. `bare` packages come alone: their dependencies
    serve purposes that the lab does not have.
    """

    name: str
    packages: tuple[str, ...]
    bare: tuple[str, ...] = ()
    extra: Tree = field(default_factory=dict)


class DebianLayer:
    """A layer of packages, except those that the layer below has already."""

    def __init__(
        self, what: PackageSet, suite: str, apt: Apt, digests: Digests, below: "DebianLayer | None"
    ) -> None:
        """Describe the layer; nothing is fetched yet. `suite` is Debian's code name."""
        self._what, self._apt, self._below = what, apt, below
        self.name = what.name
        self.key: str = key_of(
            "debian",
            _FORMAT,
            suite,
            ARCHITECTURE,
            [sorted(what.packages), sorted(what.bare)],
            TreeLayer(what.extra, digests).key,
            below.key if below else "",
            [sorted(INSTALL_TIME_ONLY), UNUSED, _MERGED],
        )

    def write(self, dest: Path) -> None:
        """Fetch the packages and write the layer's tar; raises LabError if apt cannot."""
        with tarfile.open(dest, "w", format=tarfile.PAX_FORMAT) as tar:
            seen: set[str] = set()
            # First, so that these files win over those of a package.
            add_tree(tar, self._what.extra, seen)
            for package in self._apt.fetch(self._packages()):
                _add_package(tar, package, seen)

    def _packages(self) -> dict[str, str]:
        planned = self._planned()
        known = self._below._planned() if self._below else {}
        own = {name: version for name, version in planned.items() if name not in known}
        return own | dict.fromkeys(self._what.bare, "")

    def _planned(self) -> dict[str, str]:
        packages = set(self._what.packages)
        if self._below:
            packages.update(self._below._what.packages)
        planned = self._apt.plan(packages)
        return {name: planned[name] for name in planned if name not in INSTALL_TIME_ONLY}


def image_path(member: str) -> str | None:
    """Return a package member's path in the image; None if the image has no use for it."""
    path = PurePosixPath("/", member).relative_to("/")
    if path.parts and path.parts[0] in _MERGED:
        path = "usr" / path
    text = str(path)
    if text in (".", *(f"usr/{name}" for name in _MERGED)) or text.startswith(UNUSED):
        return None
    return text


def _add_package(tar: tarfile.TarFile, package: Path, seen: set[str]) -> None:
    command = ["dpkg-deb", "--fsys-tarfile", str(package)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as unpacking,
        tarfile.open(fileobj=unpacking.stdout, mode="r|") as content,
    ):
        for member in content:
            _add_member(tar, content, member, seen)
        # The rest is padding; dpkg-deb fails if nobody reads it.
        unpacking.communicate()
    if unpacking.returncode:
        raise LabError(f"dpkg-deb could not unpack {package.name}: is the download complete?")


def _add_member(
    tar: tarfile.TarFile, content: tarfile.TarFile, member: tarfile.TarInfo, seen: set[str]
) -> None:
    path = image_path(member.name)
    if path is None or path in seen:
        return
    add_parents(tar, path, seen)
    seen.add(path)
    member.name, member.mtime, member.uname, member.gname = path, 0, "", ""
    member.pax_headers = {}
    if member.islnk():
        member.linkname = image_path(member.linkname) or member.linkname
    tar.addfile(member, content.extractfile(member) if member.isfile() else None)
