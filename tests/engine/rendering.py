"""A program whose objects go to files: the engine has all of it, and no cluster is needed."""

import runpy
from typing import Any

import pulumi_kubernetes

_Provider = pulumi_kubernetes.Provider


def provider(name: str, kubeconfig: Any, **settings: Any) -> Any:
    return _Provider(name, render_yaml_to_directory="rendered", **settings)


pulumi_kubernetes.Provider = provider
runpy.run_path("program.py")
