"""A control plane without nodes: a real API server and its etcd on loopback, without root.

There is no controller either: objects stay as they were written.
"""

import json
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

import urllib3

from lab.errors import LabError
from tools.toolchain import Toolchain

Json = dict[str, Any]

PROGRAMS = ("etcd", "kube-apiserver")
_START_SECONDS = 120
_WATCH_SECONDS = 7 * 24 * 3600
_END_SECONDS = 10


class Refusal(Exception):
    """An answer of the API server that is an error."""

    def __init__(self, status: int, said: str) -> None:
        """Keep the HTTP status with the text."""
        super().__init__(f"{status}: {said}")
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The API server's certificates and the tokens it accepts; certificates and key in PEM.

    `tokens` maps the administrators' bearer tokens to their user names.
    """

    cert: str
    key: str = field(repr=False)
    ca: str
    tokens: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Api:
    """The API server for the owner of a token; `agent` is the user agent of its requests.

    `etcd` is the URL of its store, which needs no credentials.
    """

    url: str
    token: str = field(repr=False)
    pool: urllib3.PoolManager = field(repr=False)
    agent: str = "lab"
    etcd: str = ""

    def called(self, agent: str) -> "Api":
        """The same client with another user agent."""
        return replace(self, agent=agent)

    def ask(self, method: str, path: str, body: Json | None = None, kind: str = "json") -> Json:
        """Send one request and return the answer; raises Refusal."""
        answer = self.pool.request(
            method,
            self.url + path,
            body=json.dumps(body) if body is not None else None,
            headers={**self._headers(), "Content-Type": f"application/{kind}"},
            retries=False,
            timeout=30,
        )
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise Refusal(answer.status, answer.data.decode())
        return dict(json.loads(answer.data))

    def watch(self, path: str) -> urllib3.BaseHTTPResponse:
        """Start watching a list: the answer is read line by line, until it is closed.

        Otherwise the API server would end it after half an hour or more (min-request-timeout).
        """
        return self.pool.request(
            "GET",
            f"{self.url}{path}?watch=1&timeoutSeconds={_WATCH_SECONDS}",
            headers=self._headers(),
            retries=False,
            timeout=urllib3.Timeout(connect=30, read=None),
            preload_content=False,
        )

    def get(self, path: str) -> Json | None:
        """Return an object, None if it is absent; raises Refusal."""
        try:
            return self.ask("GET", path)
        except Refusal as refusal:
            if refusal.status != HTTPStatus.NOT_FOUND:
                raise
            return None

    def items(self, path: str) -> list[Json]:
        """Return all objects of a list; raises Refusal."""
        return [dict(one) for one in self.ask("GET", path)["items"]]

    def create(self, path: str, body: Json) -> Json:
        """Create an object in a list; raises Refusal."""
        return self.ask("POST", path, body)

    def delete(self, path: str) -> None:
        """Delete an object that may be gone already; raises Refusal."""
        try:
            self.ask("DELETE", path, {"propagationPolicy": "Background", "gracePeriodSeconds": 0})
        except Refusal as refusal:
            if refusal.status != HTTPStatus.NOT_FOUND:
                raise

    def is_ready(self) -> bool:
        """Whether it answers and has finished its own preparations."""
        try:
            return self.pool.request("GET", f"{self.url}/readyz", retries=False).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "User-Agent": self.agent}


@contextmanager
def running(
    folder: Path, toolchain: Toolchain, identity: Identity, flags: Sequence[str] = ()
) -> Iterator[Api]:
    """Run the API server with further flags, its files and logs in the folder.

    Yields it for the owner of the first token. Raises LabError if it does not start.
    """
    etcd_port, peer_port, port = (_free_port() for _ in range(3))
    store = f"http://127.0.0.1:{etcd_port}"
    _write(folder, identity)
    etcd = [
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={store}",
        f"--advertise-client-urls={store}",
        f"--listen-peer-urls=http://127.0.0.1:{peer_port}",
        f"--initial-advertise-peer-urls=http://127.0.0.1:{peer_port}",
        f"--initial-cluster=default=http://127.0.0.1:{peer_port}",
        "--unsafe-no-fsync",
    ]
    api_server = [
        f"--etcd-servers={store}",
        "--bind-address=127.0.0.1",
        # Never used: no Pod looks for the API server.
        "--advertise-address=192.0.2.1",
        "--endpoint-reconciler-type=none",
        f"--secure-port={port}",
        f"--tls-cert-file={folder / 'tls.crt'}",
        f"--tls-private-key-file={folder / 'tls.key'}",
        f"--client-ca-file={folder / 'ca.crt'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        # No controller manager creates service accounts here.
        "--disable-admission-plugins=ServiceAccount",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder / 'tls.crt'}",
        f"--service-account-signing-key-file={folder / 'tls.key'}",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--kubelet-preferred-address-types=InternalIP",
        "--profiling=false",
        *flags,
    ]
    pool = urllib3.PoolManager(ca_cert_data=identity.ca, maxsize=8)
    token = next(iter(identity.tokens))
    api = Api(f"https://127.0.0.1:{port}", token, pool, etcd=store)
    with ExitStack() as stack:
        stack.enter_context(_process(folder, toolchain.path("etcd"), etcd))
        server = stack.enter_context(_process(folder, toolchain.path("kube-apiserver"), api_server))
        _await_ready(api, server, folder / "kube-apiserver.log")
        yield api


def _write(folder: Path, identity: Identity) -> None:
    tokens = [f'{token},{user},{user},"system:masters"' for token, user in identity.tokens.items()]
    for name, text in {
        "tls.crt": identity.cert,
        "tls.key": identity.key,
        "ca.crt": identity.ca,
        "tokens.csv": "\n".join([*tokens, ""]),
    }.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def _process(folder: Path, program: Path, flags: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / f"{program.name}.log").open("wb") as log:
        process = subprocess.Popen([program, *flags], stdout=log, stderr=log, cwd=folder)
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        # An API server waits a minute for its watchers.
        process.kill()
        process.wait()


def _await_ready(api: Api, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while not api.is_ready():
        if server.poll() is not None or time.monotonic() > until:
            raise LabError(f"the API server does not start: {log.read_text()[-2000:]}")
        time.sleep(0.1)
