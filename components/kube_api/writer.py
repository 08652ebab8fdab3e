"""Small writes to one API server, apart from ApiReader, so that preflight cannot write."""

import json
from collections.abc import Mapping
from typing import Any

from .as_read import AsRead
from .errors import ApiError, Kind
from .reader import METADATA_ONLY, ONE_METADATA, ApiReader, Json

_MERGE_PATCH = "application/merge-patch+json"
# JSON is YAML enough.
_APPLY_PATCH = "application/apply-patch+yaml"
_WHO = {"fieldManager": "cilium-clustermesh"}


class ApiWriter(ApiReader):
    """An ApiReader that also annotates, applies and deletes; never by force."""

    def annotate(self, path: str, selector: str, annotations: Mapping[str, str | None]) -> None:
        """Set annotations of the objects in a list that match a selector; None removes one.

        An object that is gone by then is skipped. Raises ApiError.
        """
        body = json.dumps({"metadata": {"annotations": dict(annotations)}})
        for one in self.items(path, METADATA_ONLY, labelSelector=selector):
            try:
                self._patch(f"{path}/{one['metadata']['name']}", body)
            except ApiError as error:
                if error.kind is not Kind.NOT_FOUND:
                    raise

    def _patch(self, path: str, body: str) -> None:
        self._answer(path, "PATCH", ONE_METADATA, _WHO, body, _MERGE_PATCH)

    def apply(self, path: str, manifest: Mapping[str, Any], manager: str) -> Json:
        """Apply an object server-side, in the name of `manager`, and return it.

        Raises ApiError, with kind CONFLICT if another manager has set a field differently.
        """
        query = {"fieldManager": manager, "force": "false"}
        accept = "application/json"
        return self._answer(path, "PATCH", accept, query, json.dumps(manifest), _APPLY_PATCH)

    def delete(self, path: str, as_read: AsRead) -> None:
        """Delete an object if it is still as it was read.

        Raises ApiError, with kind CONFLICT if it has changed, NOT_FOUND if it is gone.
        """
        self._answer(path, "DELETE", "application/json", {}, json.dumps(as_read.delete_options))
