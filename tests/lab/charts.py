"""Cilium's charts in folders, for a stack that owns the release."""

import json
import shutil
import subprocess
from pathlib import Path

from components.scripts.lib import release
from tests.lab.labs import Lab
from tests.lab.meshes import helm_release

# The patch version after the lab's own, and what Go's checksum database says of its sources.
NEXT = "1.18.5"
_NEXT_SUM = "h1:YLgoehlIEuW/yIpDprx696sAr78Upmvb+FSQsYQd3PI="


def running(lab: Lab, folder: Path) -> str:
    """Lay out the chart that runs in cluster01 and return its version."""
    found = helm_release(lab, 1).chart
    release.write_chart(found, folder)
    return str(found["metadata"]["version"])


def following(folder: Path) -> None:
    """Lay out the chart of the next patch version, as Cilium publishes it."""
    module = f"github.com/cilium/cilium@v{NEXT}"
    done = subprocess.run(
        ["go", "mod", "download", "-json", module],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["Sum"] == _NEXT_SUM
    shutil.copytree(Path(found["Dir"], "install/kubernetes/cilium"), folder)
