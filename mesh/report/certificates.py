"""When the certificates of a mesh expire, read from the Secrets that Cilium keeps them in."""

import base64
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography import x509

from components.kube_api.errors import ApiError, Kind
from components.kube_api.reader import ApiReader
from components.kubeconfig.document import Kubeconfig

from .model import Use

_SECRETS = "/api/v1/namespaces/kube-system/secrets"
# The Secrets of Cilium's chart and their use; not every version has all (certgen, 1.16 to 1.20).
_USES = {
    "clustermesh-apiserver-server-cert": Use.MESH_SERVER,
    "clustermesh-apiserver-admin-cert": Use.MESH_CLIENT,
    "clustermesh-apiserver-remote-cert": Use.MESH_CLIENT,
    "clustermesh-apiserver-local-cert": Use.MESH_CLIENT,
}
_MAX_PARALLEL = 16


@dataclass(frozen=True, slots=True)
class Expiry:
    """When one certificate expires."""

    use: Use
    name: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class MeshCertificates:
    """The certificates of one cluster; `unread` says why there may be more."""

    found: tuple[Expiry, ...] = ()
    unread: ApiError | None = None


def read_all(kubeconfigs: Mapping[str, Kubeconfig], seconds: float) -> dict[str, MeshCertificates]:
    """Read every cluster in parallel, by name; a cluster that does not answer raises nothing."""
    if not kubeconfigs:
        return {}
    with ThreadPoolExecutor(min(len(kubeconfigs), _MAX_PARALLEL)) as pool:
        found = pool.map(lambda one: _read(one, seconds), kubeconfigs.values())
        return dict(zip(kubeconfigs, found, strict=True))


def ends(secret: Mapping[str, Any], name: str, use: Use) -> Iterator[Expiry]:
    """Yield the expiry of a Secret's certificate and, once per cluster, of the CA's.

    The key beside them is not read.
    """
    data = secret.get("data") or {}
    kinds = [("tls.crt", use, name)]
    if use is Use.MESH_SERVER:
        kinds.append(("ca.crt", Use.MESH_CA, "cilium-ca"))
    for key, kind, called in kinds:
        end = _end(str(data.get(key) or ""))
        if end is not None:
            yield Expiry(kind, called, end)


@dataclass
class _Reading:
    """One pass over the Secrets of a cluster; missing ones are skipped."""

    reader: ApiReader
    found: list[Expiry] = field(default_factory=list)
    unread: ApiError | None = None

    def read(self, name: str, use: Use) -> None:
        try:
            secret = self.reader.get(f"{_SECRETS}/{name}")
        except ApiError as error:
            if error.kind is not Kind.NOT_FOUND:
                self.unread = error
            return
        self.found += ends(secret, name, use)


def _read(kubeconfig: Kubeconfig, seconds: float) -> MeshCertificates:
    try:
        reading = _Reading(ApiReader(kubeconfig, seconds))
    except ApiError as error:
        return MeshCertificates(unread=error)
    for name, use in _USES.items():
        reading.read(name, use)
    reading.reader.close()
    return MeshCertificates(tuple(reading.found), reading.unread)


def _end(data: str) -> datetime | None:
    try:
        return x509.load_pem_x509_certificate(base64.b64decode(data)).not_valid_after_utc
    except ValueError:
        return None
