"""The stack config as the engine hands it to the program."""

from pathlib import Path

import pulumi
from pulumi.runtime import config as runtime

from ..config import loading
from ..config.faults.fault import ConfigFaults
from ..config.models import MeshConfig
from ..config.secrets import Exposure


def load(project_dir: Path) -> MeshConfig:
    """Read and check the config; raises pulumi.RunError with every fault, and no traceback."""
    # pulumi.Config reads single keys only; unknown keys must be found, too.
    values_by_key = loading.own({**runtime.get_config_env(), **runtime.CONFIG.get()})
    values = loading.from_pulumi_text(values_by_key)
    encrypted = {key for key in values_by_key if runtime.is_config_secret(loading.PREFIX + key)}
    try:
        in_file = loading.written(project_dir, pulumi.get_stack())
        return loading.load(values, project_dir, Exposure(values, encrypted, in_file))
    except ConfigFaults as faults:
        raise pulumi.RunError(str(faults)) from None
