"""The way into a cluster that Kubean makes, which is not known before the cluster is there.

A Command that may run before gets the way into the management cluster instead, so that its input
is the same before and after.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ..private_file import inheritable
from . import management
from .cli import CliError, with_kubeconfig
from .management import CLUSTER
from .step import Step, StepError


def is_led_through(step: Step) -> bool:
    """Whether the kubeconfig is that of the management cluster."""
    return "NAMESPACE" in step.environment


@contextmanager
def entered(step: Step) -> Iterator[Step | None]:
    """Give the step with the way into the cluster itself; None where that is not there yet.

    Raises CliError where the management cluster cannot be asked, StepError where what Kubean keeps
    there is no kubeconfig.
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
    cluster = management.get(step, CLUSTER, step.cluster)
    if cluster is None:
        return None
    namespace, name = management.kubeconfig_place(step, cluster)
    place = ("-n", namespace, "get", "configmap", name, "--ignore-not-found", "--output=json")
    found = management.kubectl(step, *place)
    text = (json.loads(found).get("data") or {}).get("config") if found.strip() else None
    if not text:
        return None
    try:
        return _read(step, text)
    except CliError:
        # Not what kubectl says of it: that may quote it.
        raise StepError(
            f"the kubeconfig that Kubean keeps in ConfigMap {namespace}/{name} cannot be used: look"
            " at it with `kubectl config view`, or take its nodes out of the config",
            is_explained=True,
        ) from None


def _read(step: Step, text: str) -> dict[str, Any]:
    """Have kubectl read the YAML, for which Python alone has no reader; name its context."""
    with inheritable(text) as (path, descriptors):
        environment = {**step.cli.environment, "KUBECONFIG": path}
        cli = replace(step.cli, environment=environment, descriptors=descriptors)
        # An empty context is the current one.
        view = ("config", "view", "--raw", "--minify", "--flatten", "--output=json")
        found: dict[str, Any] = json.loads(cli.kubectl("", *view))
    found["contexts"][0]["name"] = found["current-context"] = step.cluster
    return found
