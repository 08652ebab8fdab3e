"""The stack config as the engine hands it to the program."""

from pathlib import Path

import pulumi
from pulumi.runtime import config as runtime

from components.config import models
from components.config.faults import NAMESPACE, ConfigFaults
from components.config.models import MeshConfig


def load(project_dir: Path) -> MeshConfig:
    """Read and check the config; raises pulumi.RunError with every fault, and no traceback."""
    prefix = f"{NAMESPACE}:"
    # pulumi.Config reads single keys only; a key that nobody knows must be found, too.
    everything = {**runtime.get_config_env(), **runtime.CONFIG.get()}
    own = {
        key.removeprefix(prefix): text for key, text in everything.items() if key.startswith(prefix)
    }
    try:
        return models.load(models.from_pulumi_text(own), project_dir)
    except ConfigFaults as faults:
        raise pulumi.RunError(str(faults)) from None
