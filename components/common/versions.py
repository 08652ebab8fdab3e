"""Version numbers that can be compared."""

import re
from typing import NamedTuple

_VERSION = re.compile(r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?")


class Version(NamedTuple):
    """Major, minor and patch; a pre-release or build suffix is ignored."""

    major: int
    minor: int
    patch: int = 0

    def __str__(self) -> str:
        """Return it as 1.18.4."""
        return f"{self.major}.{self.minor}.{self.patch}"

    @property
    def minor_text(self) -> str:
        """The version without the patch: 1.18."""
        return f"{self.major}.{self.minor}"


def parse(text: str) -> Version | None:
    """Return the version that a text starts with (`v1.18.4-rc.1`, `6.1.0-21-amd64`), or None."""
    found = _VERSION.match(text)
    return Version(*(int(part or 0) for part in found.groups())) if found else None


def of_image(reference: str) -> Version | None:
    """Return the version in an image's tag; None if there is no tag or it is not a version."""
    name = reference.partition("@")[0].rpartition("/")[2]
    return parse(name.partition(":")[2])
