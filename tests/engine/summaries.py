"""Projects whose previews are summarized: the whole program over clusters that are plain data."""

import shutil
from pathlib import Path
from typing import Any

from tests.bad_configs.cases import GOOD, lay_out_good
from tests.engine.conftest import (
    REPOSITORY,
    Project,
    new_clusters,
    new_project,
)
from tools.toolchain import Toolchain


def summarized_project(folder: Path, toolchain: Toolchain) -> Project:
    """Make the project, and three clusters that answer."""
    project, clusters = new_project(folder, toolchain), new_clusters(folder)
    for number in (1, 2, 3):
        clusters.change(f"cluster0{number}", address=f"192.0.2.{number}")
    lay_out_good(project.folder)
    for name in ("tests", "mesh"):
        (project.folder / name).symlink_to(REPOSITORY / name)
    (project.folder / "program.py").symlink_to(REPOSITORY / "__main__.py")
    shutil.copy(Path(__file__).with_name("summarized.py"), project.folder / "__main__.py")
    return project


def configure(project: Project, *numbers: int, **first: Any) -> None:
    """Configure the clusters of these numbers, the first of them changed."""
    files = [*GOOD]
    clusters = [
        {
            "name": f"cluster0{number}",
            "id": number,
            "podCidrs": [f"10.{number}0.0.0/16"],
            "serviceCidrs": [f"10.{number}1.0.0/16"],
            "kubeconfig": files[number - 1],
            "apiServer": {"nodePort": 31440 + number},
            "mesh": {"nodePort": 32000 + number},
        }
        for number in numbers
    ]
    clusters[0] |= first
    project.configure(clusters=clusters, verification={"enabled": False})
