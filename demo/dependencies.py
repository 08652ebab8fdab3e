"""Installs what another project's program imports, before it runs in the lab.

Pulumi would install it, but there it cannot reach a package index.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from demo.engine import EngineError
from tools import toolchain


def install(project: Path) -> None:
    """Create the project's .venv from its requirements if it has none; raises EngineError."""
    made = project / ".venv"
    if made.exists():
        return
    # Pulumi uses the python3 on PATH, and ours is known to be new enough.
    path = f"{toolchain.ready().bin_dir}:{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    command = ["pulumi", "install", "--no-plugins", "--cwd", str(project)]
    try:
        subprocess.run(command, env=environment, check=True)
    except BaseException as error:
        # The next run would mistake half an environment for a complete one.
        shutil.rmtree(made, ignore_errors=True)
        if isinstance(error, subprocess.CalledProcessError):
            raise EngineError(f"`{' '.join(command)}` failed") from None
        raise
