"""Notes on objects of one API server, for scripts; preflight has the reader, which cannot write."""

import json
from collections.abc import Mapping

from .api_error import ApiError, Kind
from .api_reader import METADATA_ONLY, ApiReader

_ONE_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_MERGE_PATCH = "application/merge-patch+json"
_WHO = {"fieldManager": "cilium-clustermesh"}


class ApiWriter(ApiReader):
    """Reads as ApiReader does, and annotates."""

    def annotate(self, path: str, selector: str, annotations: Mapping[str, str | None]) -> None:
        """Set annotations of the objects of a list that a selector fits, None to take one away.

        One that is gone meanwhile is left out. Raises ApiError.
        """
        body = json.dumps({"metadata": {"annotations": dict(annotations)}})
        for one in self.items(path, METADATA_ONLY, labelSelector=selector):
            try:
                self._patch(f"{path}/{one['metadata']['name']}", body)
            except ApiError as error:
                if error.kind is not Kind.NOT_FOUND:
                    raise

    def _patch(self, path: str, body: str) -> None:
        self._answer(path, "PATCH", _ONE_METADATA, _WHO, body, _MERGE_PATCH)
