"""Requests to the management cluster, which holds Kubean's record of the clusters that it makes.

The kubeconfig has the context `management`, and the environment NAMESPACE, that of the operator.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ...common.private_file import inheritable
from .cli import CliError, with_kubeconfig
from .step import Step, StepError

MANAGEMENT = "management"
CLUSTER = "clusters.kubean.io"


def kubectl(
    step: Step, *arguments: str, stdin: str | None = None, timeout: float | None = None
) -> str:
    """Run kubectl there, bounded like one request unless `timeout` is given; raises CliError."""
    seconds = step.cli.request_seconds
    limit = f"--request-timeout={seconds}s"
    bound = timeout or seconds + 5
    return step.cli.kubectl(MANAGEMENT, *arguments, limit, stdin=stdin, timeout=bound)


def get(step: Step, kind: str, name: str) -> dict[str, Any] | None:
    """Read an object without a namespace, None if it is absent; raises CliError."""
    found = kubectl(step, "get", kind, name, "--ignore-not-found", "--output=json")
    return dict(json.loads(found)) if found.strip() else None


def kubeconfig_place(step: Step, cluster: dict[str, Any] | None) -> tuple[str, str]:
    """Return namespace and name of the ConfigMap with the kubeconfig of a `Cluster`."""
    ref = ((cluster or {}).get("spec") or {}).get("kubeconfRef") or {}
    namespace = ref.get("namespace") or step.environment["NAMESPACE"]
    return namespace, ref.get("name") or f"{step.cluster}-kubeconf"


def is_led_through(step: Step) -> bool:
    """Whether the kubeconfig is that of the management cluster."""
    return "NAMESPACE" in step.environment


@contextmanager
def entered(step: Step) -> Iterator[Step | None]:
    """Yield the step with access to the cluster itself; None if that is not there yet.

    Raises CliError if the management cluster cannot be asked, StepError if what Kubean keeps there
    is not a kubeconfig.
    """
    if not is_led_through(step):
        yield step
        return
    kubeconfig = _kubeconfig(step)
    if kubeconfig is None:
        yield None
        return
    with with_kubeconfig(kubeconfig, step.cli.request_seconds, step.cli.scrubber.secrets) as cli:
        yield replace(step, cli=cli)


def _kubeconfig(step: Step) -> dict[str, Any] | None:
    cluster = get(step, CLUSTER, step.cluster)
    if cluster is None:
        return None
    namespace, name = kubeconfig_place(step, cluster)
    place = ("-n", namespace, "get", "configmap", name, "--ignore-not-found", "--output=json")
    found = kubectl(step, *place)
    text = (json.loads(found).get("data") or {}).get("config") if found.strip() else None
    if not text:
        return None
    try:
        return _read(step, text)
    except CliError:
        # Without kubectl's own message, which may quote it.
        raise StepError(
            f"the kubeconfig that Kubean keeps in ConfigMap {namespace}/{name} cannot be used: look"
            " at it with `kubectl config view`, or remove its nodes from the config",
            is_explained=True,
        ) from None


def _read(step: Step, text: str) -> dict[str, Any]:
    """Read the YAML with kubectl, because Python alone has no reader for it; name its context."""
    with inheritable(text) as (path, descriptors):
        environment = {**step.cli.environment, "KUBECONFIG": path}
        cli = replace(step.cli, environment=environment, descriptors=descriptors)
        # An empty context is the current one.
        view = ("config", "view", "--raw", "--minify", "--flatten", "--output=json")
        found: dict[str, Any] = json.loads(cli.kubectl("", *view))
    found["contexts"][0]["name"] = found["current-context"] = step.cluster
    return found
