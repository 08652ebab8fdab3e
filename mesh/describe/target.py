"""The stack file to write, and what is kept of an existing one or would be lost."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml


class Refusal(Exception):
    """Why the file is not written; `str()` says what is wrong and the fix, without any secret."""


_NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)
# What `pulumi stack init` writes; without it no secret of the stack can be read.
_ENCRYPTION = ("secretsprovider", "encryptedkey", "encryptionsalt")


@dataclass(frozen=True, slots=True)
class Target:
    """Where the file goes; of an existing one only `encryption` is kept.

    `would_lose`: the existing one has more than that.
    """

    path: Path
    is_there: bool = False
    encryption: Mapping[str, str] = field(default_factory=dict)
    would_lose: bool = False

    @property
    def stack(self) -> str:
        """The stack's own name, without organization and project."""
        return self.path.name.removeprefix("Pulumi.").removesuffix(".yaml")

    def write(self, text: str, encryption: Mapping[str, str]) -> None:
        """Write the file; raises Refusal if one has appeared that nobody was asked about."""
        kept = yaml.safe_dump(dict(encryption), sort_keys=False) if encryption else ""
        try:
            with self.path.open("w" if self.is_there else "x") as file:
                file.write(text + kept)
        except OSError as error:
            why = str(error.strerror).lower()
            raise Refusal(f"{self.path.name} cannot be written: {why}; run this again") from None


def target(folder: Path, stack: str) -> Target:
    """Return the target for a stack, which may be given as `organization/project/stack`.

    Raises Refusal if no stack can have that name, or if its file cannot be read.
    """
    name = stack.rpartition("/")[2]
    if not _NAME.fullmatch(name):
        raise Refusal(f"{stack!r} is not a valid stack name: use letters, digits, and _ . -")
    path = folder / f"Pulumi.{name}.yaml"
    if not path.exists():
        return Target(path)
    try:
        text = path.read_text()
        lines = [line for line in text.splitlines() if line.partition(":")[0] in _ENCRYPTION]
        kept = yaml.safe_load("\n".join(lines)) or {}
    except (OSError, ValueError, yaml.YAMLError):
        raise Refusal(f"{path.name} exists but cannot be read: move it away") from None
    rest = [line for line in text.splitlines() if line.strip() and line not in lines]
    return Target(path, True, kept, would_lose=bool(rest))
