"""What a node reports about itself: the answer of `scripts/detect.sh`."""

from dataclasses import dataclass
from typing import Literal

# Derived from EL, but not EL: they have their own kernels, or no ELRepo.
_NOT_EL = {"amzn", "fedora"}
_EL = {"almalinux", "centos", "ol", "rhel", "rocky", "scientific"}
_FIELDS = (
    "os_id",
    "os_like",
    "os_version",
    "os_name",
    "kernel",
    "arch",
    "firmware",
    "secure_boot",
    "boot_id",
    "missing",
    "root",
)

Firmware = Literal["UEFI", "BIOS"]


class NotDetectedError(Exception):
    """A node answered something other than what `detect.sh` prints."""


@dataclass(frozen=True, slots=True)
class NodeState:
    """One node as it is now.

    `is_secured`: Secure Boot is on and does not know ELRepo's key. `missing`: programs that an
    upgrade needs and the node lacks. `is_root`: the user is root, or becomes root without a
    password.
    """

    os_id: str
    os_like: tuple[str, ...]
    os_version: str
    os_name: str
    kernel: str
    arch: str
    firmware: Firmware
    is_secured: bool
    boot_id: str
    missing: tuple[str, ...]
    is_root: bool

    @property
    def el(self) -> int | None:
        """The major version of Enterprise Linux; None if it is another system."""
        is_el = bool(_EL & {self.os_id, *self.os_like}) and self.os_id not in _NOT_EL
        major = self.os_version.partition(".")[0]
        return int(major) if is_el and major.isdecimal() else None


def parse_state(answer: str) -> NodeState:
    """Read the lines `key=value`; raises NotDetectedError if one is missing."""
    pairs = (line.partition("=") for line in answer.splitlines())
    found = {key.strip(): value.strip() for key, is_pair, value in pairs if is_pair}
    lacking = [name for name in _FIELDS if name not in found]
    if lacking or not found["kernel"] or not found["boot_id"]:
        raise NotDetectedError("it did not report its system and kernel")
    return NodeState(
        os_id=found["os_id"].lower(),
        os_like=tuple(found["os_like"].lower().split()),
        os_version=found["os_version"],
        os_name=found["os_name"] or found["os_id"] or "an unknown system",
        kernel=found["kernel"],
        arch=found["arch"],
        firmware="UEFI" if found["firmware"] == "UEFI" else "BIOS",
        is_secured=found["secure_boot"] == "on",
        boot_id=found["boot_id"],
        missing=tuple(found["missing"].split()),
        is_root=found["root"] == "yes",
    )
