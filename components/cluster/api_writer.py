"""Notes on objects of one API server, for scripts; preflight has the reader, which cannot write."""

import json
from collections.abc import Mapping

from .api_reader import ApiReader

_ONE_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_MERGE_PATCH = "application/merge-patch+json"
_WHO = {"fieldManager": "cilium-clustermesh"}


class ApiWriter(ApiReader):
    """Reads as ApiReader does, and annotates."""

    def annotate(self, path: str, annotations: Mapping[str, str | None]) -> None:
        """Set annotations of one object, None to take one away; raises ApiError."""
        body = json.dumps({"metadata": {"annotations": dict(annotations)}})
        self._answer(path, "PATCH", _ONE_METADATA, _WHO, body, _MERGE_PATCH)
