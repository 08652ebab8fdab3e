"""A program without resources but with the project's providers, to measure Pulumi's own share."""

import json
from pathlib import Path
from typing import Any

import pulumi

from components.plumbing.providers import cluster_provider, command_provider, drift_provider

clusters: list[dict[str, Any]] = pulumi.Config("cilium-clustermesh").require_object("clusters")
command_provider()
drift_provider()
for cluster in clusters:
    cluster_provider(cluster["name"], json.loads(Path(cluster["kubeconfig"]).read_text()))
