"""An object as it was when it was read, so that it is deleted as that, or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AsRead:
    """What identifies an object, and the state that it was in."""

    uid: str
    resource_version: str

    @property
    def delete_options(self) -> Mapping[str, Any]:
        """What an API server is told to delete it by (DeleteOptions of meta/v1)."""
        preconditions = {"uid": self.uid, "resourceVersion": self.resource_version}
        return {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions}
