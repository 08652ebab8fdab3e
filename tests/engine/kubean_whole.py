"""The program of the project itself: one cluster is there, the other is made by Kubean.

What would go to a member goes to files, and its facts are those of the config, changed by the
variable FACTS. The management cluster is a real one.
"""

import json
import os
import runpy
from typing import Any

import pulumi_kubernetes

from components.config.models import MeshConfig
from components.facts import management
from components.preflight import PreflightArgs
from components.procedure import run
from components.procedure.kubean import PROVIDER
from tests.components.programs import preflight_args

_Provider = pulumi_kubernetes.Provider


def args(*, config: MeshConfig) -> PreflightArgs:
    changes = json.loads(os.environ.get("FACTS", "{}"))
    return preflight_args(config, changes, read_management=management.read)


def provider(name: str, kubeconfig: Any, **settings: Any) -> Any:
    if name == PROVIDER:
        return _Provider(name, kubeconfig=kubeconfig, **settings)
    return _Provider(name, render_yaml_to_directory="rendered", **settings)


run.PreflightArgs = args  # type: ignore[assignment,attr-defined]
pulumi_kubernetes.Provider = provider
runpy.run_path("program.py")
