"""The times of an update's parts, from the events that `pulumi up --json` writes."""

import json
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import BenchError

_BEGUN, _DONE = "resourcePreEvent", "resOutputsEvent"


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `at` is in s, by a monotonic clock."""

    at: float
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """The start and the end of something, in s."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """The duration in s."""
        return self.end - self.begin


def follow(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> list[Event]:
    """Run an update to its end; returns its events. Raises BenchError if it fails."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    lines = (line for line in process.stdout if line.startswith("{"))
    events = [Event(time.monotonic(), json.loads(line)) for line in lines]
    if process.wait():
        raise BenchError(f"the update failed: {' '.join(errors(events))[-3000:]}")
    return events


def errors(events: Iterable[Event]) -> list[str]:
    """Return the error messages of the engine and the program."""
    said = [event.body["diagnosticEvent"] for event in events if "diagnosticEvent" in event.body]
    return [str(one["message"]).strip() for one in said if one["severity"] == "error"]


def span(events: Iterable[Event], *components: str) -> Span | None:
    """Return the time from the first changed child of these components to the last.

    Components by their short names (`MeshPeers`); None if none of their children changed.
    """
    begins, ends = [], []
    for event in events:
        if _is_change(event, _BEGUN, components):
            begins.append(event.at)
        elif _is_change(event, _DONE, components):
            ends.append(event.at)
    return Span(min(begins), max(ends)) if begins and ends else None


def busy(events: Iterable[Event], *components: str) -> float:
    """Return the time in s during which at least one child of these components was changing.

    Unlike `span`, this leaves out the pauses in which only other components worked.
    """
    taken, since, at_work = 0.0, 0.0, 0
    for event in events:
        if _is_change(event, _BEGUN, components):
            since = since if at_work else event.at
            at_work += 1
        elif _is_change(event, _DONE, components):
            at_work -= 1
            taken += 0.0 if at_work else event.at - since
    return taken


def changes(events: Iterable[Event]) -> dict[str, int]:
    """Count the resources by operation, without those that stayed the same."""
    counted: dict[str, int] = {}
    for event in events:
        operation = _operation(event, _DONE)
        if operation not in ("", "same", "read"):
            counted[operation] = counted.get(operation, 0) + 1
    return dict(sorted(counted.items()))


def _is_change(event: Event, kind: str, components: tuple[str, ...]) -> bool:
    if _operation(event, kind) in ("", "same"):
        return False
    urn = str(event.body[kind]["metadata"]["urn"])
    return any(f":{name}$" in urn for name in components)


def _operation(event: Event, kind: str) -> str:
    metadata = (event.body.get(kind) or {}).get("metadata") or {}
    return str(metadata.get("op", ""))
