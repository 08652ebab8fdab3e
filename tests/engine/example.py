"""The program of the project itself, which reads the clusters that its kubeconfigs lead to.

What would go to a member goes to files; the management cluster is a real one.
"""

import runpy
from typing import Any

import pulumi_kubernetes

from components.procedure.kubean import PROVIDER

_Provider = pulumi_kubernetes.Provider


def provider(name: str, kubeconfig: Any, **settings: Any) -> Any:
    if name == PROVIDER:
        return _Provider(name, kubeconfig=kubeconfig, **settings)
    return _Provider(name, render_yaml_to_directory="rendered", **settings)


pulumi_kubernetes.Provider = provider
runpy.run_path("program.py")
