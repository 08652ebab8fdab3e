"""Reads clusters, and writes a little, in this process: that costs less than starting kubectl.

It reads as preflight does. Only answers count; on any other failure kubectl is tried, which knows
every kubeconfig and says what is wrong. A server that timed out is not asked again.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from ...kube_api.as_read import AsRead

if TYPE_CHECKING:
    from ...kube_api.reader import ApiReader
    from ...kube_api.writer import ApiWriter

T = TypeVar("T")
Json = dict[str, Any]

_KINDS = {
    "configmap": "/api/v1/namespaces/kube-system/configmaps",
    "daemonset": "/apis/apps/v1/namespaces/kube-system/daemonsets",
    "deployment": "/apis/apps/v1/namespaces/kube-system/deployments",
    "pods": "/api/v1/namespaces/kube-system/pods",
    "secret": "/api/v1/namespaces/kube-system/secrets",
    "secrets": "/api/v1/namespaces/kube-system/secrets",
    "service": "/api/v1/namespaces/kube-system/services",
}


class NotReadError(Exception):
    """Nothing was learnt, or not all was done, but kubectl may succeed."""


class SilentError(Exception):
    """The API server did not answer in time; the text says so, without any credential."""


@dataclass(frozen=True)
class _Entry:
    cluster: Mapping[str, Any] = field(repr=False)
    user: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Direct:
    """Reads, annotates and deletes objects of Cilium's namespace, in a kubeconfig's clusters.

    All methods raise NotReadError and SilentError. Each connects anew, as kubectl does: what a
    script changes in between may have broken an older connection. `request_seconds` is the
    `timeout` of `ApiReader`.
    """

    kubeconfig: Mapping[str, Any] = field(repr=False)
    request_seconds: float

    def objects(self, context: str, names: Iterable[str]) -> dict[str, Json]:
        """Read objects, each `kind/name`; those that are absent are absent from the answer too."""
        paths = {name: path_of(*name.split("/", 1)) for name in names}

        def read(reader: "ApiReader") -> dict[str, Json]:
            found = {name: _object(reader, path) for name, path in paths.items()}
            return {name: one for name, one in found.items() if one is not None}

        return self._ask(context, read)

    def selected(self, context: str, kind: str, selector: str) -> list[Json]:
        """Read the objects that match a selector."""
        path = path_of(kind)
        return self._ask(context, lambda reader: reader.items(path, labelSelector=selector))

    def annotate(
        self, context: str, kind: str, selector: str, annotations: Mapping[str, str | None]
    ) -> None:
        """Set annotations on the objects that match a selector; None removes one."""
        path = path_of(kind)
        self._ask(context, lambda writer: writer.annotate(path, selector, annotations))

    def delete(self, context: str, kind: str, name: str, as_read: AsRead) -> bool:
        """Delete an object if it is still as it was read; return whether it was."""
        path = path_of(kind, name)
        return self._ask(context, lambda writer: _delete(writer, path, as_read))

    def _ask(self, context: str, asking: Callable[["ApiWriter"], T]) -> T:
        try:
            from ...kube_api.errors import ApiError, Kind
            from ...kube_api.writer import ApiWriter
        except ImportError:
            # A Python without the program's requirements (run.sh): scripts do without them.
            raise NotReadError from None
        try:
            with closing(ApiWriter(self._entry(context), self.request_seconds)) as server:
                return asking(server)
        except ApiError as error:
            if error.kind is Kind.TIMEOUT:
                raise SilentError(error.text) from None
            raise NotReadError from None

    def _entry(self, context: str) -> _Entry:
        try:
            found = _named(self.kubeconfig, "context", context)
            cluster = _named(self.kubeconfig, "cluster", found["cluster"])
            return _Entry(cluster, _named(self.kubeconfig, "user", found["user"]))
        except (LookupError, TypeError):
            raise NotReadError from None


def _object(reader: "ApiReader", path: str) -> Json | None:
    from ...kube_api.errors import ApiError, Kind

    try:
        return reader.get(path)
    except ApiError as error:
        if error.kind is Kind.NOT_FOUND:
            return None
        raise


def _delete(writer: "ApiWriter", path: str, as_read: AsRead) -> bool:
    from ...kube_api.errors import ApiError, Kind

    try:
        writer.delete(path, as_read)
    except ApiError as error:
        if error.kind not in (Kind.CONFLICT, Kind.NOT_FOUND):
            raise
        return False
    return True


def path_of(kind: str, *name: str) -> str:
    """Return an API server's path of a kind's objects, or of one; raises NotReadError."""
    if kind not in _KINDS:
        raise NotReadError
    return "/".join([_KINDS[kind], *name])


def _named(kubeconfig: Mapping[str, Any], kind: str, name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = {one["name"]: one[kind] for one in kubeconfig[f"{kind}s"]}[name]
    return found
