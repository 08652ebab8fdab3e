"""What a refresh found that is not as the last update left it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from . import place
from .events import Step
from .preview import Preview

# What components/drift.py says if a cluster does not answer.
_NOT_SEEN = re.compile(r"^(?P<who>\S+): it could not be looked at")


@dataclass(frozen=True, slots=True)
class Drifted:
    """One difference: where (a cluster, or a cluster and a script), what, and how it is now."""

    where: str
    what: str
    text: str


def drifted(preview: Preview) -> list[Drifted]:
    """Return everything that drifted, sorted by place."""
    found = [one for step in preview.refreshed for one in _of(step)]
    return sorted(found, key=lambda one: (one.where, one.what))


def not_seen(preview: Preview) -> list[str]:
    """Return the names of what could not be looked at, so that nothing new is known about it."""
    found = (_NOT_SEEN.match(one.message) for one in preview.diagnostics)
    return sorted({one["who"] for one in found if one})


def _of(step: Step) -> Iterator[Drifted]:
    where = place.of(step.urn)
    if where.kind == "Drift":
        yield from _told(step)
    elif step.old is not None and step.new is None:
        yield Drifted(where.name, _object(where, step), "it is gone")
    elif step.detailed_diff and where.component:
        keys = ", ".join(sorted(step.detailed_diff))
        yield Drifted(where.name, _object(where, step), f"it was changed: {keys}")


def _told(step: Step) -> Iterator[Drifted]:
    if step.new is None:
        return
    for what, text in (step.new.outputs.get("drift") or {}).items():
        yield Drifted(step.new.id, str(what), str(text))


def _object(where: place.Place, step: Step) -> str:
    state = step.old or step.new
    name = state.id if state and state.id else where.name
    return f"{where.kind} {name}"
