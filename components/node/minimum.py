"""The kernels that Cilium runs on: one table, for preflight and for upgrades."""

import re
from dataclasses import dataclass

from ..common.versions import Version, parse

_RHEL8_KERNEL = re.compile(r"4\.18\.0-(\d{1,6})\b.*\.el8")


@dataclass(frozen=True, slots=True)
class Minimum:
    """The oldest kernel that is new enough.

    `rhel8_build` is the oldest build of RHEL 8's 4.18.0 with the needed backports; None if no
    build has them.
    """

    version: Version
    rhel8_build: int | None

    def __str__(self) -> str:
        """Return which kernels are new enough, for people."""
        version = self.version
        name = f"{version.minor_text}.{version.patch}" if version.patch else version.minor_text
        if self.rhel8_build is None:
            return f"{name} or newer"
        build = f"-{self.rhel8_build}" if self.rhel8_build else ""
        return f"{name} or newer, or RHEL 8's 4.18.0{build}"

    def is_met_by(self, release: str) -> bool:
        """Whether a kernel release, as `uname -r` prints it, is new enough."""
        found = parse(release)
        if found is not None and found >= self.version:
            return True
        backported = _RHEL8_KERNEL.match(release)
        if backported is None or self.rhel8_build is None:
            return False
        return int(backported.group(1)) >= self.rhel8_build


# Since which Cilium -> the oldest kernel, from the "System Requirements" of each release.
_KERNELS = (
    (Version(1, 18), Minimum(Version(5, 10), 553)),  # RHEL 8.10
    (Version(1, 16), Minimum(Version(5, 4), 372)),  # RHEL 8.6
    (Version(1, 14), Minimum(Version(4, 19, 57), 0)),  # any RHEL 8
    (Version(0, 0), Minimum(Version(4, 9, 17), None)),
)


def minimum_for(cilium: Version) -> Minimum:
    """Return the oldest kernel that a version of Cilium runs on."""
    return next(minimum for since, minimum in _KERNELS if cilium >= since)
