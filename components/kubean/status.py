"""What a ClusterOperation says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Phase(StrEnum):
    """How far an operation is; it is empty until the operator has made its Job."""

    PENDING = ""
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class Status:
    """`job` is (namespace, name), None where the operator made none; `said` as it stands there."""

    phase: Phase
    said: str
    job: tuple[str, str] | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.phase in (Phase.SUCCEEDED, Phase.FAILED)


def parse(operation: Mapping[str, Any]) -> Status:
    """Read the status of the object; what the operator may say beyond the known is not over."""
    status = operation.get("status") or {}
    said = str(status.get("status") or "")
    job = status.get("jobRef") or {}
    named = (str(job["namespace"]), str(job["name"])) if job.get("name") else None
    return Status(Phase(said) if said in set(Phase) else Phase.RUNNING, said, named)
