"""An object's identity and state when it was read, so that it is deleted in that state or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AsRead:
    """An object's identity and the state that it was in."""

    uid: str
    resource_version: str

    @property
    def delete_options(self) -> Mapping[str, Any]:
        """The body of the request that deletes it (DeleteOptions of meta/v1)."""
        preconditions = {"uid": self.uid, "resourceVersion": self.resource_version}
        return {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions}
