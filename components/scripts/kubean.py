"""Waits for Kubean's operation on a cluster, or has it reset; doing it twice does nothing.

Environment: CLUSTER (the name of the `Cluster`), OPERATION (the `ClusterOperation` to wait for),
RESET (the manifest of the one that resets, JSON), NAMESPACE (the operator's), TIMEOUT_SECONDS,
REQUEST_SECONDS. The kubeconfig has one context, `management`.
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from ..common.labels import LABELS
from .lib import deletion, management, pods
from .lib.cli import CliError
from .lib.management import CLUSTER, MANAGEMENT
from .lib.step import UNREACHABLE, Step, StepError, main


class Phase(StrEnum):
    """The phase of an operation; it is empty until the operator has made its Job."""

    PENDING = ""
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class Status:
    """`job` is (namespace, name), None if there is none; `said` is the operator's own word."""

    phase: Phase
    said: str
    job: tuple[str, str] | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.phase in (Phase.SUCCEEDED, Phase.FAILED)


def parse_status(operation: Mapping[str, Any]) -> Status:
    """Return the status of the object; a phase that is not known here counts as running."""
    status = operation.get("status") or {}
    said = str(status.get("status") or "")
    job = status.get("jobRef") or {}
    named = (str(job["namespace"]), str(job["name"])) if job.get("name") else None
    return Status(Phase(said) if said in set(Phase) else Phase.RUNNING, said, named)


OPERATION = "clusteroperations.kubean.io"
# Marks an operation whose failure was reported: the next run of the update tries it again.
TOLD = "cilium-clustermesh.pulumi.com/failure-told"

_PAUSE_SECONDS = 5.0
# An operation may take an hour, so a hiccup of the API server is no reason to give up.
_SILENCE_SECONDS = 120
_LOG_LINES = 400
_LAST = 10
_TELLING = re.compile(r"fatal:|FAILED!|ERROR!|unreachable=[1-9]|failed=[1-9]")
# Keys that the operator and this script write into an operation, for one run only.
_OF_A_RUN = {
    *("hostsConfRef", "varsConfRef", "sshAuthRef", "entrypointSHRef"),
    *("kubean.io/actor", TOLD),
}


def wait(step: Step) -> dict[str, object]:
    """Wait until the operation has succeeded; return where the new cluster's kubeconfig is."""
    name = step.environment["OPERATION"]
    found = _there(step, name)
    if parse_status(found).phase is Phase.FAILED and TOLD in (
        found["metadata"].get("annotations") or {}
    ):
        step.say(f"operation {name} failed before: trying it again")
        _renew(step, found)
    _await(step, name)
    return {"cluster": step.cluster, "operation": name, "kubeconfig": _kubeconfig(step)}


def reset(step: Step) -> None:
    """Have Kubernetes removed from the cluster's machines."""
    manifest = json.loads(step.environment["RESET"])
    name = manifest["metadata"]["name"]
    undone = f"the machines of {step.cluster} are not reset: only this management cluster can do it"
    if deletion.is_given_up(replace(step, cluster=MANAGEMENT), undone):
        return
    if management.get(step, CLUSTER, step.cluster) is None:
        step.say("Kubean no longer knows the cluster, so nothing is reset")
        return
    found = management.get(step, OPERATION, name)
    if found is None:
        step.say(f"resetting its machines: operation {name}")
        _create(step, manifest)
    elif parse_status(found).phase is Phase.FAILED:
        step.say(f"operation {name} failed before: trying it again")
        _renew(step, manifest)
    _await(step, name)


def _await(step: Step, name: str) -> None:
    seconds = step.seconds("TIMEOUT_SECONDS")
    until = time.monotonic() + seconds
    said: str | None = None
    while not (status := _look(step, name)).is_over:
        if status.said != said:
            said = status.said
            step.say(f"operation {name}: {said or 'waiting for Kubean'}")
        if time.monotonic() > until:
            raise _late(step, name, status, seconds)
        time.sleep(_PAUSE_SECONDS)
    if status.phase is Phase.FAILED:
        raise _failure(step, name, status)


def _look(step: Step, name: str) -> Status:
    """Read the status, waiting out a short silence of the API server."""
    until = time.monotonic() + _SILENCE_SECONDS
    while True:
        try:
            return parse_status(_there(step, name))
        except CliError as error:
            if not re.search(UNREACHABLE, str(error)) or time.monotonic() > until:
                raise
        time.sleep(_PAUSE_SECONDS)


def _there(step: Step, name: str) -> dict[str, Any]:
    found = management.get(step, OPERATION, name)
    if found is None:
        text = f"operation {name} no longer exists: `pulumi up --refresh` makes it again"
        raise StepError(text, is_explained=True)
    return found


def _failure(step: Step, name: str, status: Status) -> StepError:
    again = "then run the update again, which tries the operation again"
    _tell(step, name)
    if status.job is None:
        text = (
            f"operation {name} of cluster {step.cluster} failed before it had a Job: Kubean did not"
            " accept it. The operator's log says why:"
            f" `kubectl -n {step.environment['NAMESPACE']} logs deployment/kubean`. Fix that,"
            f" {again}"
        )
        return StepError(text, is_explained=True)
    namespace, job = status.job
    head = f"operation {name} of cluster {step.cluster} failed; Job {namespace}/{job} says:"
    fix = f"Fix what it says, {again}"
    return StepError("\n  ".join([head, *_log(step, namespace, job), fix]), is_explained=True)


def _log(step: Step, namespace: str, job: str) -> list[str]:
    try:
        log = management.kubectl(
            step, "-n", namespace, "logs", f"job/{job}", f"--tail={_LOG_LINES}"
        )
    except CliError as error:
        return [f"(its log cannot be read: {error})"]
    lines = [line for line in log.splitlines() if line.strip()]
    if not lines:
        return ["(its log is empty)"]
    # Ansible prints what is wrong, then goes on and ends with a recap.
    telling = [line for line in lines[:-_LAST] if _TELLING.search(line)]
    return [pods.shortened(step.cli.scrub(line)) for line in (*telling[-3:], *lines[-_LAST:])]


def _late(step: Step, name: str, status: Status, seconds: int) -> StepError:
    job = f"`kubectl -n {status.job[0]} logs --follow job/{status.job[1]}`" if status.job else ""
    look = f"; {job} shows what it does" if job else ": is its operator running?"
    return StepError(
        f"operation {name} of cluster {step.cluster} was not finished after {seconds} s (Kubean"
        f" says {status.said or 'nothing'}){look}. Run the update again, which goes on waiting;"
        " timeoutSeconds under kubean of that cluster limits the wait",
        is_explained=True,
    )


def _kubeconfig(step: Step) -> str:
    """Return where it is, and nothing of its content."""
    cluster = management.get(step, CLUSTER, step.cluster)
    namespace, name = management.kubeconfig_place(step, cluster)
    has_config = '{{if .data}}{{if index .data "config"}}yes{{end}}{{end}}'
    arguments = ("-n", namespace, "get", "configmap", name, "--ignore-not-found")
    if management.kubectl(step, *arguments, f"--output=go-template={has_config}").strip() != "yes":
        raise StepError(
            f"the operation succeeded, but ConfigMap {namespace}/{name} with the key config, the"
            " kubeconfig of the new cluster, is missing: check that `namespace` under kubean is"
            " the one in which Kubean's operator runs",
            is_explained=True,
        )
    return f"{namespace}/{name}"


def _renew(step: Step, found: Mapping[str, Any]) -> None:
    """Recreate a finished operation: nothing else makes Kubean run it once more."""
    name = found["metadata"]["name"]
    annotations = found["metadata"].get("annotations") or {}
    manifest = {
        "apiVersion": found["apiVersion"],
        "kind": found["kind"],
        "metadata": {
            "name": name,
            "labels": LABELS,
            "annotations": {key: annotations[key] for key in annotations if key not in _OF_A_RUN},
        },
        "spec": {key: value for key, value in found["spec"].items() if key not in _OF_A_RUN},
    }
    management.kubectl(step, "delete", OPERATION, name, "--ignore-not-found", timeout=120)
    _create(step, manifest)


def _create(step: Step, manifest: Mapping[str, Any]) -> None:
    management.kubectl(step, "create", "--filename=-", stdin=json.dumps(manifest))


def _tell(step: Step, name: str) -> None:
    try:
        management.kubectl(step, "annotate", "--overwrite", OPERATION, name, f"{TOLD}=true")
    except CliError as error:
        step.say(
            f"operation {name} could not be marked, so the next update reports it again: {error}"
        )


if __name__ == "__main__":
    main({"wait": wait, "reset": reset})
