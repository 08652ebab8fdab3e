"""What the program of another project imports, installed before it goes into the lab.

Pulumi would do so by itself, but where it runs there is no way to a package index.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from demo.engine import EngineError
from tools import toolchain


def install(project: Path) -> None:
    """Make the project's .venv from its requirements if it has none; raises EngineError."""
    made = project / ".venv"
    if made.exists():
        return
    # Pulumi takes the python3 on PATH, and ours is known to be new enough.
    path = f"{toolchain.ready().bin_dir}:{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    command = ["pulumi", "install", "--no-plugins", "--cwd", str(project)]
    try:
        subprocess.run(command, env=environment, check=True)
    except BaseException as error:
        # Half an environment would be taken for a whole one.
        shutil.rmtree(made, ignore_errors=True)
        if isinstance(error, subprocess.CalledProcessError):
            raise EngineError(f"`{' '.join(command)}` failed") from None
        raise
