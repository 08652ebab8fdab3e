"""What the images get from the toolchain: built programs and the sources of Go modules."""

from pathlib import Path
from typing import Protocol


class Programs(Protocol):
    """The part of the toolchain that images are built from."""

    def path(self, program: str) -> Path:
        """The path of the built program."""

    def module_dir(self, module: str, gomod: str) -> Path:
        """The source folder of the Go module `module`, as pinned in tools/modules/`gomod`."""
