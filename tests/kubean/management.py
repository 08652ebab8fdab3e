"""A management cluster without nodes: a real API server and its etcd, on the loopback."""

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import urllib3

from tests.fake_api import server_pair
from tests.kubeconfigs import ca
from tools.toolchain import Toolchain

Json = dict[str, Any]

PROGRAMS = ("etcd", "kube-apiserver", "kubectl")
TOKEN = "canary-token-of-the-management-cluster"
CORE = "/api/v1"
KUBEAN = "/apis/kubean.io/v1alpha1"
_START_SECONDS = 120


class Refusal(Exception):
    """What the API server answered instead of what was asked for."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status}: {said}")
        self.status = status


@dataclass
class Api:
    """The API server as its administrator sees it."""

    url: str
    agent: str = "tests"
    pool: urllib3.PoolManager = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.pool = urllib3.PoolManager(ca_cert_data=ca().cert, maxsize=4)

    def ask(self, method: str, path: str, body: Json | None = None, kind: str = "json") -> Json:
        """Ask for an object; raises Refusal."""
        answer = self.pool.request(
            method,
            self.url + path,
            body=json.dumps(body) if body is not None else None,
            headers={
                "Authorization": f"Bearer {TOKEN}",
                "Content-Type": f"application/{kind}",
                "User-Agent": self.agent,
            },
            retries=False,
            timeout=30,
        )
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise Refusal(answer.status, answer.data.decode())
        return dict(json.loads(answer.data))

    def get(self, path: str) -> Json | None:
        try:
            return self.ask("GET", path)
        except Refusal as refusal:
            if refusal.status != HTTPStatus.NOT_FOUND:
                raise
            return None

    def items(self, path: str) -> list[Json]:
        return [dict(one) for one in self.ask("GET", path)["items"]]

    def create(self, path: str, body: Json) -> Json:
        return self.ask("POST", path, body)

    def delete(self, path: str) -> None:
        try:
            self.ask("DELETE", path, {"propagationPolicy": "Background", "gracePeriodSeconds": 0})
        except Refusal as refusal:
            if refusal.status != HTTPStatus.NOT_FOUND:
                raise

    def is_ready(self) -> bool:
        try:
            return self.pool.request("GET", f"{self.url}/readyz", retries=False).status == 200
        except urllib3.exceptions.HTTPError:
            return False


def config_map(namespace: str, name: str) -> str:
    return f"{CORE}/namespaces/{namespace}/configmaps/{name}"


def secret(namespace: str, name: str) -> str:
    return f"{CORE}/namespaces/{namespace}/secrets/{name}"


def operation(name: str) -> str:
    return f"{KUBEAN}/clusteroperations/{name}"


def cluster(name: str) -> str:
    return f"{KUBEAN}/clusters/{name}"


@contextmanager
def running(folder: Path, toolchain: Toolchain) -> Iterator[Api]:
    """Run the API server; its files lie in the folder, its log in `kube-apiserver.log`."""
    etcd_port, peer_port, port = (_free_port() for _ in range(3))
    pair, issuer = server_pair(), ca()
    for name, text in {
        "tls.crt": pair.cert,
        "tls.key": pair.key,
        "ca.crt": issuer.cert,
        "tokens.csv": f'{TOKEN},admin,admin,"system:masters"\n',
    }.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text)
    etcd = [
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls=http://127.0.0.1:{etcd_port}",
        f"--advertise-client-urls=http://127.0.0.1:{etcd_port}",
        f"--listen-peer-urls=http://127.0.0.1:{peer_port}",
        f"--initial-advertise-peer-urls=http://127.0.0.1:{peer_port}",
        f"--initial-cluster=default=http://127.0.0.1:{peer_port}",
        "--unsafe-no-fsync",
    ]
    api_server = [
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        "--bind-address=127.0.0.1",
        # Nothing is ever sent there: there are no Pods to find the API server.
        "--advertise-address=192.0.2.1",
        "--endpoint-reconciler-type=none",
        f"--secure-port={port}",
        f"--tls-cert-file={folder / 'tls.crt'}",
        f"--tls-private-key-file={folder / 'tls.key'}",
        f"--client-ca-file={folder / 'ca.crt'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        # No controller manager makes service accounts here.
        "--disable-admission-plugins=ServiceAccount",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder / 'tls.crt'}",
        f"--service-account-signing-key-file={folder / 'tls.key'}",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--kubelet-preferred-address-types=InternalIP",
        "--profiling=false",
    ]
    api = Api(f"https://127.0.0.1:{port}")
    with ExitStack() as stack:
        stack.enter_context(_process(folder, toolchain.path("etcd"), etcd))
        server = stack.enter_context(_process(folder, toolchain.path("kube-apiserver"), api_server))
        _await_ready(api, server, folder / "kube-apiserver.log")
        yield api


def kubeconfig(api: Api, token: str = TOKEN) -> Json:
    """The administrator's kubeconfig."""
    body = {"server": api.url, "certificate-authority-data": ca().cert_data}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "admin",
        "clusters": [{"name": "management", "cluster": body}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "admin", "context": {"cluster": "management", "user": "admin"}}],
    }


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
            process.terminate()
            process.wait(30)


def _await_ready(api: Api, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while not api.is_ready():
        if server.poll() is not None or time.monotonic() > until:
            raise AssertionError(f"the API server does not start: {log.read_text()[-2000:]}")
        time.sleep(0.1)
