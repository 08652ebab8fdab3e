"""A client of one API server that only reads.

It speaks plain HTTPS instead of using the kubernetes package, which writes client keys to temporary
files, keeps them for the life of the process, knows no impersonation and lets a credential plugin
hang.
"""

import base64
import json
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from ..common.private_file import readable
from ..common.scrubbing import scrub
from .credentials import Credentials, credentials
from .errors import ApiError, Kind
from .proxy import proxy_for

Json = dict[str, Any]

METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
ONE_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_PAGE = 500
_CHUNK = 64 * 1024
# A release Secret has at most 1 MiB, a page of 500 nodes a few: no answer comes near this limit.
_MAX_BYTES = 128 * 1024 * 1024
_READ_CHARACTERS = 20_000
_VERBS = {"POST": "create", "PATCH": "change", "DELETE": "delete"}
_MESSAGE_CHARACTERS = 200
# NewConnectionError (refused, unreachable) derives from the first one.
_TIMEOUTS = (ConnectTimeoutError, ReadTimeoutError, TimeoutError)

_CERTIFICATE_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """The DNS names and IP addresses of an API server's certificate, and when it expires."""

    names: tuple[str, ...]
    expires: datetime | None


class Access(Protocol):
    """The parts of a kubeconfig that are needed: the bodies of its cluster and its user."""

    @property
    def cluster(self) -> Mapping[str, Any]:
        """The body of the cluster, with the server."""

    @property
    def user(self) -> Mapping[str, Any]:
        """The body of the user."""


class ApiReader:
    """Reads objects with the kubeconfig's own credentials.

    `timeout` bounds each part of a request in seconds: connecting, the start of the answer, and
    its rest.
    """

    def __init__(self, kubeconfig: Access, timeout: float) -> None:
        """Prepare TLS and run the credential plugin, if any. Raises ApiError."""
        self.server = str(kubeconfig.cluster["server"]).rstrip("/")
        self._timeout = timeout
        self._server_name = kubeconfig.cluster.get("tls-server-name") or None
        found = credentials(kubeconfig.user, timeout)
        self._headers = found.headers
        self._tls = _tls_context(kubeconfig.cluster, found)
        self._proxy = proxy_for(self.server, kubeconfig.cluster.get("proxy-url"))
        self._pool = self._connections()

    def get(self, path: str, accept: str = "application/json", **query: str) -> Json:
        """Return one object; raises ApiError."""
        return self._answer(path, "GET", accept, query)

    def review(self, path: str, question: Json) -> Json:
        """Have the API server answer a question, which it does not store; raises ApiError."""
        return self._answer(path, "POST", "application/json", {}, json.dumps(question))

    def _answer(
        self,
        path: str,
        method: str,
        accept: str,
        query: Mapping[str, str],
        body: str | None = None,
        content_type: str = "application/json",
    ) -> Json:
        url = f"{self.server}{path}" + (f"?{urlencode(query)}" if query else "")
        sent = {"Content-Type": content_type} if body else {}
        try:
            response = self._request(method, url, {"Accept": accept, **sent}, body)
            said = self._body(response, time.monotonic() + self._timeout)
        except (HTTPError, OSError, ValueError) as error:
            raise self._failure(error) from None
        if response.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
            raise _refusal(method, path, response.status, said)
        return _parsed(path, said)

    def _request(
        self, method: str, url: str, kinds: Mapping[str, str], body: str | None
    ) -> urllib3.BaseHTTPResponse:
        """Send the request, and once more if connecting times out.

        A connection can be lost because of its source port alone (cilium#37566, docs/failures.md);
        the next one has another port.
        """
        try:
            return self._ask(method, url, kinds, body)
        except NewConnectionError:
            raise
        except ConnectTimeoutError:
            return self._ask(method, url, kinds, body)

    def _ask(
        self, method: str, url: str, kinds: Mapping[str, str], body: str | None
    ) -> urllib3.BaseHTTPResponse:
        return self._pool.request(
            method,
            url,
            body=body,
            headers=urllib3.HTTPHeaderDict([*self._headers, *kinds.items()]),
            timeout=urllib3.Timeout(connect=self._timeout, read=self._timeout),
            preload_content=False,
            redirect=False,
            retries=False,
        )

    def items(self, path: str, accept: str = "application/json", **query: str) -> list[Json]:
        """Return all objects of a list, read page by page; raises ApiError."""
        found: list[Json] = []
        page = {"limit": str(_PAGE), **query}
        while True:
            answer = self.get(path, accept, **page)
            found += [entry for entry in answer.get("items") or [] if isinstance(entry, dict)]
            token = (answer.get("metadata") or {}).get("continue")
            if not token:
                return found
            page["continue"] = str(token)

    def certificate(self) -> ServerCertificate | None:
        """Return what the API server's certificate says.

        None if a proxy is in between, or if the server breaks off at every attempt. It is asked
        more than once, because missing names would look like a change that has to be followed.
        """
        if self._proxy is not None:
            return None
        attempts = (self._certificate() for _ in range(_CERTIFICATE_ATTEMPTS))
        return next((found for found in attempts if found is not None), None)

    def _certificate(self) -> ServerCertificate | None:
        parts = urlsplit(self.server)
        host, port = parts.hostname or "", parts.port or 443
        try:
            with (
                socket.create_connection((host, port), self._timeout) as plain,
                self._tls.wrap_socket(plain, server_hostname=self._server_name or host) as tls,
            ):
                said: Mapping[str, Any] = tls.getpeercert() or {}
        except OSError:
            return None
        listed = said.get("subjectAltName", ())
        names = tuple(str(entry[1]) for entry in listed if isinstance(entry, tuple))
        return ServerCertificate(names, _moment(said.get("notAfter")))

    def close(self) -> None:
        """Close all connections."""
        self._pool.clear()

    def _connections(self) -> urllib3.PoolManager:
        options: dict[str, Any] = {"ssl_context": self._tls}
        if self._server_name:
            options["server_hostname"] = self._server_name
        if self._proxy is None:
            return urllib3.PoolManager(**options)
        try:
            return urllib3.ProxyManager(self._proxy, **options)
        except (ValueError, HTTPError):
            text = "the proxy is neither http nor https"
            remedy = "set proxy-url to an http proxy, or reach the API server without one"
            raise ApiError(Kind.CONNECTION, text, remedy) from None

    def _body(self, response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
        """Read the answer, which may arrive byte by byte, within the time of one request."""
        body = bytearray()
        try:
            # Not stream(): it waits for a whole chunk, however long that takes.
            while chunk := response.read1(_CHUNK):
                body += chunk
                if time.monotonic() > deadline or len(body) > _MAX_BYTES:
                    raise TimeoutError
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return bytes(body)

    def _failure(self, error: Exception) -> ApiError:
        server = self.server
        if isinstance(error, SSLError | ssl.SSLError):
            return _tls_failure(server, str(error))
        if isinstance(error, NameResolutionError):
            text = f"the name in {server} cannot be resolved"
            return ApiError(Kind.CONNECTION, text, "correct the server in the kubeconfig, or DNS")
        if isinstance(error, _TIMEOUTS) and not isinstance(error, NewConnectionError):
            text = f"{server} did not answer within {self._timeout:g} s"
            remedy = "check that the API server runs and that no firewall drops the packets"
            return ApiError(Kind.TIMEOUT, text, remedy)
        if isinstance(error, LocationParseError):
            text = f"{server} is not a valid URL"
            return ApiError(Kind.CONNECTION, text, "correct the server in the kubeconfig")
        why = _os_reason(error)
        text = f"{server} cannot be reached{why}"
        remedy = "check that the API server runs and that its address and port are right"
        return ApiError(Kind.CONNECTION, text, remedy)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC) if text else None


def _tls_context(cluster: Mapping[str, Any], found: Credentials) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=_ca(cluster))
    except (ssl.SSLError, ValueError):
        text = "certificate-authority-data holds no readable certificate"
        raise ApiError(Kind.TLS, text, "write the kubeconfig again with its real CA") from None
    # Python 3.13 checks certificates more strictly than Go does; kubeadm's would fail.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if found.certificate and found.key:
        _load_pair(context, found.certificate, found.key)
    return context


def _ca(cluster: Mapping[str, Any]) -> str | None:
    data = cluster.get("certificate-authority-data")
    return base64.b64decode(data).decode("ascii") if data else None


def _load_pair(context: ssl.SSLContext, certificate: str, key: str) -> None:
    try:
        with readable(certificate) as certificate_path, readable(key) as key_path:
            # With an empty password an encrypted key fails instead of prompting on the terminal.
            context.load_cert_chain(certificate_path, key_path, password="")
    except (OSError, ValueError):
        text = "the client certificate and key of the kubeconfig do not match or cannot be read"
        remedy = "write the kubeconfig again with a certificate and its unencrypted key"
        raise ApiError(Kind.TLS, text, remedy) from None


def _tls_failure(server: str, said: str) -> ApiError:
    if "mismatch" in said or "doesn't match" in said:
        text = f"the certificate of {server} does not cover that address"
        remedy = "use an address that it covers, or set tls-server-name to a name that it has"
        return ApiError(Kind.TLS_NAME, text, remedy)
    if "certificate verify failed" in said:
        text = f"the certificate of {server} is not signed by the kubeconfig's CA, or has expired"
        remedy = "check that the kubeconfig is this cluster's, and renew the certificate if expired"
        return ApiError(Kind.TLS, text, remedy)
    text = f"no TLS connection to {server} could be made"
    remedy = "check that it is an API server and that the client certificate is valid"
    return ApiError(Kind.TLS, text, remedy)


def _os_reason(error: Exception) -> str:
    cause = error.__cause__ or error.__context__ or error
    reason = getattr(cause, "strerror", None) or getattr(error, "strerror", None)
    return f": {str(reason).lower()}" if reason else ""


def _refusal(method: str, path: str, status: int, body: bytes) -> ApiError:
    said = _message(body)
    if status == HTTPStatus.UNAUTHORIZED:
        text = "the API server does not accept the credentials of the kubeconfig (401)"
        remedy = "renew them: the certificate or token may have expired"
        return ApiError(Kind.UNAUTHORIZED, text, remedy)
    if status == HTTPStatus.FORBIDDEN:
        text = f"the kubeconfig's user may not read {path}"
        if method != "GET":
            text = f"the kubeconfig's user may not {_VERBS[method]} {path}"
        return ApiError(Kind.FORBIDDEN, text, "give the user the rights of docs/rbac.md")
    if status == HTTPStatus.NOT_FOUND:
        return ApiError(Kind.NOT_FOUND, f"there is no {path}", "check that Cilium is installed")
    if status == HTTPStatus.CONFLICT:
        text = f"{path} was changed by somebody else{said}"
        return ApiError(Kind.CONFLICT, text, "find out who changes it, then run again")
    text = f"the API server answered {path} with status {status}{said}"
    return ApiError(Kind.ANSWER, text, "look at the API server's log")


def _message(body: bytes) -> str:
    try:
        message = str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return ""
    # Cut twice: an answer may be long, and half a secret does not look like one.
    return f": {scrub(message[:_READ_CHARACTERS])[:_MESSAGE_CHARACTERS]}"


def _parsed(path: str, body: bytes) -> Json:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        text = f"the answer to {path} is not a JSON object"
        raise ApiError(Kind.ANSWER, text, "check that the server is a Kubernetes API server")
    return answer
