"""The engine's own log of a preview, as far as a summary needs it.

Its format is pulumi's sdk/go/common/apitype/events.go. Secrets appear in it as `[secret]`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class State(_Model):
    """A resource before or after a step; `id` is "" if it does not exist yet."""

    urn: str = ""
    id: str = ""
    inputs: Mapping[str, Any] = Field(default_factory=dict)
    outputs: Mapping[str, Any] = Field(default_factory=dict)


class Step(_Model):
    """What is or would be done to one resource; `op` is the engine's word for it."""

    op: str
    urn: str
    old: State | None = None
    new: State | None = None
    detailed_diff: Mapping[str, Any] | None = None


class Diagnostic(_Model):
    """A message from the program, a provider or the engine; about the resource `urn`, if any."""

    message: str
    severity: str
    urn: str = ""
    ephemeral: bool = False


class _StepEvent(_Model):
    metadata: Step


class _SummaryEvent(_Model):
    resource_changes: Mapping[str, int] = Field(default_factory=dict)


class Event(_Model):
    """One line of the log; at most one of the parts is set."""

    resource_pre_event: _StepEvent | None = None
    res_outputs_event: _StepEvent | None = None
    diagnostic_event: Diagnostic | None = None
    summary_event: _SummaryEvent | None = None


def read(lines: Iterable[str]) -> Iterator[Event]:
    """Yield the events; a line cut short, as a killed engine leaves it, is skipped."""
    for line in lines:
        try:
            yield Event.model_validate_json(line)
        except ValidationError:
            continue
