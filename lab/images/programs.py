"""What the images take from elsewhere: built programs and the sources of Go modules."""

from pathlib import Path
from typing import Protocol


class Programs(Protocol):
    """The part of the toolchain that images are made from."""

    def path(self, program: str) -> Path:
        """The built program of that name."""

    def module_dir(self, module: str, gomod: str) -> Path:
        """The source folder of the Go module `module`, as pinned in tools/modules/`gomod`."""
