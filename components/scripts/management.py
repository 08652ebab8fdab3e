"""Requests to the management cluster: where Kubean has the clusters that it makes.

The kubeconfig has the context `management`, and the environment NAMESPACE, that of the operator.
"""

import json
from typing import Any

from .step import Step

MANAGEMENT = "management"
CLUSTER = "clusters.kubean.io"


def kubectl(
    step: Step, *arguments: str, stdin: str | None = None, timeout: float | None = None
) -> str:
    """Run kubectl there, bounded like one request unless told otherwise; raises CliError."""
    seconds = step.cli.request_seconds
    limit = f"--request-timeout={seconds}s"
    bound = timeout or seconds + 5
    return step.cli.kubectl(MANAGEMENT, *arguments, limit, stdin=stdin, timeout=bound)


def get(step: Step, kind: str, name: str) -> dict[str, Any] | None:
    """Read an object without a namespace, None where it is absent; raises CliError."""
    found = kubectl(step, "get", kind, name, "--ignore-not-found", "--output=json")
    return dict(json.loads(found)) if found.strip() else None


def kubeconfig_place(step: Step, cluster: dict[str, Any] | None) -> tuple[str, str]:
    """Give namespace and name of the ConfigMap with the kubeconfig of a `Cluster`."""
    ref = ((cluster or {}).get("spec") or {}).get("kubeconfRef") or {}
    namespace = ref.get("namespace") or step.environment["NAMESPACE"]
    return namespace, ref.get("name") or f"{step.cluster}-kubeconf"
