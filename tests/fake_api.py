"""A small API server on loopback: serves a test's objects over real TLS."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from components.common.private_file import readable
from tests.kubeconfigs import Pair, ca, leaf

Answer = tuple[int, Any]


@dataclass
class FakeApi:
    """The server's answers and the requests that it got. `objects` is keyed by path.

    `answer` may be replaced: it gets the path and returns status and body; `respond` gets method,
    path, query and body. `drip_seconds` is the pause between the bytes of an answer.
    """

    url: str = ""
    objects: dict[str, Any] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str], dict[str, list[str]]]] = field(
        default_factory=list
    )
    bodies: list[bytes] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    peer_names: list[str] = field(default_factory=list)
    drip_seconds: float = 0
    answer: Callable[[str], Answer] | None = None
    respond: Callable[[str, str, dict[str, list[str]], bytes], Answer] | None = None

    @property
    def paths(self) -> list[str]:
        return [path for _, path, _, _ in self.requests]

    @property
    def methods(self) -> set[str]:
        return {method for method, _, _, _ in self.requests}

    def reply(self, path: str, query: dict[str, list[str]]) -> Answer:
        if self.answer is not None:
            return self.answer(path)
        if path not in self.objects:
            return 404, {"kind": "Status", "message": f"{path} not found"}
        found = self.objects[path]
        if not isinstance(found, list):
            return 200, found
        return 200, _page(found, query)


def _page(found: list[Any], query: dict[str, list[str]]) -> dict[str, Any]:
    start = int(query.get("continue", ["0"])[0])
    end = start + int(query.get("limit", ["500"])[0])
    metadata = {"continue": str(end)} if end < len(found) else {}
    return {"metadata": metadata, "items": found[start:end]}


@contextmanager
def serving(certificate: Pair, issuer: Pair | None = None) -> Iterator[FakeApi]:
    """Serve with a certificate; clients are asked for one of the issuer (default: `ca()`)."""
    api = FakeApi()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with readable(certificate.cert) as cert, readable(certificate.key) as key:
        context.load_cert_chain(cert, key)
    context.load_verify_locations(cadata=(issuer or ca()).cert)
    context.verify_mode = ssl.CERT_OPTIONAL
    server.socket = context.wrap_socket(server.socket, server_side=True)
    api.url = f"https://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def server_pair(*names: str) -> Pair:
    """A server certificate for these names (default: the loopback's and the usual ones)."""
    return leaf("kube-apiserver", None, names or ("127.0.0.1", "kubernetes.default.svc"))


def _handler(api: FakeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are two packets: the second would wait for the client's late answer.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        do_PUT = do_PATCH = do_DELETE = do_POST

        def log_message(self, *_: object) -> None:
            pass

        def _serve(self) -> None:
            # Otherwise the connection's next request would begin with it.
            api.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            parts = urlsplit(self.path)
            query = parse_qs(parts.query)
            api.requests.append((self.command, parts.path, dict(self.headers.items()), query))
            api.groups += self.headers.get_all("Impersonate-Group", [])
            assert isinstance(self.connection, ssl.SSLSocket)
            subject = (self.connection.getpeercert() or {}).get("subject", ())
            api.peer_names += [str(pair[0][1]) for pair in subject if isinstance(pair, tuple)]
            if api.respond is not None:
                status, answer = api.respond(self.command, parts.path, query, api.bodies[-1])
            else:
                status, answer = api.reply(parts.path, query)
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self._send(body)

        def _send(self, body: bytes) -> None:
            if not api.drip_seconds:
                self.wfile.write(body)
                return
            try:
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(api.drip_seconds)
            except OSError:
                # The client has hung up.
                self.close_connection = True

    return Handler
