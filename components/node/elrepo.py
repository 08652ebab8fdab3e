"""The source of kernels for Enterprise Linux: ELRepo's packages, keys and repositories."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..common.versions import Version

Package = Literal["kernel-lt", "kernel-ml"]

MAJORS = (7, 8, 9, 10)
ARCHITECTURE = "x86_64"
_SITE = "https://www.elrepo.org"
_KEY = f"{_SITE}/RPM-GPG-KEY-elrepo.org"
_KEY_V2 = f"{_SITE}/RPM-GPG-KEY-v2-elrepo.org"
_KEYS = {7: (_KEY,), 8: (_KEY, _KEY_V2), 9: (_KEY, _KEY_V2), 10: (_KEY_V2,)}
# At least these versions, as of mid-2026. EL7's are final, in an archive that only mirrors keep;
# EL10 has no kernel-lt.
_KERNELS: Mapping[tuple[int, Package], Version] = {
    (7, "kernel-lt"): Version(5, 4, 278),
    (7, "kernel-ml"): Version(6, 9, 7),
    (8, "kernel-lt"): Version(5, 15),
    (8, "kernel-ml"): Version(7, 1),
    (9, "kernel-lt"): Version(6, 1),
    (9, "kernel-ml"): Version(7, 1),
    (10, "kernel-ml"): Version(7, 1),
}


@dataclass(frozen=True, kw_only=True)
class Source:
    """The kernel to install and where it comes from; the defaults are ELRepo's own.

    In the URLs `{el}` stands for the major version of EL and `{arch}` for the architecture.
    """

    package: Package = "kernel-lt"
    base_url: str | None = None
    release_package_url: str | None = None
    key_urls: tuple[str, ...] = ()

    def newest(self, el: int) -> Version | None:
        """Return the kernel version to expect from the package for this EL; None if it has none."""
        return _KERNELS.get((el, self.package))

    def is_known(self, el: int) -> bool:
        """Whether there is a repository to install from."""
        return bool(self.base_url or self.release_package_url) or el != MAJORS[0]

    def settings(self) -> dict[str, str]:
        """Return the settings of `scripts/install.sh`, the same for every node."""
        told = {"PACKAGE": self.package, "BASE_URL": self.base_url or ""}
        for el in MAJORS:
            told[f"KEYS_{el}"] = " ".join(self.key_urls or _KEYS[el])
            told[f"RELEASE_{el}"] = self._release_package(el)
        return told

    def _release_package(self, el: int) -> str:
        if self.base_url:
            return ""
        if self.release_package_url:
            return self.release_package_url
        return f"{_SITE}/elrepo-release-{el}.el{el}.elrepo.noarch.rpm" if self.is_known(el) else ""
