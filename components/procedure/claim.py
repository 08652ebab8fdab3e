"""Claims a cluster before anything is made in it, by its API server's Service and without force.

The program applies its objects by force, which repairs what somebody has changed. Of two stacks
that begin at the same moment, the second would take over all that the first has made, and an object
that somebody else made would be overwritten. So the Service that names the owning stack begins as a
claim: applied in the name of the stack and without force, it goes to whoever is first, and the API
server refuses the other one.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from ..common.foreign_text import shown
from ..common.labels import LABELS, STACK
from ..common.own_objects import API_SERVER, MARK, ObjectName, is_ours
from ..kube_api.as_read import AsRead
from ..kube_api.errors import ApiError, Kind
from ..kube_api.reader import ONE_METADATA, Json
from ..kube_api.writer import ApiWriter

# A Service must have a port; the one that Pulumi makes has this one, too.
_PORT = {"name": "https", "port": 6443, "protocol": "TCP"}
_GONE = (Kind.NOT_FOUND, Kind.CONFLICT)


class TakenError(Exception):
    """A cluster, or a name in it, is somebody else's; the text says whose, and what to do."""


def refuse_foreign(api: ApiWriter, name: ObjectName) -> Mapping[str, Any] | None:
    """Return the metadata of one of the program's objects, None if there is none of that name.

    Raises TakenError if it is somebody else's, ApiError if that cannot be told.
    """
    found = _metadata(api, name)
    if found is not None and not is_ours(found):
        raise _foreign(name)
    return found


def take(api: ApiWriter, stack: str) -> AsRead | None:
    """Claim the cluster for a stack, `project/stack`, and return the Service that claims it.

    None if the cluster was that stack's before, so that the claim must not be given back.

    Raises TakenError if it is another stack's, ApiError.
    """
    found = refuse_foreign(api, API_SERVER)
    owner = _owner(found)
    if owner not in (None, stack):
        raise _taken_by(owner)
    try:
        made = api.apply(API_SERVER.path, _manifest(stack), _manager(stack))
    except ApiError as error:
        if error.kind is not Kind.CONFLICT:
            raise
        raise _taken_by(_owner(_metadata(api, API_SERVER))) from None
    metadata = made.get("metadata") or {}
    if found is not None:
        return None
    if _writers(metadata) - {_manager(stack)}:
        # Somebody has made it since we looked. What we merged into it is removed again.
        settle(api, stack)
        raise _foreign(API_SERVER)
    return AsRead(str(metadata.get("uid", "")), str(metadata.get("resourceVersion", "")))


def give_back(api: ApiWriter, claim: AsRead) -> None:
    """Delete the Service of a claim, unless it has changed since; raises ApiError."""
    try:
        api.delete(API_SERVER.path, claim)
    except ApiError as error:
        if error.kind not in _GONE:
            raise


def settle(api: ApiWriter, stack: str) -> None:
    """Leave the Service to Pulumi, which has applied it meanwhile; raises ApiError.

    A field that two managers have set stays until both have dropped it.
    """
    name = {"name": API_SERVER.name, "namespace": API_SERVER.namespace}
    nothing = {"apiVersion": API_SERVER.api_version, "kind": API_SERVER.kind, "metadata": name}
    api.apply(API_SERVER.path, nothing, _manager(stack))


def _metadata(api: ApiWriter, name: ObjectName) -> Json | None:
    try:
        found = api.get(name.path, ONE_METADATA).get("metadata")
    except ApiError as error:
        if error.kind is Kind.NOT_FOUND:
            return None
        raise
    return dict(found) if isinstance(found, Mapping) else {}


def _owner(metadata: Mapping[str, Any] | None) -> str | None:
    annotations = (metadata or {}).get("annotations")
    return annotations.get(STACK) if isinstance(annotations, Mapping) else None


def _writers(metadata: Mapping[str, Any]) -> set[str]:
    return {str(one.get("manager")) for one in metadata.get("managedFields") or []}


def _foreign(name: ObjectName) -> TakenError:
    return TakenError(
        f"somebody else's {name} is there: it lacks the label {MARK}. Nothing of it was "
        "changed: rename or remove it; or add the label, which lets the program change it, and "
        "delete it with a destroy"
    )


def _taken_by(owner: str | None) -> TakenError:
    return TakenError(
        f"the cluster has just been taken into the mesh of stack {shown(owner)}. Nothing of "
        "Cilium was changed in it: remove it there, or from this config"
    )


def _manifest(stack: str) -> Mapping[str, Any]:
    return {
        "apiVersion": API_SERVER.api_version,
        "kind": API_SERVER.kind,
        "metadata": {
            "name": API_SERVER.name,
            "namespace": API_SERVER.namespace,
            "labels": LABELS,
            "annotations": {STACK: stack},
        },
        "spec": {"ports": [_PORT]},
    }


def _manager(stack: str) -> str:
    # One for each stack, else no claims would ever conflict; Kubernetes allows 128 characters.
    return f"cilium-clustermesh-claim-{hashlib.sha256(stack.encode()).hexdigest()[:16]}"
