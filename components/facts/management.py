"""What preflight knows about the management cluster, where Kubean runs, and how it is read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..kube_api.errors import ApiError, Kind
from ..kube_api.reader import ApiReader
from ..kubeconfig.document import Kubeconfig

_GROUP = "kubean.io"
_KINDS = ("clusters", "clusteroperations")
_REVIEW = "authorization.k8s.io/v1"


@dataclass(frozen=True, slots=True)
class ManagementFacts:
    """`unreachable` says why nothing could be read; `unread`, why its kinds or rights could not.

    `missing` are Kubean's kinds that it does not serve; `forbidden` are the objects that Kubean
    needs for a cluster and that the kubeconfig's user may not create.
    """

    unreachable: ApiError | None = None
    unread: ApiError | None = None
    missing: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()


def read(kubeconfig: Kubeconfig, namespace: str, request_seconds: float) -> ManagementFacts:
    """Read the management cluster without a change; `namespace` is that of Kubean's operator."""
    try:
        reader = ApiReader(kubeconfig, request_seconds)
        reader.get("/version")
    except ApiError as error:
        return ManagementFacts(unreachable=error)
    try:
        return ManagementFacts(
            missing=tuple(_missing(reader)), forbidden=tuple(_forbidden(reader, namespace))
        )
    except ApiError as error:
        return ManagementFacts(unread=error)
    finally:
        reader.close()


def _missing(reader: ApiReader) -> Iterator[str]:
    try:
        served = reader.get(f"/apis/{_GROUP}/v1alpha1").get("resources") or []
    except ApiError as error:
        if error.kind is not Kind.NOT_FOUND:
            raise
        served = []
    names = {resource.get("name") for resource in served}
    yield from (f"{kind}.{_GROUP}" for kind in _KINDS if kind not in names)


def _forbidden(reader: ApiReader, namespace: str) -> Iterator[str]:
    # Only the right to create: the others may be granted for single names, which is not seen here.
    for kind in _KINDS:
        if not _may_create(reader, {"group": _GROUP, "resource": kind}):
            yield f"{kind}.{_GROUP}"
    for kind in ("configmaps", "secrets"):
        if not _may_create(reader, {"namespace": namespace, "resource": kind}):
            yield f"{kind} in namespace {namespace}"


def _may_create(reader: ApiReader, what: dict[str, str]) -> bool:
    question: dict[str, Any] = {
        "apiVersion": _REVIEW,
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"verb": "create", **what}},
    }
    answer = reader.review(f"/apis/{_REVIEW}/selfsubjectaccessreviews", question)
    return bool((answer.get("status") or {}).get("allowed"))
