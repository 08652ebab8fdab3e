"""Waits for a workload of Cilium, and says why if it does not get ready."""

import re
from collections.abc import Mapping
from typing import Any

from . import pods
from .cli import CliError
from .pods import Trouble
from .step import Step, StepError

_LATE = r"timed out waiting|progress deadline|did not end within"
_TELLING = re.compile(r"error|fatal|panic|fail", re.IGNORECASE)
_LOG_LINES = 20
_SHOWN = 4


def is_done(workload: Mapping[str, Any]) -> bool:
    """Whether `wait` would find nothing to wait for in a Deployment or DaemonSet.

    The rules are those of kubectl (pkg/polymorphichelpers/rollout_status.go).
    """
    status = workload.get("status") or {}
    generation = (workload.get("metadata") or {}).get("generation")
    if not generation or status.get("observedGeneration", 0) < generation:
        return False
    if workload.get("kind") == "DaemonSet":
        wanted = int(status.get("desiredNumberScheduled", 0))
        return min(_count(status, "updatedNumberScheduled", "numberAvailable")) >= wanted
    wanted = int((workload.get("spec") or {}).get("replicas", 1))
    updated, available, existing = _count(
        status, "updatedReplicas", "availableReplicas", "replicas"
    )
    return updated >= wanted and existing <= updated <= available


def _count(status: Mapping[str, Any], *keys: str) -> list[int]:
    return [int(status.get(key, 0)) for key in keys]


def wait(step: Step, workload: str, seconds: int) -> None:
    """Wait for `kind/name`, at most so many seconds.

    Raises a StepError that names the containers that are not ready and why; CliError if kubectl
    fails for another reason.
    """
    arguments = ("-n", "kube-system", "rollout", "status", workload, f"--timeout={seconds}s")
    try:
        step.cli.kubectl(step.cluster, *arguments, timeout=seconds + 10)
    except CliError as error:
        if not re.search(_LATE, str(error)):
            raise
        raise _late(step, workload, error) from None


def _late(step: Step, workload: str, error: CliError) -> StepError:
    try:
        found = _what_keeps(step, workload)
    except CliError as second:
        return StepError(f"{error}; and the reason cannot be read: {second}")
    said = pods.shortened(step.cli.scrub(error.stdout.strip().rpartition("\n")[2]))
    lines = found or [said or "none of its Pods says why"]
    again = "then run the update again (timeouts.connectSeconds limits the wait)"
    text = "\n  ".join([f"{error}; {workload} is not ready:", *lines, again])
    return StepError(text, is_explained=True)


def _what_keeps(step: Step, workload: str) -> list[str]:
    kind, _, name = workload.partition("/")
    found = step.cli.get(step.cluster, kind, name) or {}
    selector = ((found.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    listed = step.cli.labelled(step.cluster, "pods", selector) if selector else []
    troubles = [trouble for pod in listed for trouble in pods.troubles(pod)]
    more = len(troubles) - _SHOWN
    return [
        *(_line(step, trouble) for trouble in troubles[:_SHOWN]),
        *([f"and {more} more"] if more > 0 else []),
        *_refused(found),
    ]


def _line(step: Step, trouble: Trouble) -> str:
    said = _last_word(step, trouble) if trouble.has_log else ""
    log = f"; its log says: {said}" if said else ""
    return f"{step.cli.scrub(str(trouble))}{log}; fix: {trouble.remedy}"


def _refused(workload: Mapping[str, Any]) -> list[str]:
    """Return why Kubernetes makes no Pods (a quota, an admission webhook)."""
    listed = (workload.get("status") or {}).get("conditions") or ()
    failures = [one for one in listed if one.get("type") == "ReplicaFailure"]
    return [f"Pods cannot be made: {pods.shortened(one.get('message', ''))}" for one in failures]


def _last_word(step: Step, trouble: Trouble) -> str:
    """Return the last line of the container's log that tells of a failure, else the last one."""
    arguments = ("logs", trouble.pod, f"--container={trouble.container}", f"--tail={_LOG_LINES}")
    previous = ("--previous",) if trouble.is_restarted else ()
    try:
        log = step.cli.read(step.cluster, *arguments, *previous)
    except CliError:
        return ""
    lines = [line for line in log.splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.search(line)]
    return pods.shortened(step.cli.scrub((telling or lines or [""])[-1]))
