"""examples/consumer in a folder of its own, with what it imports as if it was installed there."""

import shutil
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
EXAMPLE = REPOSITORY / "examples/consumer"


def lay_out(folder: Path) -> None:
    """Make the folder; its stacks are still to be made."""
    folder.mkdir()
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(EXAMPLE / name, folder)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "cilium_clustermesh").symlink_to(REPOSITORY / "components")
