"""Why a Pod is not ready, from what Kubernetes says about it; asks no cluster."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]

_SHOWN = 300
# The reason that Kubernetes gives -> the fix.
_REMEDIES = (
    (
        r"ImagePull|ImageInspect|InvalidImageName|RegistryUnavailable",
        "check that its node can pull that image (name, registry or mirror, pull secret)",
    ),
    (r"OOMKilled", "give it more memory"),
    (
        r"CreateContainer|RunContainer|StartError|CannotRun",
        "fix what the message names: a missing Secret, ConfigMap or program",
    ),
    (r"Unschedulable", "make room for it: CPU, memory, taints, node selectors"),
    (r"exit code", "fix what it says; `kubectl logs` with --previous shows more of it"),
)
_OTHERWISE = "look at its events with `kubectl describe pod`"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A Pod that is not ready, or one of its containers; `container` is "" for the whole Pod.

    `has_log`: there is a log to read; `is_restarted`: the one before this run is of interest.
    """

    pod: str
    container: str
    what: str
    has_log: bool = False
    is_restarted: bool = False

    @property
    def remedy(self) -> str:
        """What to do about it."""
        found = (text for reason, text in _REMEDIES if re.search(reason, self.what))
        return next(found, _OTHERWISE)

    def __str__(self) -> str:
        """Return the Pod, its container and its trouble."""
        of = f", container {self.container}" if self.container else ""
        return f"Pod {self.pod}{of} {self.what}"


def is_ready(pod: Json) -> bool:
    """Whether it serves and is not being deleted."""
    return _condition(pod, "Ready").get("status") == "True" and not _is_leaving(pod)


def troubles(pod: Json) -> list[Trouble]:
    """Return what keeps a Pod from being ready; nothing if it is ready or being deleted."""
    if is_ready(pod) or _is_leaving(pod):
        return []
    name = str(pod["metadata"]["name"])
    found = _unscheduled(name, pod) or [
        _of_container(name, status) for status in _waited_for(pod.get("status") or {})
    ]
    return found or [Trouble(name, "", _of_phase(pod.get("status") or {}))]


def shortened(text: str) -> str:
    """Return the words of a program as one line that fits into a message."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


def _is_leaving(pod: Json) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def _condition(pod: Json, kind: str) -> Json:
    listed = (pod.get("status") or {}).get("conditions") or ()
    return next((one for one in listed if one.get("type") == kind), {})


def _unscheduled(name: str, pod: Json) -> list[Trouble]:
    scheduled = _condition(pod, "PodScheduled")
    if scheduled.get("status") != "False":
        return []
    return [Trouble(name, "", f"has no node: {_reason(scheduled, 'Unschedulable')}")]


def _waited_for(status: Json) -> Iterator[Json]:
    """Yield the first init container that is not done, else all containers that are not ready."""
    for container in status.get("initContainerStatuses") or ():
        ended = (container.get("state") or {}).get("terminated") or {}
        if not container.get("ready") and ended.get("exitCode") != 0:
            yield container
            return
    for container in status.get("containerStatuses") or ():
        if not container.get("ready"):
            yield container


def _of_container(pod: str, status: Json) -> Trouble:
    state = status.get("state") or {}
    before = (status.get("lastState") or {}).get("terminated")
    ended = state.get("terminated") or before
    return Trouble(
        pod,
        str(status.get("name")),
        "; ".join([*_of_state(state), *([_of_end(ended)] if ended else [])]),
        has_log="running" in state or ended is not None,
        is_restarted="running" in state and before is not None,
    )


def _of_state(state: Json) -> Iterator[str]:
    waiting = state.get("waiting")
    if waiting:
        yield f"waits: {_reason(waiting, 'no reason given')}"
    elif "running" in state:
        yield "runs but is not ready"
    elif "terminated" not in state:
        yield "has not started"


def _of_end(ended: Json) -> str:
    reason = _reason(ended, "")
    return f"it ended with exit code {ended.get('exitCode')}{f' ({reason})' if reason else ''}"


def _of_phase(status: Json) -> str:
    return f"is {status.get('phase', 'of unknown state')}: {_reason(status, 'no reason given')}"


def _reason(said: Json, otherwise: str) -> str:
    reason = str(said.get("reason") or otherwise)
    # The message of a back-off repeats the name of the Pod and no more.
    message = "" if reason == "CrashLoopBackOff" else shortened(str(said.get("message") or ""))
    return f"{reason}: {message}" if message else reason
