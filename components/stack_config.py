"""The stack config as the engine hands it to the program."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.runtime import config as runtime

from .config import models
from .config.faults import NAMESPACE, ConfigFaults
from .config.models import MeshConfig
from .config.secrets import Exposure

_PREFIX = f"{NAMESPACE}:"


def load(project_dir: Path) -> MeshConfig:
    """Read and check the config; raises pulumi.RunError with every fault, and no traceback."""
    # pulumi.Config reads single keys only; a key that nobody knows must be found, too.
    values_by_key = own({**runtime.get_config_env(), **runtime.CONFIG.get()})
    values = models.from_pulumi_text(values_by_key)
    encrypted = {key for key in values_by_key if runtime.is_config_secret(_PREFIX + key)}
    try:
        in_file = written(project_dir, pulumi.get_stack())
        return models.load(values, project_dir, Exposure(values, encrypted, in_file))
    except ConfigFaults as faults:
        raise pulumi.RunError(str(faults)) from None


def own(everything: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is of the project's namespace, keyed without it."""
    return {
        key.removeprefix(_PREFIX): value
        for key, value in everything.items()
        if key.startswith(_PREFIX)
    }


def written(project_dir: Path, stack: str) -> Mapping[str, object]:
    """The config in the stack file; nothing where --config-file or stackConfigDir has another.

    Nor where it cannot be read as YAML 1.1: the engine has accepted it, so that is no fault.
    """
    try:
        text = (project_dir / f"Pulumi.{stack}.yaml").read_text()
        return own(yaml.safe_load(text)["config"])
    except (OSError, ValueError, yaml.YAMLError, LookupError, TypeError, AttributeError):
        return {}
