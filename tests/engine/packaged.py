"""The package's plugin; what would go to Kubernetes goes to files."""

import runpy
from pathlib import Path
from typing import Any

import pulumi_kubernetes

_Provider = pulumi_kubernetes.Provider


def provider(name: str, *known: Any, **settings: Any) -> Any:
    """Those that are passed to a component are known already, by their URN."""
    if known:
        return _Provider(name, *known)
    settings.pop("kubeconfig")
    return _Provider(name, render_yaml_to_directory="rendered", **settings)


pulumi_kubernetes.Provider = provider
runpy.run_path(str(Path(__file__).with_name("plugin.py")), run_name="__main__")
