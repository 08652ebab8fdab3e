"""examples/consumer in a folder of its own, with its imports as if they were installed there."""

import shutil
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
EXAMPLE = REPOSITORY / "examples/consumer"


def lay_out(folder: Path) -> None:
    """Create the folder, without any stack."""
    folder.mkdir()
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(EXAMPLE / name, folder)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "cilium_clustermesh").symlink_to(REPOSITORY / "components")
