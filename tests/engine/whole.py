"""The program of the project itself, over clusters that match its config.

What would go to Kubernetes goes to files, so that the engine has all of it in its state.
"""

import runpy
from typing import Any

import pulumi_kubernetes

from components.config.models import MeshConfig
from components.preflight import PreflightArgs
from components.procedure import run
from tests.components.programs import preflight_args

_Provider = pulumi_kubernetes.Provider


def args(*, config: MeshConfig) -> PreflightArgs:
    return preflight_args(config)


def provider(name: str, kubeconfig: Any, **settings: Any) -> Any:
    return _Provider(name, render_yaml_to_directory="rendered", **settings)


run.PreflightArgs = args  # type: ignore[assignment,attr-defined]
pulumi_kubernetes.Provider = provider
runpy.run_path("program.py")
