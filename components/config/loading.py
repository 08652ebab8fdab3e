"""Loading of the stack config: decoded, checked as a whole, with every fault at once."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from .faults.ca import ca_faults
from .faults.cilium import cilium_faults
from .faults.drafts import drafts
from .faults.fault import NAMESPACE, ConfigFaults, in_config_order
from .faults.from_pydantic import model_faults
from .faults.kubean import kubean_faults
from .faults.kubeconfigs import read_all, read_management
from .faults.mesh import mesh_faults
from .faults.nodes import node_faults
from .models import MeshConfig
from .secrets import Exposure, secret_places

PREFIX = f"{NAMESPACE}:"


def load(
    raw: Mapping[str, object], project_dir: Path, exposure: Exposure | None = None
) -> MeshConfig:
    """Check the raw values, keyed without namespace, and read the kubeconfigs they point to.

    Raises ConfigFaults with every fault. Relative kubeconfig paths start at `project_dir`.
    Without `exposure` no secret counts as one in plain text.
    """
    values = raw if isinstance(raw, Mapping) else {}
    clusters = drafts(values)
    documents, faults = read_all(clusters, project_dir)
    management, unreadable = read_management(values.get("kubean"), clusters, project_dir)
    faults += unreadable
    config: MeshConfig | None = None
    try:
        config = MeshConfig.model_validate(dict(values))
    except ValidationError as error:
        faults += model_faults(error.errors(include_url=False), MeshConfig)
    faults += mesh_faults(values, clusters)
    faults += kubean_faults(clusters, values.get("maxConnectedClusters"))
    faults += ca_faults(values.get("ca"))
    faults += cilium_faults(values, clusters, project_dir)
    faults += node_faults(clusters)
    if faults or config is None:
        raise ConfigFaults(in_config_order(faults))
    config._management = management
    for index, cluster in enumerate(config.clusters):
        cluster._document = documents.get(index)
    if exposure is not None:
        config._exposed = tuple(filter(exposure.is_in_clear, secret_places(config)))
    return config


def from_pulumi_text(values: Mapping[str, str]) -> dict[str, object]:
    """Decode values as the engine passes them: JSON, or plain text if they are not JSON."""
    return {key: _decoded(text) for key, text in values.items()}


def _decoded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def own(everything: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the project's namespace, keyed without it."""
    return {
        key.removeprefix(PREFIX): value
        for key, value in everything.items()
        if key.startswith(PREFIX)
    }


def written(project_dir: Path, stack: str) -> Mapping[str, object]:
    """The config in the stack file; empty if --config-file or stackConfigDir names another.

    Empty too if the file is not YAML 1.1: the engine has accepted it, so that is no fault.
    """
    try:
        text = (project_dir / f"Pulumi.{stack}.yaml").read_text()
        return own(yaml.safe_load(text)["config"])
    except (OSError, ValueError, yaml.YAMLError, LookupError, TypeError, AttributeError):
        return {}
