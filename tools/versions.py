"""Versions of programs, read from what they print and compared with a range."""

import re
from dataclasses import dataclass

_RELEASE = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")

Release = tuple[int, int, int]


def parse_release(text: str) -> Release | None:
    """Read a plain release such as `v1.33.4`.

    Anything after the three numbers (`-dispatcher`, `-rc.1`, `+build`) makes it something other
    than that release, so None is returned.
    """
    match = _RELEASE.fullmatch(text.strip())
    if match is None:
        return None
    major, minor, patch = (int(number) for number in match.groups())
    return (major, minor, patch)


@dataclass(frozen=True)
class VersionRange:
    """Releases from `at_least` up to, but not including, `below`."""

    at_least: Release
    below: Release

    def __contains__(self, release: Release) -> bool:
        """Whether the release is in the range."""
        return self.at_least <= release < self.below

    def __str__(self) -> str:
        """Write the range the way Python's requirement specifiers do."""
        return f">={_dotted(self.at_least)},<{_dotted(self.below)}"


def _dotted(release: Release) -> str:
    return ".".join(str(number) for number in release)
