"""What a preview found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .events import Diagnostic, Event, Step

_SAME = "same"
_REFRESH = "refresh"
_REPLACE = "replace"
# Parts of a replacement, and what changes nothing.
_PARTS = {"create-replacement", "delete-replaced", "discard-replaced", "remove-pending-replace"}
_READS = {"read", "read-replacement", "read-discard", _REFRESH}


@dataclass(frozen=True)
class Preview:
    """A preview; `is_ok`: it succeeded. `steps` has one per resource, unchanged ones included.

    `refreshed`: what a refresh read. `counts`: resources by the engine's word for what is done to
    them. `complaint`: what pulumi itself said if there are no events, "" otherwise.
    """

    is_ok: bool
    steps: tuple[Step, ...] = ()
    refreshed: tuple[Step, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    complaint: str = ""

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that do something."""
        return tuple(step for step in self.steps if step.op != _SAME)

    @property
    def has_changes(self) -> bool:
        """Whether an update would do anything."""
        return bool(self.changes)


def gather(events: Iterable[Event], *, is_ok: bool, complaint: str = "") -> Preview:
    """Return the preview that these events describe."""
    steps: dict[str, Step] = {}
    refreshed: dict[str, Step] = {}
    diagnostics: list[Diagnostic] = []
    counts: dict[str, int] = {}
    for event in events:
        if event.resource_pre_event is not None:
            _keep(steps, event.resource_pre_event.metadata)
        if event.res_outputs_event is not None:
            step = event.res_outputs_event.metadata
            if step.op == _REFRESH:
                refreshed[step.urn] = step
        if event.diagnostic_event is not None:
            diagnostics.append(event.diagnostic_event)
        if event.summary_event is not None:
            counts.update(event.summary_event.resource_changes)
    return Preview(
        is_ok,
        tuple(steps.values()),
        tuple(refreshed.values()),
        tuple(diagnostics),
        counts,
        complaint,
    )


def _keep(steps: dict[str, Step], step: Step) -> None:
    """Keep the step that says most about its resource."""
    known = steps.get(step.urn)
    if step.op in _READS or (known is not None and known.op == _REPLACE):
        return
    op = _REPLACE if step.op in _PARTS else step.op
    steps[step.urn] = step.model_copy(update={"op": op})
